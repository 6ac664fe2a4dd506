"""The one thread that sends widget updates to the browser."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from typing import Protocol

log = logging.getLogger(__name__)


class Paintable(Protocol):
    """Something with a picture that goes stale."""

    def paint(self) -> None:
        """Send the present state to the browser; called on the painter's thread only."""


class Painter:
    """Paint widgets when they ask for it, each at most once per interval.

    Updates sent from a thread of their own reach the browser even while a cell blocks the main
    thread, and a widget whose values change a hundred times a second is still drawn four times.

    Threads: any thread may call `request` and `forget`. ``_due`` is shared and only touched
    with ``_wake`` held. ``_painted`` belongs to the painter's thread alone.

    Parameters
    ----------
    interval : float
        Seconds between two paintings of the same widget.
    """

    def __init__(self, interval: float = 0.25) -> None:
        self.interval = interval
        self._wake = threading.Condition()
        self._due: dict[Paintable, float] = {}
        self._painted: weakref.WeakKeyDictionary[Paintable, float] = weakref.WeakKeyDictionary()
        self._thread: threading.Thread | None = None

    def request(self, widget: Paintable, *, delay: float = 0.0) -> None:
        """Have a widget painted soon, after at least ``delay`` seconds.

        Requests that come before the widget is painted count as one.
        """
        due = time.monotonic() + delay
        with self._wake:
            known = self._due.get(widget)
            if known is not None and known <= due:
                return
            self._due[widget] = due
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="autowrx-paint", daemon=True)
                self._thread.start()
            self._wake.notify()

    def forget(self, widget: Paintable) -> None:
        """Drop what a widget asked for."""
        with self._wake:
            self._due.pop(widget, None)

    def _run(self) -> None:
        while True:
            widget = self._next()
            try:
                widget.paint()
            except Exception:  # the edge of the loop: one broken widget must not stop the others
                log.exception("A widget could not be updated")
            self._painted[widget] = time.monotonic()
            del widget  # no reference while waiting for the next

    def _next(self) -> Paintable:
        with self._wake:
            while True:
                now = time.monotonic()
                widget, when = None, float("inf")
                for candidate, due in self._due.items():
                    last = self._painted.get(candidate)
                    allowed = due if last is None else max(due, last + self.interval)
                    if allowed < when:
                        widget, when = candidate, allowed
                if widget is not None and when <= now:
                    del self._due[widget]
                    return widget
                self._wake.wait(None if widget is None else when - now)


painter = Painter()
"""The painter of this process."""
