"""The packages under the names that playground programs import; the broker is not needed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autowrx_jupyter.vss import load_standard
from autowrx_jupyter.vss.generator import vehicle_package
from autowrx_jupyter.vss.shims import shim_package

Program = Callable[..., Any]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    cache = tmp_path_factory.mktemp("cache")
    return vehicle_package(load_standard(), cache), shim_package(cache)


def test_the_folder_holds_only_the_shims(folders: tuple[Path, Path]) -> None:
    names = {entry.name for entry in folders[1].iterdir()} - {"__pycache__"}
    assert names == {"sdv", "sdv_model.py", "plugins.py", "browser"}


def test_sdv_is_velocitas_sdk(folders: tuple[Path, Path], program: Program) -> None:
    assert program(
        """
import json, sys
import sdv.vdb.reply
from sdv.vdb.reply import DataPointReply
from sdv.util.log import get_log_level
from sdv import model
import sdv.util, sdv.config as config
import velocitas_sdk
import velocitas_sdk.vdb.reply, velocitas_sdk.util.log, velocitas_sdk.model, velocitas_sdk.config
try:
    import sdv.nothing
except ModuleNotFoundError as error:
    missing = str(error)
twice = [name for name in sys.modules if name.startswith("sdv.")
         and sys.modules[name] is not sys.modules["velocitas_sdk" + name[3:]]]
print(json.dumps([
    sdv is velocitas_sdk, DataPointReply is velocitas_sdk.vdb.reply.DataPointReply,
    get_log_level is velocitas_sdk.util.log.get_log_level, model is velocitas_sdk.model,
    config is velocitas_sdk.config, twice, missing,
    velocitas_sdk.vdb.reply.__spec__.name, velocitas_sdk.vdb.__name__,
]))
""",
        *folders,
    ) == [
        *(True, True, True, True, True, [], "No module named 'sdv.nothing'"),
        *("velocitas_sdk.vdb.reply", "velocitas_sdk.vdb"),
    ]


def test_the_real_name_first(folders: tuple[Path, Path], program: Program) -> None:
    code = """
import json
import velocitas_sdk.vehicle_app as real
from sdv.vehicle_app import VehicleApp, subscribe_topic
import sdv.vehicle_app as alias
print(json.dumps([alias is real, real.__name__, VehicleApp is real.VehicleApp]))
"""
    assert program(code, *folders) == [True, "velocitas_sdk.vehicle_app", True]


def test_sdv_model_without_a_broker(folders: tuple[Path, Path], program: Program) -> None:
    assert program(
        """
import json
from sdv_model import Vehicle
vehicle = Vehicle()
mode = vehicle.Body.Windshield.Front.Wiping.Mode
def text(action):
    try:
        action()
    except AttributeError as error:
        return str(error)
print(json.dumps([
    mode.MEDIUM, mode.get_path(), "MEDIUM" in dir(mode), "Cabin" in dir(vehicle),
    mode is vehicle.Body.Windshield.Front.Wiping.Mode, mode.__doc__.splitlines()[0],
    text(lambda: mode.WILD), text(lambda: vehicle.Bodi),
]))
""",
        *folders,
    ) == [
        *("MEDIUM", "Vehicle.Body.Windshield.Front.Wiping.Mode", True, True, True),
        "The wiping program that the driver picked.",
        "Vehicle.Body.Windshield.Front.Wiping.Mode is a signal with get, set and subscribe; it has "
        "no 'WILD'. Its values are OFF, SLOW, MEDIUM, FAST, INTERVAL, RAIN_SENSOR.",
        "Vehicle has no signal or branch 'Bodi'. Did you mean Body?",
    ]


def test_plugins_and_browser(folders: tuple[Path, Path], program: Program) -> None:
    assert program(
        """
import asyncio, contextlib, io, json
import plugins
from plugins import Terminal
from browser import aio
import browser

printed = io.StringIO()
async def main():
    await plugins.Mobile.notify("Wake up", level=2)
    await aio.sleep(0)
    task = aio.run(aio.sleep(0, "later"))
    return await task
with contextlib.redirect_stdout(printed):
    plugins.Mobile.set_text("Hello")
    Terminal().print(1, 2)
    plugins.notify("top")
    plugins.Mobile.screen.show()
    browser.alert("!")
    result = aio.run(main())
try:
    from browser import document
except ImportError as error:
    refused = str(error)
print(json.dumps([printed.getvalue().splitlines(), result, aio.Queue is asyncio.Queue, refused]))
""",
        *folders,
    ) == [
        [
            "[Mobile] set_text: Hello",
            "[Terminal] print: 1 2",
            "[plugins] notify: top",
            "[Mobile.screen] show",
            "[alert] !",
            "[Mobile] notify: Wake up level=2",
        ],
        "later",
        True,
        "browser.document exists only inside the old web playground. A program on a kit can use "
        "browser.aio, print and the vehicle's signals.",
    ]
