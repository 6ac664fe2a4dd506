"""A child process that says in one line of JSON when it is ready."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any

from .errors import ClientError

STDERR_LINES = 30


class Child:
    """A part of ours as a child process, tied to this one.

    Its standard input is a pipe that nobody writes to: it ends, however this process
    ends, and the child with it (``--with-parent``). It has a session of its own, so that
    Ctrl-C in a terminal reaches this process only.

    Parameters
    ----------
    what
        What to call it in errors.
    command
        The command line.
    environment
        All its environment variables.
    """

    def __init__(self, what: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.what = what
        self._pid = os.getpid()
        self._ready = threading.Event()
        self._announcement: dict[str, Any] | None = None
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ClientError(f"the {what} could not be started: {error}") from error
        self._readers = [
            self._reader(self._process.stdout, self._take_line),
            self._reader(self._process.stderr, self._stderr.append),
        ]

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    def wait_ready(self, timeout: float) -> dict[str, Any]:
        """Wait for its announcement and return it.

        Raises
        ------
        ClientError
            It ended, or said nothing in time; with what it wrote to standard error.
        """
        deadline = time.monotonic() + timeout
        while not self._ready.wait(min(0.1, max(0.0, deadline - time.monotonic()))):
            if not self.alive:
                self._ready.wait(0.5)  # its last line may still be in the pipe
                break
            if time.monotonic() >= deadline:
                raise ClientError(
                    f"the {self.what} was not ready within {timeout:g} s{self._said()}"
                )
        if self._announcement is None:
            raise ClientError(
                f"the {self.what} ended with exit code {self._process.wait()}{self._said()}"
            )
        return self._announcement

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it has ended."""
        return self._process.poll()

    def close(self, timeout: float = 5.0) -> None:
        """End it, at first politely, and wait. A forked child of ours leaves it alone."""
        if self._pid != os.getpid():
            return
        self._close_pipe()
        if self.alive:
            self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(1)

    def release_after_fork(self) -> None:
        """Let go of the pipe in a forked child; else it would keep the process alive."""
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _said(self) -> str:
        for reader in self._readers:
            if not self.alive:
                reader.join(1)
        text = "".join(self._stderr).strip()
        return f"; it said:\n{text}" if text else ""

    def _take_line(self, line: str) -> None:
        if self._announcement is not None:
            return
        with contextlib.suppress(ValueError):
            content = json.loads(line)
            if isinstance(content, dict) and content.get("ready"):
                self._announcement = content
                self._ready.set()

    def _reader(self, pipe: IO[str] | None, take: Any) -> threading.Thread:
        assert pipe is not None

        def read() -> None:
            with contextlib.suppress(OSError, ValueError), pipe:
                for line in pipe:
                    take(line)
            if take == self._take_line:
                self._ready.set()

        thread = threading.Thread(target=read, name=f"{self.what}-output", daemon=True)
        thread.start()
        return thread
