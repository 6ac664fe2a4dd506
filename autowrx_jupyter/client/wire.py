"""One websocket to a hub: the only module that knows python-socketio."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from autowrx_jupyter.protocol import clean

from .address import HubAddress
from .errors import HubUnreachableError, KitLostError

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0


class Wire:
    """One connection, from ``open`` until it is lost or closed. It never reconnects.

    All methods and both callbacks belong to the loop on which ``open`` ran. Events come
    in the order in which the hub sent them.

    Parameters
    ----------
    address
        The hub.
    on_event
        Called as ``on_event(event, payload)``; must not block.
    on_lost
        Called once with a short reason when an open connection ends other than by
        ``close``.
    """

    def __init__(
        self,
        address: HubAddress,
        on_event: Callable[[str, Any], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self.address = address
        self._on_event = on_event
        self._on_lost = on_lost
        self._client: Any = None
        self._refusal = ""
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._open

    @property
    def sid(self) -> str | None:
        """The socket id at the hub, the ``request_from`` of what is sent here."""
        return self._client.get_sid() if self._open else None

    async def open(self, timeout: float = CONNECT_TIMEOUT) -> None:
        """Connect.

        Raises
        ------
        HubUnreachableError
            With the reason: refused, denied, not found, no answer.
        """
        # Imported here because it costs more than the rest of the client together and
        # can then load while an embedded hub is starting.
        import socketio

        client = socketio.AsyncClient(
            reconnection=False,
            handle_sigint=False,
            # aiohttp would drop the connection on a message over 4 MB.
            websocket_extra_options={"max_msg_size": 0},
        )
        client.on("*", self._dispatch)
        client.on("connect_error", self._connect_error)
        client.on("disconnect", self._disconnected)
        try:
            await asyncio.wait_for(
                client.connect(
                    self.address.socket_url,
                    headers=self.address.headers,
                    auth=self.address.auth,
                    transports=["websocket"],
                    socketio_path=self.address.socket_path,
                    wait_timeout=timeout,
                ),
                timeout,
            )
        except (socketio.exceptions.ConnectionError, OSError, TimeoutError) as error:
            await self._discard(client)
            reason = self._refusal or await self.address.diagnose()
            raise HubUnreachableError(
                f"hub at {self.address} cannot be reached: {reason}"
            ) from error
        except BaseException:
            await self._discard(client)
            raise
        self._client = client
        self._open = bool(client.connected)
        if not self._open:  # dropped again between the handshake and here
            raise HubUnreachableError(f"hub at {self.address} closed the connection at once")

    async def emit(self, event: str, payload: Any = None) -> None:
        """Send one event; returns when it is queued for the socket.

        Raises
        ------
        KitLostError
            The connection is not open.
        """
        if not self._open:
            raise KitLostError(f"not connected to the hub at {self.address}")
        from socketio.exceptions import SocketIOError

        try:
            await self._client.emit(event, None if payload is None else clean(payload))
        except SocketIOError as error:
            raise KitLostError(f"lost the hub at {self.address}") from error

    async def close(self) -> None:
        """End the connection; ``on_lost`` is not called. Harmless when repeated."""
        self._open = False
        client, self._client = self._client, None
        if client is not None:
            await self._discard(client)

    @staticmethod
    async def _discard(client: Any) -> None:
        try:
            await asyncio.wait_for(client.disconnect(), 3.0)
            # Ending the read loop is what closes the HTTP session behind it.
            await asyncio.wait_for(client.eio.wait(), 3.0)
        except Exception:
            log.debug("the connection did not close cleanly", exc_info=True)

    def _dispatch(self, event: str, *args: Any) -> None:
        try:
            self._on_event(event, args[0] if args else None)
        except Exception:
            log.exception("cannot handle %r of the hub", event)

    def _connect_error(self, data: Any = None) -> None:
        # A refusal by the hub itself is an object; a failed transport only a text.
        if isinstance(data, dict) and data.get("message"):
            self._refusal = f"it refused the connection: {data['message']}"

    def _disconnected(self, reason: Any = None) -> None:
        if not self._open:
            return
        self._open = False
        log.info("connection to the hub ended: %s", reason)
        self._on_lost(str(reason or "connection closed"))
