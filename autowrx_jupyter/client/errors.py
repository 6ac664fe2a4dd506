"""What can go wrong between a client, the hub and a kit."""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """Base of all errors of the client; the text names the thing and what to do."""


class HubUnreachableError(ClientError):
    """There is no hub at the address, or it refused the token."""


class KitNotFoundError(ClientError):
    """The hub knows no online kit of this name."""


class KitLostError(ClientError):
    """The kit or the hub went away while something was under way."""


class RequestTimeoutError(ClientError):
    """A kit or the hub did not answer in time."""


class RequestRefusedError(ClientError):
    """The kit or the hub answered with an error; ``reply`` is the whole answer."""

    def __init__(self, message: str, reply: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.reply = reply


class SignalValueError(ClientError):
    """A signal is unknown, or does not take the value."""
