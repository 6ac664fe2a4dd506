"""The Socket.IO contract between hub, kit and client. No I/O.

``events`` and ``commands`` name what goes over the wire, ``records`` are the entries of
the kit list, ``requests`` and ``replies`` read and build the envelopes, ``values`` keeps
JSON strict.
"""

from . import commands, events
from .errors import ProtocolError
from .records import ClientRecord, KitRecord, Runner, kits_from_announcement, now_ms
from .replies import error_reply, final_reply, hub_error, output_reply, reply
from .requests import Request, parse_request
from .values import clean

__all__ = [
    "ClientRecord",
    "KitRecord",
    "ProtocolError",
    "Request",
    "Runner",
    "clean",
    "commands",
    "error_reply",
    "events",
    "final_reply",
    "hub_error",
    "kits_from_announcement",
    "now_ms",
    "output_reply",
    "parse_request",
    "reply",
]
