"""`SignalControl`: the right input for a signal, with its live value beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from html import escape
from typing import Any

from ipywidgets import HTML, HBox, Layout, Text, Widget

from autowrx_jupyter.vss import Signal, VssError
from autowrx_jupyter.widgets.editors import Editor, editor_for, value_text
from autowrx_jupyter.widgets.painter import Painter
from autowrx_jupyter.widgets.painter import painter as shared_painter
from autowrx_jupyter.widgets.shown import ShownBox
from autowrx_jupyter.widgets.source import (
    SignalSource,
    Subscription,
    Values,
    find_signal,
    follow_state,
    is_online,
    source_or_default,
)
from autowrx_jupyter.widgets.writer import Writer, one_line

SETTLE_SECONDS = 0.6
"""How long the input is left alone after the user touched it."""

_NEVER = object()
_ERROR_STYLE = "color:var(--jp-error-color1,#d64545)"


class SignalControl(ShownBox):
    """An input that writes one signal, and shows what the signal is now.

    A boolean gets a toggle, a signal with allowed values a drop-down, a number with both limits a
    slider, any other number a number field, a text a text field, a list a text field with JSON.
    The input follows when somebody else writes the signal. A value that is refused is answered in
    one line below the input.

    Parameters
    ----------
    path : str
        The signal.
    session : Session, optional
        Where it is written; the session of this process by default.
    label : str, optional
        The text beside the input; the end of the path by default.

    Raises
    ------
    WidgetError
        There is no such signal.

    Notes
    -----
    Threads: ``_live``, ``_version``, ``_error``, ``_applied`` and ``_edited`` are only touched
    with ``_lock`` held; the session's thread brings values, the writer's thread brings errors, the
    main thread brings what the user does. The widgets inside are changed by the painter's thread
    only, also with ``_lock`` held.
    """

    def __init__(
        self,
        path: str,
        session: SignalSource | None = None,
        *,
        label: str | None = None,
        painter: Painter | None = None,
    ) -> None:
        source = source_or_default(session)
        self.signal: Signal = find_signal(source, path)
        self._label = label or ".".join(path.split(".")[-2:])
        self._painter = painter or shared_painter
        self._lock = threading.RLock()
        self._live: Any = None
        self._version = 0  # counts live values, so that an equal one is not taken as new
        self._applied = 0  # the version that the input shows
        self._ours: Any = _NEVER  # what the painter put into the input last
        self._edited = -SETTLE_SECONDS
        self._error = ""
        self._connected = is_online(source)
        self._watch: Subscription | None = None
        self._editor: Editor = editor_for(self.signal, self._label)
        self._readout = HTML(layout=Layout(margin="0 0 0 8px"))
        self._message = HTML(layout=Layout(display="none"))
        super().__init__([HBox([self._editor.widget, self._readout]), self._message])
        self._writer = Writer(
            lambda value: source.set(path, value), self._on_written, self._request
        )
        self._editor.widget.observe(self._on_edit, "value")
        self._show_texts()
        self._stop_state = follow_state(source, self._on_state)
        try:
            self._watch = source.watch([path], self._on_values)
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> str:
        """The signal that is written."""
        return self.signal.path

    @property
    def value(self) -> Any:
        """The live value of the signal, None when it is not available."""
        with self._lock:
            return self._live

    @value.setter
    def value(self, value: Any) -> None:
        """Write a value as if the user had set it; checked at once, sent in the background."""
        self._put(value)

    @property
    def error(self) -> str:
        """Why the last value was refused, empty when it was taken."""
        with self._lock:
            return self._error

    @property
    def input(self) -> Any:
        """The ipywidgets input itself."""
        return self._editor.widget

    def still(self) -> dict[str, Any]:
        """Return label and last value as plain outputs."""
        text = value_text(self.signal, self.value)
        return {
            "text/html": f"<b>{escape(self._label)}</b>: {escape(text)}",
            "text/plain": f"{self.path}: {text}",
        }

    def __repr__(self) -> str:
        return f"SignalControl({self.path!r})"

    def paint(self) -> None:
        """Bring input, live value and message up to date; called by the painter only."""
        with self._lock:
            if self._closing:
                return
            self._show_texts()
            if self._applied == self._version:
                return
            wait = self._edited + SETTLE_SECONDS - time.monotonic()
            if wait > 0:
                self._painter.request(self, delay=wait)
            elif not self._writer.busy:  # when it is idle it asks for a painting itself
                self._applied = self._version
                self._ours = self._editor.show(self._live)
                self._editor.widget.value = self._ours

    def _release(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._stop_state()
        self._painter.forget(self)
        with self._lock:  # waits for a painting in progress
            self._show_texts()

    def _parts(self) -> Iterable[Widget]:
        return (self._editor.widget, self._readout, self._message)

    def _show_texts(self) -> None:
        now = value_text(self.signal, self._live) if self._connected else "no connection"
        readout = f'<span role="status">now: {escape(now)}</span>'
        if self._readout.value != readout:
            self._readout.value = readout
        message = f'<span role="alert" style="{_ERROR_STYLE}">{escape(self._error)}</span>'
        if self._message.value != message:
            self._message.value = message
            self._message.layout.display = "" if self._error else "none"

    def _request(self) -> None:
        if not self._closing:
            self._painter.request(self)

    def _put(self, value: Any) -> None:
        try:
            checked = self.signal.coerce(value)
        except VssError as error:
            self._set_error(one_line(error))
            return
        self._writer.put(checked)

    def _on_edit(self, change: dict[str, Any]) -> None:
        with self._lock:
            if change["new"] == self._ours:
                return  # the painter's own change
            self._ours = _NEVER  # going back to the former value is an edit too
            self._edited = time.monotonic()
        value = self._editor.read(change["new"])
        if value is not None:
            self._put(value)

    def _on_written(self, error: str | None) -> None:
        self._set_error(error or "")

    def _set_error(self, text: str) -> None:
        with self._lock:
            self._error = text
            if text and not isinstance(self._editor.widget, Text):
                self._applied = -1  # back to the live value; only typed text stays to be mended
        self._request()

    def _on_values(self, values: Values) -> None:
        if self.path not in values:
            return
        with self._lock:
            value = values[self.path]
            if self._version and value == self._live:
                return
            self._live = value
            self._version += 1
        self._request()

    def _on_state(self, online: bool) -> None:
        self._connected = online
        self._request()
