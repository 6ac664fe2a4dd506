"""The kit's connection to its hub: found, kept, found again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import socketio

from ..protocol import KitRecord, events, kits_from_announcement
from .errors import KitError
from .outbox import Outbox, Post
from .packets import FastJson, JsonPacket

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
CONFIRMATION = 5.0
"""Seconds for the hub to list a kit that has registered. Longer: it counts as registered."""

GOODBYE = 1.0
"""Seconds for an orderly end; a hub that polls may hold its answer for much longer."""

REGISTER_KIT_RESPONSE = "register_kit-response"
"""Our hub's refusal of a registration; originals have no such event."""

TRANSPORTS = (["websocket"], ["polling", "websocket"])
"""Tried in this order: our hub takes a websocket at once, others may want polling first."""


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Where a hub listens: ``origin`` with the query, and the path of its Socket.IO."""

    origin: str
    path: str
    shown: str

    @classmethod
    def parse(cls, url: str) -> HubAddress:
        """Read ``http://host:port[/base][?query]``.

        Raises
        ------
        KitError
            It is no such address.
        """
        parts = urlsplit(url if "//" in url else f"http://{url}")
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        try:
            port_ok = parts.port is None or parts.port > 0
        except ValueError:
            port_ok = False
        if scheme not in ("http", "https") or not parts.hostname or not port_ok:
            raise KitError(f"{url!r} is no address of a hub; it looks like http://127.0.0.1:3090")
        base = parts.path.strip("/")
        if not base.endswith("socket.io"):
            base = f"{base}/socket.io" if base else "socket.io"
        # Query and user part may hold a token, so they are never shown.
        host = parts.netloc.rpartition("@")[2]
        shown = f"{scheme}://{host}{parts.path.rstrip('/')}"
        return cls(urlunsplit((scheme, parts.netloc, "", parts.query, "")), base, shown)


class _LinkError(Exception):
    """One try to reach the hub failed; the text says why."""


class HubLink:
    """Registers the kit, passes requests on and empties the outbox.

    Parameters
    ----------
    address, token
        The hub.
    record
        How the kit is registered.
    outbox
        What to send.
    on_request
        Gets every ``messageToKit``.
    on_registered
        Called after each registration.
    say
        Tells the person at the terminal when the hub is lost and found.
    retry_max
        Longest pause between two tries, in seconds.
    """

    def __init__(
        self,
        address: HubAddress,
        token: str,
        record: KitRecord,
        outbox: Outbox,
        *,
        on_request: Callable[[Any], None],
        on_registered: Callable[[], Awaitable[None]],
        say: Callable[[str], None],
        retry_max: float,
    ) -> None:
        self._address = address
        self._token = token
        self._record = record
        self._outbox = outbox
        self._on_request = on_request
        self._on_registered = on_registered
        self._say = say
        self._retry_max = retry_max
        self._transports: Sequence[str] | None = None
        self._complained = False
        self._connection: _Connection | None = None

    async def run(self) -> None:
        """Keep the kit registered until cancelled."""
        pause = FIRST_PAUSE
        while True:
            connection = None
            try:
                connection = await self._connect()
                self._connection = connection
                await connection.register(self._record)
                pause = FIRST_PAUSE
                if self._complained:
                    self._say(f"hub {self._address.shown} is there, registered")
                    self._complained = False
                await self._on_registered()
                await connection.serve(self._outbox)
                self._complain("the connection was lost")
            except _LinkError as error:
                self._complain(str(error))
            finally:
                self._connection = None
                if connection is not None:
                    await connection.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._retry_max)

    async def flush(self, seconds: float) -> None:
        """Give what is queued up to ``seconds`` to leave."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._connection is not None and not self._connection.idle(self._outbox):
                    await self._connection.sent_some()

    def _complain(self, why: str) -> None:
        """Say once for each time the hub is lost."""
        if not self._complained:
            self._complained = True
            self._say(f"hub {self._address.shown} cannot be reached, trying on: {why}")
        else:
            log.debug("hub %s: %s", self._address.shown, why)

    async def _connect(self) -> _Connection:
        wanted = TRANSPORTS if self._transports is None else (self._transports, *TRANSPORTS)
        reason = "no answer"
        for transports in wanted:
            connection = _Connection(self._on_request)
            try:
                await connection.open(self._address, self._token, transports)
            except _LinkError as error:
                reason = str(error)
                await connection.close()
                continue
            except BaseException:
                await connection.close()
                raise
            self._transports = transports
            return connection
        raise _LinkError(reason)


class _Connection:
    """One Socket.IO connection, used once."""

    def __init__(self, on_request: Callable[[Any], None]) -> None:
        self._lost = asyncio.Event()
        self._progress = asyncio.Event()
        self._sending = 0
        self._answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._refusal = ""
        self._kit_id = ""
        self._client = socketio.AsyncClient(
            reconnection=False,
            handle_sigint=False,
            serializer=JsonPacket,
            json=FastJson,
            request_timeout=10,
            websocket_extra_options={"max_msg_size": 0},
        )
        self._client.on("disconnect", self._on_disconnect)
        self._client.on("connect_error", self._on_refused)
        self._client.on(events.MESSAGE_TO_KIT, on_request)
        self._client.on(events.LIST_ALL_KITS_RESULT, self._on_list)
        self._client.on(REGISTER_KIT_RESPONSE, self._on_register_response)

    async def open(self, address: HubAddress, token: str, transports: Sequence[str]) -> None:
        """Connect; raise :class:`_LinkError` if that fails."""
        headers = {"Authorization": f"token {token}"} if token else {}
        try:
            await self._client.connect(
                address.origin,
                headers=headers,
                auth={"token": token} if token else None,
                transports=list(transports),
                socketio_path=address.path,
                wait_timeout=10,
            )
        except (
            socketio.exceptions.SocketIOError,
            aiohttp.ClientError,
            OSError,
            ValueError,
            TimeoutError,
        ) as error:
            raise _LinkError(self._refusal or str(error) or type(error).__name__) from error

    async def register(self, record: KitRecord) -> None:
        """Register the kit and wait until the hub lists it."""
        self._kit_id = record.kit_id
        payload = {
            "kit_id": record.kit_id,
            "name": record.name,
            "support_apis": record.support_apis,
            "desc": record.desc,
        }
        await self._emit(events.REGISTER_KIT, payload)
        # Originals do not answer a registration, but they give their list to anybody.
        await self._emit(events.LIST_ALL_KITS, None)
        lost = asyncio.ensure_future(self._lost.wait())
        waiting: list[asyncio.Future[Any]] = [self._answer, lost]
        try:
            await asyncio.wait(
                waiting,
                timeout=CONFIRMATION,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            lost.cancel()
        if self._answer.done():
            refusal = self._answer.result()
            if refusal is not None:
                raise _LinkError(f"it refuses this kit: {refusal}")
        elif self._lost.is_set():
            raise _LinkError("the connection was lost while registering")

    async def serve(self, outbox: Outbox) -> None:
        """Send what the outbox gives until the connection is lost."""
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            while not self._lost.is_set():
                take = asyncio.ensure_future(outbox.take())
                try:
                    await asyncio.wait([take, lost], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not take.done():
                        take.cancel()
                if take.done() and not take.cancelled():
                    await self._send(take.result(), lost)
        finally:
            lost.cancel()

    async def close(self) -> None:
        """Close the connection."""
        self._lost.set()
        with contextlib.suppress(Exception):  # whatever state a half-open connection is in
            async with asyncio.timeout(GOODBYE):
                await self._client.disconnect()
        # A refused connect leaves the library's HTTP session open.
        session = self._client.eio.http
        if session is not None and not session.closed:
            await session.close()

    def idle(self, outbox: Outbox) -> bool:
        """Return whether all of ``outbox`` has left."""
        return self._lost.is_set() or not (len(outbox) or self._sending)

    async def sent_some(self) -> None:
        """Wait until something has left or the connection is lost."""
        self._progress.clear()
        await self._progress.wait()

    async def _send(self, posts: Sequence[Post], lost: asyncio.Future[Any]) -> None:
        self._sending = len(posts)
        try:
            for post in posts:
                payload = post.build()
                if payload is not None:
                    await self._emit(post.event, payload)
            # The library's queue has no limit of its own: wait until the socket took it all.
            left = asyncio.ensure_future(self._client.eio.queue.join())
            await asyncio.wait([left, lost], return_when=asyncio.FIRST_COMPLETED)
            left.cancel()
        except _LinkError:
            self._lost.set()
        finally:
            self._sending = 0
            self._progress.set()
            for post in posts:
                if post.on_sent is not None:
                    post.on_sent()

    async def _emit(self, event: str, payload: Any) -> None:
        try:
            await self._client.emit(event, payload)
        except socketio.exceptions.SocketIOError as error:
            raise _LinkError(str(error)) from error

    def _on_disconnect(self, _reason: Any = None) -> None:
        self._lost.set()
        self._progress.set()

    def _on_refused(self, data: Any = None) -> None:
        text = data.get("message") if isinstance(data, dict) else data
        self._refusal = str(text) if text else ""

    def _on_list(self, payload: Any = None) -> None:
        if any(kit.kit_id == self._kit_id for kit in kits_from_announcement(payload)):
            self._answered(None)

    def _on_register_response(self, payload: Any = None) -> None:
        if isinstance(payload, dict) and payload.get("status") == "ERR":
            self._answered(str(payload.get("message") or "no reason given"))

    def _answered(self, refusal: str | None) -> None:
        if not self._answer.done():
            self._answer.set_result(refusal)
