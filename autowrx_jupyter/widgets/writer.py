"""Writes to the car that never keep the notebook waiting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

log = logging.getLogger(__name__)

MAX_WRITERS = 4
_NOTHING = object()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_WRITERS, thread_name_prefix="autowrx-write")


class Writer:
    """Write the newest value of one signal, one write at a time.

    While a write is on its way, newer values replace each other: a slider that is dragged sends
    what the kit can take, and always the last one.

    Threads: `put` may be called by any thread. ``_wanted`` and ``_busy`` are only touched with
    ``_lock`` held. ``done`` is called on a thread of the pool.

    Parameters
    ----------
    write : callable
        Writes a value and waits for the answer; raises when it was refused.
    done : callable
        Called after each write with None, or with the error in one line.
    idle : callable
        Called when the last value has been answered.
    """

    def __init__(
        self,
        write: Callable[[Any], None],
        done: Callable[[str | None], None],
        idle: Callable[[], None],
    ) -> None:
        self._write = write
        self._done = done
        self._idle = idle
        self._lock = threading.Lock()
        self._wanted: Any = _NOTHING
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether a value has not been answered yet."""
        with self._lock:
            return self._busy

    def put(self, value: Any) -> None:
        """Have a value written."""
        with self._lock:
            self._wanted = value
            if self._busy:
                return
            self._busy = True
        _pool().submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                value, self._wanted = self._wanted, _NOTHING
                if value is _NOTHING:
                    self._busy = False
                    break
            try:
                self._write(value)
            except Exception as error:  # the edge of the thread: shown where the user looks
                log.debug("A write was refused", exc_info=True)
                answer: str | None = one_line(error)
            else:
                answer = None
            self._done(answer)
        self._idle()


def one_line(error: BaseException) -> str:
    """Return the first line of an error, its kind where it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
