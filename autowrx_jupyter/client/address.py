"""Where a hub is, and why it cannot be reached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .errors import ClientError

_TOKEN_KEYS = ("access_token", "token")


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Base address of a hub: ``{base}/socket.io/`` and ``{base}/v2`` lie below it.

    Parameters
    ----------
    base
        Scheme, host, port and path, without a trailing slash.
    token
        Proof of identity, or None. Not shown by ``str`` and ``repr``.
    query
        Other query parameters of the given address; they go along on every connection.
    """

    base: str
    token: str | None = None
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, url: str, token: str | None = None) -> HubAddress:
        """Read an address such as ``http://127.0.0.1:3090?access_token=abc``.

        Raises
        ------
        ClientError
            It is no http(s) or ws(s) address.
        """
        text = url.strip()
        if text and "://" not in text:
            text = f"http://{text}"
        try:
            parts = urlsplit(text)
            port = parts.port  # a property that raises on nonsense
        except ValueError as error:
            raise ClientError(f"{url!r} is no hub address: {error}") from error
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        if scheme not in ("http", "https") or not parts.hostname:
            raise ClientError(
                f"{url!r} is no hub address; it should look like http://127.0.0.1:3090"
            )
        query = parse_qsl(parts.query, keep_blank_values=True)
        for key, value in query:
            if key in _TOKEN_KEYS and token is None:
                token = value
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        netloc = host if port is None else f"{host}:{port}"
        base = urlunsplit((scheme, netloc, parts.path.rstrip("/"), "", ""))
        rest = tuple((key, value) for key, value in query if key not in _TOKEN_KEYS)
        return cls(base=base, token=token or None, query=rest)

    def __str__(self) -> str:
        return self.base

    def __repr__(self) -> str:
        return f"HubAddress({self.base!r}, token={'***' if self.token else None})"

    @property
    def socket_url(self) -> str:
        """What python-socketio connects to; it takes the path from ``socket_path``."""
        parts = urlsplit(self.base)
        # The token goes into the header and the CONNECT packet: servers log queries.
        return urlunsplit((parts.scheme, parts.netloc, "", urlencode(self.query), ""))

    @property
    def socket_path(self) -> str:
        """Path of the Socket.IO endpoint on its host."""
        return f"{urlsplit(self.base).path}/socket.io".lstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request: the form that Jupyter Server and our hub both read."""
        return {"Authorization": f"token {self.token}"} if self.token else {}

    @property
    def auth(self) -> dict[str, Any] | None:
        """Auth object of the Socket.IO CONNECT packet."""
        return {"token": self.token} if self.token else None

    async def diagnose(self, timeout: float = 5.0) -> str:
        """Return why no connection comes about, in words a user can act on."""
        parts = urlsplit(self.base)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            status = await asyncio.wait_for(self._probe(parts.hostname or "", port), timeout)
        except ConnectionRefusedError:
            return "connection refused; is it running?"
        except TimeoutError:
            return f"no answer within {timeout:g} s; is the address right?"
        except OSError as error:
            return f"{error.strerror or error}; is the address right?"
        if status in (401, 403):
            why = "is not accepted" if self.token else "is missing"
            return f"access denied (HTTP {status}); the token {why}, see AUTOWRX_TOKEN"
        if status == 404:
            return "something answers there, but it is no hub (HTTP 404); is the path right?"
        if status >= 400:
            return f"it answers with HTTP {status}"
        return "it answers, but the Socket.IO connection did not come about"

    async def _probe(self, host: str, port: int) -> int:
        parts = urlsplit(self.base)
        reader, writer = await asyncio.open_connection(host, port, ssl=parts.scheme == "https")
        try:
            target = f"/{self.socket_path}/?{urlencode([('EIO', '4'), ('transport', 'polling')])}"
            lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await writer.drain()
            first = (await reader.readline()).split()
            return int(first[1]) if len(first) > 1 and first[1].isdigit() else 599
        finally:
            writer.close()
