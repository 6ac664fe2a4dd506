"""The kit and its hub: late, lost, of another kind; start-up errors."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest


async def test_kit_that_is_there_before_the_hub(start_kit, make_hub):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        kit = await start_kit(f"http://127.0.0.1:{port}")
        line = await kit.complaint("cannot be reached")
        assert f"http://127.0.0.1:{port}" in line
    hub = make_hub()
    await hub.start(port)
    try:
        ready = await kit.ready()
        assert ready["ready"] is True
        assert ready["kit_id"] == "Runtime-Test"
        await kit.complaint("is there, registered")
    finally:
        await hub.stop()


async def test_hub_that_goes_and_comes_back(hub, kit, client, make_hub):
    await client.start("import time\nprint('up')\ntime.sleep(600)")
    await client.text("up")
    await client.sio.disconnect()
    await hub.stop()
    await kit.complaint("cannot be reached")
    again = make_hub()
    await again.start(hub.port)
    try:
        await kit.complaint("is there, registered")
        # Programs go on, and the new hub learns of them.
        await again.until(lambda: bool(again.states) and again.states[-1]["data"]["noOfRunner"])
    finally:
        await again.stop()


async def test_hub_that_only_polls(start_kit, make_hub):
    hub = make_hub(polling_only=True)
    await hub.start()
    try:
        kit = await start_kit(hub.url)
        await kit.ready()
        assert "Runtime-Test" in hub.kits
        assert kit.complaints == []
    finally:
        await kit.end()
        await hub.stop()


async def test_name_prefix_and_query(hub, start_kit):
    kit = await start_kit(f"{hub.url}?access_token=x", RUNTIME_PREFIX="")
    assert (await kit.ready())["kit_id"] == "Test"
    assert "Test" in hub.kits


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end(hub, kit, number):
    kit.process.send_signal(number)
    assert await asyncio.wait_for(kit.process.wait(), 20) == 0
    await hub.until(lambda: not hub.kits["Runtime-Test"]["is_online"])
    assert (await kit.process.stderr.read()).decode() == ""


async def test_told_to_end_while_the_hub_is_away(start_kit):
    kit = await start_kit("http://127.0.0.1:1")
    await kit.complaint("cannot be reached")
    assert await kit.end() == 0


async def test_taken_port(hub, start_kit):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        kit = await start_kit(hub.url, "--broker-port", str(port))
        assert await asyncio.wait_for(kit.process.wait(), 20) == 2
        lines = (await kit.process.stderr.read()).decode().splitlines()
        assert len(lines) == 1
        assert str(port) in lines[0]


@pytest.mark.parametrize(
    ("options", "env", "wanted"),
    [
        (("--broker-port", "99999"), {}, "0 to 65535"),
        (("--broker-port", "many"), {}, "many"),
        ((), {"KUKSA_DATABROKER_PORT": "many"}, "KUKSA_DATABROKER_PORT"),
        (("--vss", "nowhere.json"), {}, "nowhere.json"),
        (("--mock-signals", "nowhere.json"), {}, "nowhere.json"),
        (("--KitSettings.server=ftp://x",), {}, "ftp://x"),
        (("--wings", "2"), {}, "wings"),
    ],
)
async def test_wrong_settings_give_one_line(start_kit, options, env, wanted):
    kit = await start_kit("", *options, **env)
    assert await asyncio.wait_for(kit.process.wait(), 20) == 2
    lines = (await kit.process.stderr.read()).decode().splitlines()
    assert len(lines) == 1, lines
    assert wanted in lines[0]


async def test_dead_parent(hub, start_kit, tmp_path):
    """The kit ends when the process that holds its standard input is killed."""
    kit = await start_kit(hub.url)
    await kit.ready()
    os.kill(kit.pid, 0)
    kit.process.stdin.close()
    assert await asyncio.wait_for(kit.process.wait(), 20) == 0
