"""Which input fits a signal, and how its value goes in and out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as ipw

from autowrx_jupyter.vss import Signal
from autowrx_jupyter.widgets.scales import unit_text

_FLOATS = ("float", "double")
_SLIDER_STEPS = 200


@dataclass(frozen=True, slots=True)
class Editor:
    """An ipywidgets input with its two conversions.

    Attributes
    ----------
    widget : ipywidgets.ValueWidget
        The input; ``widget.value`` is what the user has set.
    show : callable
        Turns a signal's value, None for missing, into a value the widget takes.
    read : callable
        Turns the widget's value into what is written; None means nothing to write.
    """

    widget: Any
    show: Callable[[Any], Any]
    read: Callable[[Any], Any]


def editor_for(signal: Signal, label: str) -> Editor:
    """Return the input for a signal.

    Boolean: toggle. Allowed values: drop-down. Number with both limits: slider. Other number:
    number field. Text: text field. List: text field with JSON.
    """
    looks = {
        "description": label,
        "tooltip": hint(signal),
        "style": {"description_width": "initial"},
        "layout": ipw.Layout(width="min(100%, 460px)"),
    }
    if signal.is_array:
        return _json_text(looks)
    if signal.datatype == "boolean":
        return _toggle(looks)
    if signal.allowed:
        return _choice(signal.allowed, looks)
    if signal.datatype == "string":
        return _text(looks)
    if signal.min is not None and signal.max is not None and signal.max > signal.min:
        return _slider(signal, signal.min, signal.max, looks)
    return _number(signal, looks)


def hint(signal: Signal) -> str:
    """Return the tooltip: path, meaning, type and limits."""
    facts = [signal.entry_type, signal.datatype]
    if signal.unit:
        facts.append(unit_text(signal))
    if signal.min is not None or signal.max is not None:
        low = "" if signal.min is None else f"{signal.min:g}"
        high = "" if signal.max is None else f"{signal.max:g}"
        facts.append(f"{low} … {high}".strip())
    return f"{signal.path}\n{signal.description}\n{', '.join(facts)}"


def value_text(signal: Signal, value: Any) -> str:
    """Return a value as people read it, with its unit; a missing one is called so."""
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, list | tuple):
        text = json.dumps(list(value), ensure_ascii=False)
    else:
        text = str(value)
    return f"{text} {unit_text(signal)}".rstrip()


def _toggle(looks: dict[str, Any]) -> Editor:
    widget = ipw.ToggleButton(value=False, icon="toggle-off", **looks)

    def set_icon(change: dict[str, Any]) -> None:
        widget.icon = "toggle-on" if change["new"] else "toggle-off"

    widget.observe(set_icon, "value")
    return Editor(widget, bool, bool)


def _choice(allowed: tuple[Any, ...], looks: dict[str, Any]) -> Editor:
    options = [("(no value)", None), *((str(choice), choice) for choice in allowed)]
    widget = ipw.Dropdown(options=options, value=None, **looks)
    return Editor(widget, lambda value: value if value in allowed else None, lambda value: value)


def _text(looks: dict[str, Any]) -> Editor:
    widget = ipw.Text(value="", continuous_update=False, **looks)
    return Editor(widget, lambda value: "" if value is None else str(value), str)


def _json_text(looks: dict[str, Any]) -> Editor:
    widget = ipw.Text(value="", continuous_update=False, placeholder="[1, 2]", **looks)

    def show(value: Any) -> str:
        return "" if value is None else json.dumps(list(value), ensure_ascii=False)

    return Editor(widget, show, lambda text: text.strip() or None)


def _slider(signal: Signal, low: float, high: float, looks: dict[str, Any]) -> Editor:
    if signal.datatype in _FLOATS:
        kind: Any = float
        step = _nice_step((high - low) / _SLIDER_STEPS)
        digits = max(0, -math.floor(math.log10(step)))
        widget: Any = ipw.FloatSlider(
            value=low, min=low, max=high, step=step, readout_format=f".{digits}f", **looks
        )
    else:
        kind = int
        widget = ipw.IntSlider(value=int(low), min=int(low), max=int(high), **looks)

    def show(value: Any) -> Any:
        # The slider would clamp by itself, and that would look like a move of the user.
        return kind(low if value is None else min(max(value, low), high))

    return Editor(widget, show, kind)


def _number(signal: Signal, looks: dict[str, Any]) -> Editor:
    # No bounds on the field: it would change a wrong number in silence. The check of the signal
    # says what is wrong.
    if signal.datatype in _FLOATS:
        widget: Any = ipw.FloatText(value=0.0, step=None, **looks)
        kind: Any = float
    else:
        widget = ipw.IntText(value=0, **looks)
        kind = int
    return Editor(widget, lambda value: kind(0 if value is None else value), kind)


def _nice_step(rough: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return float(max(factor for factor in (1, 2, 5) if factor * power <= rough * 1.0001) * power)
