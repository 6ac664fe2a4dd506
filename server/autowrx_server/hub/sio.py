"""The hub on python-socketio: one adapter for every listener of a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from typing import Any

import engineio.async_drivers.tornado as driver
import socketio
from socketio.exceptions import ConnectionRefusedError as RefuseConnection
from socketio.packet import Packet

from ..auth import Identity
from . import strict_json
from .core import HubCore

log = logging.getLogger(__name__)

MAX_MESSAGE = 100_000_000
"""Largest message, in bytes; the original hub's limit."""

Authenticate = Callable[[Any, Any], Identity | None]
"""From the handler of the HTTP request and the CONNECT object to who it is."""


class StrictPacket(Packet):  # type: ignore[misc]
    """Packets with strict JSON, for this server only: the library's setting is process-wide."""

    json = strict_json


class SocketIoHub:
    """A ``HubCore`` behind a Socket.IO server.

    Runs on the event loop that first serves a request; all methods belong to that thread.

    Parameters
    ----------
    authenticate
        Decides who a new peer is; ``None`` refuses it.
    window
        See ``HubCore``.
    """

    def __init__(self, authenticate: Authenticate, *, window: float = 1.0) -> None:
        self._authenticate = authenticate
        self._outbox: list[tuple[str, str, Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.core = HubCore(self, window=window)
        self.server = socketio.AsyncServer(
            async_mode="tornado",
            # Two events of one peer must not overtake each other.
            async_handlers=False,
            max_http_buffer_size=MAX_MESSAGE,
            # Tokens are no cookies, so a foreign page gains nothing by calling us.
            cors_allowed_origins="*",
            cors_credentials=False,
            serializer=StrictPacket,
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("*", self._event)

    def handler_class(self) -> type[Any]:
        """Return the tornado handler for ``/socket.io/`` of an open listener.

        The token is checked when the peer sends CONNECT, because clients may put it there.
        """
        base: type[Any] = driver.get_tornado_handler(self.server.eio)

        class SocketHandler(base):  # type: ignore[misc]
            """Polling and websocket of one listener."""

            @property
            def max_message_size(self) -> int:
                return MAX_MESSAGE

            def get_compression_options(self) -> None:
                return None  # deflating costs more than a local line saves

            async def open(self, *args: Any, **kwargs: Any) -> None:
                # Else the second of two small messages waits 40 ms for the first one's ACK.
                self.set_nodelay(True)
                await super().open(*args, **kwargs)

        return SocketHandler

    async def close(self) -> None:
        """Disconnect every peer and stop the timers."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for peer in list(self.server.eio.sockets.values()):
            # Not the library's own disconnect: it waits for pollers that never come back.
            with contextlib.suppress(Exception):
                await peer.close(wait=False)
        await asyncio.sleep(0)  # lets the writers send the close packets
        await self.server.shutdown()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Transport

    def send(self, sid: str, event: str, payload: Any) -> None:
        """Queue an event; it leaves when the current call into the core is over."""
        self._outbox.append((sid, event, payload))

    def broadcast(self, sids: Collection[str], event: str, payload: Any) -> None:
        """Queue an event for several peers."""
        self._outbox.extend((sid, event, payload) for sid in sids)

    def wake(self, delay: float) -> None:
        """Tick the core after ``delay`` seconds at the latest."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + delay
        if self._timer is not None:
            if not self._timer.cancelled() and self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._ticked)

    # Events of the library

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        identity = self._authenticate(environ["tornado.handler"], auth)
        if identity is None:
            log.warning("refused connect from %s: no valid token", _remote(environ))
            raise RefuseConnection(
                "This hub wants a token: set AUTOWRX_TOKEN, or add ?access_token=... to its address"
            )
        self.core.connect(sid, identity)

    async def _disconnect(self, sid: str, reason: Any = None) -> None:
        self.core.disconnect(sid)
        await self._flush()

    async def _event(self, event: str, sid: str, *args: Any) -> None:
        self.core.handle(sid, event, args[0] if args else None)
        await self._flush()

    def _ticked(self) -> None:
        self._timer = None
        self.core.tick()
        task = asyncio.get_running_loop().create_task(self._flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self) -> None:
        while self._outbox:
            batch, self._outbox = self._outbox, []
            for sid, event, payload in batch:
                try:
                    await self.server.emit(event, payload, to=sid)
                except Exception:
                    # One peer that has just gone must not keep the others from their messages.
                    log.debug("could not send %s to %s", event, sid, exc_info=True)


def _remote(environ: dict[str, Any]) -> str:
    return str(environ["tornado.handler"].request.remote_ip)
