import asyncio
from typing import Any

import pytest

from autowrx_jupyter.client import ClientError, RequestTimeoutError
from autowrx_jupyter.client import watches as watches_module
from autowrx_jupyter.client.watches import Subscription


class Kit:
    """Records what is subscribed; answers when told to."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.sent = asyncio.Event()
        self.answer = asyncio.Event()
        self.answer.set()
        self.error: ClientError | None = None

    async def send(self, paths: list[str]) -> None:
        self.lists.append(paths)
        self.sent.set()
        await self.answer.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
async def kit() -> Kit:
    return Kit()


@pytest.fixture
async def subscription(kit: Kit) -> Any:
    made = Subscription("Runtime-x", kit.send)
    yield made
    made.close()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_changes_of_one_moment_go_out_together(kit: Kit, subscription: Subscription) -> None:
    for path in "cab":
        subscription.add([path], None)
    await settled()
    assert kit.lists == [["a", "b", "c"]]


async def test_packets_are_merged(subscription: Subscription) -> None:
    seen: list[Any] = []
    subscription.add(["a", "b"], seen.append)
    subscription.packet({"a": 1})
    subscription.packet({"b": 2})  # a kit that leaves values out (Q18)
    subscription.packet({"b": 2})
    subscription.packet({"a": None, "x": 9})
    assert seen == [{"a": 1}, {"a": 1, "b": 2}, {"a": None, "b": 2}]


async def test_first_packet_counts_even_if_empty(subscription: Subscription) -> None:
    seen: list[Any] = []
    subscription.add(["unknown"], seen.append)
    subscription.packet({})
    subscription.packet({})
    assert seen == [{}]


async def test_iterator_that_is_behind_keeps_the_newest(
    subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches_module, "MAX_QUEUED", 3)
    watch = subscription.add(["a"], None)
    subscription.packet({"a": -1})
    assert await watch.read() == {"a": -1}
    for number in range(10):
        subscription.packet({"a": number})
    assert [(await watch.read() or {})["a"] for _ in range(3)] == [7, 8, 9]
    assert watch.dropped == 7
    watch.close()
    assert await watch.read() is None


async def test_read_wants_a_packet_after_the_answer(kit: Kit, subscription: Subscription) -> None:
    kit.answer.clear()
    reading = asyncio.create_task(subscription.read(("a", "nope"), 5))
    await kit.sent.wait()
    subscription.packet({"old": 1})
    await settled()
    assert not reading.done()
    kit.answer.set()
    await settled()
    subscription.packet({"a": 2})
    assert await reading == {"a": 2}


async def test_a_packet_may_overtake_the_answer(kit: Kit, subscription: Subscription) -> None:
    kit.answer.clear()
    reading = asyncio.create_task(subscription.read(("a",), 5))
    await kit.sent.wait()
    subscription.packet({"a": 3})
    assert await reading == {"a": 3}


async def test_overtaken_answer_with_an_unknown_signal(
    kit: Kit, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches_module, "SETTLE", 0.0)
    kit.answer.clear()
    reading = asyncio.create_task(subscription.read(("a", "nope"), 5))
    await kit.sent.wait()
    subscription.packet({"a": 3})
    kit.answer.set()
    assert await reading == {"a": 3}


async def test_read_that_gets_nothing(subscription: Subscription) -> None:
    with pytest.raises(RequestTimeoutError, match="Runtime-x sent no signal values within 0 s"):
        await subscription.read(("a",), 0.0)


async def test_error_of_the_kit_reaches_the_reader(kit: Kit, subscription: Subscription) -> None:
    kit.error = ClientError("offline")
    with pytest.raises(ClientError, match="offline"):
        await subscription.read(("a",), 5)


async def test_unsubscribes_when_nobody_is_left(
    kit: Kit, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = subscription.add(["a"], None), subscription.add(["b"], None)
    await settled()
    first.close()
    await settled()
    second.close()
    await settled()
    assert kit.lists == [["a", "b"], ["b"], []]
    assert subscription.idle


async def test_a_read_lingers_then_leaves(
    kit: Kit, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches_module, "LINGER", 0.0)
    reading = asyncio.create_task(subscription.read(("a",), 5))
    await kit.sent.wait()
    kit.sent.clear()
    subscription.packet({"a": 1})
    assert await reading == {"a": 1}
    async with asyncio.timeout(5):
        while kit.lists[-1]:
            kit.sent.clear()
            await kit.sent.wait()
    assert kit.lists[-1] == []


async def test_is_renewed(
    kit: Kit, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches_module, "RENEW_EVERY", 0.001)
    subscription.add(["a"], None)
    async with asyncio.timeout(5):
        while len(kit.lists) < 3:
            kit.sent.clear()
            await kit.sent.wait()
    assert kit.lists[:3] == [["a"], ["a"], ["a"]]
