import itertools
import logging
import threading
import time

from autowrx_jupyter.widgets.painter import Painter


class Canvas:
    def __init__(self, wanted=1):
        self.times = []
        self.wanted = wanted
        self.done = threading.Event()

    def paint(self):
        self.times.append(time.monotonic())
        if len(self.times) >= self.wanted:
            self.done.set()


def test_requests_are_gathered_and_never_faster_than_the_interval():
    painter = Painter(interval=0.05)
    canvas = Canvas(wanted=4)
    while not canvas.done.is_set():
        painter.request(canvas)
    gaps = [later - earlier for earlier, later in itertools.pairwise(canvas.times)]
    assert min(gaps) >= 0.049


def test_one_broken_widget_does_not_stop_the_others(caplog):
    class Broken:
        def paint(self):
            raise RuntimeError("broken on purpose")

    painter = Painter(interval=0.01)
    with caplog.at_level(logging.ERROR):
        painter.request(Broken())
        canvas = Canvas()
        painter.request(canvas, delay=0.02)
        assert canvas.done.wait(20)
    assert "broken on purpose" in caplog.text


def test_forgotten_widgets_are_not_painted():
    painter = Painter(interval=0.01)
    gone, canvas = Canvas(), Canvas()
    painter.request(gone, delay=0.05)
    painter.forget(gone)
    painter.request(canvas, delay=0.1)
    assert canvas.done.wait(20)
    assert gone.times == []


def test_an_earlier_request_wins():
    painter = Painter(interval=0.01)
    canvas = Canvas()
    painter.request(canvas, delay=3600)
    painter.request(canvas)
    assert canvas.done.wait(20)
