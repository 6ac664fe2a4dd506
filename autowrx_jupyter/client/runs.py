"""One run of a program on a kit."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from autowrx_jupyter.protocol import commands

from .calls import Reply, text_of
from .errors import ClientError
from .output import OutputBuffer
from .records import Chunk, RunResult

log = logging.getLogger(__name__)

RUN_COMMANDS = frozenset(
    {
        commands.RUN_PYTHON_APP,
        commands.RUN_RUST_APP,
        commands.RUN_CPP_APP,
        commands.RUN_BIN_APP,
    }
)
QUIET_AFTER_ERROR = 2.0
"""Seconds after an error without an end until the run counts as ended (Q17)."""
STOP_INTERVAL = 3.0
STOP_TRIES = 3
ORIGINAL_TIME_LIMIT = 180.0
"""Seconds after which an original kit kills an app without a word."""

SendStop = Callable[[], Awaitable[None]]


class Run:
    """A program under way on a kit. Made by ``KitHandle.start``; belongs to its loop.

    Attributes
    ----------
    run_id
        Id of our own; kits of ours repeat it in every message of this run.
    name
        Name of the app as the kit lists it.
    sender
        Socket id from which it was started, the owner in the kit's list.
    strict
        Whether the kit keeps our rules: ids in all messages, exactly one end.
    """

    def __init__(
        self, run_id: str, name: str, kit_id: str, send_stop: SendStop, *, strict: bool
    ) -> None:
        self.run_id = run_id
        self.name = name
        self.kit_id = kit_id
        self.strict = strict
        self._send_stop = send_stop
        self._buffer = OutputBuffer()
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[RunResult] = self._loop.create_future()
        self._started = time.monotonic()
        self._quiet: asyncio.TimerHandle | None = None
        self._stopping = False
        self.last_message = self._started
        self.sender: str | None = None

    def __repr__(self) -> str:
        state = "ended" if self.done else "running"
        return f"<Run {self.name!r} on {self.kit_id}, {state}>"

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._ended.done()

    @property
    def result(self) -> RunResult | None:
        """The result, or None while it runs."""
        return self._ended.result() if self.done else None

    async def read(self) -> Chunk | None:
        """Return the next piece of output, waiting for it; None at the end."""
        return await self._buffer.read()

    async def output(self) -> AsyncIterator[Chunk]:
        """Yield the output in order until the run has ended."""
        while (chunk := await self._buffer.read()) is not None:
            yield chunk

    async def wait(self) -> RunResult:
        """Wait for the end. Reading the output is not needed for it."""
        return await asyncio.shield(self._ended)

    async def stop(self) -> RunResult:
        """Ask the kit to end the program and wait until it has.

        The request is repeated because original kits miss some (Q24). A kit that never
        ends it leaves a result with ``error``.
        """
        self._stopping = True
        for _ in range(STOP_TRIES):
            if self.done:
                break
            try:
                await self._send_stop()
            except ClientError as error:
                self.lose(str(error))
                break
            done, _ = await asyncio.wait({self._ended}, timeout=STOP_INTERVAL)
            if done:
                break
        if not self.done:
            self.lose(
                f"kit {self.kit_id} did not stop {self.name!r} within "
                f"{STOP_INTERVAL * STOP_TRIES:g} s; it may still be running there"
            )
        return self._ended.result()

    # -- fed by the connection -------------------------------------------------------

    def feed(self, reply: Reply) -> None:
        """Take one message of the kit that belongs to this run."""
        self.last_message = time.monotonic()
        if self.done or reply.get("alias") is True:
            return  # an alias repeats a message for clients that look for another name
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if reply.get("isDone") is True:
            self._finish(reply)
            return
        text = reply.get("result")
        if isinstance(text, str):
            self._buffer.put(text, "stderr" if reply.get("stream") == "stderr" else "stdout")
        if not self.strict and _may_be_the_end(reply):
            self._quiet = self._loop.call_later(QUIET_AFTER_ERROR, self._end_quietly, reply)

    def lose(self, reason: str) -> None:
        """End the run from this side: nothing more will come for it."""
        self._end(RunResult(1, self._buffer.tail, reason, stopped=self._stopping, lost=True))

    def _finish(self, reply: Reply) -> None:
        failed = reply.get("isError") is True or bool(reply.get("error"))
        for key in ("result", "data"):
            text = reply.get(key)
            # The kits of the seed document send all output with the end, in one message.
            if failed or not isinstance(text, str) or not text.strip():
                continue
            if key == "result" or not self._buffer.received:
                self._buffer.put(text)
        code = reply.get("code")
        number = code if isinstance(code, int) and not isinstance(code, bool) else int(failed)
        error = (text_of(reply) or "the kit reported an error") if failed else None
        if error is None:
            error = self._time_limit(number)
        tail = reply.get("data")
        if not (isinstance(tail, str) and tail):
            tail = self._buffer.tail
        self._end(RunResult(number, tail, error, stopped=self._stopping))

    def _end_quietly(self, reply: Reply) -> None:
        code = reply.get("code")
        number = code if isinstance(code, int) and code else 1
        error = text_of(reply) or "the kit reported an error"
        self._end(RunResult(number, self._buffer.tail, error, stopped=self._stopping))

    def _time_limit(self, code: int) -> str | None:
        elapsed = time.monotonic() - self._started
        if self.strict or self._stopping or code >= 0 or elapsed < ORIGINAL_TIME_LIMIT - 2:
            return None
        return (
            f"the kit ended it after {elapsed:.0f} s; kits of this kind allow an app "
            f"{ORIGINAL_TIME_LIMIT:g} s"
        )

    def _end(self, result: RunResult) -> None:
        if self.done:
            return
        if self._quiet is not None:
            self._quiet.cancel()
        self._buffer.close()
        self._ended.set_result(result)

    def on_end(self, callback: Callable[[], Any]) -> None:
        """Call ``callback`` on the loop when the run has ended."""
        self._ended.add_done_callback(lambda _: callback())


def _may_be_the_end(reply: Reply) -> bool:
    """Return whether a message without an end reads like one (Q17).

    A line that a program printed carries ``isDone: false``; the errors of original kits
    mostly lack it, the others have ``isError`` or a code.
    """
    text = reply.get("result")
    complains = isinstance(text, str) and text.startswith(("Error", "Failed"))
    if reply.get("isError") is True:
        return True
    return complains and ("isDone" not in reply or reply.get("code") not in (0, None))
