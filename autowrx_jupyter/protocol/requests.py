"""The forwarded request as a kit receives it (socket-protocol.md section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import ProtocolError


@dataclass(slots=True)
class Request:
    """One ``messageToKit`` at the kit.

    ``request_from`` is an opaque return address, never an identity (Q5). ``req_id`` is
    additive: what the client put there is copied into every reply.
    """

    cmd: str
    request_from: str
    data: Any = None
    req_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return field ``name`` if it is text, else ``default``."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else default

    def strings(self, name: str) -> list[str]:
        """Return field ``name`` as a list of texts; anything else in it is left out (Q12)."""
        value = self.fields.get(name)
        if not isinstance(value, list):
            return []
        return [item for item in value if isinstance(item, str)]


def parse_request(payload: Any) -> Request:
    """Read a forwarded request.

    Raises
    ------
    ProtocolError
        The payload is no object, or ``cmd`` or ``request_from`` is missing.
    """
    if not isinstance(payload, dict):
        raise ProtocolError(f"messageToKit wants an object, got {type(payload).__name__}")
    cmd = payload.get("cmd")
    if not isinstance(cmd, str) or not cmd:
        raise ProtocolError("messageToKit has no 'cmd'")
    sender = payload.get("request_from")
    if not isinstance(sender, str) or not sender:
        raise ProtocolError(f"messageToKit {cmd!r} has no 'request_from'")
    req_id = payload.get("req_id")
    return Request(
        cmd=cmd,
        request_from=sender,
        data=payload.get("data"),
        req_id=req_id if isinstance(req_id, str) else None,
        fields=payload,
    )
