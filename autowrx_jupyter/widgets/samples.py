"""A bounded window of the newest samples of several signals."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Samples:
    """A copy of the window: times in seconds since 1970, one row of values per time.

    NaN is a value that is not available.
    """

    times: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.times)


class SampleWindow:
    """Keep the samples of the last seconds, never more than a fixed number.

    Threads: any thread may call any method; the arrays are only touched with ``_lock`` held.

    Parameters
    ----------
    columns : int
        How many signals.
    seconds : float
        Samples older than this, counted from the newest, are dropped.
    limit : int
        The largest number of samples.
    """

    def __init__(self, columns: int, seconds: float, limit: int) -> None:
        self.limit = limit
        self._seconds = seconds
        self._lock = threading.Lock()
        # Twice the size: rows are appended until the end and moved to the front once in a while.
        self._times: Floats = np.empty(2 * limit)
        self._values: Floats = np.empty((2 * limit, columns))
        self._start = 0
        self._end = 0
        self._overrun = False

    @property
    def seconds(self) -> float:
        """How long a sample is kept."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        with self._lock:
            self._seconds = seconds
            self._trim()

    @property
    def overrun(self) -> bool:
        """Whether samples younger than the window had to go because there were too many."""
        with self._lock:
            return self._overrun

    def __len__(self) -> int:
        with self._lock:
            return self._end - self._start

    def append(self, time: float, row: Sequence[float]) -> None:
        """Add the values at one time; a time before the newest is taken as the newest."""
        with self._lock:
            if self._end == len(self._times):
                self._move_to_front()
            if self._end > self._start:
                time = max(time, float(self._times[self._end - 1]))
            self._times[self._end] = time
            self._values[self._end] = row
            self._end += 1
            self._trim()

    def copy(self) -> Samples:
        """Return what is in the window now."""
        with self._lock:
            span = slice(self._start, self._end)
            return Samples(self._times[span].copy(), self._values[span].copy())

    def _trim(self) -> None:
        if self._end == self._start:
            return
        oldest = self._times[self._end - 1] - self._seconds
        span = self._times[self._start : self._end]
        # One sample before the window stays: it is the value with which the window begins.
        first = int(np.searchsorted(span, oldest, side="right")) - 1
        self._start += max(first, 0)
        too_many = (self._end - self._start) - self.limit
        self._overrun = too_many > 0 or (self._overrun and first <= 0)
        if too_many > 0:
            self._start += too_many

    def _move_to_front(self) -> None:
        kept = self._end - self._start
        self._times[:kept] = self._times[self._start : self._end]
        self._values[:kept] = self._values[self._start : self._end]
        self._start, self._end = 0, kept
