"""Signals through a kit process: watching, writing, mocks."""

from __future__ import annotations

import asyncio
import json

SPEED = "Vehicle.Speed"
BEAM = "Vehicle.Body.Lights.Beam.Low.IsOn"
MODE = "Vehicle.Body.Windshield.Front.Wiping.Mode"


def values(reply):
    return reply["result"] if reply["cmd"] == "apis-value" else None


async def test_watch_and_write(client):
    await client.send("subscribe_apis", apis=[SPEED, "Vehicle.Nope"])
    assert (await client.reply("subscribe_apis"))["result"] == "Successful"
    first = await client.reply("apis-value")
    assert first["result"] == {SPEED: None}
    assert first["kit_id"] == "Runtime-Test"
    await client.send("write_signals_value", data={SPEED: 55.2})
    seen = await client.until(lambda r: r["cmd"] == "apis-value" and r["result"][SPEED] is not None)
    assert seen[-1]["result"] == {SPEED: 55.2}


async def test_packets_hold_all_values_and_changes_come_together(client):
    await client.send("subscribe_apis", apis=[SPEED, BEAM])
    await client.reply("apis-value")
    answer = await client.ask("write_signals_value", data={SPEED: 1, BEAM: True})
    assert answer["result"] == "Successful"
    assert answer["data"] == {}
    await client.until(lambda r: values(r) == {SPEED: 1.0, BEAM: True})
    for i in range(200):
        await client.send("write_signals_value", data={SPEED: i})
    seen = await client.until(lambda r: values(r) == {SPEED: 199.0, BEAM: True})
    packets = [values(r) for r in seen if values(r)]
    assert all(set(packet) == {SPEED, BEAM} for packet in packets)
    speeds = [packet[SPEED] for packet in packets]
    assert speeds == sorted(speeds)
    assert len(packets) < 100


async def test_writes_of_another_client_and_of_wrong_values(client, make_client):
    other = await make_client()
    await client.send("subscribe_apis", apis=[SPEED])
    await client.reply("apis-value")
    answer = await other.ask(
        "write_signals_value", data={SPEED: 7, BEAM: "blue", "Vehicle.Sped": 1, MODE: "WILD"}
    )
    assert answer["result"] == "Partly failed"
    assert answer["data"] == {}
    assert answer["isError"] is True
    assert set(answer["errors"]) == {BEAM, "Vehicle.Sped", MODE}
    assert SPEED in answer["errors"]["Vehicle.Sped"]  # the name that was meant
    assert "blue" in answer["errors"][BEAM]
    await client.until(lambda r: values(r) == {SPEED: 7.0})
    answer = await other.ask("write_signals_value", data={SPEED: "fast"})
    assert answer["result"] == "Failed"
    answer = await other.ask("write_signals_value", data=[1])
    assert answer["isError"] is True
    assert "path" in answer["result"]


async def test_subscribing_again_and_ending(client):
    await client.send("subscribe_apis", apis=[SPEED])
    await client.reply("apis-value")
    state = await client.reply("report-runtime-state")
    assert state["data"]["noSubscriber"] == state["data"]["noOfApiSubscriber"] == 1
    subscriber = state["data"]["lsOfApiSubscriber"][client.sid]
    assert subscriber["apis"] == [SPEED]
    await client.send("subscribe_apis", apis=[SPEED])
    same = await client.until(lambda r: r["cmd"] == "apis-value")
    assert [r["cmd"] for r in same] == ["subscribe_apis", "apis-value"]  # no new state
    await client.send("subscribe_apis", apis=[BEAM])
    await client.until(lambda r: values(r) is not None and set(values(r)) == {BEAM})
    assert (await client.ask("unsubscribe_apis"))["result"] == "Successful"
    assert (await client.ask("unsubscribe_apis"))["result"] == "Successful"
    info = await client.ask("get-runtime-info")
    assert info["data"]["lsOfApiSubscriber"] == {}


async def test_missing_and_odd_lists(client):
    await client.send("subscribe_apis")
    assert (await client.reply("subscribe_apis"))["result"] == "Successful"
    await client.send("subscribe_apis", apis=[1, None, SPEED, SPEED])
    await client.until(lambda r: values(r) == {SPEED: None})


async def test_values_are_repeated_and_expire(hub, start_kit, make_client):
    kit = await start_kit(
        hub.url, "--KitSettings.values_repeat=0.1", "--KitSettings.subscription_life=1"
    )
    await kit.ready()
    client = await make_client()
    await client.send("subscribe_apis", apis=[SPEED])
    for _ in range(4):
        assert (await client.reply("apis-value"))["result"] == {SPEED: None}
    await hub.until(lambda: hub.states[-1]["data"]["noSubscriber"] == 0)
    assert (await client.ask("get-runtime-info"))["data"]["lsOfApiSubscriber"] == {}


async def test_state_of_a_run_reaches_hub_and_subscribers(client, hub):
    await client.send("subscribe_apis", apis=[SPEED], username="ada", user_id="u1")
    await client.reply("report-runtime-state")
    await client.start("import time\nprint('up')\ntime.sleep(600)")
    await client.until(lambda r: r["cmd"] == "report-runtime-state" and r["data"]["noOfRunner"])
    info = (await client.ask("get-runtime-info"))["data"]
    assert [r["appName"] for r in info["lsOfRunner"]] == ["App"]
    assert info["lsOfRunner"][0]["request_from"] == client.sid
    assert info["lsOfApiSubscriber"][client.sid]["username"] == "ada"
    assert hub.states[-1]["data"]["noOfRunner"] == 1
    await client.send("stop_python_app")
    state = await client.until(
        lambda r: r["cmd"] == "report-runtime-state" and not r["data"]["noOfRunner"]
    )
    # Removed at the end, before the report.
    assert [r for r in state if r["cmd"] == "run_python_app" and r["isDone"]]


async def test_used_signals_get_a_start_value(client):
    await client.run("pass", used=[SPEED, BEAM, MODE, "Vehicle.Nope"])
    items = (await client.ask("list_mock_signal"))["data"]
    assert {item["signal"]: item["value"] for item in items} == {
        SPEED: "0.0",
        BEAM: "false",
        MODE: items[2]["value"],
    }
    assert all(item["name"] == item["signal"] for item in items)
    assert [item["type"] for item in items] == ["float", "boolean", "string"]
    assert all(item["description"] for item in items)
    await client.send("subscribe_apis", apis=[SPEED, BEAM])
    await client.until(lambda r: values(r) == {SPEED: 0.0, BEAM: False})


async def test_a_run_does_not_disturb_values(client):
    await client.ask("write_signals_value", data={SPEED: 33, BEAM: True})
    await client.run("pass", used=[SPEED, BEAM])
    await client.send("subscribe_apis", apis=[SPEED, BEAM])
    assert (await client.reply("apis-value"))["result"] == {SPEED: 33.0, BEAM: True}
    assert (await client.ask("list_mock_signal"))["data"] == []


async def test_mock_list_is_replaced_shown_and_reset(client):
    answer = await client.ask(
        "set_mock_signals",
        data=[
            {"signal": SPEED, "value": "12"},
            {"name": BEAM, "value": True},
            {"signal": "Vehicle.Nope", "value": 1},
            {"signal": MODE, "value": "WILD"},
            "odd",
        ],
    )
    assert answer["result"] == "Successful"
    assert [(i["signal"], i["value"]) for i in answer["data"]] == [(SPEED, "12"), (BEAM, True)]
    assert [r["signal"] for r in answer["rejected"]] == ["Vehicle.Nope", MODE, "odd"]
    assert all(r["reason"] for r in answer["rejected"])
    await client.ask("write_signals_value", data={SPEED: 99})
    answer = await client.ask("reset_signals_value")
    assert answer["result"] == "Successful"
    await client.send("subscribe_apis", apis=[SPEED, BEAM])
    await client.until(lambda r: values(r) == {SPEED: 12.0, BEAM: True})
    answer = await client.ask("set_mock_signals", data={SPEED: 3})
    assert [(i["name"], i["value"]) for i in answer["data"]] == [(SPEED, 3)]
    answer = await client.ask("set_mock_signals", data=4)
    assert answer["isError"] is True
    assert [i["name"] for i in answer["data"]] == [SPEED]


async def test_mock_file(hub, start_kit, make_client, tmp_path):
    file = tmp_path / "signals.json"
    file.write_text(json.dumps([{"signal": SPEED, "value": "5"}, {"signal": "X", "value": "1"}]))
    kit = await start_kit(hub.url, MOCK_SIGNAL=str(file))
    await kit.ready()
    await kit.complaint("X is not in the vehicle model")
    client = await make_client()
    await client.send("subscribe_apis", apis=[SPEED])
    assert (await client.reply("apis-value"))["result"] == {SPEED: 5.0}


async def test_another_vehicle_model(hub, start_kit, make_client, tmp_path):
    leaf = {"type": "sensor", "datatype": "float", "description": "Made up."}
    tree = {"Vehicle": {"type": "branch", "description": "A car.", "children": {"Mine": leaf}}}
    (tmp_path / "my.json").write_text(json.dumps(tree))
    kit = await start_kit(hub.url, "--vss", str(tmp_path / "my.json"))
    await kit.ready()
    client = await make_client()
    await client.send("subscribe_apis", apis=["Vehicle.Mine", SPEED])
    assert (await client.reply("apis-value"))["result"] == {"Vehicle.Mine": None}


async def test_a_client_that_left_is_no_burden(client, make_client, hub):
    other = await make_client()
    await other.send("subscribe_apis", apis=[SPEED])
    await other.reply("apis-value")
    await other.sio.disconnect()
    await client.send("subscribe_apis", apis=[SPEED])
    await client.reply("apis-value")
    await asyncio.gather(*(client.ask("write_signals_value", data={SPEED: i}) for i in range(1)))
    await client.until(lambda r: values(r) == {SPEED: 0.0})
