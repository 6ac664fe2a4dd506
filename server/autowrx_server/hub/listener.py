"""A listener of its own for the hub: everything at the root of one host and port.

Unmodified kits can only reach ``/socket.io/`` there (socket-protocol.md section 1.2).
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web

from ..auth import TokenBook, token_from_connect, token_from_header, token_from_query
from .http import Health, ListClients, ListKits, NotFound, identify, query_of
from .sio import MAX_MESSAGE, SocketIoHub

log = logging.getLogger(__name__)


class ListenError(OSError):
    """A port cannot be bound; the text names it and says what to do."""


def connect_identity(book: TokenBook) -> Any:
    """Return the check of a new Socket.IO peer: header, query or CONNECT object.

    A handler that has proved its peer already (Jupyter's login) carries ``hub_identity``.
    """

    def authenticate(handler: Any, auth: Any) -> Any:
        proved = getattr(handler, "hub_identity", None)
        if proved is not None:
            return proved
        header = token_from_header(handler.request.headers.get("Authorization"))
        return book.check(token_from_connect(auth), header, token_from_query(query_of(handler)))

    return authenticate


class RootListener:
    """Serves a hub at the root of one address until it is closed.

    Parameters
    ----------
    hub
        The hub to serve.
    book
        The tokens that open it.
    extra_rules
        More routes, such as the REST API's.
    """

    def __init__(self, hub: SocketIoHub, book: TokenBook, extra_rules: Sequence[Any] = ()) -> None:
        arguments = {"core": hub.core, "book": book}
        self.application = tornado.web.Application(
            [
                (r"/socket\.io/?", hub.handler_class()),
                (r"/listAllKits", ListKits, arguments),
                (r"/listAllClient", ListClients, arguments),
                (r"/healthz", Health, arguments),
                *extra_rules,
            ],
            default_handler_class=NotFound,
            log_function=_log_request,
            websocket_max_message_size=MAX_MESSAGE,
        )
        self._server = tornado.httpserver.HTTPServer(
            self.application, max_buffer_size=MAX_MESSAGE + 4096
        )
        self._sockets: list[socket.socket] = []

    def listen(self, port: int, host: str = "127.0.0.1") -> int:
        """Bind and start; return the port, which was chosen by the system where 0 was given.

        Raises
        ------
        ListenError
            The port is taken, not allowed, or the host is not this machine's.
        """
        try:
            self._sockets = tornado.netutil.bind_sockets(port, host or None)
        except OSError as error:
            raise ListenError(
                f"cannot listen on {host}:{port}: {error.strerror or error}"
            ) from error
        self._server.add_sockets(self._sockets)
        chosen: int = self._sockets[0].getsockname()[1]
        return chosen

    async def close(self) -> None:
        """Stop listening and close what is open."""
        self._server.stop()
        await self._server.close_all_connections()


def _log_request(handler: tornado.web.RequestHandler) -> None:
    """Log a request without its query, which may hold a token."""
    status, request = handler.get_status(), handler.request
    log.log(
        logging.WARNING if status >= 500 else logging.DEBUG,
        "%d %s %s (%s)",
        status,
        request.method,
        request.path,
        request.remote_ip,
    )


__all__ = ["ListenError", "RootListener", "connect_identity", "identify"]
