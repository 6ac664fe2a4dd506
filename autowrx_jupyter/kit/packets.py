"""Socket.IO packets without attachments, encoded by msgspec.

The kit sends some hundred packets a second: python-socketio's own class walks every value
looking for bytes and encodes with the standard library, which takes ten times as long.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from socketio.packet import Packet

from ..protocol import clean

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def encode(value: Any) -> str:
    """Return strict JSON: non-finite numbers become null (Q28)."""
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError, OverflowError):
        # Integers beyond 64 bits and lone surrogates: rare, and only the slow way takes them.
        return json.dumps(clean(value), separators=(",", ":"), allow_nan=False, default=str)


class FastJson:
    """The two functions of ``json`` that python-socketio calls."""

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """Encode; the options only ask for what is done anyway."""
        return encode(value)

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        """Decode one document."""
        try:
            return _decoder.decode(text)
        except msgspec.DecodeError:
            return json.loads(text)


class JsonPacket(Packet):  # type: ignore[misc]  # python-socketio has no type information
    """A packet whose payload is JSON only."""

    uses_binary_events = False
    json = FastJson
