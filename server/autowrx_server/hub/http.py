"""The hub's HTTP routes (socket-protocol.md section 1.4): JSON always, CORS always."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

import tornado.web

from ..auth import Identity, TokenBook, token_from_header, token_from_query
from . import strict_json
from .core import HubCore

BOOT_ID = uuid.uuid4().hex
_STARTED = time.monotonic()


def query_of(handler: tornado.web.RequestHandler) -> dict[str, list[str]]:
    """Return the query arguments as text; bytes that are no UTF-8 are replaced."""
    return {
        name: [value.decode("utf-8", "replace") for value in values]
        for name, values in handler.request.query_arguments.items()
    }


def identify(handler: tornado.web.RequestHandler, book: TokenBook) -> Identity | None:
    """Return who sends a request, by header or query token."""
    header = handler.request.headers.get("Authorization")
    return book.check(token_from_header(header), token_from_query(query_of(handler)))


def health(core: HubCore) -> dict[str, Any]:
    """Return the content of ``/healthz``."""

    def counts(kits: Any) -> dict[str, int]:
        online = len(kits.online())
        return {"total": len(kits), "online": online, "offline": len(kits) - online}

    return {
        "status": "OK",
        "bootId": BOOT_ID,
        "pid": os.getpid(),
        "uptimeSec": int(time.monotonic() - _STARTED),
        "kits": counts(core.kits),
        "syncerHw": counts(core.hardware),
        "clients": {"total": len(core.clients())},
        "sockets": core.peers,
    }


class JsonErrors(tornado.web.RequestHandler):
    """Answers errors as JSON and lets any page read the answers."""

    def set_default_headers(self) -> None:
        """Add the CORS header to every answer, errors too."""
        self.set_header("Access-Control-Allow-Origin", "*")

    def check_xsrf_cookie(self) -> None:
        """Nothing here trusts a cookie, so there is nothing to forge."""

    def options(self, *args: str) -> None:
        """Answer the preflight question of a browser."""
        self.set_header("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
        self.set_header("Access-Control-Allow-Headers", "Authorization,Content-Type")
        self.set_status(204)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write ``{status, message}`` without a traceback."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        text = error.log_message if isinstance(error, tornado.web.HTTPError) else None
        self.reply({"status": "ERR", "message": text or self._reason})

    def reply(self, content: Any) -> None:
        """Send ``content`` as strict JSON."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(strict_json.dumps(content))


class HubHandler(JsonErrors):
    """Base of the routes at the root of a listener; wants a token of the book."""

    def initialize(self, core: HubCore, book: TokenBook) -> None:
        """Take what the route table gives."""
        self.core = core
        self.book = book

    def need_identity(self) -> Identity:
        """Return who asks.

        Raises
        ------
        tornado.web.HTTPError
            401 without a valid token.
        """
        identity = identify(self, self.book)
        if identity is None:
            raise tornado.web.HTTPError(
                401, "this hub wants a token: send 'Authorization: token …'"
            )
        return identity


class ListKits(HubHandler):
    """``GET /listAllKits``."""

    def get(self) -> None:
        """Answer the list of kits."""
        self.need_identity()
        self.reply(kits_answer(self.core))


class ListClients(HubHandler):
    """``GET /listAllClient``."""

    def get(self) -> None:
        """Answer the list of registered clients."""
        self.need_identity()
        self.reply(clients_answer(self.core))


class Health(HubHandler):
    """``GET /healthz``: without a token only that the hub is alive."""

    def get(self) -> None:
        """Answer the state of the hub."""
        known = identify(self, self.book) is not None
        self.reply(health(self.core) if known else {"status": "OK"})


class NotFound(JsonErrors):
    """Everything else."""

    def prepare(self) -> None:
        """Answer 404 as JSON."""
        if self.request.method != "OPTIONS":
            raise tornado.web.HTTPError(404, f"no route {self.request.path}")


def kits_answer(core: HubCore) -> dict[str, Any]:
    """Return the envelope of ``/listAllKits``."""
    return {"status": "OK", "message": "List all kits", "content": core.kits.to_json()}


def clients_answer(core: HubCore) -> dict[str, Any]:
    """Return the envelope of ``/listAllClient``."""
    content = [client.to_json() for client in core.clients()]
    return {"status": "OK", "message": "List all clients", "content": content}
