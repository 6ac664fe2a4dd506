"""The generated `vehicle` package, imported by real programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jedi
import pytest

from autowrx_jupyter.vss import Catalogue, Signal, load_standard
from autowrx_jupyter.vss.generator import MAX_KEPT, vehicle_package
from autowrx_jupyter.vss.generator.source import docstring, identifier

Program = Callable[..., Any]


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vehicle_package(load_standard(), tmp_path_factory.mktemp("cache"))


class TestCache:
    def test_holds_the_package_and_nothing_else(self, standard: Path) -> None:
        assert [entry.name for entry in standard.iterdir()] == ["vehicle"]
        assert [entry.name for entry in standard.parent.iterdir()] == [standard.name]

    def test_equal_content_is_written_once(self, tmp_path: Path) -> None:
        signal = Signal("Vehicle.A", "sensor", "float")
        first = vehicle_package(Catalogue([signal]), tmp_path / "deep" / "cache")
        inode = (first / "vehicle" / "__init__.py").stat().st_ino
        again = vehicle_package(Catalogue([signal], name="other"), tmp_path / "deep" / "cache")
        assert again == first
        assert (again / "vehicle" / "__init__.py").stat().st_ino == inode
        changed = Catalogue([Signal("Vehicle.A", "sensor", "double")])
        assert vehicle_package(changed, tmp_path / "deep" / "cache") != first

    def test_is_fast(self, tmp_path: Path) -> None:
        catalogue = load_standard()
        fresh = []
        for number in range(3):
            start = time.perf_counter()
            vehicle_package(catalogue, tmp_path / str(number))
            fresh.append(time.perf_counter() - start)
        assert min(fresh) < 0.3
        cached = []
        for _ in range(5):
            start = time.perf_counter()
            vehicle_package(catalogue, tmp_path / "0")
            cached.append(time.perf_counter() - start)
        assert min(cached) < 0.005

    def test_processes_do_not_disturb_each_other(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path\n"
            "from autowrx_jupyter.vss import load_standard\n"
            "from autowrx_jupyter.vss.generator import vehicle_package\n"
            "catalogue = load_standard(); sys.stdin.readline()\n"
            f"print(vehicle_package(catalogue, Path({str(tmp_path)!r})))"
        )
        many = [
            subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for one in many:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        answers = {one.communicate(timeout=60)[0] for one in many}
        assert [one.returncode for one in many] == [0, 0, 0, 0]
        assert len(answers) == 1
        assert len(list(tmp_path.iterdir())) == 1

    def test_old_packages_go_but_not_those_in_use(self, tmp_path: Path) -> None:
        long_ago = time.time() - 10 * 24 * 3600
        for number in range(MAX_KEPT + 5):
            folder = tmp_path / f"vehicle-{number:020}"
            folder.mkdir()
            if number < 3:
                os.utime(folder, (long_ago, long_ago))
        (tmp_path / "somebody-elses").mkdir()
        made = vehicle_package(Catalogue([Signal("Vehicle.A", "sensor", "float")]), tmp_path)
        left = {entry.name for entry in tmp_path.iterdir()}
        assert made.name in left
        assert "somebody-elses" in left
        assert f"vehicle-{0:020}" not in left
        assert f"vehicle-{MAX_KEPT + 4:020}" in left
        assert len(left) == MAX_KEPT + 5 - 3 + 2


class TestPackage:
    def test_has_every_signal_typed_and_described(self, standard: Path, program: Program) -> None:
        found = program(
            """
import json
from vehicle import Vehicle, vehicle
from velocitas_sdk.model import DataPoint, Model
assert isinstance(vehicle, Vehicle) and isinstance(vehicle, Model)
rows = {}
def walk(node):
    for name in dir(node):
        child = getattr(node, name)
        if isinstance(child, DataPoint):
            rows[child.get_path()] = [type(child).__name__, child.__doc__]
        elif isinstance(child, Model) and name != "parent":
            assert child.__class__.__doc__
            walk(child)
walk(vehicle)
print(json.dumps(rows))
""",
            standard,
        )
        catalogue = load_standard()
        assert set(found) == set(catalogue)
        for path, (kind, doc) in found.items():
            signal = catalogue[path]
            array = "Array" if signal.is_array else ""
            assert kind == f"DataPoint{signal.element_type.capitalize()}{array}"
            assert doc.startswith(f"{signal.description}\n\n{signal.entry_type.capitalize()}")
            for fact in (signal.unit, signal.min, signal.max, *(signal.allowed or ())):
                assert fact is None or str(fact) in doc

    def test_import_styles(self, standard: Path, program: Program) -> None:
        assert program(
            """
import json
from vehicle import vehicle, Cabin
from vehicle.Cabin.Door import Door
from vehicle.Cabin import Cabin as Again
import vehicle as package
import velocitas_sdk.model as sdk
row = vehicle.Cabin.Door.Row1
own = package.Vehicle("Vehicle")
print(json.dumps([
    Cabin is Again, type(vehicle.Cabin) is Cabin, isinstance(vehicle.Cabin.Door, Door),
    row is vehicle.Cabin.Door.Row1, row.DriverSide.IsOpen.get_path(),
    Door("Door", None).get_path(), own.Speed.get_path(), own is not vehicle,
    vehicle.getNode("Vehicle.Speed").get_path(), vehicle.Speed.join(vehicle.Width).get_query(),
    vehicle.Speed.where("Vehicle.Speed > 5").get_query(),
    isinstance(vehicle.Speed, sdk.DataPointFloat), package.Vehicle.__name__,
]))
""",
            standard,
        ) == [
            *(True, True, True, True, "Vehicle.Cabin.Door.Row1.DriverSide.IsOpen"),
            *("Door", "Vehicle.Speed", True, "Vehicle.Speed"),
            "SELECT Vehicle.Speed, Vehicle.Width",
            "SELECT Vehicle.Speed WHERE Vehicle.Speed > 5",
            *(True, "Vehicle"),
        ]

    def test_branches_are_made_when_used(self, standard: Path, program: Program) -> None:
        before, after = program(
            """
import json, sys
from vehicle import vehicle
def count():
    return sum(name.startswith("vehicle.") for name in sys.modules)
before = count()
vehicle.Cabin.Door
print(json.dumps([before, count()]))
""",
            standard,
        )
        assert (before, after) == (1, 3)

    def test_mistakes_are_explained(self, standard: Path, program: Program) -> None:
        errors = program(
            """
import asyncio, json
from vehicle import vehicle
lamp = vehicle.Body.Lights.Beam.Low.IsOn
position = vehicle.Cabin.Door.Row1.DriverSide.Window.Position
mode = vehicle.Body.Windshield.Front.Wiping.Mode
def text(action):
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
def setting(point, value):
    return text(lambda: asyncio.run(point.set(value)))
print(json.dumps([
    text(lambda: vehicle.Sped), text(lambda: setattr(vehicle, "Speed", 5)),
    setting(vehicle.Speed, 5), setting(vehicle.Length, 5), setting(position, 101),
    setting(position, "half"), setting(position, 1.5), setting(mode, "slow"),
    setting(mode, 1), setting(lamp, "on"), setting(lamp, None),
    setting(vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature, 200),
    text(lambda: position.create_broker_data_point(101)),
    text(lambda: __import__("vehicle").Nothing),
]))
""",
            standard,
        )
        position = "Vehicle.Cabin.Door.Row1.DriverSide.Window.Position"
        mode = "Vehicle.Body.Windshield.Front.Wiping.Mode"
        lamp = "Vehicle.Body.Lights.Beam.Low.IsOn"
        choices = "OFF, SLOW, MEDIUM, FAST, INTERVAL, RAIN_SENSOR"
        assert errors == [
            "AttributeError: Vehicle has no signal or branch 'Sped'. Did you mean Speed?",
            "AttributeError: Vehicle.Speed is not a variable. To set a signal write: "
            "await Vehicle.Speed.set(5)",
            "SignalValueError: Vehicle.Speed is a sensor: an app can read it but not set it.",
            "SignalValueError: Vehicle.Length is an attribute: an app can read it but not set it.",
            f"SignalValueError: {position} must be between 0 and 100; got 101.",
            f"SignalValueError: {position} needs a whole number (uint8); got 'half'.",
            f"SignalValueError: {position} needs a whole number (uint8); got 1.5.",
            f"SignalValueError: {mode} does not allow 'slow'. Possible: {choices}.",
            f"SignalValueError: {mode} needs a text (string); got 1.",
            f"SignalValueError: {lamp} needs True or False (boolean); got 'on'.",
            f"SignalValueError: {lamp} needs True or False (boolean); got None.",
            "SignalValueError: Vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature must be "
            "between -128 and 127; got 200.",
            f"SignalValueError: {position} must be between 0 and 100; got 101.",
            "AttributeError: The package vehicle has no 'Nothing'.",
        ]

    def test_editors_complete_it(self, standard: Path) -> None:
        project = jedi.Project(standard, added_sys_path=[str(standard)])
        code = "from vehicle import vehicle\nvehicle.Cabin.Door.Row1.DriverSide.IsO"
        (found,) = jedi.Script(code, project=project).complete()
        assert found.name == "IsOpen"
        assert "Opens or shuts the door" in found.docstring()


class TestNames:
    def test_odd_names(self, tmp_path: Path, program: Program) -> None:
        signals = [
            Signal("Vehicle.class", "actuator", "boolean", 'Quote " and """ and back\\slash\\'),
            Signal("Vehicle.2nd.3rd", "sensor", "float"),
            Signal("Vehicle.a-b.c", "sensor", "float"),
            Signal("Vehicle.a_b.c", "sensor", "float"),
            Signal("Vehicle.name", "sensor", "string", "two\nlines"),
            Signal("Vehicle.import.from", "sensor", "string"),
            Signal("Vehicle.Vehicle.leaf", "sensor", "string"),
            Signal("Vehicle.vehicle.branch.set", "sensor", "string"),
            Signal("Vehicle.DataPointFloat", "sensor", "float"),
            Signal("Vehicle.Größe", "sensor", "float"),
            Signal("Vehicle.Mode", "actuator", "string", "", allowed=("set", "A B", "ON")),
        ]
        folder = vehicle_package(Catalogue(signals), tmp_path)
        result = program(
            """
import json
from vehicle import Vehicle, vehicle
import vehicle as package
print(json.dumps([
    vehicle.class_.get_path(), getattr(vehicle, "class").get_path(), vehicle.class_.__doc__,
    vehicle._2nd._3rd.get_path(), vehicle.a_b.c.get_path(), vehicle.a_b_.c.get_path(),
    vehicle.name, vehicle.name_.get_path(), vehicle.name_.__doc__,
    vehicle.import_.from_.get_path(), getattr(getattr(vehicle, "import"), "from").get_path(),
    vehicle.Vehicle.leaf.get_path(), vehicle.vehicle.branch.set.get_path(),
    vehicle.DataPointFloat_.get_path(), getattr(vehicle, "Größe").get_path(),
    vehicle.Mode.ON, callable(vehicle.Mode.set), package.vehicle is vehicle,
    package.Vehicle is Vehicle, vehicle.getNode("Vehicle.class").get_path(),
]))
""",
            folder,
        )
        assert result == [
            *("Vehicle.class", "Vehicle.class"),
            'Quote " and """ and back\\slash\\\n\nActuator, boolean.',
            *("Vehicle.2nd.3rd", "Vehicle.a-b.c", "Vehicle.a_b.c"),
            *("Vehicle", "Vehicle.name", "two\nlines\n\nSensor, string."),
            *("Vehicle.import.from", "Vehicle.import.from"),
            *("Vehicle.Vehicle.leaf", "Vehicle.vehicle.branch.set"),
            *("Vehicle.DataPointFloat", "Vehicle.Größe"),
            *("ON", True, True, True, "Vehicle.class"),
        ]

    def test_another_root(self, tmp_path: Path, program: Program) -> None:
        folder = vehicle_package(Catalogue([Signal("Truck.Speed", "sensor", "float")]), tmp_path)
        code = (
            "import json; from vehicle import Vehicle, vehicle, Truck, truck\n"
            "print(json.dumps([vehicle.Speed.get_path(), Truck is Vehicle, truck is vehicle]))"
        )
        assert program(code, folder) == ["Truck.Speed", True, True]

    def test_several_roots(self, tmp_path: Path, program: Program) -> None:
        signals = [
            Signal("Aaa.Speed", "sensor", "float"),
            Signal("Vehicle.Trailer.Speed", "sensor", "float"),
            Signal("Trailer.Load.Weight", "sensor", "float"),
        ]
        folder = vehicle_package(Catalogue(signals), tmp_path)
        code = (
            "import json; from vehicle import vehicle, trailer, Trailer, aaa\n"
            "print(json.dumps([vehicle.Trailer.Speed.get_path(), isinstance(trailer, Trailer),\n"
            "    trailer.Load.Weight.get_path(), aaa.Speed.get_path()]))"
        )
        assert program(code, folder) == [
            *("Vehicle.Trailer.Speed", True, "Trailer.Load.Weight", "Aaa.Speed")
        ]

    @pytest.mark.parametrize(
        ("name", "safe"),
        [("Speed", "Speed"), ("if", "if_"), ("2", "_2"), ("a b", "a_b"), ("__x", "x_")],
    )
    def test_identifier(self, name: str, safe: str) -> None:
        assert identifier(name) == safe

    @pytest.mark.parametrize("text", ["", "one", 'end"', 'a """ b', "back\\", "two\nlines", "\\n"])
    def test_docstring(self, text: str) -> None:
        assert eval(docstring(text, "").strip()).strip() == text
