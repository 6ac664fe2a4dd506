"""One run of a program from its files to its final message."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .guard import Guard
from .output import Output, PipeReader
from .process import Process

log = logging.getLogger(__name__)

EOF_PATIENCE = 0.5
"""Seconds for the pipes to end after the group was killed, before strays are looked for."""

STOP_FILE = "AUTOWRX_STOP_FILE"
"""Environment variable with a path: a file there says that a stop was asked for."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. ``error`` is set when the kit ended it or could not start it."""

    code: int
    stopped: bool = False
    error: str | None = None


class Run:
    """A running program with its own folder and process group.

    ``folder`` holds ``app`` with the user's files, the working directory, and the kit's own
    notes beside it. It is removed at the end.
    """

    def __init__(
        self,
        run_id: str,
        folder: Path,
        output: Output,
        *,
        stop_grace: float,
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self.id = run_id
        self.folder = folder
        self.output = output
        self.started = time.time()
        self._stop_grace = stop_grace
        self._process: Process | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._stop_asked = False
        self._error: str | None = None
        self._finished = asyncio.Event()

    @property
    def app_folder(self) -> Path:
        """Return the folder with the user's files."""
        return self.folder / "app"

    @property
    def stop_file(self) -> Path:
        """Return the path of the file that tells the launcher of a wanted stop."""
        return self.folder / "stop"

    def stop(self, error: str | None = None) -> None:
        """Ask the program to end, kill it if it does not; ``error`` says why, if unwanted."""
        if self._stop_asked:
            return
        self._stop_asked = True
        self._error = error
        if self._process is not None:
            self._stopping = asyncio.create_task(self._stop(self._process))

    def fail(self, error: str) -> None:
        """Let :meth:`ended` report ``error``."""
        self._error = error

    async def ended(self) -> None:
        """Wait until the final message of this run is queued."""
        await self._finished.wait()

    def finish(self) -> None:
        """Note that the final message is queued."""
        self._finished.set()

    async def execute(
        self, arguments: Sequence[str], env: Mapping[str, str], time_limit: float
    ) -> RunEnd:
        """Start the program, read its output to the end, return how it ended."""
        if self._stop_asked:
            return RunEnd(-signal.SIGTERM, stopped=self._error is None, error=self._error)
        process = Process(
            arguments,
            folder=self.app_folder,
            env={**env, STOP_FILE: str(self.stop_file)},
            mark=self.id,
        )
        self._process = process
        if self._guard is not None:
            self._guard.add(process.pid)
        timer = None
        if time_limit > 0:
            timer = asyncio.get_running_loop().call_later(time_limit, self._too_long, time_limit)
        try:
            readers, pipes = await self._read(process)
            code = await process.wait()
            await self._read_rest(process, readers, pipes)
        finally:
            if timer is not None:
                timer.cancel()
            process.signal_group(signal.SIGKILL)
            if self._stopping is not None:
                self._stopping.cancel()
            if self._guard is not None:
                self._guard.remove(process.pid)
        if self._error is not None:
            self.output.say(f"{self._error}\n")
        self.output.finish()
        return RunEnd(code, stopped=self._stop_asked and self._error is None, error=self._error)

    def remove_folder(self) -> None:
        """Remove the folder of this run; blocks for as long as the file system takes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.exists():
            log.warning("could not remove the folder of run %s", self.id)

    def _too_long(self, limit: float) -> None:
        self.stop(f"Stopped: the app ran longer than its limit of {limit:g} s.")

    async def _stop(self, process: Process) -> None:
        with contextlib.suppress(OSError):
            self.stop_file.touch()
        process.signal_group(signal.SIGTERM)
        await asyncio.sleep(self._stop_grace)
        process.signal_group(signal.SIGKILL)

    async def _read(self, process: Process) -> tuple[list[PipeReader], list[asyncio.ReadTransport]]:
        loop = asyncio.get_running_loop()
        readers, pipes = [], []
        for stream, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
            reader = PipeReader(self.output, "stderr" if stream == "stderr" else "stdout")
            transport, _ = await loop.connect_read_pipe(
                lambda reader=reader: reader,  # type: ignore[misc]
                os.fdopen(pipe, "rb", buffering=0),
            )
            readers.append(reader)
            pipes.append(transport)
        return readers, pipes

    async def _read_rest(
        self,
        process: Process,
        readers: Sequence[PipeReader],
        pipes: Sequence[asyncio.ReadTransport],
    ) -> None:
        """Read on until nobody holds the pipes; processes that hide are found and killed."""
        ends = asyncio.gather(*(reader.ended.wait() for reader in readers))
        searched = False
        while True:
            done, _ = await asyncio.wait([ends], timeout=EOF_PATIENCE)
            if done:
                return
            if self.output.stalled:
                continue
            if not searched:
                process.kill_strays()
                searched = True
                continue
            log.warning("run %s: a process outside its reach keeps the output open", self.id)
            for pipe in pipes:
                pipe.close()
            searched = False
