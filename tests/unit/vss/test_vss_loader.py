"""Standard VSS JSON in the shapes of the releases 3.0 to 6.0, and what is wrong with some."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.vss import Catalogue, VssError, load_json
from autowrx_jupyter.vss.loader import MAX_FILE, MAX_WARNINGS


def tree(**children: Any) -> dict[str, Any]:
    return {"Vehicle": {"type": "branch", "description": "Car.", "children": children}}


def leaf(**facts: Any) -> dict[str, Any]:
    return {"type": "sensor", "datatype": "float", "description": "Text.", **facts}


def load(**children: Any) -> Catalogue:
    return load_json(tree(Good=leaf(), **children))


class TestSources:
    def test_file_text_and_mapping(self, tmp_path: Path) -> None:
        data = tree(Speed=leaf(unit="km/h"))
        file = tmp_path / "my_car.json"
        file.write_text(json.dumps(data))
        from_file = load_json(file)
        assert from_file.name == "my_car"
        assert from_file == load_json(str(file)) == load_json(json.dumps(data)) == load_json(data)

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        file = tmp_path / "bom.json"
        file.write_text(json.dumps(tree(Speed=leaf())), encoding="utf-8-sig")
        assert list(load_json(file)) == ["Vehicle.Speed"]

    def test_name_and_version(self) -> None:
        def number(value: int) -> dict[str, Any]:
            return leaf(type="attribute", datatype="uint32", default=value)

        version = {
            "type": "branch",
            "description": "v",
            "children": {"Major": number(6), "Minor": number(0), "Patch": number(1)},
        }
        catalogue = load_json(tree(VersionVSS=version), name="Mine")
        assert (catalogue.name, catalogue.version) == ("Mine", "6.0.1")

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("{nonsense", "not valid JSON"),
            ('{"Vehicle": ' * 5000, "not valid JSON|nested too deeply"),
            ({"type": "branch", "children": {}}, "put the root's name around it"),
            ({}, "holds no vehicle signals"),
            (tree(), "holds no vehicle signals"),
            (tree(Speed={"type": "sensor"}), r"no vehicle signals\. Vehicle\.Speed: has no dat"),
        ],
    )
    def test_not_a_catalogue(self, source: Any, text: str) -> None:
        with pytest.raises(VssError, match=text):
            load_json(source)

    def test_file_errors(self, tmp_path: Path) -> None:
        with pytest.raises(VssError, match=r"nothing\.json"):
            load_json(tmp_path / "nothing.json")
        (tmp_path / "list.json").write_text("[]")
        with pytest.raises(VssError, match="must be a JSON object"):
            load_json(tmp_path / "list.json")
        (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(VssError, match="UTF-8"):
            load_json(tmp_path / "binary.json")
        with (tmp_path / "huge.json").open("wb") as file:
            file.truncate(MAX_FILE + 1)
        with pytest.raises(VssError, match="may have up to"):
            load_json(tmp_path / "huge.json")


class TestShapes:
    """What differs from release to release."""

    def test_old_spellings(self) -> None:
        catalogue = load(
            A=leaf(datatype="UInt8", type="Sensor"),
            B=leaf(datatype="Boolean", type="ACTUATOR"),
            C=leaf(datatype="string", enum=["ON", "OFF"]),
        )
        assert catalogue["Vehicle.A"].datatype == "uint8"
        assert catalogue["Vehicle.B"].entry_type == "actuator"
        assert catalogue["Vehicle.C"].allowed == ("ON", "OFF")
        assert catalogue.warnings == ()

    def test_keys_that_do_not_matter(self) -> None:
        catalogue = load(
            A=leaf(uuid="x", comment="c", deprecation="d", fka=["Old"], staticUID="0x1", extra={})
        )
        assert catalogue.warnings == ()

    def test_several_roots(self) -> None:
        data = {**tree(Speed=leaf()), "Truck": tree(Load=leaf())["Vehicle"]}
        catalogue = load_json(data)
        assert list(catalogue) == ["Vehicle.Speed", "Truck.Load"]
        assert catalogue.roots == ["Truck", "Vehicle"]

    def test_array_sizes_and_change_types(self) -> None:
        catalogue = load(
            A=leaf(datatype="uint8[4]", arraysize=4, **{"x-kuksa-changetype": "ONCHANGE"}),
        )
        assert catalogue["Vehicle.A"].datatype == "uint8[]"
        assert catalogue["Vehicle.A"].change_type == "onchange"

    def test_struct_trees_are_passed_over(self) -> None:
        struct = {
            "type": "struct",
            "description": "s",
            "children": {"X": {"type": "property", "datatype": "float", "description": "x"}},
        }
        types = {"type": "branch", "description": "t", "children": {"Point": struct}}
        data = {
            **tree(Place=leaf(datatype="Types.Point"), Speed=leaf()),
            "ComplexDataTypes": {"Types": types},
            "Types": types,
        }
        catalogue = load_json(data)
        assert list(catalogue) == ["Vehicle.Speed"]
        assert set(catalogue.branches) == {"Vehicle"}
        assert catalogue.warnings == (
            "Vehicle.Place: has the struct type Types.Point, which a broker cannot carry; "
            "left out.",
        )

    @pytest.mark.parametrize(
        ("instances", "paths"),
        [
            ("Row[1,2]", ["Row1", "Row2"]),
            (["Left", "Right"], ["Left", "Right"]),
            (["Row[1,2]", ["Left", "Right"]], ["Row1.Left", "Row1.Right", "Row2.Left"]),
            (["Row[1,1]", "Pos[2,3]"], ["Row1.Pos2", "Row1.Pos3"]),
        ],
    )
    def test_instances_not_expanded(self, instances: Any, paths: list[str]) -> None:
        door = {
            "type": "branch",
            "description": "Door.",
            "instances": instances,
            "children": {"IsOpen": leaf(), "Count": leaf(instantiate=False)},
        }
        catalogue = load(Door=door)
        assert "Vehicle.Door.Count" in catalogue
        assert "Vehicle.Door.IsOpen" not in catalogue
        found = [path for path in catalogue if path.endswith("IsOpen")]
        assert found[: len(paths)] == [f"Vehicle.Door.{path}.IsOpen" for path in paths]
        assert catalogue.branches[f"Vehicle.Door.{paths[0]}"] == "Door."

    def test_instances_already_expanded(self) -> None:
        row = {"type": "branch", "description": "r", "children": {"IsOpen": leaf()}}
        door = {
            "type": "branch",
            "description": "d",
            "instances": ["Row[1,2]"],
            "children": {"Row1": row, "Row2": row},
        }
        assert len(load(Door=door).find("Vehicle.Door")) == 2


# name, children, key, part of the text, whether the signal stays
FAULTS = [
    ("datatype", leaf(datatype="floaty"), "'floaty' is not known", False),
    ("datatype", {"type": "sensor", "description": "x"}, "has no datatype", False),
    ("type", leaf(type="gadget"), "'gadget' is not known", False),
    ("type", 5, "not an object", False),
    ("description", {"type": "sensor", "datatype": "float"}, "no description", True),
    ("min", leaf(min="low"), "min 'low' does not fit", True),
    ("max", leaf(max=True), "max True does not fit", True),
    ("max", leaf(max=float("nan")), "does not fit", True),
    ("min", leaf(datatype="string", min=1), "does not fit the type string", True),
    ("min", leaf(min=5, max=1), "min 5 is above max 1", True),
    ("allowed", leaf(allowed="ON"), "not a list", True),
    ("allowed", leaf(allowed=[]), "not a list", True),
    ("allowed", leaf(datatype="uint8", allowed=[1, "x"]), "'x' does not fit", True),
    ("default", leaf(datatype="uint8", default=300), "default left out", True),
    ("default", leaf(datatype="uint8", max=5, default=6), "at most 5", True),
    ("unit", leaf(unit=5), "unit 5", True),
    ("x-kuksa-changetype", leaf(**{"x-kuksa-changetype": "often"}), "'often'", True),
    ("children", {"type": "branch", "description": "x"}, "without children", False),
    (
        "instances",
        {"type": "branch", "description": "x", "instances": 7, "children": {"A": leaf()}},
        "neither a text nor a list",
        False,
    ),
]


class TestFaults:
    @pytest.mark.parametrize(("key", "node", "text", "stays"), FAULTS)
    def test_lenient_keeps_the_rest(self, key: str, node: Any, text: str, stays: bool) -> None:
        catalogue = load(Bad=node)
        assert "Vehicle.Good" in catalogue
        assert ("Vehicle.Bad" in catalogue) is stays
        assert len(catalogue.warnings) == 1
        assert catalogue.warnings[0].startswith("Vehicle.Bad: ")
        assert text in catalogue.warnings[0]

    @pytest.mark.parametrize(("key", "node", "text", "stays"), FAULTS)
    def test_strict_refuses(self, key: str, node: Any, text: str, stays: bool) -> None:
        with pytest.raises(VssError) as caught:
            load_json(tree(Good=leaf(), Bad=node), strict=True)
        assert (caught.value.path, caught.value.key) == ("Vehicle.Bad", key)
        assert text in str(caught.value)

    @pytest.mark.parametrize("name", ["", "a b", "a.b", "a:b", "a*", "a\n"])
    def test_names(self, name: str) -> None:
        catalogue = load(**{name: leaf()})
        assert list(catalogue) == ["Vehicle.Good"]
        assert "cannot be a name" in catalogue.warnings[0]

    def test_a_signal_needs_a_branch(self) -> None:
        catalogue = load_json({**tree(Good=leaf()), "Speed": leaf()})
        assert list(catalogue) == ["Vehicle.Good"]
        assert "Speed: is a signal without a branch" in catalogue.warnings[0]

    def test_numbers_in_quotes_are_taken(self) -> None:
        catalogue = load(A=leaf(datatype="uint8", min="0", max="10", default="3"))
        signal = catalogue["Vehicle.A"]
        assert (signal.min, signal.max, signal.default) == (0, 10, 3)
        assert catalogue.warnings == ()

    def test_children_without_a_type(self) -> None:
        catalogue = load(Box={"description": "b", "children": {"A": leaf()}})
        assert "Vehicle.Box.A" in catalogue
        assert "taken as a branch" in catalogue.warnings[0]

    def test_depth_is_bounded(self) -> None:
        node: dict[str, Any] = leaf()
        for _ in range(200):
            node = {"type": "branch", "description": "d", "children": {"N": node}}
        catalogue = load(Deep=node)
        assert list(catalogue) == ["Vehicle.Good"]
        assert "nested too deeply" in catalogue.warnings[0]

    def test_warnings_are_bounded(self) -> None:
        catalogue = load(**{f"B{n}": leaf(datatype="?") for n in range(MAX_WARNINGS + 50)})
        assert len(catalogue.warnings) == MAX_WARNINGS + 1
        assert catalogue.warnings[-1] == "… and 50 more."


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "datatype", "children", "min", "max", "allowed", "default"])
            | st.text(max_size=5),
            inner | st.sampled_from(["branch", "sensor", "actuator", "uint8", "string[]"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), _json, max_size=4), st.booleans())
def test_any_json_loads_or_is_refused(data: dict[str, Any], inside: bool) -> None:
    if inside:
        data = tree(Good=leaf(), **data)
    try:
        catalogue = load_json(data)
    except VssError:
        return
    assert len(catalogue) > 0
    assert load_json(catalogue.to_tree()) == catalogue
