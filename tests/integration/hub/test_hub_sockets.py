"""The stand-alone hub with real python-socketio peers, over every transport."""

import asyncio

import pytest
from socketio.exceptions import ConnectionError as Refused


async def pair(hub, join, transports=None):
    kit = await join(hub.url, transports=transports)
    client = await join(hub.url, transports=transports)
    await kit.emit("register_kit", {"kit_id": "Runtime-A", "name": "A"})
    await client.emit("register_client", {"username": "test"})
    await client.until("list-all-kits-result", lambda kits: len(kits) == 1)
    await client.until("list-all-hw-result")
    return kit, client


async def test_worked_exchange(hub, join, transports):
    kit, client = await pair(hub, join, transports)
    await client.emit("messageToKit", {"cmd": "get-runtime-info", "to_kit_id": "Runtime-A"})
    request = await kit.until("messageToKit")
    assert request == {
        "cmd": "get-runtime-info",
        "to_kit_id": "Runtime-A",
        "request_from": client.sid,
    }
    reply = {"kit_id": "Runtime-A", "request_from": client.sid, "cmd": request["cmd"], "data": {}}
    await kit.emit("messageToKit-kitReply", reply)
    assert await client.until("messageToKit-kitReply") == reply
    await client.emit("messageToKit", {"cmd": "x", "to_kit_id": "Nope"})
    answer = await client.until("messageToKit-kitReply")
    assert "no kit 'Nope'" in answer["error"]
    await kit.sio.disconnect()
    kits = await client.until("list-all-kits-result", lambda kits: not kits[0]["is_online"])
    assert kits[0]["kit_id"] == "Runtime-A"


async def test_output_arrives_whole_and_in_order(hub, join, transports):
    kit, client = await pair(hub, join, transports)
    await client.emit("messageToKit", {"cmd": "run_python_app", "to_kit_id": "Runtime-A"})
    request = await kit.until("messageToKit")
    for number in range(500):
        await kit.emit(
            "messageToKit-kitReply",
            {
                "kit_id": "Runtime-A",
                "request_from": request["request_from"],
                "cmd": "run_python_app",
                "result": f"{number}\r\n",
                "isDone": number == 499,
            },
        )
    await client.until("messageToKit-kitReply", lambda reply: reply["isDone"])
    got = [p["result"] for e, p in client.heard if e == "messageToKit-kitReply"]
    assert got == [f"{number}\r\n" for number in range(499)]


async def test_large_message(hub, join):
    kit, client = await pair(hub, join)
    text = "ü" * 6_000_000
    await client.emit("messageToKit", {"cmd": "m", "to_kit_id": "Runtime-A", "data": text})
    assert (await kit.until("messageToKit"))["data"] == text


async def test_numbers_that_are_no_json_become_null(hub, join):
    kit, client = await pair(hub, join)
    await client.emit("messageToKit", {"cmd": "x", "to_kit_id": "Runtime-A"})
    await kit.emit(
        "messageToKit-kitReply",
        {"kit_id": "Runtime-A", "request_from": client.sid, "cmd": "x", "result": float("nan")},
    )
    assert (await client.until("messageToKit-kitReply"))["result"] is None


async def test_acknowledgement_and_unknown_events(hub, join):
    client = await join(hub.url)
    await client.emit("no such event", {"a": 1})
    await client.emit("register_client")
    await client.emit("list-all-kits")
    assert await client.until("list-all-kits-result") == []


@pytest.mark.parametrize("token", ["wrong", None])
async def test_refused_without_a_valid_token(hub, join, transports, token):
    with pytest.raises(Refused):
        await join(hub.url, token=token, transports=transports)


@pytest.mark.parametrize("place", ["query", "short query", "header", "bearer"])
async def test_places_of_the_token(hub, join, place):
    url, headers = hub.url, {}
    if "query" in place:
        url += "?token=test-token" if place == "short query" else "?access_token=test-token&x=1"
    else:
        headers["Authorization"] = f"{'Bearer' if place == 'bearer' else 'token'} test-token"
    client = await join(url, token=None, headers=headers)
    await client.emit("list-all-kits")
    assert await client.until("list-all-kits-result") == []


async def test_anonymous_only_on_request(starter, join):
    hub = await starter("--anonymous", env={"AUTOWRX_TOKEN": ""})
    client = await join(hub.url, token=None)
    await client.emit("list-all-kits")
    assert await client.until("list-all-kits-result") == []
    with pytest.raises(Refused):
        await join(hub.url, token="wrong")


async def test_a_killed_kit_is_announced_offline(hub, join):
    kit, client = await pair(hub, join)
    kit.sio.eio.ws._response.connection.transport.abort()
    await client.until("list-all-kits-result", lambda kits: not kits[0]["is_online"])


async def test_two_hundred_kits_are_few_announcements(hub, join):
    client = await join(hub.url)
    await client.emit("register_client", {})
    kit = await join(hub.url)
    others = [await join(hub.url) for _ in range(4)]
    for number in range(50):
        for sender in (*others,):
            await sender.emit("register_kit", {"kit_id": f"K{number}-{others.index(sender)}"})
    await kit.emit("list-all-kits")
    await client.until("list-all-kits-result", lambda kits: len(kits) == 200)
    lists = [p for e, p in client.heard if e == "list-all-kits-result"]
    assert len(lists) <= 5


async def test_one_peer_that_floods_does_not_reorder_another(hub, join):
    kit, client = await pair(hub, join)
    noisy = await join(hub.url)

    async def flood():
        for _ in range(200):
            await noisy.emit("messageToKit", {"cmd": "noise", "to_kit_id": "Nope"})

    async def talk():
        for number in range(200):
            await client.emit("messageToKit", {"cmd": "n", "to_kit_id": "Runtime-A", "n": number})

    await asyncio.gather(flood(), talk())
    for number in range(200):
        assert (await kit.until("messageToKit"))["n"] == number
