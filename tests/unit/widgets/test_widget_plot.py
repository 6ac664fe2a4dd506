import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from autowrx_jupyter.widgets import SignalPlot
from autowrx_jupyter.widgets.source import WidgetError

SPEED = "Vehicle.Speed"
BEAM = "Vehicle.Body.Lights.Beam.Low.IsOn"


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        self.now += 0.1
        return self.now


@pytest.fixture
def plot(source, painter):
    with_close = SignalPlot(SPEED, BEAM, session=source, painter=painter, now=Clock())
    yield with_close
    with_close.close()


def drawn(plot, trace=0):
    values = plot.figure.data[trace].y
    return [None if np.isnan(value) else value for value in values]


def test_it_follows_the_car(plot, source, painter):
    for speed in (10.0, 20.0, 30.0):
        source.happen(**{SPEED: speed, BEAM: speed > 15})
    painter.settle()
    assert drawn(plot)[1:4] == [10.0, 20.0, 30.0]
    assert drawn(plot, 1)[1:4] == [0.0, 1.0, 1.0]
    assert "Live" in plot._status.value


def test_a_tick_is_one_message_with_arrays(plot, source, painter):
    painter.settle()
    sent = []
    plot.figure.observe(lambda change: sent.append(change["new"]), "_py2js_update")
    source.happen(**{SPEED: 10.0, BEAM: True})
    painter.settle()
    messages = [message for message in sent if message]
    assert len(messages) == 1
    assert isinstance(messages[0]["style_data"]["y"][0], np.ndarray | dict)


def test_nothing_is_sent_when_nothing_changes(plot, source, painter):
    source.happen(**{SPEED: 10.0})
    painter.settle()
    sent = []
    plot.figure.observe(lambda change: sent.append(change["new"]), "_py2js_update")
    painter.settle()
    assert sent == []


def test_pause_holds_the_picture_and_loses_nothing(plot, source, painter):
    source.happen(**{SPEED: 1.0})
    painter.settle()
    plot.pause()
    before = drawn(plot)
    source.happen(**{SPEED: 2.0})
    painter.settle()
    assert drawn(plot) == before
    assert plot.paused
    assert "Paused" in plot._status.value
    plot.resume()
    painter.settle()
    assert 2.0 in drawn(plot)


def test_lost_connection_and_missing_value_are_gaps(plot, source, painter):
    source.happen(**{SPEED: 1.0})
    source.connection("lost")
    painter.settle()
    assert drawn(plot)[-1] is None
    assert "No connection" in plot._status.value
    source.connection("online")
    source.happen(**{SPEED: 2.0})
    source.happen(**{SPEED: None})
    painter.settle()
    assert drawn(plot)[:5] == [None, 1.0, None, 2.0, None]


def test_samples_as_a_frame(plot, source):
    source.happen(**{SPEED: 1.5, BEAM: True})
    frame = plot.df
    assert list(frame.columns) == [SPEED, BEAM]
    assert frame.index.name == "time"
    assert str(frame.index.tz) == "UTC"
    assert np.isnan(frame[SPEED].iloc[0])
    assert frame[BEAM].iloc[0] is None
    assert frame[SPEED].iloc[-1] == 1.5
    assert frame[BEAM].iloc[-1] is True


def test_axes_have_units_and_names(plot):
    layout = plot.figure.layout
    assert layout.yaxis.title.text == "km/h"
    assert layout.yaxis2.ticktext == ("off", "on")
    assert layout.yaxis2.side == "right"
    assert layout.uirevision == "live"
    assert f'aria-label="Live plot of {SPEED}, {BEAM}.' in plot._status.value


def test_wall_clock(source, painter):
    plot = SignalPlot(SPEED, session=source, painter=painter, clock=True, now=Clock())
    source.happen(**{SPEED: 3.0})
    painter.settle()
    assert plot.figure.layout.xaxis.type == "date"
    offset = plot.figure.data[0].x[0] / 1000 - 1_000_000
    assert offset % 900 < 5  # whole quarters of an hour from UTC
    plot.close()


def test_close_ends_the_subscription_and_can_be_repeated(plot, source, painter):
    source.happen(**{SPEED: 5.0})
    painter.settle()
    plot.close()
    plot.close()
    assert source.watches == []
    assert source.states == []
    assert plot.closed
    source.happen(**{SPEED: 6.0})
    assert 5.0 in plot.df[SPEED].tolist()
    assert 6.0 not in plot.df[SPEED].tolist()


def test_the_last_picture_is_plain_and_well_formed(plot, source):
    source.happen(**{SPEED: 5.0, BEAM: True})
    source.happen(**{SPEED: None, BEAM: None})
    plot.close()
    still = plot.still()
    figure = json.loads(json.dumps(still["application/vnd.plotly.v1+json"], allow_nan=False))
    assert 5.0 in figure["data"][0]["y"]
    assert figure["data"][0]["y"][-1] is None
    root = ElementTree.fromstring(still["image/svg+xml"])
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "km/h" in texts
    assert "Speed [km/h]" in texts
    assert still["text/plain"] == f"SignalPlot({SPEED!r}, {BEAM!r})"


def test_titles_are_text_not_markup(source, painter):
    plot = SignalPlot(SPEED, session=source, painter=painter, title="<script>1</script> & more")
    plot.close()
    assert "<script>" not in plot.still()["image/svg+xml"]


def test_a_new_view_gets_the_present_picture(plot, source, painter):
    source.happen(**{SPEED: 7.0})
    painter.settle()
    state = plot.figure.get_state()
    assert "_widget_data" in state
    assert 7.0 in plot.figure._widget_data[0]["y"]


def test_hidden_plots_rest_and_wake(plot, source, painter):
    plot.figure._view_count = 1
    source.happen(**{SPEED: 1.0})
    painter.settle()
    plot.figure._view_count = 0
    before = drawn(plot)
    source.happen(**{SPEED: 2.0})
    painter.settle()
    assert drawn(plot) == before
    plot.figure._view_count = 1
    painter.settle()
    assert 2.0 in drawn(plot)


def test_the_window_can_change(plot):
    plot.window = 5
    assert plot.window == 5.0
    for seconds in (0, 4000, float("nan")):
        with pytest.raises(WidgetError, match="not possible"):
            plot.window = seconds


@pytest.mark.parametrize(
    ("paths", "word"),
    [
        (("Vehicle.Sped",), "Did you mean Vehicle.Speed"),
        (("Vehicle.Body",), "branch"),
        ((), "at least one"),
    ],
)
def test_wrong_paths_are_answered(source, paths, word):
    with pytest.raises(WidgetError, match=word):
        SignalPlot(*paths, session=source)
    assert source.watches == []


def test_too_many_samples_are_told(source, painter):
    plot = SignalPlot(SPEED, session=source, painter=painter, limit=10)
    for speed in range(30):
        source.happen(**{SPEED: float(speed)})
    painter.settle()
    assert "the newest 10 samples" in plot._status.value
    plot.close()


def test_importing_the_package_is_light():
    code = (
        "import sys, autowrx_jupyter.widgets as w; "
        "assert 'plotly' not in sys.modules and 'ipywidgets' not in sys.modules; "
        "assert 'SignalPlot' in dir(w)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
