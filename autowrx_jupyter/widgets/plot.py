"""`SignalPlot`: live signals as lines over time, drawn by plotly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autowrx_jupyter.widgets.figure import (
    LiveFigure,
    TimeAxis,
    draw,
    make_figure,
    plain_figure,
    points,
    still_bundle,
)
from autowrx_jupyter.widgets.liveplot import LivePlot, heading, prepare
from autowrx_jupyter.widgets.painter import Painter
from autowrx_jupyter.widgets.painter import painter as shared_painter
from autowrx_jupyter.widgets.source import SignalSource

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class SignalPlot(LivePlot):
    """A plot that follows live signals.

    It shows itself as the last expression of a cell, keeps moving while cells run, redraws at
    most four times a second and only when a value has come, and leaves its last picture in the
    notebook when it is closed. Zooming stays; double-click on the chart to follow again.

    Parameters
    ----------
    *paths : str
        Signals to draw, at most 20: numbers, booleans, and texts with a list of allowed values.
    window : float
        How many seconds are kept and shown, 1 to 3600.
    session : Session, optional
        Where the signals come from; the session of this process by default.
    title : str, optional
        The heading; made from the signals by default.
    clock : bool
        Show the time of day instead of seconds since the plot was made.
    limit : int
        How many samples are kept at most; the status line says when that cuts the window short.
    height : int
        Height in pixels.

    Raises
    ------
    WidgetError
        A signal that does not exist or has no height, or a window out of range.
    """

    def __init__(
        self,
        *paths: str,
        window: float = 30.0,
        session: SignalSource | None = None,
        title: str | None = None,
        clock: bool = False,
        limit: int = 6000,
        height: int = 340,
        painter: Painter | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        source, scales = prepare(paths, window, session)
        self._time = TimeAxis(zero=now(), wall_clock=clock)
        title = title or heading(tuple(scale.signal.path for scale in scales))
        self.figure: LiveFigure = make_figure(scales, title, height, self._time)
        super().__init__(
            source,
            scales,
            self.figure,
            window=window,
            limit=limit,
            lock=self.figure.update_lock,
            painter=painter or shared_painter,
            now=now,
        )

    def to_figure(self) -> Figure:
        """Return the present picture as an ordinary plotly figure, to change or export."""
        return plain_figure(self.figure)

    def still(self) -> dict[str, Any]:
        """Return the last picture as plain outputs."""
        return {
            **still_bundle(self.figure, self._scales, self._time),
            "text/plain": repr(self),
        }

    def _draw(self, now: float | None) -> None:
        x, values = points(self.samples.copy(), self._time, now)
        if len(x):
            draw(self.figure, x, values)
