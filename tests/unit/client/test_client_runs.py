from typing import Any

import pytest

from autowrx_jupyter.client import ClientError, RunResult
from autowrx_jupyter.client import runs as runs_module
from autowrx_jupyter.client.run_file import exit_code
from autowrx_jupyter.client.runs import Run


async def nothing() -> None:
    return None


def make(*, strict: bool = True, send_stop: Any = nothing) -> Run:
    return Run("id", "app", "Runtime-x", send_stop, strict=strict)


def line(text: str, **more: Any) -> dict[str, Any]:
    return {"cmd": "run_python_app", "isDone": False, "result": text, "code": 0, **more}


def end(code: Any = 0, **more: Any) -> dict[str, Any]:
    return {"cmd": "run_python_app", "isDone": True, "result": "", "code": code, **more}


async def test_text_then_end() -> None:
    run = make()
    run.feed(line("a\r\n"))
    run.feed(line("b\r\n", stream="stderr"))
    run.feed(end(0, data="a\nb\n"))
    run.feed(line("late"))
    run.feed(end(1))
    chunks = [(chunk.text, chunk.stream) async for chunk in run.output()]
    assert chunks == [("a\n", "stdout"), ("b\n", "stderr")]
    assert await run.wait() == RunResult(0, "a\nb\n")
    assert run.done
    assert run.result == RunResult(0, "a\nb\n")


async def test_refusal() -> None:
    run = make()
    run.feed(end(1, result="Error: unknown kit\r\n", error="unknown kit", isError=True))
    assert [chunk async for chunk in run.output()] == []
    assert await run.wait() == RunResult(1, "", "unknown kit")


async def test_a_code_that_is_text() -> None:  # Q22
    run = make()
    run.feed(end("CODE_TOO_LARGE", isError=True, message="too large"))
    assert await run.wait() == RunResult(1, "", "too large")


async def test_only_output_in_the_data_of_the_end() -> None:
    run = make(strict=False)
    run.feed(end(0, data="everything\n"))
    assert [chunk.text async for chunk in run.output()] == ["everything\n"]


async def test_lost() -> None:
    run = make()
    run.feed(line("x"))
    run.lose("gone")
    run.lose("again")
    run.feed(end(0))
    assert await run.wait() == RunResult(1, "x", "gone", lost=True)


async def test_stop_of_an_ended_run() -> None:
    run = make()
    run.feed(end(5))
    assert (await run.stop()).code == 5


async def test_stop_that_cannot_be_sent() -> None:
    async def fail() -> None:
        raise ClientError("no connection")

    result = await make(send_stop=fail).stop()
    assert (result.lost, result.stopped, result.error) == (True, True, "no connection")


async def test_the_time_limit_of_original_kits(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make(strict=False)
    begun = runs_module.time.monotonic()
    monkeypatch.setattr(runs_module.time, "monotonic", lambda: begun + 180.2)
    run.feed(end(-9))
    result = await run.wait()
    assert result.code == -9
    assert "allow an app 180 s" in (result.error or "")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (RunResult(0), 0),
        (RunResult(3), 3),
        (RunResult(-9), 137),
        (RunResult(-15, stopped=True), 143),
        (RunResult(1, error="gone", lost=True), 1),
    ],
)
def test_exit_codes(result: RunResult, code: int) -> None:
    assert exit_code(result) == code
