"""Signals as numbers: which can be drawn, on which axis, and how values read on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autowrx_jupyter.vss import Signal
from autowrx_jupyter.widgets.source import WidgetError

MAX_TRACES = 20
_WORD_TYPES = {"boolean": ("off", "on")}


@dataclass(frozen=True, slots=True)
class Scale:
    """How one signal is drawn.

    ``words`` are the names of the levels 0, 1, 2 … for signals that are no numbers; ``axis`` is 1
    (left) or 2 (right).
    """

    signal: Signal
    axis: int
    words: tuple[str, ...] | None

    @property
    def is_stepped(self) -> bool:
        """Whether the value jumps and is drawn as steps."""
        return self.words is not None or self.signal.datatype not in ("float", "double")

    @property
    def label(self) -> str:
        """Path without its first segment, which all share, with the unit."""
        short = self.signal.path.partition(".")[2] or self.signal.path
        return f"{short} [{unit_text(self.signal)}]" if self.signal.unit else short

    def number(self, value: Any) -> float:
        """Return the height of a value; NaN where there is none."""
        if value is None:
            return math.nan
        if self.words is not None:
            if isinstance(value, bool):
                return float(value)
            return float(self.words.index(value)) if value in self.words else math.nan
        try:
            return float(value)
        except (TypeError, ValueError):
            return math.nan

    def value(self, number: float) -> Any:
        """Return the value that has a height, None where there is none."""
        if math.isnan(number):
            return None
        if self.signal.datatype == "boolean":
            return bool(number)
        if self.words is not None:
            return self.words[int(number)]
        return number if self.signal.datatype in ("float", "double") else int(number)


# The units of VSS as people write them; all others are shown by their VSS name.
_SIGNS = {
    "percent": "%",
    "degrees": "°",
    "celsius": "°C",
    "degree/s": "°/s",
    "degrees/s": "°/s",
    "m/s^2": "m/s²",
    "cm^3": "cm³",
    "kpa": "kPa",
    "pa": "Pa",
    "mbar": "mbar",
    "ratio": "ratio",
    "rpm": "1/min",
}


def unit_text(signal: Signal) -> str:
    """Return the unit as people write it, empty for none."""
    return _SIGNS.get((signal.unit or "").lower(), signal.unit or "")


def scales_for(signals: Sequence[Signal]) -> list[Scale]:
    """Give every signal its axis: one per unit, the third and later units share the second.

    Raises
    ------
    WidgetError
        Nothing to draw, too many signals, or one whose values have no height.
    """
    if not signals:
        raise WidgetError(
            'A plot needs at least one signal, for example SignalPlot("Vehicle.Speed").'
        )
    if len(signals) > MAX_TRACES:
        raise WidgetError(
            f"A plot shows at most {MAX_TRACES} signals, these are {len(signals)}. "
            "Make several plots, or name fewer signals."
        )
    words = [_words(signal) for signal in signals]
    kinds: list[object] = []
    scales = []
    for signal, names in zip(signals, words, strict=True):
        kind = names if names is not None else signal.unit
        if kind not in kinds:
            kinds.append(kind)
        scales.append(Scale(signal, min(kinds.index(kind), 1) + 1, names))
    return scales


def axis_title(scales: Sequence[Scale], axis: int) -> str:
    """Return the units of an axis."""
    units = [unit_text(scale.signal) for scale in scales if scale.axis == axis]
    return ", ".join(dict.fromkeys(unit for unit in units if unit))


def axis_words(scales: Sequence[Scale], axis: int) -> tuple[str, ...] | None:
    """Return the names of the levels of an axis where all its signals agree on them."""
    words = {scale.words for scale in scales if scale.axis == axis}
    return words.pop() if len(words) == 1 else None


def _words(signal: Signal) -> tuple[str, ...] | None:
    if signal.is_array:
        raise WidgetError(
            f"{signal.path} is a list ({signal.datatype}) and cannot be drawn as a line. "
            f'SignalControl("{signal.path}") shows and writes it.'
        )
    if signal.datatype in _WORD_TYPES:
        return _WORD_TYPES[signal.datatype]
    if signal.datatype == "string":
        if not signal.allowed:
            raise WidgetError(
                f"{signal.path} is free text and cannot be drawn as a line. "
                f'SignalControl("{signal.path}") shows and writes it.'
            )
        return tuple(str(choice) for choice in signal.allowed)
    return None
