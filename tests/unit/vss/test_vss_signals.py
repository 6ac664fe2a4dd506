"""Values against a signal: what is accepted, and what the error says."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.vss import Signal, VssError, VssErrorCode
from autowrx_jupyter.vss.datatypes import DATATYPES, INT_RANGES, normalise


def signal(datatype: str, **facts: Any) -> Signal:
    return Signal("Vehicle.Some.Thing", "actuator", datatype, **facts)


@pytest.mark.parametrize(
    ("datatype", "given_value", "expected"),
    [
        ("boolean", True, True),
        ("boolean", "true", True),
        ("boolean", " FALSE ", False),
        ("boolean", "0", False),
        ("boolean", 1, True),
        ("boolean", 0.0, False),
        ("boolean", np.True_, True),
        ("uint8", "12", 12),
        ("uint8", 12.0, 12),
        ("uint8", "12.0", 12),
        ("int8", -128, -128),
        ("int64", str(2**63 - 1), 2**63 - 1),
        ("uint64", np.uint64(2**64 - 1), 2**64 - 1),
        ("float", 3, 3.0),
        ("float", "1.5e3", 1500.0),
        ("double", np.float32(0.5), 0.5),
        ("string", "text", "text"),
        ("string", "", ""),
        ("uint8[]", [1, "2", 3.0], [1, 2, 3]),
        ("uint8[]", "[1, 2]", [1, 2]),
        ("uint8[]", (1,), [1]),
        ("uint8[]", [], []),
        ("float[]", np.array([1.5, 2.5]), [1.5, 2.5]),
        ("string[]", '["a", "b"]', ["a", "b"]),
        ("string[]", "[a, 'b']", ["a", "b"]),
        ("boolean[]", "[true, false]", [True, False]),
    ],
)
def test_accepts(datatype: str, given_value: object, expected: object) -> None:
    value = signal(datatype).coerce(given_value)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        ("boolean", 2),
        ("boolean", "maybe"),
        ("boolean", None),
        ("boolean", []),
        ("uint8", True),
        ("uint8", 12.5),
        ("uint8", "twelve"),
        ("uint8", math.inf),
        ("uint8", None),
        ("float", "fast"),
        ("float", math.nan),
        ("float", True),
        ("float", 10**400),
        ("string", 5),
        ("string", None),
        ("uint8[]", 5),
        ("uint8[]", "five"),
        ("uint8[]", {"a": 1}),
        ("uint8[]", "5"),
        ("uint8[]", [1, "x"]),
    ],
)
def test_refuses_another_kind(datatype: str, value: object) -> None:
    with pytest.raises(VssError) as caught:
        signal(datatype).coerce(value)
    assert caught.value.code is VssErrorCode.TYPE
    assert caught.value.path == "Vehicle.Some.Thing"
    assert "Vehicle.Some.Thing" in str(caught.value)
    assert datatype in str(caught.value)


@pytest.mark.parametrize("datatype", sorted(INT_RANGES))
def test_range_of_the_type(datatype: str) -> None:
    low, high = INT_RANGES[datatype]
    assert signal(datatype).coerce(low) == low
    assert signal(datatype).coerce(high) == high
    for outside in (low - 1, high + 1):
        with pytest.raises(VssError) as caught:
            signal(datatype).coerce(outside)
        assert caught.value.code is VssErrorCode.RANGE
        assert str(low) in str(caught.value)
        assert str(outside) in str(caught.value)


def test_a_float_has_32_bits() -> None:
    with pytest.raises(VssError, match="32-bit") as caught:
        signal("float").coerce(1e39)
    assert caught.value.code is VssErrorCode.RANGE
    assert signal("double").coerce(1e39) == 1e39


def test_limits_are_inclusive_and_named() -> None:
    position = signal("uint8", unit="percent", min=0, max=100)
    assert [position.coerce(one) for one in (0, 100)] == [0, 100]
    for outside in (-1, 101, 300):
        with pytest.raises(VssError) as caught:
            position.coerce(outside)
        assert caught.value.code is VssErrorCode.LIMIT
        assert str(caught.value) == (
            f"Vehicle.Some.Thing must be between 0 and 100 percent; got {outside}."
        )
    with pytest.raises(VssError, match="at least 5"):
        signal("float", min=5).coerce(4)
    with pytest.raises(VssError, match="at most 5 km/h"):
        signal("float", max=5, unit="km/h").coerce(6)


def test_limits_hold_for_each_element() -> None:
    with pytest.raises(VssError, match="between 0 and 9"):
        signal("int16[]", min=0, max=9).coerce([1, 10])


def test_allowed_values_are_listed() -> None:
    mode = signal("string", allowed=("OFF", "SLOW", "MEDIUM"))
    assert mode.coerce("SLOW") == "SLOW"
    with pytest.raises(VssError) as caught:
        mode.coerce("slow")
    assert caught.value.code is VssErrorCode.ALLOWED
    assert "OFF, SLOW, MEDIUM" in str(caught.value)
    assert "Did you mean SLOW?" in str(caught.value)
    assert signal("uint8", allowed=(1, 2)).coerce("2") == 2
    with pytest.raises(VssError, match="does not allow"):
        signal("string[]", allowed=("A",)).coerce(["A", "B"])


def test_a_long_value_is_cut_in_the_text() -> None:
    with pytest.raises(VssError) as caught:
        signal("uint8").coerce("x" * 10_000)
    assert len(str(caught.value)) < 250


def test_properties() -> None:
    array = signal("string[]")
    assert (array.is_array, array.element_type, array.name) == (True, "string", "Thing")
    assert not signal("float").is_array


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UInt8", "uint8"),
        ("Boolean", "boolean"),
        ("bool", "boolean"),
        ("string[]", "string[]"),
        ("String[]", "string[]"),
        ("uint8[4]", "uint8[]"),
        (" float ", "float"),
        ("Types.Position", None),
        ("uint7", None),
        ("uint8[x]", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_spellings_of_data_types(text: object, name: str | None) -> None:
    assert normalise(text) == name


_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(st.sampled_from(sorted(DATATYPES)), _plain | st.lists(_plain, max_size=4) | st.binary())
def test_any_value_fits_or_is_refused(datatype: str, value: object) -> None:
    one = signal(datatype)
    with contextlib.suppress(VssError):
        result = one.coerce(value)
        assert one.coerce(result) == result
