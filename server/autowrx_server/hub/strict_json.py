"""JSON that every peer can read: no NaN, no unpaired surrogates (socket-protocol.md 1.3)."""

from __future__ import annotations

import json
from typing import Any

from autowrx_jupyter.protocol import clean


def loads(text: str | bytes, **_: Any) -> Any:
    """Read JSON; ``NaN`` and the infinities, which some kits send, become ``None``."""
    return json.loads(text, parse_constant=lambda _: None)


def dumps(value: Any, **_: Any) -> str:
    """Write compact JSON, with ``null`` for numbers that JSON cannot hold."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        value = clean(value)
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half of a surrogate pair: it can only travel escaped
            text = json.dumps(value, separators=(",", ":"))
    return text
