"""`SignalPlot`: live signals as lines over time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, HBox, Layout, ToggleButton, Widget

from autowrx_jupyter.widgets.figure import (
    LiveFigure,
    TimeAxis,
    draw,
    make_figure,
    plain_figure,
    points,
    still_bundle,
)
from autowrx_jupyter.widgets.painter import Painter
from autowrx_jupyter.widgets.painter import painter as shared_painter
from autowrx_jupyter.widgets.samples import SampleWindow
from autowrx_jupyter.widgets.scales import scales_for
from autowrx_jupyter.widgets.shown import ShownBox
from autowrx_jupyter.widgets.source import (
    SignalSource,
    Subscription,
    Values,
    WidgetError,
    find_signal,
    follow_state,
    is_online,
    source_or_default,
)

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

log = logging.getLogger(__name__)

MIN_WINDOW, MAX_WINDOW = 1.0, 3600.0


class SignalPlot(ShownBox):
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

    Notes
    -----
    Threads: ``samples`` has its own lock and is filled on the thread of the session. ``figure``
    and the status line are changed by the painter's thread only, with ``figure.update_lock``
    held. ``_paused``, ``_connected``, ``_unknown`` and ``_closing`` are single values that are
    replaced as a whole, by any thread; the painter reads them. `close` and everything that the
    user calls runs on the main thread.
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
        _check_window(window)
        source = source_or_default(session)
        self._scales = scales_for([find_signal(source, path) for path in dict.fromkeys(paths)])
        self._now = now
        self._painter = painter or shared_painter
        self._paused = False
        self._connected = is_online(source)
        self._unknown: tuple[str, ...] = ()
        self._watch: Subscription | None = None
        self._was_seen = False
        self._text = ""
        self.samples = SampleWindow(len(self._scales), float(window), limit)
        self._time = TimeAxis(zero=now(), wall_clock=clock)
        self._heading = title or _heading(self.paths)
        self.figure: LiveFigure = make_figure(self._scales, self._heading, height, self._time)
        self._pause_button = ToggleButton(
            value=False,
            description="Pause",
            icon="pause",
            tooltip="Hold the picture; values are still collected",
            layout=Layout(width="auto"),
        )
        self._status = HTML()
        super().__init__(
            [self.figure, HBox([self._pause_button, self._status])],
            layout=Layout(width="100%"),
        )
        self._pause_button.observe(self._on_pause_button, "value")
        self.figure.observe(self._on_views, "_view_count")
        self._show_status()
        self._stop_state = follow_state(source, self._on_state)
        try:
            self._watch = source.watch(list(self.paths), self._on_values)
        except BaseException:
            self.close()
            raise

    @property
    def paths(self) -> tuple[str, ...]:
        """The signals that are drawn."""
        return tuple(scale.signal.path for scale in self._scales)

    @property
    def window(self) -> float:
        """How many seconds are kept and shown; can be set."""
        return self.samples.seconds

    @window.setter
    def window(self, seconds: float) -> None:
        _check_window(seconds)
        self.samples.seconds = float(seconds)
        self._request()

    @property
    def paused(self) -> bool:
        """Whether the picture is held."""
        return self._paused

    def pause(self) -> None:
        """Hold the picture. Values are still collected and appear on `resume`."""
        self._pause_button.value = True

    def resume(self) -> None:
        """Follow again."""
        self._pause_button.value = False

    @property
    def df(self) -> pd.DataFrame:
        """The samples in the window: one column per signal, indexed by time (UTC).

        A value that was not available is missing (NaN or None), never zero.
        """
        import pandas as pd

        samples = self.samples.copy()
        index = pd.to_datetime((samples.times * 1e9).astype("int64"), utc=True, unit="ns")
        columns = {}
        for number, scale in enumerate(self._scales):
            column = samples.values[:, number]
            if scale.words is None:
                columns[scale.signal.path] = pd.Series(column, index=index)
            else:
                values = [scale.value(value) for value in column.tolist()]
                columns[scale.signal.path] = pd.Series(values, index=index, dtype=object)
        return pd.DataFrame(columns, index=pd.DatetimeIndex(index, name="time"))

    def to_figure(self) -> Figure:
        """Return the present picture as an ordinary plotly figure, to change or export."""
        return plain_figure(self.figure)

    def still(self) -> dict[str, Any]:
        """Return the last picture as plain outputs."""
        return {
            **still_bundle(self.figure, self._scales, self._time),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"SignalPlot({', '.join(repr(path) for path in self.paths)})"

    def paint(self) -> None:
        """Send the newest samples to the browser; called by the painter only."""
        with self.figure.update_lock:
            if self._closing:
                return
            if not (self._paused or self._is_hidden()):
                self._draw(now=self._now() if self._connected else None)
            self._show_status()

    def _release(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._stop_state()
        self._painter.forget(self)
        with self.figure.update_lock:  # waits for a painting in progress
            self._draw(now=None)

    def _parts(self) -> Iterable[Widget]:
        return (self.figure, self._pause_button, self._status)

    def _draw(self, now: float | None) -> None:
        x, values = points(self.samples.copy(), self._time, now)
        if len(x):
            draw(self.figure, x, values)

    def _is_hidden(self) -> bool:
        """Whether all views are gone; before the first one is reported, somebody may be looking."""
        return self._was_seen and self.figure._view_count == 0

    def _show_status(self) -> None:
        if not self._connected:
            text = "No connection to the kit. The plot goes on when it is back."
        elif self._paused:
            text = "Paused"
        elif not len(self.samples):
            text = "Waiting for the first value …"
        elif self._unknown:
            text = f"This kit does not know {', '.join(self._unknown)}."
        elif self.samples.overrun:
            text = f"Live, the newest {self.samples.limit} samples of a longer window"
        else:
            text = f"Live, last {self.window:g} s"
        if text != self._text:
            self._text = text
            # A box has no label of its own, so the status says what the picture is about.
            label = f"Live plot of {', '.join(self.paths)}. {text}"
            self._status.value = (
                f'<span role="status" aria-label="{escape(label)}">{escape(text)}</span>'
            )

    def _request(self) -> None:
        if not self._closing:
            self._painter.request(self)

    def _on_values(self, values: Values) -> None:
        self._unknown = tuple(path for path in self.paths if path not in values)
        row = [scale.number(values.get(scale.signal.path)) for scale in self._scales]
        self.samples.append(self._now(), row)
        self._request()

    def _on_state(self, online: bool) -> None:
        if self._connected and not online and len(self.samples):
            # What happened meanwhile is unknown: the line ends here and starts anew.
            self.samples.append(self._now(), [float("nan")] * len(self._scales))
        self._connected = online
        self._request()

    def _on_pause_button(self, change: dict[str, Any]) -> None:
        self._paused = bool(change["new"])
        self._pause_button.description = "Resume" if self._paused else "Pause"
        self._pause_button.icon = "play" if self._paused else "pause"
        self._request()

    def _on_views(self, change: dict[str, Any]) -> None:
        self._was_seen = self._was_seen or bool(change["new"])
        if change["new"]:
            self._request()


def _check_window(window: float) -> None:
    if not MIN_WINDOW <= window <= MAX_WINDOW:
        raise WidgetError(
            f"A window of {window:g} s is not possible; "
            f"choose {MIN_WINDOW:g} to {MAX_WINDOW:g} seconds."
        )


def _heading(paths: tuple[str, ...]) -> str:
    if len(paths) == 1:
        return paths[0]
    branches = {path.rpartition(".")[0] for path in paths}
    return branches.pop() if len(branches) == 1 else "Live signals"
