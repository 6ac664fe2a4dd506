"""JSON values that every peer can read."""

from __future__ import annotations

import math
from typing import Any


def clean(value: Any) -> Any:
    """Return ``value`` with non-finite numbers replaced by ``None``, at any depth.

    ``NaN`` and the infinities are no JSON: the original hub closes the connection of a kit
    that sends one (socket-protocol.md section 1.3, Q28). Tuples become lists.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
