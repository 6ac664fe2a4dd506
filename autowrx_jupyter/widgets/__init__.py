"""Notebook widgets: plots and controls that follow the live signals.

Names are loaded on first use, so that importing the package costs nothing; plotly and
ipywidgets come with the first widget.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autowrx_jupyter.widgets.control import SignalControl
    from autowrx_jupyter.widgets.plot import SignalPlot
    from autowrx_jupyter.widgets.source import SignalSource, WidgetError

__all__ = ["SignalControl", "SignalPlot", "SignalSource", "WidgetError"]

_HOMES = {
    "SignalControl": "control",
    "SignalPlot": "plot",
    "SignalSource": "source",
    "WidgetError": "source",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
