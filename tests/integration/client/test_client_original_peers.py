"""Our client with a hub and a kit that behave like the originals."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from autowrx_jupyter.client import (
    ClientError,
    HubClient,
    KitNotFoundError,
    RequestRefusedError,
    RequestTimeoutError,
)
from autowrx_jupyter.client import runs as runs_module

KIT = "RunTime-Old"
LOOP = "import time\nprint('up', flush=True)\nwhile True: time.sleep(0.1)"


async def output_of(run: Any) -> str:
    return "".join([chunk.text async for chunk in run.output()])


async def test_lists_kits(old_client: HubClient, world: Any) -> None:
    (kit,) = await old_client.kits()
    assert (kit.kit_id, kit.is_online, kit.support_apis) == (KIT, True, [])
    world.hub.wrapped = True  # the seed document's shape (Q1)
    assert [kit.kit_id for kit in await old_client.kits()] == [KIT]


async def test_a_new_kit_is_announced(old_client: HubClient, world: Any, wait_until: Any) -> None:
    seen: list[list[str]] = []
    old_client.on_kits(lambda kits: seen.append(sorted(kit.kit_id for kit in kits)))
    world.add_kit("RunTime-Second")
    await wait_until(lambda: ["RunTime-Old", "RunTime-Second"] in seen)


async def test_unreadable_records_are_skipped(old_client: HubClient, world: Any) -> None:
    world.hub.strange_records = [
        None,
        {"kit_id": "", "name": None},
        {"kit_id": 12, "name": None, "support_apis": '["a"]'},
    ]
    assert sorted(kit.kit_id for kit in await old_client.kits()) == ["12", KIT]


async def test_runs_and_streams(old_client: HubClient) -> None:
    run = await old_client.kit(KIT).start("for i in range(500): print('line', i)")
    text = await output_of(run)
    assert text == "".join(f"line {i}\n" for i in range(500))
    result = await run.wait()
    assert (result.code, result.error, result.stopped, result.ok) == (0, None, False, True)
    assert result.tail == text


async def test_exit_code_and_traceback(old_client: HubClient) -> None:
    run = await old_client.kit(KIT).start("import sys; print('bye'); sys.exit(3)")
    result = await run.wait()
    assert (result.code, result.tail) == (3, "bye\n")


async def test_two_runs_do_not_mix(old_client: HubClient, world: Any, wait_until: Any) -> None:
    kit = old_client.kit(KIT)
    program = "for i in range(200): print('{0}')"
    runs = [await kit.start(program.format(name), name=name) for name in "abc"]
    texts = await asyncio.gather(*(output_of(run) for run in runs))
    assert texts == ["a\n" * 200, "b\n" * 200, "c\n" * 200]
    # Each run had a connection of its own, and it is closed again.
    await wait_until(lambda: len(world.hub.sids) == 2, "only kit and client are connected")


async def test_stop(old_client: HubClient) -> None:
    run = await old_client.kit(KIT).start(LOOP)
    assert (await run.read()).text == "up\n"
    result = await run.stop()
    assert (result.code, result.stopped, result.error) == (-9, True, None)


async def test_stop_is_repeated(
    old_client: HubClient, old_kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "STOP_INTERVAL", 0.1)
    old_kit.deaf_to_stop = 2
    run = await old_client.kit(KIT).start(LOOP)
    await run.read()
    assert (await run.stop()).code == -9
    assert old_kit.stops == 3


async def test_a_kit_that_never_stops_it(
    old_client: HubClient, old_kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "STOP_INTERVAL", 0.05)
    old_kit.deaf_to_stop = 100
    run = await old_client.kit(KIT).start(LOOP, name="stubborn")
    await run.read()
    result = await run.stop()
    assert result.stopped
    assert result.lost
    assert "did not stop 'stubborn'" in (result.error or "")


async def test_error_without_an_end(old_client: HubClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_module, "QUIET_AFTER_ERROR", 0.1)
    run = await old_client.kit(KIT).start("")  # "Error: Missing code", no isDone (Q17)
    result = await run.wait()
    assert (result.code, result.error) == (1, "Missing code")


async def test_a_printed_error_does_not_end_the_run(
    old_client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "QUIET_AFTER_ERROR", 0.0)
    program = "import time\nprint('Error: oh', flush=True)\ntime.sleep(0.3)\nprint('on')"
    run = await old_client.kit(KIT).start(program)
    assert (await run.wait()).tail == "Error: oh\non\n"


async def test_all_output_in_one_final_message(old_client: HubClient, old_kit: Any) -> None:
    async def seed_shaped(_request: Any, reply: Any) -> None:
        await reply(result="all\r\nof it\r\n", isDone=True, code=0)

    old_kit.on["run_python_app"] = seed_shaped
    run = await old_client.kit(KIT).start("whatever")
    assert await output_of(run) == "all\nof it\n"
    assert (await run.wait()).ok


async def test_replies_under_another_command(old_client: HubClient, old_kit: Any) -> None:
    async def compile_and_run(request: Any, reply: Any) -> None:
        await reply(cmd="run_python_app", result="Compiling\r\n", isDone=False, code=0)
        await reply(cmd="run_cpp_app", result="Compiling\r\n", isDone=False, alias=True)
        await reply(cmd="run_python_app", result="", isDone=True, code="X1", isError=True)

    old_kit.on["run_cpp_app"] = compile_and_run
    run = await old_client.kit(KIT).start("[]", language="cpp")
    assert await output_of(run) == "Compiling\n"
    result = await run.wait()
    assert (result.code, result.error) == (1, "the kit reported an error")


async def test_reads_and_writes(old_client: HubClient) -> None:
    kit = old_client.kit(KIT)
    assert await kit.write({"Vehicle.Speed": 17.5}) == {}
    values = await kit.read(["Vehicle.Speed", "Vehicle.Custom.Thing", "Vehicle.Nope"])
    assert values == {"Vehicle.Speed": 17.5, "Vehicle.Custom.Thing": None}


async def test_concurrent_reads(old_client: HubClient) -> None:
    kit = old_client.kit(KIT)
    answers = await asyncio.gather(*(kit.read(["Vehicle.Speed"]) for _ in range(20)))
    assert answers == [{"Vehicle.Speed": 0.0}] * 20


async def test_watches_share_one_subscription(
    old_client: HubClient, old_kit: Any, wait_until: Any
) -> None:
    kit = old_client.kit(KIT)
    speeds: list[Any] = []
    both: list[Any] = []
    first = kit.watch(["Vehicle.Speed"], speeds.append)
    kit.watch(["Vehicle.Speed", "Vehicle.Custom.Thing"], both.append)
    await wait_until(lambda: speeds and both)
    assert old_kit.subscriptions[-1] == ["Vehicle.Custom.Thing", "Vehicle.Speed"]
    assert speeds == [{"Vehicle.Speed": 0.0}]  # unchanged packets are not passed on
    old_kit.values["Vehicle.Custom.Thing"] = 3
    await wait_until(lambda: both[-1] == {"Vehicle.Speed": 0.0, "Vehicle.Custom.Thing": 3})
    assert len(speeds) == 1
    first.close()
    old_kit.values["Vehicle.Speed"] = 9.0
    await wait_until(lambda: both[-1]["Vehicle.Speed"] == 9.0)
    assert len(speeds) == 1


async def test_the_last_close_unsubscribes(
    old_client: HubClient, old_kit: Any, wait_until: Any
) -> None:
    watch = old_client.kit(KIT).watch(["Vehicle.Speed"])
    await wait_until(lambda: old_kit.subscribers)
    watch.close()
    await wait_until(lambda: not old_kit.subscribers)


async def test_iterates(old_client: HubClient, old_kit: Any) -> None:
    seen = []
    async for values in old_client.kit(KIT).watch(["Vehicle.Speed"]):
        seen.append(values["Vehicle.Speed"])
        old_kit.values["Vehicle.Speed"] += 1
        if len(seen) == 4:
            break
    assert seen == [0, 1, 2, 3]


async def test_a_failing_callback_harms_nobody(
    old_client: HubClient, old_kit: Any, wait_until: Any, caplog: pytest.LogCaptureFixture
) -> None:
    good: list[Any] = []

    def bad(_: Any) -> None:
        raise ValueError("mine")

    kit = old_client.kit(KIT)
    kit.watch(["Vehicle.Speed"], bad)
    kit.watch(["Vehicle.Speed"], good.append)
    await wait_until(lambda: good)
    assert "mine" in caplog.text


async def test_mocks_of_either_spelling(old_client: HubClient, old_kit: Any) -> None:
    kit = old_client.kit(KIT)
    old_kit.mocks.append({"name": "Vehicle.Custom.Thing", "value": 5, "type": "uint8"})
    first, second = await kit.list_mocks()
    assert (first.path, first.value) == ("Vehicle.Speed", "0")
    assert (second.path, second.value, second.datatype) == ("Vehicle.Custom.Thing", 5, "uint8")
    rejected = await kit.set_mocks({"Vehicle.Speed": 3, "Vehicle.Nope": 1})
    assert list(rejected) == ["Vehicle.Nope"]


async def test_info(old_client: HubClient) -> None:
    run = await old_client.kit(KIT).start(LOOP)
    await run.read()
    info = await old_client.kit(KIT).info()
    assert [runner.app_name for runner in info.runners] == ["App"]
    await run.stop()


async def test_silence_is_a_time_out(old_client: HubClient, old_kit: Any) -> None:
    with pytest.raises(RequestTimeoutError, match=r"did not answer 'nothing' within 0\.2 s"):
        await old_client.request(KIT, "nothing", timeout=0.2)


async def test_missing_kit(old_client: HubClient) -> None:
    with pytest.raises(KitNotFoundError) as error:
        await old_client.kit("Runtime-x").start("1")
    assert "No kit named 'Runtime-x' at http://127.0.0.1:" in str(error.value)
    assert "online are: RunTime-Old" in str(error.value)


async def test_finds_by_name(old_client: HubClient) -> None:
    for name in ("RunTime-Old", "Runtime-Old", "Old", "old"):
        assert (await old_client.find(name)).kit_id == KIT


async def test_package_installation_that_failed_quietly(
    old_client: HubClient, old_kit: Any
) -> None:
    async def install(request: Any, reply: Any) -> None:
        await reply(result="Installing", data=f"Installing packages: {request['data']}\n")
        await reply(result="Successful", data="['', 'ERROR: no matching distribution']")

    old_kit.on["install_python_packages"] = install
    said: list[str] = []
    with pytest.raises(RequestRefusedError, match="could not install 'nope'"):
        await old_client.kit(KIT).install("nope", said.append)
    assert said == ["Installing packages: nope\n"]


async def test_model_progress_comes_under_another_command(
    old_client: HubClient, old_kit: Any
) -> None:
    trees: list[Any] = []

    async def build(request: Any, reply: Any) -> None:
        trees.append(request["data"])
        await reply(cmd="revert_vehicle_model", result="Start to rebuild vehicle model...\r\n")
        await reply(result="Generate new model Successful")

    old_kit.on["generate_vehicle_model"] = build
    said: list[str] = []
    answer = await old_client.kit(KIT).build_model({"Vehicle": {}}, said.append)
    assert answer == "Generate new model Successful"
    assert said == ["Start to rebuild vehicle model...\r\n"]
    assert trees == [{"Vehicle": {}}]


async def test_kit_lost_during_a_run(old_client: HubClient, old_kit: Any, world: Any) -> None:
    run = await old_client.kit(KIT).start(LOOP, name="drive")
    await run.read()
    begun = time.monotonic()
    await asyncio.to_thread(world.call, old_kit.sio.disconnect())
    result = await run.wait()
    assert time.monotonic() - begun < 10
    assert result.lost
    assert result.error == "lost the kit RunTime-Old while 'drive' ran on it"
    with pytest.raises(KitNotFoundError, match=r"'RunTime-Old' at .* is offline"):
        await old_client.kit(KIT).start("1")


async def test_hub_lost_during_a_run(old_client: HubClient, world: Any) -> None:
    run = await old_client.kit(KIT).start(LOOP, name="drive")
    await run.read()
    begun = time.monotonic()
    await asyncio.to_thread(world.call, world.hub.drop_all())
    result = await run.wait()
    assert time.monotonic() - begun < 10
    assert result.lost
    assert "lost the hub at http://127.0.0.1:" in (result.error or "")
    assert "while 'drive' ran on RunTime-Old" in (result.error or "")


async def test_comes_back_after_the_hub_did(
    old_client: HubClient, world: Any, wait_until: Any
) -> None:
    states: list[str] = []
    values: list[Any] = []
    old_client.on_state(states.append)
    old_client.kit(KIT).watch(["Vehicle.Speed"], values.append)
    await wait_until(lambda: values)
    await asyncio.to_thread(world.call, world.hub.stop())
    await wait_until(lambda: states == ["lost"])
    with pytest.raises(ClientError, match=r"is lost: connection refused; is it running\?"):
        await old_client.kits()

    def restart() -> Any:
        world.hub = world.call(_same_port(world.hub))
        world.call(world.hub.start())
        return world.add_kit()

    kit = await asyncio.to_thread(restart)
    await wait_until(lambda: states == ["lost", "online"])
    kit.values["Vehicle.Speed"] = 44.0
    await wait_until(lambda: values[-1] == {"Vehicle.Speed": 44.0})
    run = await old_client.kit(KIT).start("print('again')")
    assert (await run.wait()).tail == "again\n"


async def _same_port(hub: Any) -> Any:
    new = type(hub)()
    new.port = hub.port
    return new


async def test_watch_survives_a_restart_of_the_kit(
    old_client: HubClient, old_kit: Any, world: Any, wait_until: Any
) -> None:
    values: list[Any] = []
    watch = old_client.kit(KIT).watch(["Vehicle.Speed"], values.append)
    await wait_until(lambda: values)
    await asyncio.to_thread(world.call, old_kit.sio.disconnect())
    assert watch.values == {"Vehicle.Speed": 0.0}
    new = await asyncio.to_thread(world.add_kit)
    new.values["Vehicle.Speed"] = 5.0
    await wait_until(lambda: values[-1] == {"Vehicle.Speed": 5.0})
