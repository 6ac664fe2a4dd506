"""Changes of signals in the order they came, in bounded memory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import msgspec

IN_MEMORY = 50_000
"""Changes kept in memory; older ones go to a temporary file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One new value: nanoseconds since 1970, signal, value (None: not available any more)."""

    time: int
    path: str
    value: Any


class Journal:
    """Append changes, read them back from the beginning.

    Threads: any thread may call any method; everything is only touched with ``_lock`` held.

    Parameters
    ----------
    in_memory : int
        How many changes stay in memory; the temporary file vanishes with the journal.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._lock = threading.Lock()
        self._recent: list[Change] = []
        self._older: IO[bytes] | None = None
        self._count = 0

    def __len__(self) -> int:
        with self._lock:
            return self._count

    def append(self, change: Change) -> None:
        """Add a change; times must not go back."""
        with self._lock:
            self._recent.append(change)
            self._count += 1
            if len(self._recent) > self._in_memory:
                self._spill()

    def __iter__(self) -> Iterator[Change]:
        """Yield what was there when the iteration began."""
        with self._lock:
            recent = list(self._recent)
            size = 0
            if self._older is not None:
                self._older.flush()
                size = self._older.tell()
        if self._older is not None:
            yield from self._read(size)
        yield from recent

    def close(self) -> None:
        """Remove the temporary file; what was in it is lost."""
        with self._lock:
            if self._older is not None:
                self._older.close()
                self._older = None

    def _spill(self) -> None:
        if self._older is None:
            self._older = tempfile.TemporaryFile(prefix="autowrx-drive-")  # noqa: SIM115
        rows = [(change.time, change.path, change.value) for change in self._recent]
        self._older.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        self._recent.clear()

    def _read(self, size: int) -> Iterator[Change]:
        decode = msgspec.json.Decoder(tuple[int, str, Any]).decode
        done = 0
        while done < size:
            with self._lock:
                if self._older is None:
                    return
                self._older.seek(done)
                block = self._older.read(min(1 << 20, size - done))
                self._older.seek(0, 2)
            if done + len(block) < size or not block.endswith(b"\n"):
                block = block[: block.rfind(b"\n") + 1]
            done += len(block)
            for line in block.splitlines():
                yield Change(*decode(line))
