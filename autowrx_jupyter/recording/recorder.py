"""Recording: every change of the watched signals goes into a drive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol

from autowrx_jupyter.recording.drive import Drive, RecordingError
from autowrx_jupyter.recording.journal import Change
from autowrx_jupyter.vss import Catalogue, VssError

MAX_SIGNALS = 500


class Subscription(Protocol):
    """What ``watch`` gives back."""

    def close(self) -> None:
        """End the subscription."""


class Recordable(Protocol):
    """The part of a session that recording needs."""

    @property
    def catalogue(self) -> Catalogue:
        """The signals of the kit in use."""

    def watch(
        self, paths: list[str], callback: Callable[[Mapping[str, Any]], None]
    ) -> Subscription:
        """Follow signals; the callback gets all their values at each change."""


class Recorder:
    """Record signals while open; use it as a context manager, or call `start` and `stop`.

    Threads: values come on the session's thread; ``_last`` is only touched with ``_lock`` held.

    Parameters
    ----------
    *patterns : str
        Signals, branches or patterns such as ``Vehicle.Cabin.**``, at most 500 signals.
    session : Session, optional
        Where the signals come from; the session of this process by default.

    Raises
    ------
    RecordingError
        A pattern that fits nothing, or too many signals.
    """

    def __init__(
        self,
        *patterns: str,
        session: Recordable | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._session = session if session is not None else _default()
        paths = _expand(self._session.catalogue, patterns)
        units = {
            path: unit for path in paths if (unit := self._session.catalogue[path].unit) is not None
        }
        self.drive = Drive(paths, units)
        self._now = now
        self._lock = threading.Lock()
        self._last: dict[str, Any] = {}
        self._watch: Subscription | None = None

    def start(self) -> Drive:
        """Begin; the values of now are the first changes."""
        if self._watch is None:
            self._watch = self._session.watch(list(self.drive.paths), self._on_values)
        return self.drive

    def stop(self) -> Drive:
        """End; the drive stays."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        return self.drive

    def __enter__(self) -> Drive:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _on_values(self, values: Mapping[str, Any]) -> None:
        moment = self._now()
        with self._lock:
            for path in self.drive.paths:
                value = values.get(path)
                if value != self._last.get(path):
                    self._last[path] = value
                    self.drive.journal.append(Change(moment, path, value))


def record(*patterns: str, session: Recordable | None = None) -> Recorder:
    """Record signals: ``with record("Vehicle.Speed") as drive: …`` and then ``drive.df``."""
    return Recorder(*patterns, session=session)


def _default() -> Recordable:
    from autowrx_jupyter.client import session  # starts a hub when there is none

    return session()


def _expand(catalogue: Catalogue, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise RecordingError('Name at least one signal, for example record("Vehicle.Speed").')
    found: dict[str, None] = {}
    for pattern in patterns:
        try:
            signals = catalogue.find(pattern) or [catalogue[pattern]]
        except VssError as error:
            raise RecordingError(str(error)) from None
        found.update((signal.path, None) for signal in signals)
    if len(found) > MAX_SIGNALS:
        raise RecordingError(
            f"{len(found)} signals are too many to record at once, {MAX_SIGNALS} is the limit. "
            "Name fewer, or narrower patterns."
        )
    return tuple(found)
