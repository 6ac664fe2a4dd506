"""A watch for other threads, which follows the session to another kit."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from .watches import Watch

if TYPE_CHECKING:
    from .session import Session


class SessionWatch:
    """Live values of some signals of the session's kit. Made by ``Session.watch``.

    ``values`` are the last known ones, kept while kit or hub are away. May be used as a
    context manager and iterated with ``async for`` in any loop.
    """

    def __init__(
        self,
        session: Session,
        paths: tuple[str, ...],
        callback: Callable[[dict[str, Any]], Any] | None,
    ) -> None:
        self.paths = paths
        self.values: dict[str, Any] = {}
        self.closed = False
        self._session = session
        self._callback = callback
        self._lock = threading.Lock()
        self._inner: Watch | None = None  # belongs to the session's loop

    def __repr__(self) -> str:
        return f"<SessionWatch {', '.join(self.paths)}{' (closed)' if self.closed else ''}>"

    def __enter__(self) -> SessionWatch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it; no callback comes afterwards. Harmless when repeated."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
        self._session.dispatcher.forget(self)
        self._session.forget(self)
        self._session.run_soon(self._detach)

    def move(self) -> None:
        """Follow the kit that is chosen now."""
        self._session.run_soon(self._attach)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        inner: Watch | None = None
        try:
            while not self.closed:
                if inner is None:
                    inner = await self._session.wrap(self._own())
                values = await self._session.wrap(inner.read())
                if values is None:
                    return
                yield values
        finally:
            if inner is not None:
                self._session.run_soon(inner.close)

    async def _own(self) -> Watch:
        return self._session.kit_handle.watch(self.paths)

    def _attach(self) -> None:
        self._detach()
        if not self.closed:
            self._inner = self._session.kit_handle.watch(self.paths, self._take)

    def _detach(self) -> None:
        if self._inner is not None:
            self._inner.close()
            self._inner = None

    def _take(self, values: dict[str, Any]) -> None:
        self.values = values
        if self._callback is not None:
            self._session.dispatcher.post(self, self._deliver, values)

    def _deliver(self, values: dict[str, Any]) -> None:
        if not self.closed and self._callback is not None:
            self._callback(values)
