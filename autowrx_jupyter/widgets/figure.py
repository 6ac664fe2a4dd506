"""The plotly figure of a live plot: traces, axes and one update per tick."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from plotly.graph_objects import Figure, FigureWidget

from autowrx_jupyter.widgets import picture, style
from autowrx_jupyter.widgets.samples import Floats, Samples
from autowrx_jupyter.widgets.scales import Scale, axis_title, axis_words

HOLD_SECONDS = 1.0
"""A pause longer than this means that the value stood still, so the line stays level."""

STILL_POINTS = 1000
"""How many points of a trace the picture in a saved notebook has at most."""


class LiveFigure(FigureWidget):  # type: ignore[misc]  # plotly ships no types
    """A FigureWidget that may be updated from one thread while the browser talks to another.

    ``update_lock`` is held by the thread that changes the figure and while a message from the
    browser is taken in; without it, a change that falls into such a message would be lost.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Set past traitlets and plotly, which both watch attributes.
        object.__setattr__(self, "update_lock", threading.RLock())
        super().__init__(*args, **kwargs)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in what the browser sent."""
        with self.update_lock:
            super().set_state(sync_data)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state for a new view; plotly's own copy is the one of the first display."""
        if key is None and hasattr(self, "_layout_obj"):
            with self.update_lock:
                self._trait_values["_widget_data"] = deepcopy(self._data)
                self._trait_values["_widget_layout"] = deepcopy(self._layout_obj._props)
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return state

    def __repr__(self) -> str:
        # plotly's own lists every number of every trace.
        return f"<LiveFigure with {len(self.data)} traces>"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """How times become positions: seconds since ``zero``, or local wall clock time."""

    zero: float
    wall_clock: bool

    @property
    def title(self) -> str:
        """What stands below the axis."""
        return "time" if self.wall_clock else "time [s]"

    def positions(self, times: Floats) -> Floats:
        """Return where the times are on the axis."""
        if not self.wall_clock:
            return times - self.zero
        # plotly takes milliseconds since 1970 and shows them as UTC, so the local offset goes in.
        offset = _local_offset(self.zero)
        return (times + offset) * 1000.0


def _local_offset(moment: float) -> float:
    from datetime import datetime

    offset = datetime.fromtimestamp(moment).astimezone().utcoffset()
    return offset.total_seconds() if offset else 0.0


def make_figure(scales: Sequence[Scale], title: str, height: int, time: TimeAxis) -> LiveFigure:
    """Return the empty figure."""
    layout = style.page(title, height)
    layout["xaxis"] = {**style.axis(time.title), "type": "date" if time.wall_clock else "linear"}
    for number in {scale.axis for scale in scales}:
        axis = style.axis(axis_title(scales, number))
        words = axis_words(scales, number)
        if words:
            axis |= {
                "tickvals": list(range(len(words))),
                "ticktext": list(words),
                "range": [-0.1, len(words) - 0.9],
            }
        if number == 2:
            axis |= {"overlaying": "y", "side": "right", "showgrid": False}
        layout["yaxis" if number == 1 else f"yaxis{number}"] = axis
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": scale.label,
            "x": np.empty(0),
            "y": np.empty(0),
            "yaxis": "y" if scale.axis == 1 else f"y{scale.axis}",
            "connectgaps": False,
            "line": {
                "color": style.colour(index),
                "dash": style.dash(index),
                "width": 2,
                "shape": "hv" if scale.is_stepped else "linear",
            },
        }
        for index, scale in enumerate(scales)
    ]
    layout["showlegend"] = len(scales) > 1
    figure = LiveFigure(data=traces, layout=layout)
    figure._config = {"responsive": True, "displaylogo": False}
    return figure


def points(samples: Samples, time: TimeAxis, now: float | None) -> tuple[Floats, Floats]:
    """Return positions and values to draw.

    A value holds until the next one, so a line is level over a pause; with ``now`` it goes on to
    the present.
    """
    times, values = samples.times, samples.values
    if len(times) and now is not None and now > times[-1]:
        times = np.append(times, now)
        values = np.vstack([values, values[-1:]])
    pauses = np.flatnonzero(np.diff(times) > HOLD_SECONDS) + 1
    if len(pauses):
        values = np.insert(values, pauses, values[pauses - 1], axis=0)
        times = np.insert(times, pauses, times[pauses] - 1e-3)
    return time.positions(times), values


def draw(figure: LiveFigure, x: Floats, values: Floats) -> None:
    """Send new points to the browser in one message."""
    with figure.update_lock, figure.batch_update():
        for column, trace in enumerate(figure.data):
            trace.x = x
            trace.y = values[:, column]


def plain_figure(figure: LiveFigure) -> Figure:
    """Return a copy that is an ordinary figure."""
    with figure.update_lock:
        # Not to_dict(), which packs the arrays for the wire.
        traces = [trace.to_plotly_json() for trace in figure.data]
        return Figure(data=traces, layout=figure.layout.to_plotly_json())


def still_bundle(figure: LiveFigure, scales: Sequence[Scale], time: TimeAxis) -> dict[str, Any]:
    """Return the figure as plain outputs: plotly's own, an SVG for every other reader."""
    plain = plain_figure(figure)
    title = plain.layout.title.text or ""
    lines = []
    for scale, trace in zip(scales, plain.data, strict=True):
        keep = _spread(len(trace.x))
        trace.x = np.round(np.asarray(trace.x, dtype=float)[keep], 3)
        trace.y = np.asarray(trace.y, dtype=float)[keep]
        x = trace.x - trace.x[-1] if time.wall_clock and len(trace.x) else trace.x
        x = x / 1000.0 if time.wall_clock else x
        lines.append(picture.Line(scale.label, x, trace.y, scale.axis, scale.is_stepped))
    axes = [
        picture.VerticalAxis(axis_title(scales, number), axis_words(scales, number))
        for number in sorted({scale.axis for scale in scales})
    ]
    x_title = "time [s], 0 is the end" if time.wall_clock else time.title
    return {
        "application/vnd.plotly.v1+json": _as_lists(plain),
        "image/svg+xml": picture.line_chart(title, lines, axes, x_title),
    }


def _spread(count: int) -> slice[int, int, int] | Any:
    if count <= STILL_POINTS:
        return slice(0, count)
    return np.linspace(0, count - 1, STILL_POINTS).astype(int)


def _as_lists(figure: Figure) -> dict[str, Any]:
    """Return the figure as JSON without packed arrays, which older readers do not know."""
    for trace in figure.data:
        for name in ("x", "y"):
            column = np.asarray(trace[name], dtype=float).tolist()
            # Lists, since plotly packs arrays; four digits after the point are more than a
            # picture shows.
            trace[name] = [None if value != value else round(value, 4) for value in column]
    plain = json.loads(figure.to_json())
    return {"data": plain["data"], "layout": plain["layout"]}
