"""Programs on a kit process: output, ends, stops, limits."""

from __future__ import annotations


async def test_prints_and_ends(client):
    outcome = await client.run("print('hi')")
    assert outcome.text() == "hi\n"
    assert outcome.final["isDone"] is True
    assert outcome.final["result"] == ""
    assert outcome.final["code"] == 0
    assert outcome.final["data"] == "hi\n"
    assert outcome.final["kit_id"] == "Runtime-Test"
    assert all(m["isDone"] is False and m["data"] == "" for m in outcome.messages[:-1])
