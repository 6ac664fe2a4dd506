import math

import pytest

from autowrx_jupyter.vss import Signal
from autowrx_jupyter.widgets.scales import axis_title, axis_words, scales_for
from autowrx_jupyter.widgets.source import WidgetError


def make(path, datatype="float", **facts):
    return Signal(path=path, entry_type="sensor", datatype=datatype, **facts)


def test_one_axis_per_unit_and_the_third_shares_the_second():
    scales = scales_for(
        [
            make("A", unit="km/h"),
            make("B", unit="celsius"),
            make("C", unit="km/h"),
            make("D", unit="percent"),
        ]
    )
    assert [scale.axis for scale in scales] == [1, 2, 1, 2]
    assert axis_title(scales, 1) == "km/h"
    assert axis_title(scales, 2) == "°C, %"


def test_words_have_levels():
    lamp, gear = scales_for(
        [make("Lamp", "boolean"), make("Gear", "string", allowed=("P", "R", "N", "D"))]
    )
    assert lamp.number(True) == 1.0
    assert lamp.value(0.0) is False
    assert gear.number("N") == 2.0
    assert gear.value(3.0) == "D"
    assert math.isnan(gear.number("Z"))
    assert axis_words([lamp, gear], 1) == ("off", "on")
    assert axis_words([lamp, gear], 2) == ("P", "R", "N", "D")


def test_missing_is_no_number():
    (speed,) = scales_for([make("Vehicle.Speed", unit="km/h")])
    assert math.isnan(speed.number(None))
    assert speed.value(math.nan) is None
    assert speed.number(0) == 0.0
    assert speed.label == "Speed [km/h]"


@pytest.mark.parametrize(
    ("signals", "word"),
    [
        ([make("Name", "string")], "free text"),
        ([make("List", "uint8[]")], "is a list"),
        ([], "at least one signal"),
        ([make(f"S{number}") for number in range(21)], "at most 20"),
    ],
)
def test_what_cannot_be_drawn_is_said(signals, word):
    with pytest.raises(WidgetError, match=word):
        scales_for(signals)
