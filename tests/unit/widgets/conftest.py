"""A car in this process: what widgets need of a session, without hub and kit."""

import threading
from dataclasses import dataclass, field

import pytest

from autowrx_jupyter.vss import load_standard
from autowrx_jupyter.widgets.painter import Painter

PATIENCE = 20.0


@dataclass
class FakeWatch:
    source: "FakeSource"
    paths: list
    callback: object

    def close(self):
        if self in self.source.watches:
            self.source.watches.remove(self)


@dataclass
class FakeSource:
    """Keeps values, tells watchers of each change on the thread that made it."""

    catalogue: object = field(default_factory=load_standard)
    values: dict = field(default_factory=dict)
    watches: list = field(default_factory=list)
    states: list = field(default_factory=list)
    written: list = field(default_factory=list)
    refuse: str | None = None
    gate: threading.Event | None = None

    def set(self, path, value):
        if self.gate is not None:
            assert self.gate.wait(PATIENCE)
        self.written.append((path, value, threading.current_thread()))
        if self.refuse:
            raise ValueError(self.refuse)
        self.happen(**{path: value})

    def happen(self, **values):
        """Let signals of the car change."""
        self.values.update(values)
        for watch in list(self.watches):
            if values.keys() & set(watch.paths):
                watch.callback({path: self.values.get(path) for path in watch.paths})

    def watch(self, paths, callback):
        watch = FakeWatch(self, paths, callback)
        self.watches.append(watch)
        callback({path: self.values.get(path) for path in paths})
        return watch

    def on_state(self, callback):
        self.states.append(callback)
        return lambda: self.states.remove(callback)

    def connection(self, state):
        for callback in list(self.states):
            callback(state)


class CountingPainter(Painter):
    """A painter that tests can wait for."""

    def __init__(self):
        super().__init__(interval=0.01)

    def settle(self):
        """Wait until everything that was asked for until now is painted."""

        class Marker:
            def __init__(self):
                self.painted = threading.Event()

            def paint(self):
                self.painted.set()

        with self._wake:
            last = max(self._due.values(), default=0.0)
        for _ in range(2):  # a painting may ask for one more
            marker = Marker()
            with self._wake:
                last = max([last, *self._due.values()])
            self.request(marker, delay=max(0.0, last - _monotonic() + 0.03))
            assert marker.painted.wait(PATIENCE)


def _monotonic():
    import time

    return time.monotonic()


@pytest.fixture
def source():
    return FakeSource()


@pytest.fixture
def painter():
    return CountingPainter()


@pytest.fixture
def eventually():
    """Wait until a condition holds."""

    def wait(condition):
        poll = threading.Event()
        for _ in range(int(PATIENCE / 0.01)):
            if condition():
                return
            poll.wait(0.01)
        raise AssertionError("the condition did not come true")

    return wait
