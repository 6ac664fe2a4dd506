"""A program's output on its way to the client: whole, in order and bounded in memory."""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from collections.abc import Callable
from typing import Literal, cast

Stream = Literal["stdout", "stderr"]

Send = Callable[[str, Stream, Callable[[], None]], None]
"""``send(text, stream, on_sent)``: queue a message; ``on_sent`` when it has left."""

PIECE = 1 << 17
"""Bytes of one stream in one message at most."""


class Tail:
    """The last ``limit`` characters of a text that arrives in pieces."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: deque[str] = deque()
        self._length = 0

    def add(self, text: str) -> None:
        """Append ``text``; whole pieces that are no longer needed go."""
        self._pieces.append(text)
        self._length += len(text)
        while self._pieces and self._length - len(self._pieces[0]) >= self._limit:
            self._length -= len(self._pieces.popleft())

    def text(self) -> str:
        """Return the end of what was added."""
        whole = "".join(self._pieces)
        return whole[-self._limit :] if self._limit else ""


class Output:
    """Collects both streams of one program and sends them in pieces.

    The first piece goes at once, later ones after ``interval`` seconds or when a piece is
    full. At most one piece is under way: what the program writes meanwhile is put together,
    and when ``window`` bytes wait, the pipes are not read until the hub has taken some, so
    that the program waits instead of the memory growing. Nothing is ever dropped.

    Belongs to the kit's loop.
    """

    def __init__(self, send: Send, *, window: int, interval: float, tail: int) -> None:
        self._send = send
        self._window = window
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Stream, bytes]] = deque()
        self._size = 0
        self._under_way = 0
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._pipes: list[asyncio.ReadTransport] = []
        self._paused = False
        decoder = codecs.getincrementaldecoder("utf-8")
        # Bytes that are no UTF-8 are shown as \xNN, not lost.
        self._decoders: dict[Stream, codecs.IncrementalDecoder] = {
            "stdout": decoder("backslashreplace"),
            "stderr": decoder("backslashreplace"),
        }
        self.tail = Tail(tail)

    @property
    def stalled(self) -> bool:
        """Return whether the pipes are not read because the hub is slow."""
        return self._paused

    def attach(self, pipe: asyncio.ReadTransport) -> None:
        """Take part in pausing ``pipe``."""
        self._pipes.append(pipe)
        if self._paused:
            pipe.pause_reading()

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take what was read from a pipe."""
        self._waiting.append((stream, data))
        self._size += len(data)
        if self._size >= self._window and not self._paused:
            self._paused = True
            for pipe in self._pipes:
                if not pipe.is_closing():
                    pipe.pause_reading()
        self._schedule()

    def say(self, text: str, stream: Stream = "stderr") -> None:
        """Add a line of the kit's own to the output."""
        self.feed(stream, text.encode("utf-8", "backslashreplace"))

    def finish(self) -> None:
        """Send all that is left, also the beginning of an unfinished character."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            self._send_piece()
        for stream, decoder in self._decoders.items():
            self._emit(decoder.decode(b"", final=True), stream)

    def _schedule(self) -> None:
        if self._under_way or not self._waiting:
            return
        delay = self._next_at - self._loop.time()
        if delay <= 0 or self._size >= PIECE:
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(delay, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._next_at = self._loop.time() + self._interval
        while self._waiting and not self._under_way:
            self._send_piece()

    def _send_piece(self) -> None:
        """Send the first waiting bytes that belong to one stream."""
        stream, data = self._waiting.popleft()
        parts, size = [data], len(data)
        while self._waiting and self._waiting[0][0] == stream and size < PIECE:
            more = self._waiting.popleft()[1]
            parts.append(more)
            size += len(more)
        self._size -= size
        text = self._decoders[stream].decode(b"".join(parts))
        self._emit(text, stream)
        self._resume()

    def _emit(self, text: str, stream: Stream) -> None:
        if not text:
            return
        self.tail.add(text)
        self._under_way += 1
        self._send(text, stream, self._sent)

    def _sent(self) -> None:
        self._under_way -= 1
        self._schedule()

    def _resume(self) -> None:
        if self._paused and self._size <= self._window // 2:
            self._paused = False
            for pipe in self._pipes:
                if not pipe.is_closing():
                    pipe.resume_reading()


class PipeReader(asyncio.Protocol):
    """One pipe of a program; ``ended`` is set when nobody can write to it any more."""

    def __init__(self, output: Output, stream: Stream) -> None:
        self._output = output
        self._stream = stream
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the output pause this pipe."""
        self._output.attach(cast(asyncio.ReadTransport, transport))

    def data_received(self, data: bytes) -> None:
        """Pass on what the program wrote."""
        self._output.feed(self._stream, data)

    def connection_lost(self, _error: Exception | None) -> None:
        """Note the end."""
        self.ended.set()
