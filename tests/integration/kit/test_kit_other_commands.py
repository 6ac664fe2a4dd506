"""Files, packages, unknown commands, order."""

from __future__ import annotations

import pytest


async def test_unknown_command(client):
    answer = await client.ask("fly_to_the_moon", req_id="7")
    assert answer["result"] == "Error: unknown command fly_to_the_moon"
    assert answer["error"] == "unknown command fly_to_the_moon"
    assert answer["isError"] is True
    assert answer["isDone"] is True
    assert answer["code"] == 1
    assert answer["req_id"] == "7"


async def test_kit_is_registered_with_its_commands(client, hub):
    record = hub.kits["Runtime-Test"]
    assert record["name"] == "Runtime-Test"
    assert {"run_python_app", "subscribe_apis", "get-runtime-info"} <= set(record["support_apis"])


async def test_list_of_packages(client):
    answer = await client.ask("list_python_packages")
    assert answer["result"] == "Successful"
    assert "python-socketio==" in answer["data"]


@pytest.mark.parametrize("spelling", ["read-file", "read_file"])
async def test_files_in_all_shapes(client, spelling, tmp_path):
    write = spelling.replace("read", "write")
    path = "/app/remote_access/vss.json"
    answer = await client.ask(write, data={"path": path, "content": "ü1"})
    assert answer["has_error"] is False
    answer = await client.ask(spelling, data=path)
    assert answer["cmd"] == spelling
    assert answer["data"] == {"path": path, "content": "ü1"}
    assert answer["result"] == "ü1"
    await client.ask(write, file_path=path, file_content="2")
    answer = await client.ask(spelling, file_path=path)
    assert (answer["result"], answer["has_error"]) == ("2", False)
    assert (tmp_path / "files" / "vss.json").read_text() == "2"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "/app/remote_access/../../etc/passwd",
        "/app/remote_access",
        "",
        "a\0b",
        "/app/remote_access/none.json",
        "link/passwd",
    ],
)
async def test_files_outside_or_missing(client, path, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "link").symlink_to("/etc")
    answer = await client.ask("read-file", data=path)
    assert answer["has_error"] is True
    assert answer["result"]
    assert answer["data"]["content"] == ""


async def test_state_changing_commands_of_one_client_keep_their_order(client):
    for i in range(50):
        await client.send("set_mock_signals", data={"Vehicle.Speed": i}, req_id=str(i))
    answers = await client.until(lambda r: r.get("req_id") == "49")
    assert [int(r["req_id"]) for r in answers] == list(range(50))
    assert [r["data"][0]["value"] for r in answers] == list(range(50))


async def test_broken_requests_are_survived(client, hub):
    kit = hub.kits["Runtime-Test"]["socket_id"]
    for payload in ([], "x", None, {}, {"cmd": 3}, {"cmd": "x"}):
        await hub.sio.emit("messageToKit", payload, to=kit)
    await client.send("run_python_app", data="x", usedAPIs=7)
    assert (await client.finish()).code == 1
    assert (await client.ask("get-runtime-info"))["data"]["lsOfRunner"] == []


async def test_command_of_another_package(hub, start_kit, make_client, tmp_path):
    package = tmp_path / "site" / "moon.py"
    info = tmp_path / "site" / "moon-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[autowrx.commands]\nfly_to_the_moon = moon:fly\nbroken = moon:nothing\n"
    )
    package.write_text(
        "async def fly(kit, request):\n"
        "    kit.reply(request, result='landed', isDone=True, code=0)\n"
    )
    kit = await start_kit(hub.url, PYTHONPATH=str(package.parent))
    await kit.ready()
    client = await make_client()
    assert (await client.ask("fly_to_the_moon"))["result"] == "landed"
    assert "fly_to_the_moon" in hub.kits["Runtime-Test"]["support_apis"]
    await kit.complaint("'broken'")
