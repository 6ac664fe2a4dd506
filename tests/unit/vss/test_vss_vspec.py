"""`.vspec` files through vss-tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from autowrx_jupyter.vss import VssError, load_vspec, vspec

ROOT = """\
Vehicle:
  type: branch
  description: A car.

Vehicle.Speed:
  type: sensor
  datatype: float
  unit: km/h
  description: How fast.
  x-kuksa-changetype: onchange

Vehicle.Door:
  type: branch
  instances: ["Row[1,2]", ["Left", "Right"]]
  description: A door.

Vehicle.Door.IsOpen:
  type: actuator
  datatype: boolean
  description: Open or shut.
"""
UNITS = """\
km/h:
  definition: A speed
  unit: kilometer per hour
  quantity: velocity
  allowed-datatypes: ["numeric"]
"""
OVERLAY = """\
Vehicle.Speed:
  type: sensor
  datatype: float
  unit: km/h
  description: How fast.
  max: 300
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "units.yaml").write_text(UNITS)
    (tmp_path / "quantities.yaml").write_text("velocity:\n  definition: How fast\n")
    (tmp_path / "car.vspec").write_text(ROOT)
    return tmp_path / "car.vspec"


def test_reads_a_spec_with_an_overlay(spec: Path) -> None:
    overlay = spec.with_name("more.vspec")
    overlay.write_text(OVERLAY)
    catalogue = load_vspec(spec, overlays=[overlay])
    assert catalogue.name == "car"
    assert len(catalogue.find("Vehicle.Door.*.*.IsOpen")) == 4
    assert catalogue["Vehicle.Speed"].max == 300
    assert catalogue["Vehicle.Speed"].change_type == "onchange"


def test_says_what_is_wrong(spec: Path) -> None:
    spec.write_text(ROOT.replace("datatype: float", "datatype: floaty"))
    with pytest.raises(VssError, match=r"(?s)car\.vspec.*Vehicle\.Speed.*'floaty' is not a valid"):
        load_vspec(spec)


def test_broken_yaml_gives_no_traceback(spec: Path) -> None:
    spec.write_text(ROOT.replace('["Row[1,2]"', "[Row[1,2]"))
    with pytest.raises(VssError, match="line 14") as caught:
        load_vspec(spec)
    assert "Traceback" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(VssError, match=r"no VSS file .*nothing\.vspec"):
        load_vspec(tmp_path / "nothing.vspec")


def test_without_vss_tools(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vspec, "find_spec", lambda name: None)
    with pytest.raises(VssError, match=r'pip install "autowrx-jupyter\[vspec\]"'):
        load_vspec(spec)
