"""An event loop on a thread of its own, and ways to reach it from other threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .errors import ClientError

log = logging.getLogger(__name__)

T = TypeVar("T")


class LoopThread:
    """A daemon thread that runs an event loop until ``close``.

    ``call`` and ``wrap`` may be used from any thread but its own.
    """

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def usable(self) -> bool:
        """Whether it runs in this process: a forked child has no such thread."""
        return not self._closed and self._pid == os.getpid()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine on the loop and wait for its result.

        An interrupt (``KeyboardInterrupt``) cancels it.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise ClientError(
                "this blocks until the connection has answered and cannot be called from its "
                "own thread; use the asynchronous form there"
            )
        future = self.submit(work)
        try:
            return future.result(timeout)
        except concurrent.futures.CancelledError:
            raise ClientError("the session was closed meanwhile") from None
        except BaseException:
            future.cancel()
            raise

    def wrap(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine on the loop; return a future of the caller's running loop."""
        return asyncio.wrap_future(self.submit(work))

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the loop; return at once."""
        if not self.usable:
            work.close()
            raise ClientError(
                "this session is closed; connect again"
                if self._closed
                else "this session belongs to the parent process; connect again after a fork"
            )
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call a function on the loop; does nothing when it is closed."""
        if self.usable:
            try:
                self.loop.call_soon_threadsafe(callback, *args)
            except RuntimeError:  # closed between the two lines
                log.debug("the loop is closed")

    def close(self) -> None:
        """Cancel what runs, and end the thread. In a forked child only forget it."""
        if not self.usable:
            return
        self._closed = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=3))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()


class Dispatcher:
    """Calls the user's callbacks, one after the other, on a thread of its own.

    A slow callback delays the other ones but never the connection. Each source has one
    slot: what it posts while its last post still waits replaces that.
    """

    def __init__(self, name: str) -> None:
        self._slots: dict[object, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._name = name
        self._thread: threading.Thread | None = None
        self._closed = False

    def post(self, source: object, callback: Callable[..., Any], *args: Any) -> None:
        """Call ``callback(*args)`` soon, instead of an earlier post of ``source``."""
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            waiting = source in self._slots
            self._slots[source] = (callback, args)
            if not waiting:
                self._queue.put(source)

    def forget(self, source: object) -> None:
        """Do not call what ``source`` has posted."""
        with self._lock:
            if source in self._slots:
                self._slots[source] = (_nothing, ())

    def close(self) -> None:
        """Call nothing more."""
        with self._lock:
            self._closed = True
            self._slots.clear()
        self._queue.put(None)

    def _run(self) -> None:
        while (source := self._queue.get()) is not None:
            with self._lock:
                callback, args = self._slots.pop(source, (_nothing, ()))
            try:
                callback(*args)
            except Exception:
                log.exception("a callback of the session failed")


def _nothing(*_: Any) -> None:
    return None
