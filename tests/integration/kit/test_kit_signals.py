"""Signals through a kit process: watching, writing, mocks."""

from __future__ import annotations

SPEED = "Vehicle.Speed"


async def test_watch_and_write(client):
    await client.send("subscribe_apis", apis=[SPEED, "Vehicle.Nope"])
    assert (await client.reply("subscribe_apis"))["result"] == "Successful"
    first = await client.reply("apis-value")
    assert first["result"] == {SPEED: None}
    assert first["kit_id"] == "Runtime-Test"
    await client.send("write_signals_value", data={SPEED: 55.2})
    seen = await client.until(lambda r: r["cmd"] == "apis-value" and r["result"][SPEED] is not None)
    assert seen[-1]["result"] == {SPEED: 55.2}
