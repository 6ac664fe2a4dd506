"""The embedded kit: a process that lives as long as the server and is restarted when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""A kit that lived this long, in seconds, starts over with the shortest pause."""
LINE_LIMIT = 1 << 16


class KitProcess:
    """Keeps one kit running.

    Owned by the event loop that calls :meth:`start`.

    Parameters
    ----------
    arguments
        The kit's command-line arguments; ``--announce --with-parent`` are added.
    environment
        Variables to set for it, on top of this process's. Tokens go here: the command line of
        a process can be read by everybody on the machine.
    command
        What starts a kit.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "-m", "autowrx_jupyter.kit"),
        grace: float = 5.0,
    ) -> None:
        self._argv = [*command, "--announce", "--with-parent", *arguments]
        self._environment = dict(environment)
        self._grace = grace
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process id of the running kit."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    def start(self) -> None:
        """Start the kit in the background."""
        self._task = asyncio.get_running_loop().create_task(self._keep(), name="embedded-kit")

    async def stop(self) -> None:
        """End the kit; it gets the time to end its apps first."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            try:
                code = await self._run_once()
            except OSError as error:
                log.error("cannot start the embedded kit: %s", error)
                code = -1
            if time.monotonic() - started >= STEADY:
                pause = FIRST_PAUSE
            log.warning("the embedded kit ended with code %s; next start in %.1f s", code, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            self.restarts += 1

    async def _run_once(self) -> int:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self._environment},
            limit=LINE_LIMIT,
            # Ctrl-C in the server's terminal is a question to the server, not to the kit.
            start_new_session=True,
        )
        readers = asyncio.gather(self._read_ready(process), self._read_log(process))
        try:
            return await process.wait()
        finally:
            self.ready.clear()
            await self._end(process)
            readers.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await readers

    async def _read_ready(self, process: asyncio.subprocess.Process) -> None:
        async for line in _lines(process.stdout):
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict) and message.get("ready"):
                    log.info("the embedded kit is ready: %s", line)
                    self.ready.set()

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        async for line in _lines(process.stderr):
            log.warning("kit: %s", line)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """End in three steps: closed input, SIGTERM, SIGKILL."""
        if process.stdin is not None:
            process.stdin.close()
        for act in (None, process.terminate, process.kill):
            if process.returncode is not None:
                return
            if act is not None:
                with contextlib.suppress(ProcessLookupError):
                    act()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), self._grace)


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """Yield the lines of a pipe; one that is too long comes in pieces instead of ending it."""
    while stream is not None:
        try:
            line = await stream.readline()
        except ValueError:
            continue  # the reader has dropped what it held of an endless line
        if not line:
            return
        yield line.decode("utf-8", "replace").rstrip()
