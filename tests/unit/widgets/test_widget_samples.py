import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.widgets.figure import TimeAxis, points
from autowrx_jupyter.widgets.samples import Samples, SampleWindow


def test_old_samples_go_but_the_value_at_the_left_edge_stays():
    window = SampleWindow(1, seconds=10, limit=100)
    for second in range(31):
        window.append(float(second), [second])
    kept = window.copy()
    assert kept.times.tolist() == [float(second) for second in range(20, 31)]
    assert kept.values[:, 0].tolist() == kept.times.tolist()
    assert not window.overrun


def test_never_more_than_the_limit_and_it_says_so():
    window = SampleWindow(2, seconds=1000, limit=50)
    for number in range(1000):
        window.append(number * 0.01, [number, -number])
    assert len(window) == 50
    assert window.overrun
    assert window.copy().values[-1].tolist() == [999, -999]


def test_a_shorter_window_drops_at_once():
    window = SampleWindow(1, seconds=100, limit=500)
    for second in range(100):
        window.append(float(second), [0.0])
    window.seconds = 5
    assert window.copy().times[0] == 94.0


def test_a_clock_that_goes_back_does_not_disorder_the_samples():
    window = SampleWindow(1, seconds=10, limit=10)
    window.append(5.0, [1])
    window.append(3.0, [2])
    assert window.copy().times.tolist() == [5.0, 5.0]


@given(
    st.lists(st.floats(0, 100, allow_nan=False), max_size=300),
    st.floats(1, 50),
    st.integers(2, 40),
)
def test_the_window_is_always_a_tail_of_what_came(steps, seconds, limit):
    window = SampleWindow(1, seconds, limit)
    times, now = [], 0.0
    for number, step in enumerate(steps):
        now += step
        times.append(now)
        window.append(now, [number])
    kept = window.copy()
    assert len(kept) <= limit
    assert kept.times.tolist() == times[len(times) - len(kept) :]
    if len(kept) > 1:
        assert kept.times[1] >= now - seconds or math.isclose(kept.times[1], now - seconds)


def test_a_line_is_level_over_a_pause_and_goes_on_to_now():
    samples = Samples(np.array([0.0, 10.0]), np.array([[1.0], [5.0]]))
    x, values = points(samples, TimeAxis(zero=0.0, wall_clock=False), now=12.0)
    assert x.tolist() == [0.0, 9.999, 10.0, 11.999, 12.0]
    assert values[:, 0].tolist() == [1.0, 1.0, 5.0, 5.0, 5.0]


def test_a_gap_stays_a_gap():
    samples = Samples(np.array([0.0, 1.0, 8.0]), np.array([[1.0], [np.nan], [3.0]]))
    _, values = points(samples, TimeAxis(zero=0.0, wall_clock=False), now=None)
    assert np.isnan(values[1:-1, 0]).all()
    assert values[-1, 0] == 3.0


def test_nothing_to_draw_is_no_error():
    x, values = points(Samples(np.empty(0), np.empty((0, 2))), TimeAxis(0.0, False), now=1.0)
    assert len(x) == len(values) == 0
