"""The operating-system side of a program: one process group, ended as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PIPE_SIZE = 1 << 18
RUN_MARK = "AUTOWRX_RUN_MARK"
"""Environment variable that tells the processes of one run from all others."""


class Process:
    """A started program in a session and process group of its own.

    Belongs to the kit's loop. ``stdout`` and ``stderr`` are the kit's ends of the pipes; who
    takes them closes them.
    """

    def __init__(
        self, arguments: Sequence[str], *, folder: Path, env: Mapping[str, str], mark: str
    ) -> None:
        self.mark = mark
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        try:
            self._popen = subprocess.Popen(
                arguments,
                cwd=folder,
                env={**env, RUN_MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=out_write,
                stderr=err_write,
                start_new_session=True,
            )
        except BaseException:
            os.close(out_read)
            os.close(err_read)
            raise
        finally:
            os.close(out_write)
            os.close(err_write)
        self.stdout, self.stderr = out_read, err_read
        for pipe in (out_read, err_read):
            _widen(pipe)

    @property
    def pid(self) -> int:
        """Return the process id, also the id of the group."""
        return self._popen.pid

    async def wait(self) -> int:
        """Wait for the end, end what the program left behind, return its exit code.

        Negative for a signal. The group is killed before the first process is reaped: until
        then its id cannot be given to anybody else.
        """
        await _ended(self.pid)
        self.signal_group(signal.SIGKILL)
        return self._popen.wait()

    def signal_group(self, number: int) -> None:
        """Send a signal to all processes of the group that are still there."""
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill_strays(self) -> int:
        """Kill processes of this run that left its group; return how many there were."""
        wanted = f"{RUN_MARK}={self.mark}".encode()
        count = 0
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted in variables and int(entry.name) != os.getpid():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(entry.name), signal.SIGKILL)
                    count += 1
        return count


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # over the user's limit for pipe memory
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_SIZE)


async def _ended(pid: int) -> None:
    """Wait until process ``pid``, a child, has ended; do not reap it."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):  # no Linux, or an old one
        await loop.run_in_executor(None, os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return
    try:
        ended = loop.create_future()

        def readable() -> None:
            loop.remove_reader(handle)
            if not ended.done():
                ended.set_result(None)

        loop.add_reader(handle, readable)
        try:
            await ended
        finally:
            loop.remove_reader(handle)
    finally:
        os.close(handle)
