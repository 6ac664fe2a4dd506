"""Conversion of a value to what a signal carries, with errors that a student can act on."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from autowrx_jupyter.vss.datatypes import FLOAT_MAX, INT_RANGES
from autowrx_jupyter.vss.errors import VssError, VssErrorCode

if TYPE_CHECKING:
    from autowrx_jupyter.vss.signals import Signal

_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})
_SHOWN: Final = 60  # characters of a value in an error text


class _Unfit(Exception):
    """The value is of another kind than the data type."""


def convert(signal: Signal, value: object) -> Any:
    """Return `value` as `signal` carries it, or raise `VssError`; see `Signal.coerce`."""
    value = _plain(value)
    if not signal.is_array:
        return _element(signal, value)
    if isinstance(value, str):
        value = _parse_list(signal, value)
    if not isinstance(value, list | tuple):
        raise VssError(
            f"{signal.path} needs a list of {_kind(signal)} ({signal.datatype}); "
            f"got {_describe(value)}.",
            code=VssErrorCode.TYPE,
            path=signal.path,
        )
    return [_element(signal, _plain(item)) for item in value]


def _plain(value: object) -> object:
    """Unpack numpy scalars and arrays without importing numpy."""
    if type(value).__module__ == "numpy":
        unpack = getattr(value, "tolist", None)
        if unpack is not None:
            plain: object = unpack()
            return plain
    return value


def _element(signal: Signal, value: object) -> Any:
    datatype = signal.element_type
    try:
        result = _CONVERTERS[datatype](value)
    except _Unfit:
        raise VssError(
            f"{signal.path} needs {_kind(signal)} ({_facts(signal)}); got {_describe(value)}.",
            code=VssErrorCode.TYPE,
            path=signal.path,
        ) from None
    if isinstance(result, int | float) and not isinstance(result, bool):
        _check_number(signal, datatype, result)
    if signal.allowed is not None and result not in signal.allowed:
        raise VssError(
            f"{signal.path} does not allow {_describe(value)}. "
            f"Possible: {_choices(signal.allowed)}.{_hint(signal.allowed, result)}",
            code=VssErrorCode.ALLOWED,
            path=signal.path,
        )
    return result


def _check_number(signal: Signal, datatype: str, number: int | float) -> None:
    # Limits first, as the Databroker does: they say more than the range of the type.
    below = signal.min is not None and number < signal.min
    above = signal.max is not None and number > signal.max
    if below or above:
        raise VssError(
            f"{signal.path} must be {limits(signal)}; got {_show(number)}.",
            code=VssErrorCode.LIMIT,
            path=signal.path,
        )
    low, high = INT_RANGES.get(datatype, (None, None))
    if low is not None and high is not None and not low <= number <= high:
        raise VssError(
            f"{signal.path} is {_article(datatype)}, which holds {low} to {high}; "
            f"got {_show(number)}.",
            code=VssErrorCode.RANGE,
            path=signal.path,
        )
    if datatype == "float" and abs(number) >= FLOAT_MAX:
        raise VssError(
            f"{signal.path} is a 32-bit float, which cannot hold {_show(number)}.",
            code=VssErrorCode.RANGE,
            path=signal.path,
        )


def limits(signal: Signal) -> str:
    """Say in words which numbers are possible, for example ``between 0 and 100 percent``."""
    unit = f" {signal.unit}" if signal.unit else ""
    if signal.min is not None and signal.max is not None:
        return f"between {signal.min} and {signal.max}{unit}"
    if signal.min is not None:
        return f"at least {signal.min}{unit}"
    if signal.max is not None:
        return f"at most {signal.max}{unit}"
    return f"a number{unit}"


def _to_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise _Unfit


def _to_int(value: object) -> int:
    if isinstance(value, bool):
        raise _Unfit
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = _to_float(value)
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    raise _Unfit


def _to_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Unfit
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _Unfit from None
    if not math.isfinite(number):
        raise _Unfit
    return number


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _Unfit


_CONVERTERS: Final[dict[str, Callable[[object], Any]]] = {
    "boolean": _to_bool,
    "string": _to_text,
    "float": _to_float,
    "double": _to_float,
    **dict.fromkeys(INT_RANGES, _to_int),
}


def _parse_list(signal: Signal, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        body = text.strip()
    if body.startswith("[") and body.endswith("]"):
        # kuksa-client users write [a, b] without quotes.
        return [part.strip().strip("'\"") for part in body[1:-1].split(",") if part.strip()]
    raise VssError(
        f"{signal.path} needs a list ({signal.datatype}), as text for example "
        f"{_example(signal)}; got {_describe(text)}.",
        code=VssErrorCode.TYPE,
        path=signal.path,
    )


def _example(signal: Signal) -> str:
    if signal.element_type == "string":
        return '["a", "b"]'
    return "[true, false]" if signal.element_type == "boolean" else "[1, 2]"


def _kind(signal: Signal) -> str:
    plural = signal.is_array
    match signal.element_type:
        case "boolean":
            return "True or False"
        case "string":
            return "texts" if plural else "a text"
        case "float" | "double":
            return "numbers" if plural else "a number"
        case _:
            return "whole numbers" if plural else "a whole number"


def _facts(signal: Signal) -> str:
    facts = signal.datatype
    if signal.min is not None or signal.max is not None:
        return f"{facts}, {limits(signal)}"
    return f"{facts}, {signal.unit}" if signal.unit else facts


def _article(datatype: str) -> str:
    return f"an {datatype}" if datatype.startswith("i") else f"a {datatype}"


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _describe(value: object) -> str:
    match value:
        case None:
            return "nothing (None)"
        case bool():
            return str(value)
        case str():
            return f"the text {_show(value)}"
        case int() | float():
            return f"the number {_show(value)}"
        case list() | tuple():
            return f"the list {_show(list(value))}"
        case _:
            return f"{_show(value)} of type {type(value).__name__}"


def _choices(allowed: tuple[Any, ...]) -> str:
    shown = ", ".join(str(item) for item in allowed[:20])
    return shown if len(allowed) <= 20 else f"{shown}, … ({len(allowed)} in all)"


def _hint(allowed: tuple[Any, ...], value: object) -> str:
    if not isinstance(value, str):
        return ""
    by_upper = {str(item).upper(): item for item in allowed}
    close = difflib.get_close_matches(value.upper(), by_upper, n=1)
    return f" Did you mean {by_upper[close[0]]}?" if close else ""
