import asyncio
from typing import Any

import pytest

from autowrx_jupyter.client import ClientError
from autowrx_jupyter.client.calls import Call, Calls, is_error, text_of
from autowrx_jupyter.client.records import MockSignal, RuntimeInfo


def make(calls: Calls, req_id: str, cmd: str = "x", kit_id: str = "k", **more: Any) -> Call:
    call = Call(
        kit_id=kit_id,
        commands=(cmd,),
        req_id=req_id,
        answer=asyncio.get_running_loop().create_future(),
        is_last=lambda reply: reply.get("isDone") is not False,
        **more,
    )
    calls.add(call)
    return call


async def test_by_id() -> None:
    calls = Calls()
    first, second = make(calls, "1"), make(calls, "2")
    assert calls.take({"cmd": "x", "req_id": "2", "kit_id": "k"})
    assert second.answer.done()
    assert not first.answer.done()
    assert not calls.take({"cmd": "x", "req_id": "2", "kit_id": "k"})  # a late repeat
    assert len(calls) == 1


async def test_without_id_the_oldest_of_the_command() -> None:
    calls = Calls()
    first, second = make(calls, "1"), make(calls, "2")
    other = make(calls, "3", kit_id="other")
    calls.take({"cmd": "x", "kit_id": "k", "n": 1})
    calls.take({"cmd": "x", "n": 2})  # some kits leave kit_id out
    assert (await first.answer)["n"] == 1
    assert (await second.answer)["n"] == 2
    assert not calls.take({"cmd": "y", "kit_id": "other"})
    assert not other.answer.done()


async def test_progress() -> None:
    calls = Calls()
    seen: list[Any] = []
    call = make(calls, "1", progress=lambda reply: seen.append(reply["result"]))
    calls.take({"cmd": "x", "isDone": False, "result": "half"})
    assert not call.answer.done()
    calls.take({"cmd": "x", "isDone": True, "result": "whole"})
    assert seen == ["half"]
    assert (await call.answer)["result"] == "whole"


async def test_all_fail_together() -> None:
    calls = Calls()
    call = make(calls, "1")
    calls.fail(ClientError("gone"))
    with pytest.raises(ClientError, match="gone"):
        await call.answer
    assert len(calls) == 0


@pytest.mark.parametrize(
    ("reply", "failed", "text"),
    [
        ({"result": "Successful"}, False, "Successful"),
        ({"result": "Error: no\r\n"}, True, "no"),
        ({"result": "Failed: Rust app not found"}, True, "Failed: Rust app not found"),
        ({"isError": True, "error": "e", "result": "Error: e"}, True, "e"),
        ({"has_error": True, "result": "no file"}, True, "no file"),
        ({"result": {"a": 1}}, False, ""),
        ({}, False, ""),
    ],
)
def test_errors_of_all_kinds(reply: dict[str, Any], failed: bool, text: str) -> None:
    assert is_error(reply) is failed
    assert text_of(reply) == text


def test_runtime_info_of_any_shape() -> None:
    info = RuntimeInfo.from_json(
        {
            "lsOfRunner": [{"appName": "A", "request_from": "s", "from": 1795488437.2}, "odd"],
            "lsOfApiSubscriber": {"s": {"apis": ["a"], "keep_alive": 1}, "t": None},
        }
    )
    assert [(r.app_name, r.request_from, r.started) for r in info.runners] == [
        ("A", "s", 1795488437.2)
    ]
    assert info.subscribers == {"s": ("a",), "t": ()}
    assert RuntimeInfo.from_json("nonsense") == RuntimeInfo()
    milliseconds = {"lsOfRunner": [{"from": 1795488437200}]}
    assert RuntimeInfo.from_json(milliseconds).runners[0].started == 1795488437.2


def test_mock_items() -> None:
    assert MockSignal.from_json({"name": "a", "value": 0}) == MockSignal("a", 0)
    assert MockSignal.from_json({"value": 0}) is None
    assert MockSignal.from_json("a") is None
