"""The hub's routes inside Jupyter: Jupyter's login or the hub's own user token opens them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import tornado.web
from jupyter_server.auth import User
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin

from .auth import Identity, TokenBook
from .hub import http
from .hub.http import clients_answer, health, kits_answer
from .hub.sio import MAX_MESSAGE, SocketIoHub

RESOURCE = "autowrx"
"""What Jupyter's authorizer is asked about."""


class TokenOrLogin:
    """Mixin before a ``JupyterHandler``: a user token of the hub counts as a login.

    Kernels and kits know that token only; Jupyter does not know it. It is never a cookie, so
    neither the cross-site-request check nor the origin check applies to it.
    """

    book: TokenBook
    hub_identity: Identity | None = None
    _token_shown = False

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Settle who asks before anything else happens."""
        handler: Any = self
        shown = http.identify(handler, self.book)
        if shown is not None and shown.kind != "anonymous":
            self.hub_identity = shown
            self._token_shown = True
            user = User(shown.user, name=shown.user, display_name=shown.user)
            handler.current_user = handler._jupyter_current_user = user
            handler.set_cors_headers()
            return
        result = super().prepare(*args, **kwargs)  # type: ignore[misc]
        if isinstance(result, Awaitable):
            await result
        user = handler.current_user
        if user is not None:
            # Whoever may log in here may run code here and read the token: the same owner.
            self.hub_identity = Identity(user.username, "user", self.book.owner_key)

    def skip_check_origin(self) -> bool:
        """Tell Jupyter that a shown token makes the origin irrelevant."""
        return self._token_shown or bool(super().skip_check_origin())  # type: ignore[misc]


def socket_handler(hub: SocketIoHub, tokens: TokenBook) -> type[Any]:
    """Return the handler of ``{base_url}autowrx/socket.io/``.

    python-engineio's own handler would let anybody in. Long polling works with a token;
    with a cookie only the websocket does, since Jupyter refuses cross-site posts.
    """
    base: type[Any] = hub.handler_class()

    class JupyterSocket(TokenOrLogin, WebSocketMixin, base, JupyterHandler):  # type: ignore[misc]
        """One Socket.IO peer that has logged in."""

        auth_resource = RESOURCE
        book = tokens

        @property
        def ping_interval(self) -> float:
            return 0  # Engine.IO has pings of its own

        @property
        def max_message_size(self) -> int:
            return MAX_MESSAGE

        @ws_authenticated
        @authorized
        async def get(self, *args: Any, **kwargs: Any) -> None:
            await base.get(self, *args, **kwargs)

        @tornado.web.authenticated
        @authorized
        async def post(self, *args: Any, **kwargs: Any) -> None:
            await base.post(self, *args, **kwargs)

        @tornado.web.authenticated
        @authorized
        async def options(self, *args: Any, **kwargs: Any) -> None:
            await base.options(self, *args, **kwargs)

        def write_error(self, status_code: int, **kwargs: Any) -> None:
            """Answer with JSON: no program that comes here reads Jupyter's error page."""
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.finish({"message": self._reason, "reason": None})

        def on_pong(self, data: bytes) -> None:
            """Take no part in the mixin's time-out."""

    return JupyterSocket


class HubRoute(TokenOrLogin, APIHandler):
    """Base of the JSON routes."""

    auth_resource = RESOURCE
    _track_activity = False  # a dashboard that polls must not keep an idle server alive

    def initialize(self, hub: SocketIoHub, book: TokenBook) -> None:
        """Take what the route table gives."""
        self.hub = hub
        self.book = book


class ListKits(HubRoute):
    """``GET …/listAllKits``."""

    @tornado.web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer the list of kits."""
        self.finish(kits_answer(self.hub.core))


class ListClients(HubRoute):
    """``GET …/listAllClient``."""

    @tornado.web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer the list of registered clients."""
        self.finish(clients_answer(self.hub.core))


class Health(HubRoute):
    """``GET …/healthz``."""

    @tornado.web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer the state of the hub."""
        self.finish(health(self.hub.core))
