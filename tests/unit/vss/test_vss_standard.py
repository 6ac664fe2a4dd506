"""The shipped catalogue is VSS 4.0, fact by fact, in words of our own."""

from __future__ import annotations

import json
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from autowrx_jupyter.vss import Catalogue, VssError, load_json, load_standard
from autowrx_jupyter.vss.outline import parse_outline

STANDARD = Path(__file__).parents[3].parent / "shared" / "data" / "vss_release_4.0.json"
needs_standard = pytest.mark.skipif(
    not STANDARD.is_file(), reason=f"the standard's own file is not at {STANDARD}"
)


@pytest.fixture(scope="module")
def nodes() -> dict[str, dict[str, Any]]:
    """All nodes of the standard's file by path."""
    found: dict[str, dict[str, Any]] = {}

    def walk(children: dict[str, Any], parent: str) -> None:
        for name, node in children.items():
            path = f"{parent}.{name}" if parent else name
            found[path] = node
            walk(node.get("children", {}), path)

    walk(json.loads(STANDARD.read_text()), "")
    return found


def test_has_all_signals() -> None:
    catalogue = load_standard()
    kinds = [signal.entry_type for signal in catalogue.values()]
    assert len(catalogue) == 910
    assert (kinds.count("actuator"), kinds.count("sensor"), kinds.count("attribute")) == (
        425,
        379,
        106,
    )
    assert sum(signal.default is not None for signal in catalogue.values()) == 29
    assert sum(signal.allowed is not None for signal in catalogue.values()) == 70
    assert len(catalogue.branches) == 287
    assert catalogue.version == "4.0"


def test_every_node_is_described() -> None:
    catalogue = load_standard()
    texts = {signal.path: signal.description for signal in catalogue.values()}
    texts.update(catalogue.branches)
    assert [path for path, text in texts.items() if not text.strip() or len(text) > 120] == []


def test_loads_fast() -> None:
    read = load_standard.__wrapped__
    took = min(_seconds(read) for _ in range(5))
    assert took < 0.03


def _seconds(action: Any) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def test_is_loaded_once() -> None:
    assert load_standard() is load_standard()


@needs_standard
def test_equals_the_standard_leaf_by_leaf(nodes: dict[str, dict[str, Any]]) -> None:
    catalogue = load_standard()
    leaves = {path: node for path, node in nodes.items() if node["type"] != "branch"}
    assert set(catalogue) == set(leaves)
    assert set(catalogue.branches) == set(nodes) - set(leaves)
    differences = []
    for path, node in leaves.items():
        signal = catalogue[path]
        ours = {
            "type": signal.entry_type,
            "datatype": signal.datatype,
            "unit": signal.unit,
            "min": signal.min,
            "max": signal.max,
            "allowed": None if signal.allowed is None else list(signal.allowed),
            "default": signal.default,
        }
        theirs = {key: node.get(key) for key in ours}
        if ours != theirs:
            differences.append((path, ours, theirs))
    assert differences == []


@needs_standard
def test_descriptions_are_our_own(nodes: dict[str, dict[str, Any]]) -> None:
    catalogue = load_standard()
    pairs = set()
    for path, node in nodes.items():
        ours = catalogue[path].description if path in catalogue else catalogue.branches[path]
        pairs.add((ours.lower().rstrip("."), node["description"].lower().rstrip(".")))
    close = [
        pair
        for pair in pairs
        if pair[0] == pair[1]
        or (len(pair[1].split()) > 4 and SequenceMatcher(None, *pair).ratio() >= 0.75)
    ]
    assert close == []


@needs_standard
def test_the_standard_file_loads_to_the_same_signals() -> None:
    loaded = load_json(STANDARD, strict=True)
    assert list(loaded) == list(load_standard())
    assert loaded.warnings == ()
    assert loaded.version == "4.0.0"


def test_round_trip_through_the_tree() -> None:
    standard = load_standard()
    again = load_json(json.dumps(standard.to_tree()), strict=True)
    assert again == standard
    assert again.digest == standard.digest
    assert list(again.branches.items()) != []


class TestOutline:
    def test_form(self) -> None:
        text = """\
# a comment
@Lamp -- A lamp.
  IsOn  actuator boolean -- Shines.
Car -- A car.
  Mode  attribute string {A B} =A -- A mode.
  Seats  attribute uint8[] =[2,3] -- Places.
  Heat  actuator int8 celsius -40..80 -- Warmth.
  Level  sensor float ..1.5 -- A level.
  Door [Row1-2] [Left|Right] @Lamp -- A door.
    Weight  attribute uint16 kg 0.. -- How heavy.
"""
        signals, branches = parse_outline(text)
        catalogue = Catalogue(signals, branches)
        assert list(catalogue)[:3] == [
            "Car.Door.Row1.Left.IsOn",
            "Car.Door.Row1.Left.Weight",
            "Car.Door.Row1.Right.IsOn",
        ]
        assert catalogue["Car.Mode"].allowed == ("A", "B")
        assert catalogue["Car.Mode"].default == "A"
        assert catalogue["Car.Seats"].default == [2, 3]
        assert (catalogue["Car.Heat"].min, catalogue["Car.Heat"].max) == (-40, 80)
        assert (catalogue["Car.Level"].min, catalogue["Car.Level"].max) == (None, 1.5)
        weight = catalogue["Car.Door.Row2.Left.Weight"]
        assert (weight.unit, weight.min, weight.max) == ("kg", 0, None)
        assert branches["Car.Door.Row2"] == "A door."

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("Car\n", "Line 1"),
            ("Car -- A car.\n      Deep  sensor float -- Too deep.\n", "Line 2"),
            ("Car -- A car.\n  Speed  sensor floaty -- Fast.\n", "Car.Speed"),
            ("Car -- A car.\n  Door Row1-2 -- A door.\n", "Car.Door"),
        ],
    )
    def test_faults_are_named(self, text: str, named: str) -> None:
        with pytest.raises(VssError, match=named):
            parse_outline(text)
