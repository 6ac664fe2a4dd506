"""The catalogue as a mapping, its search by path, pattern and word, and overlays."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.vss import (
    Catalogue,
    Signal,
    UnknownSignalError,
    VssError,
    VssErrorCode,
    load_standard,
)

VSS = load_standard()


def paths(signals: list[Signal]) -> list[str]:
    return [signal.path for signal in signals]


class TestMapping:
    def test_is_a_mapping(self) -> None:
        assert VSS["Vehicle.Speed"].unit == "km/h"
        assert "Vehicle.Speed" in VSS
        assert "Vehicle.Cabin" not in VSS
        assert VSS.get("Vehicle.Nothing") is None
        assert VSS.branches["Vehicle.Cabin"]
        assert VSS.roots == ["Vehicle"]
        assert list(VSS) == sorted(VSS)

    def test_unknown_is_a_key_error_with_suggestions(self) -> None:
        with pytest.raises(KeyError) as caught:
            VSS["Vehicle.Sped"]
        assert isinstance(caught.value, UnknownSignalError)
        assert caught.value.code is VssErrorCode.UNKNOWN
        assert str(caught.value).startswith(
            "There is no signal 'Vehicle.Sped' in VSS 4.0. Did you mean Vehicle.Speed"
        )

    def test_a_branch_is_called_a_branch(self) -> None:
        with pytest.raises(KeyError, match=r"is a branch, not a signal\. Did you mean .*IsOn"):
            VSS["Vehicle.Body.Lights.Beam.Low"]

    def test_branches_that_signals_imply(self) -> None:
        catalogue = Catalogue([Signal("A.B.C", "sensor", "float")])
        assert set(catalogue.branches) == {"A", "A.B"}
        assert catalogue.children("A") == ["A.B"]

    def test_branches_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            VSS.branches["Vehicle.New"] = "no"  # type: ignore[index]


class TestFind:
    @pytest.mark.parametrize(
        ("pattern", "count"),
        [
            ("", 910),
            ('""', 910),
            ("**", 910),
            ("Vehicle", 910),
            ("Vehicle.**", 910),
            ("Vehicle.Cabin", 399),
            ("Vehicle.Cabin.**", 399),
            ("Vehicle.Cabin.*", 6),
            ("Vehicle.Cabin.Sunroof.*", 2),
            ("Vehicle.Cabin.Sunroof", 4),
            ("Vehicle.*.Sunroof", 4),
            ("Vehicle.Speed", 1),
            ("*.Speed", 1),
            ("Vehicle.**.Speed", 8),
            ("**.Speed", 8),
            ("Vehicle.Cabin.Door.*.*.IsOpen", 4),
            ("Vehicle.Cabin.Door.Row?.Driver*.Is[LO]*", 4),
            ("Vehicle.Cabin.Door.Row[!2].*.IsOpen", 2),
            ("Vehicle.OBD.O2.Sensor[2-4].Voltage", 3),
            ("Vehicle.**.*.Row1.**.IsOn", 0),
            ("Vehicle.**.Lights.**.IsOn", 8),
            ("**.Door", 0),
            ("*.Door", 0),
            ("*.Cabin", 0),
            ("Cabin", 0),
            ("Speed", 0),
            ("vehicle.speed", 0),
            ("Vehicle.Nothing", 0),
            ("Vehicle.Nothing.*", 0),
        ],
    )
    def test_counts(self, pattern: str, count: int) -> None:
        assert len(VSS.find(pattern)) == count

    def test_order_is_the_trees(self) -> None:
        found = paths(VSS.find("Vehicle.**.IsOpen"))
        assert found == sorted(found)

    @pytest.mark.parametrize(
        "pattern", ["Vehicle..Speed", ".Vehicle", "Vehicle.", "Vehicle Speed", "a:b", "x" * 1001]
    )
    def test_malformed(self, pattern: str) -> None:
        with pytest.raises(VssError) as caught:
            VSS.find(pattern)
        assert caught.value.code is VssErrorCode.PATTERN

    @given(st.text(alphabet="AVehicl.*?[]!-^\\&|~{}()+$", max_size=24))
    def test_no_pattern_breaks_it(self, pattern: str) -> None:
        with contextlib.suppress(VssError):
            assert all(signal.path in VSS for signal in VSS.find(pattern))


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "first"),
        [
            ("speed", "Vehicle.Speed"),
            ("SPEED", "Vehicle.Speed"),
            ("beam low on", "Vehicle.Body.Lights.Beam.Low.IsOn"),
            ("doors open", "Vehicle.Cabin.Door.Row1.DriverSide.IsOpen"),
            ("steering wheel angle", "Vehicle.Chassis.SteeringWheel.Angle"),
            ("odometer", "Vehicle.TraveledDistance"),
            ("VIN", "Vehicle.VehicleIdentification.VIN"),
            ("StateOfCharge current", "Vehicle.Powertrain.TractionBattery.StateOfCharge.Current"),
            ("Vehicle.Horn", "Vehicle.Body.Horn.IsActive"),
        ],
    )
    def test_best_first(self, words: str, first: str) -> None:
        assert paths(VSS.search(words))[0] == first

    def test_all_words_count(self) -> None:
        for signal in VSS.search("tyre pressure"):
            text = f"{signal.path} {signal.description}".lower()
            assert "tyre" in text
            assert "pressure" in text

    def test_most_words_where_none_has_all(self) -> None:
        assert paths(VSS.search("horn zebra")) == ["Vehicle.Body.Horn.IsActive"]

    @pytest.mark.parametrize("words", ["", "   ", "zebra", "!!!"])
    def test_nothing(self, words: str) -> None:
        assert VSS.search(words) == []


class TestSuggest:
    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("Vehicle.Sped", "Vehicle.Speed"),
            ("vehicle.speed", "Vehicle.Speed"),
            ("Speed", "Vehicle.Speed"),
            ("Vehicle.Body.Light.Beam.Low.IsOn", "Vehicle.Body.Lights.Beam.Low.IsOn"),
            ("Body.Lights.Beam.Low.IsOn", "Vehicle.Body.Lights.Beam.Low.IsOn"),
            (
                "Vehicle.Body.Windshield.Front.Wiping.Mod",
                "Vehicle.Body.Windshield.Front.Wiping.Mode",
            ),
            (
                "Vehicle.Cabin.Seat.Row1.Pos1.Position",
                "Vehicle.Cabin.Seat.Row1.Middle.Position",
            ),
        ],
    )
    def test_close_first(self, wrong: str, right: str) -> None:
        assert VSS.suggest(wrong)[0] == right

    @pytest.mark.parametrize("wrong", ["", "foo", "....", "Zebra.Crossing"])
    def test_nothing_close(self, wrong: str) -> None:
        assert VSS.suggest(wrong) == []

    @given(st.text(max_size=60))
    def test_only_real_paths_and_few(self, text: str) -> None:
        found = VSS.suggest(text)
        assert len(found) <= 3
        assert all(path in VSS for path in found)


class TestDigest:
    def test_depends_on_content_only(self) -> None:
        one = Catalogue([Signal("A.B", "sensor", "float"), Signal("A.C", "sensor", "float")])
        two = Catalogue([*reversed(list(one.values()))], name="other", version="7")
        assert one.digest == two.digest
        assert one == two
        assert hash(one) == hash(two)

    @pytest.mark.parametrize(
        "changed",
        [
            Signal("A.B", "actuator", "float"),
            Signal("A.B", "sensor", "double"),
            Signal("A.B", "sensor", "float", "text"),
            Signal("A.B", "sensor", "float", min=0),
            Signal("A.B", "sensor", "float", unit="m"),
            Signal("A.B", "sensor", "float", change_type="static"),
            Signal("A.D", "sensor", "float"),
        ],
    )
    def test_every_fact_counts(self, changed: Signal) -> None:
        plain = Catalogue([Signal("A.B", "sensor", "float")])
        assert Catalogue([changed]).digest != plain.digest


class TestOverlay:
    def test_changes_adds_and_deletes(self) -> None:
        tree = {
            "Vehicle": {
                "type": "branch",
                "children": {
                    "Speed": {"type": "sensor", "max": 300},
                    "Horn": {"type": "sensor", "datatype": "UInt8", "description": "New."},
                    "ADAS": {"delete": True},
                    "Body": {"type": "branch", "description": "Mine."},
                },
            },
            "Trailer": {
                "type": "branch",
                "description": "A trailer.",
                "children": {
                    "Weight": {"type": "sensor", "datatype": "float", "description": "Heavy."}
                },
            },
        }
        new = VSS.overlay(tree)
        assert new["Vehicle.Speed"].max == 300
        assert new["Vehicle.Speed"].unit == "km/h"
        assert new["Vehicle.Speed"].description == VSS["Vehicle.Speed"].description
        assert new["Vehicle.Horn"].datatype == "uint8"
        assert new["Trailer.Weight"].path == "Trailer.Weight"
        assert new.find("Vehicle.ADAS") == []
        assert new.branches["Vehicle.Body"] == "Mine."
        assert new.find("Vehicle.Body") == VSS.find("Vehicle.Body")
        assert new.branches["Vehicle"] == VSS.branches["Vehicle"]
        assert VSS["Vehicle.Speed"].max is None
        assert new.warnings == ()

    def test_a_catalogue_over_a_catalogue(self) -> None:
        new = VSS.overlay(Catalogue([Signal("Vehicle.Speed", "actuator", "uint8", "Mine.")]))
        assert new["Vehicle.Speed"].entry_type == "actuator"
        assert len(new) == 910

    def test_a_branch_in_place_of_a_signal_and_back(self) -> None:
        leaf = {"type": "sensor", "datatype": "float", "description": "x"}
        branch = {"type": "branch", "description": "x", "children": {"Fast": leaf}}
        new = VSS.overlay(
            {"Vehicle": {"type": "branch", "children": {"Speed": branch, "Cabin": leaf}}}
        )
        assert paths(new.find("Vehicle.Speed")) == ["Vehicle.Speed.Fast"]
        assert paths(new.find("Vehicle.Cabin")) == ["Vehicle.Cabin"]

    def test_not_a_tree(self) -> None:
        with pytest.raises(VssError, match="put the root's name around it"):
            VSS.overlay({"type": "branch", "children": {}})
