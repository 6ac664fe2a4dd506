"""Who is at the other end: identities, and the tokens that prove them.

Pure: no sockets, no tornado. The adapters hand over header lines, query arguments and the
Socket.IO CONNECT object; what comes back is an identity or ``None``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["user", "kit", "anonymous"]

MAX_TOKEN = 4096
"""Longer tokens are not looked at, in characters."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One proven identity.

    Parameters
    ----------
    user
        Name for logs and lists.
    kind
        ``user`` for people and their tools, ``kit`` for kits with a token of their own.
    key
        What this identity proved, as a digest: two peers with the same key showed the same
        token. Empty for anonymous peers, who proved nothing.
    """

    user: str
    kind: Kind = "user"
    key: str = ""


ANONYMOUS = Identity("anonymous", "anonymous")


def new_token() -> str:
    """Return a fresh random token of 32 bytes as text that is safe in a URL."""
    return secrets.token_urlsafe(32)


def key_of(token: str) -> str:
    """Return the digest that stands for ``token`` wherever it must not be readable."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_from_header(value: str | None) -> str | None:
    """Return the token of an ``Authorization: token T`` or ``Bearer T`` header."""
    if not value:
        return None
    scheme, _, token = value.strip().partition(" ")
    token = token.strip()
    return token if token and scheme.lower() in ("token", "bearer") else None


def token_from_query(query: Mapping[str, list[str]]) -> str | None:
    """Return ``token=`` or ``access_token=`` of a parsed query."""
    for name in ("token", "access_token"):
        for value in query.get(name, ()):
            if value:
                return value
    return None


def token_from_connect(auth: Any) -> str | None:
    """Return ``token`` of the Socket.IO CONNECT object; clients may send anything there."""
    if isinstance(auth, dict):
        for name in ("token", "access_token"):
            value = auth.get(name)
            if isinstance(value, str) and value:
                return value
    return None


class TokenBook:
    """The tokens a hub accepts.

    Tokens are kept and compared as digests, so a comparison tells nothing about them.

    Parameters
    ----------
    anonymous
        Let peers in that show no token. A wrong token is refused all the same.

    Attributes
    ----------
    owner_key
        Key of the user whose server this is; whoever logs in there otherwise shares it.
    """

    def __init__(self, *, anonymous: bool = False) -> None:
        self.anonymous = anonymous
        self.owner_key = ""
        self._known: dict[str, Identity] = {}

    def add(self, token: str, user: str, kind: Kind = "user") -> Identity:
        """Accept ``token`` from now on and return the identity it proves.

        Raises
        ------
        ValueError
            The token is empty or longer than ``MAX_TOKEN``.
        """
        if not token or len(token) > MAX_TOKEN:
            raise ValueError(f"a token has 1 to {MAX_TOKEN} characters")
        identity = Identity(user, kind, key_of(token))
        self._known[identity.key] = identity
        return identity

    def remove(self, token: str) -> None:
        """Stop accepting ``token``."""
        self._known.pop(key_of(token), None)

    def check(self, *tokens: str | None) -> Identity | None:
        """Return who is behind the first of ``tokens`` that was shown.

        ``None`` means refused: a wrong token, or none where anonymous access is off.
        """
        shown = [token for token in tokens if token]
        if not shown:
            return ANONYMOUS if self.anonymous else None
        for token in shown:
            if len(token) <= MAX_TOKEN and (known := self._known.get(key_of(token))):
                return known
        return None
