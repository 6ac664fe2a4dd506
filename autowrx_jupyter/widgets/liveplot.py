"""What all live plots share: samples that follow the car, pause, status line, data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, HBox, Layout, ToggleButton, Widget

from autowrx_jupyter.widgets.painter import Painter
from autowrx_jupyter.widgets.samples import SampleWindow
from autowrx_jupyter.widgets.scales import Scale, scales_for
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

MIN_WINDOW, MAX_WINDOW = 1.0, 3600.0


class LivePlot(ShownBox):
    """The base of `SignalPlot` and `LiveChart`.

    Parameters
    ----------
    source, scales, window, limit
        Whom to follow, what is drawn how, seconds and number of samples kept.
    canvas : ipywidgets.Widget
        The picture; its ``_view_count`` tells whether anybody looks.
    lock : RLock
        Held while the canvas is changed.
    painter, now
        Who sends updates, and the clock, in seconds since 1970.

    Notes
    -----
    Threads: ``samples`` has its own lock and is filled on the thread of the session. The canvas
    and the status line are changed by the painter's thread only, with ``_lock`` held.
    ``_paused``, ``_connected``, ``_unknown`` and ``_closing`` are single values that are replaced
    as a whole, by any thread; the painter reads them. `close` and everything that the user calls
    runs on the main thread.
    """

    def __init__(
        self,
        source: SignalSource,
        scales: list[Scale],
        canvas: Any,
        *,
        window: float,
        limit: int,
        lock: threading.RLock,
        painter: Painter,
        now: Callable[[], float],
    ) -> None:
        self._scales = scales
        self._canvas = canvas
        self._lock = lock
        self._painter = painter
        self._now = now
        self._paused = False
        self._connected = is_online(source)
        self._unknown: tuple[str, ...] = ()
        self._watch: Subscription | None = None
        self._was_seen = False
        self._text = ""
        self.samples = SampleWindow(len(scales), float(window), limit)
        self._pause_button = ToggleButton(
            value=False,
            description="Pause",
            icon="pause",
            tooltip="Hold the picture; values are still collected",
            layout=Layout(width="auto"),
        )
        self._status = HTML()
        super().__init__(
            [canvas, HBox([self._pause_button, self._status])], layout=Layout(width="100%")
        )
        self._pause_button.observe(self._on_pause_button, "value")
        canvas.observe(self._on_views, "_view_count")
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

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(path) for path in self.paths)})"

    def paint(self) -> None:
        """Send the newest samples to the browser; called by the painter only."""
        with self._lock:
            if self._closing:
                return
            if not (self._paused or self._is_hidden()):
                self._draw(self._now() if self._connected else None)
            self._show_status()

    def _release(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._stop_state()
        self._painter.forget(self)
        with self._lock:  # waits for a painting in progress
            self._draw(None)

    def _parts(self) -> Iterable[Widget]:
        return (self._canvas, self._pause_button, self._status)

    def _draw(self, now: float | None) -> None:
        """Bring the canvas up to date; ``now`` is the end of lines that go on."""
        raise TypeError(f"{type(self).__name__} does not say how it draws")

    def _is_hidden(self) -> bool:
        """Whether all views are gone; before the first one is reported, somebody may be looking."""
        return self._was_seen and self._canvas._view_count == 0

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


def prepare(
    paths: tuple[str, ...], window: float, session: SignalSource | None
) -> tuple[SignalSource, list[Scale]]:
    """Check what the user asked for before anything is made.

    Raises
    ------
    WidgetError
        A signal that does not exist or has no height, or a window out of range.
    """
    _check_window(window)
    source = source_or_default(session)
    return source, scales_for([find_signal(source, path) for path in dict.fromkeys(paths)])


def _check_window(window: float) -> None:
    if not MIN_WINDOW <= window <= MAX_WINDOW:
        raise WidgetError(
            f"A window of {window:g} s is not possible; "
            f"choose {MIN_WINDOW:g} to {MAX_WINDOW:g} seconds."
        )


def heading(paths: tuple[str, ...]) -> str:
    """Return the heading of a plot that was given none."""
    if len(paths) == 1:
        return paths[0]
    branches = {path.rpartition(".")[0] for path in paths}
    return branches.pop() if len(branches) == 1 else "Live signals"
