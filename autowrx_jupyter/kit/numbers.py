"""Numbers as people wrote them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

_FLOAT32 = struct.Struct("<f")


def shortest_float32(value: float) -> float:
    """Return the shortest decimal number that is ``value`` in 32 bits.

    A ``float`` signal set to 55.2 is stored as 55.20000076293945; this gives back 55.2.
    """
    if not math.isfinite(value) or value.is_integer():
        return value
    try:
        wanted = _FLOAT32.pack(value)
    except OverflowError:
        return value
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if _FLOAT32.pack(short) == wanted:
            return short
    return float(f"{value:.9g}")


def _float32(value: Any) -> Any:
    return shortest_float32(value) if isinstance(value, float) else value


def _float32_list(value: Any) -> Any:
    return [_float32(item) for item in value]


def _as_list(value: Any) -> Any:
    return list(value)


def _unchanged(value: Any) -> Any:
    return value


def for_packet(datatype: str) -> Callable[[Any], Any]:
    """Return the function that makes a value of ``datatype`` fit for a JSON packet."""
    if datatype == "float":
        return _float32
    if datatype == "float[]":
        return _float32_list
    if datatype.endswith("[]"):
        return _as_list
    return _unchanged
