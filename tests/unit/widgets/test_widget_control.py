import threading

import ipywidgets as ipw
import pytest

from autowrx_jupyter.vss import Signal
from autowrx_jupyter.widgets import SignalControl, WidgetError
from autowrx_jupyter.widgets.editors import editor_for, value_text

SPEED = "Vehicle.Speed"
BEAM = "Vehicle.Body.Lights.Beam.Low.IsOn"
LIGHT = "Vehicle.Cabin.Light.AmbientLight.Row1.DriverSide.Intensity"
MODE = "Vehicle.Body.Lights.LightSwitch"


@pytest.fixture
def control(source, painter, monkeypatch):
    """Make controls that are closed at the end."""
    monkeypatch.setattr("autowrx_jupyter.widgets.control.SETTLE_SECONDS", 0.02)
    made = []

    def make(path, **options):
        made.append(SignalControl(path, session=source, painter=painter, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def signal(datatype, **facts):
    return Signal(path="Vehicle.X", entry_type="actuator", datatype=datatype, **facts)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"datatype": "boolean"}, ipw.ToggleButton),
        ({"datatype": "string", "allowed": ("A", "B")}, ipw.Dropdown),
        ({"datatype": "uint8", "allowed": (1, 2)}, ipw.Dropdown),
        ({"datatype": "uint8", "min": 0, "max": 100}, ipw.IntSlider),
        ({"datatype": "float", "min": 0, "max": 1}, ipw.FloatSlider),
        ({"datatype": "uint8", "min": 0}, ipw.IntText),
        ({"datatype": "double"}, ipw.FloatText),
        ({"datatype": "string"}, ipw.Text),
        ({"datatype": "uint8[]"}, ipw.Text),
        ({"datatype": "string[]", "allowed": ("A", "B")}, ipw.Text),
    ],
)
def test_the_right_input(facts, kind):
    editor = editor_for(signal(**facts), "X")
    assert type(editor.widget) is kind
    assert editor.widget.description == "X"
    assert "Vehicle.X" in editor.widget.tooltip
    editor.widget.value = editor.show(None)  # a missing value can always be shown


def test_every_signal_of_the_standard_has_an_input(source):
    for one in source.catalogue.values():
        editor = editor_for(one, one.name)
        editor.widget.value = editor.show(one.default)
        editor.widget.close()


def test_slider_has_unit_and_limits(control, source, painter):
    light = control(LIGHT)
    assert (light.input.min, light.input.max) == (1, 100)
    source.happen(**{LIGHT: 40})
    painter.settle()
    assert light.input.value == 40
    assert light._readout.value == '<span role="status">now: 40 %</span>'
    assert light.value == 40
    assert source.written == []  # showing is not writing


def test_a_move_is_written_off_the_main_thread(control, source, painter, eventually):
    source.gate = threading.Event()
    light = control(LIGHT)
    light.input.value = 55  # returns although the car has not answered
    source.gate.set()
    eventually(lambda: source.values.get(LIGHT) == 55)
    assert source.written[0][2] is not threading.current_thread()
    painter.settle()
    assert light.value == 55


def test_dragging_sends_the_last_value(control, source, eventually):
    source.gate = threading.Event()
    light = control(LIGHT)
    for position in range(2, 101):
        light.input.value = position
    source.gate.set()
    eventually(lambda: source.values.get(LIGHT) == 100)
    assert len(source.written) <= 3


def test_going_back_to_the_shown_value_is_a_move_too(control, source, painter, eventually):
    light = control(LIGHT)
    source.happen(**{LIGHT: 50})
    painter.settle()
    light.input.value = 60
    light.input.value = 50
    eventually(lambda: source.written and source.written[-1][1] == 50)


def test_it_follows_others_and_a_live_value_beyond_the_limits(control, source, painter):
    light = control(LIGHT)
    source.happen(**{LIGHT: 200})
    painter.settle()
    assert light.input.value == 100
    assert "200 %" in light._readout.value
    assert source.written == []


def test_a_refused_value_is_answered_in_place(control, source, painter, eventually):
    source.refuse = "Nobody may write this <now>.\nsecond line"
    beam = control(BEAM)
    beam.input.value = True
    eventually(lambda: beam.error)
    painter.settle()
    assert beam.error == "Nobody may write this <now>."
    assert "&lt;now&gt;" in beam._message.value
    assert beam._message.layout.display == ""
    eventually(lambda: beam.input.value is False)  # back to what the car has
    source.refuse = None
    beam.input.value = True
    eventually(lambda: not beam.error)


def test_an_impossible_value_is_answered_without_asking_the_car(control, source, painter):
    seats = next(
        one.path
        for one in source.catalogue.values()
        if one.datatype == "uint8" and one.min is None and one.max is None
    )
    number = control(seats)
    number.input.value = 300
    painter.settle()
    assert "300" in number.error
    assert source.written == []


def test_toggle_choice_text_and_json(control, source, painter, eventually):
    control(BEAM).input.value = True
    choice = source.catalogue[MODE].allowed[1]
    control(MODE).input.value = choice
    text = next(
        one.path
        for one in source.catalogue.values()
        if one.datatype == "string" and not one.allowed and one.entry_type == "actuator"
    )
    control(text).input.value = "hello"
    numbers = next(one.path for one in source.catalogue.values() if one.datatype == "uint8[]")
    control(numbers).input.value = "[1, 2]"
    eventually(
        lambda: (
            source.values
            == {
                BEAM: True,
                MODE: choice,
                text: "hello",
                numbers: [1, 2],
            }
        )
    )
    assert source.values[numbers] == [1, 2]


def test_missing_and_lost_are_told(control, source, painter):
    speed = control(SPEED)
    painter.settle()
    assert "no value" in speed._readout.value
    source.connection("lost")
    painter.settle()
    assert "no connection" in speed._readout.value
    source.connection("online")
    source.happen(**{SPEED: 12.5})
    painter.settle()
    assert "12.5 km/h" in speed._readout.value


def test_close_and_still(control, source):
    beam = control(BEAM, label="Low <beam>")
    source.happen(**{BEAM: True})
    beam.close()
    beam.close()
    assert source.watches == []
    assert beam.still() == {
        "text/html": "<b>Low &lt;beam&gt;</b>: on",
        "text/plain": f"{BEAM}: on",
    }


def test_unknown_signals_are_answered(source):
    with pytest.raises(WidgetError, match="Did you mean"):
        SignalControl("Vehicle.Sped", session=source)


def test_values_read_well():
    assert value_text(signal("float", unit="percent"), 12.3456789) == "12.3457 %"
    assert value_text(signal("string[]"), ["a", "b"]) == '["a", "b"]'
    assert value_text(signal("boolean"), False) == "off"
    assert value_text(signal("uint8"), None) == "no value"
