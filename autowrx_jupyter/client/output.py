"""Output of a run between the socket and its reader."""

from __future__ import annotations

import asyncio
from collections import deque

from .records import Chunk

MAX_PENDING = 16 * 1024 * 1024
"""Characters kept for a reader that is behind; beyond it the oldest output is left out."""
MAX_CHUNK = 256 * 1024
"""Characters handed over at once."""
TAIL = 64 * 1024
"""Characters of the end of the output in a result."""


class OutputBuffer:
    """Pieces of text in order, for one reader. Belongs to one loop.

    Pieces of one stream that wait together are handed over together, so a flood of lines
    costs the reader few steps.
    """

    def __init__(self, limit: int = MAX_PENDING) -> None:
        self._limit = limit
        self._pieces: deque[tuple[str, str]] = deque()
        self._size = 0
        self._dropped = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._closed = False
        self._wake = asyncio.Event()
        self.received = False

    def put(self, text: str, stream: str = "stdout") -> None:
        """Add a piece; the oldest ones are left out where the limit is passed."""
        text = text.replace("\r\n", "\n")
        if not text or self._closed:
            return
        self.received = True
        self._pieces.append((text, stream))
        self._size += len(text)
        while self._size > self._limit and len(self._pieces) > 1:
            old, _ = self._pieces.popleft()
            self._size -= len(old)
            self._dropped += max(1, old.count("\n"))
        self._remember(text)
        self._wake.set()

    def close(self) -> None:
        """Say that nothing more comes; the reader still gets what waits."""
        self._closed = True
        self._wake.set()

    async def read(self) -> Chunk | None:
        """Return what waits in one stream, or wait for it; None at the end."""
        while not self._pieces:
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        return self._take()

    @property
    def tail(self) -> str:
        """The last output, at most 64 KiB."""
        return "".join(self._tail)[-TAIL:]

    def _take(self) -> Chunk:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            note = f"[{dropped} lines of output were left out: they came faster than shown]\n"
            return Chunk(note, "stderr", dropped)
        text, stream = self._pieces.popleft()
        parts, size = [text], len(text)
        while self._pieces and self._pieces[0][1] == stream and size < MAX_CHUNK:
            text, _ = self._pieces.popleft()
            parts.append(text)
            size += len(text)
        self._size -= size
        return Chunk("".join(parts), stream)

    def _remember(self, text: str) -> None:
        self._tail.append(text[-TAIL:])
        self._tail_size += len(self._tail[-1])
        while self._tail_size - len(self._tail[0]) >= TAIL:
            self._tail_size -= len(self._tail.popleft())
