"""The blocking front, with an original hub and kit."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from typing import Any

import pytest

from autowrx_jupyter.client import (
    ClientError,
    HubUnreachableError,
    KitNotFoundError,
    Session,
    SignalValueError,
    connect,
    defaults,
    session,
)
from autowrx_jupyter.client.embedded import free_port


@pytest.fixture
def old(world: Any, old_kit: Any) -> Any:
    with Session(world.hub.url) as made:
        yield made


def test_takes_the_only_kit(old: Session) -> None:
    assert old.kit_id == "RunTime-Old"
    assert [kit.kit_id for kit in old.kits()] == ["RunTime-Old"]
    assert old.state == "online"


def test_several_kits_want_a_choice(old: Session, world: Any) -> None:
    world.add_kit("Runtime-Other")
    with Session(world.hub.url) as undecided:
        assert undecided.kit_id is None
        assert undecided.state == "none"
        with pytest.raises(KitNotFoundError, match="online are: RunTime-Old, Runtime-Other"):
            undecided.get("Vehicle.Speed")
        assert undecided.use("other").kit_id == "Runtime-Other"
        assert undecided.get("Vehicle.Speed") == 0.0
        with pytest.raises(KitNotFoundError, match="No kit named 'third'"):
            undecided.use("third")
        assert undecided.kit_id == "Runtime-Other"


def test_gets_and_sets(old: Session) -> None:
    old.set("Vehicle.Speed", "12.5")
    assert old.get("Vehicle.Speed") == 12.5
    assert old.get("Vehicle.Speed", "Vehicle.Custom.Thing") == {
        "Vehicle.Speed": 12.5,
        "Vehicle.Custom.Thing": None,
    }
    old.set("Vehicle.Custom.Thing", 7)  # not in our catalogue, but the kit knows it
    assert old.get("Vehicle.Custom.Thing") == 7


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("Vehicle.Sped", 1, "Did you mean Vehicle.Speed"),
        ("Vehicle.Speed", "fast", "Vehicle.Speed"),
        ("Vehicle.Cabin.Door.Row1.DriverSide.Window.Position", 400, "Position"),
    ],
)
def test_refuses_what_an_original_kit_swallows(
    old: Session, path: str, value: Any, said: str
) -> None:
    with pytest.raises(SignalValueError) as error:
        old.set(path, value)
    assert said in str(error.value)


def test_unknown_signal(old: Session) -> None:
    with pytest.raises(SignalValueError, match=r"knows no signal 'Vehicle\.Sped'.*Did you mean"):
        old.get("Vehicle.Sped")
    with pytest.raises(SignalValueError, match=r"no signal fits 'Vehicle\.X\*'"):
        old.get("Vehicle.X*")


def test_runs_with_echo(old: Session, capsys: pytest.CaptureFixture[str]) -> None:
    result = old.run("print('hello'); import sys; sys.exit(4)")
    assert result.code == 4
    assert capsys.readouterr().out == "hello\n"
    assert old.run("print('quiet')", echo=False).tail == "quiet\n"
    assert capsys.readouterr().out == ""


async def test_usable_while_this_thread_runs_a_loop(old: Session) -> None:
    assert old.get("Vehicle.Speed") == 0.0
    assert await old.wrap(old.kit_handle.read(["Vehicle.Speed"])) == {"Vehicle.Speed": 0.0}
    run = await old.wrap(old.kit_handle.start("for i in range(3): print(i)"))
    assert "".join([chunk.text async for chunk in old.stream(run)]) == "0\n1\n2\n"
    seen = []
    async for values in old.watch("Vehicle.Speed"):
        seen.append(values)
        break
    assert seen == [{"Vehicle.Speed": 0.0}]


async def test_a_cancelled_wait_leaves_the_run(old: Session) -> None:
    run = await old.wrap(old.kit_handle.start("import time\nwhile True: time.sleep(0.1)"))
    waiting = asyncio.ensure_future(old.wrap(run.wait()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not run.done
    assert (await old.wrap(run.stop())).stopped


def test_interrupt_stops_the_program(
    old: Session, old_kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting:
        def write(self, text: str) -> None:
            raise KeyboardInterrupt

        def flush(self) -> None:
            return None

    monkeypatch.setattr("sys.stdout", Interrupting())
    with pytest.raises(KeyboardInterrupt):
        old.run("import time\nprint('up', flush=True)\nwhile True: time.sleep(0.1)")
    assert not old_kit.running


def test_many_threads(old: Session) -> None:
    answers: list[Any] = []

    def read() -> None:
        answers.extend(old.get("Vehicle.Speed") for _ in range(10))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [0.0] * 80


def test_callbacks_may_block_and_call_the_session(
    old: Session, old_kit: Any, wait_for: Any
) -> None:
    seen: list[Any] = []
    threads: set[str] = set()

    def callback(values: dict[str, Any]) -> None:
        threads.add(threading.current_thread().name)
        seen.append((values["Vehicle.Speed"], old.get("Vehicle.Custom.Thing")))

    with old.watch(["Vehicle.Speed"], callback) as watch:
        wait_for(lambda: seen)
        old_kit.values["Vehicle.Speed"] = 3.0
        wait_for(lambda: seen[-1] == (3.0, None))
        assert watch.values == {"Vehicle.Speed": 3.0}
    assert threads == {"autowrx-callbacks"}
    count = len(seen)
    old_kit.values["Vehicle.Speed"] = 4.0
    assert old.get("Vehicle.Speed") == 4.0
    assert len(seen) == count


def test_a_slow_callback_gets_the_newest(old: Session, old_kit: Any, wait_for: Any) -> None:
    go = threading.Event()
    seen: list[float] = []

    def callback(values: dict[str, Any]) -> None:
        seen.append(values["Vehicle.Speed"])
        go.wait(20)

    watch = old.watch("Vehicle.Speed", callback)
    wait_for(lambda: seen)
    for number in range(1, 6):
        old_kit.values["Vehicle.Speed"] = float(number)
        wait_for(lambda n=number: watch.values["Vehicle.Speed"] == float(n))
    go.set()
    wait_for(lambda: seen[-1] == 5.0)
    assert seen == [0.0, 5.0]


def test_watches_follow_to_another_kit(old: Session, world: Any, wait_for: Any) -> None:
    other = world.add_kit("Runtime-Other")
    other.values["Vehicle.Speed"] = 88.0
    seen: list[Any] = []
    states: list[str] = []
    old.on_state(states.append)
    old.watch("Vehicle.Speed", lambda values: seen.append(values["Vehicle.Speed"]))
    wait_for(lambda: seen == [0.0])
    old.use("Other")
    wait_for(lambda: seen == [0.0, 88.0])
    wait_for(lambda: states == ["online"])


def test_state_follows_the_kit(old: Session, old_kit: Any, world: Any, wait_for: Any) -> None:
    states: list[str] = []
    forget = old.on_state(states.append)
    world.call(old_kit.sio.disconnect())
    wait_for(lambda: states == ["lost"])
    assert old.state == "lost"
    world.add_kit()
    wait_for(lambda: states == ["lost", "online"])
    forget()


def test_closed_session(world: Any, old_kit: Any) -> None:
    made = Session(world.hub.url)
    watch = made.watch("Vehicle.Speed")
    made.close()
    made.close()
    watch.close()
    with pytest.raises(ClientError, match="this session is closed"):
        made.get("Vehicle.Speed")
    with pytest.raises(ClientError, match="this session is closed"):
        made.kits()


def test_blocking_call_on_its_own_thread_is_refused(old: Session) -> None:
    async def wrong() -> Any:
        return old.kits()

    with pytest.raises(ClientError, match="own thread"):
        old.call(wrong())


def test_nobody_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(HubUnreachableError) as error:
        connect(url, default=False)
    assert str(error.value) == f"hub at {url} cannot be reached: connection refused; is it running?"


def test_no_such_address() -> None:
    with pytest.raises(ClientError, match="is no hub address"):
        connect("ftp://x", default=False)


def test_default_session(world: Any, old_kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defaults, "_default", None)
    monkeypatch.setenv("AUTOWRX_HUB_URL", world.hub.url)
    monkeypatch.setenv("AUTOWRX_KIT", "RunTime-Old")
    found: list[Session] = []
    threads = [threading.Thread(target=lambda: found.append(session())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1  # made once
    other = connect()
    assert session() is other
    other.close()
    assert session() not in (other, found[0])
    session().close()
    found[0].close()


def test_token_of_another_hub_is_not_sent(
    world: Any, old_kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOWRX_HUB_URL", "http://127.0.0.1:1/user/ann/autowrx")
    monkeypatch.setenv("AUTOWRX_TOKEN", "secret")
    monkeypatch.setenv("AUTOWRX_KIT", "Runtime-nowhere")
    with connect(world.hub.url, default=False) as made:
        assert made.hub.address.token is None
        assert made.kit_id == "RunTime-Old"


def _in_child(queue: Any, parents: Session, url: str) -> None:
    try:
        parents.get("Vehicle.Speed")
    except ClientError as error:
        queue.put(str(error))
    parents.close()
    with Session(url) as own:
        queue.put(own.get("Vehicle.Speed"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_leaves_the_parents_session_alone(old: Session, world: Any) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(queue, old, world.hub.url))
    child.start()
    assert "belongs to the parent process" in queue.get(timeout=30)
    assert queue.get(timeout=30) == 0.0
    child.join(30)
    assert child.exitcode == 0
    assert old.get("Vehicle.Speed") == 0.0
