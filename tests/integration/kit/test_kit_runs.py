"""Programs on a kit process: output, ends, stops, limits."""

from __future__ import annotations

import asyncio
import json
import os
import textwrap
from pathlib import Path

import pytest


def alive(pid: int) -> bool:
    """Return whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def gone(*pids: int) -> None:
    async with asyncio.timeout(20):
        while any(alive(pid) for pid in pids):
            await asyncio.sleep(0.01)


async def test_prints_and_ends(client):
    outcome = await client.run("print('hi')")
    assert outcome.text() == "hi\n"
    assert outcome.final["isDone"] is True
    assert outcome.final["result"] == ""
    assert outcome.final["code"] == 0
    assert outcome.final["data"] == "hi\n"
    assert outcome.final["kit_id"] == "Runtime-Test"
    assert all(m["isDone"] is False and m["data"] == "" for m in outcome.messages[:-1])


async def test_every_message_carries_run_id_and_req_id(client):
    outcome = await client.run("print(1)\n1/0", run_id="r1", req_id="q1")
    assert {m["run_id"] for m in outcome.messages} == {"r1"}
    assert {m["req_id"] for m in outcome.messages} == {"q1"}


async def test_exception_shows_only_the_users_lines(client):
    outcome = await client.run("def f():\n    return 1 / 0\n\nf()\n")
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err == textwrap.dedent(
        """\
        Traceback (most recent call last):
          File "main.py", line 4, in <module>
            f()
          File "main.py", line 2, in f
            return 1 / 0
                   ~~^~~
        ZeroDivisionError: division by zero
        """
    )


async def test_exception_in_top_level_await_shows_only_the_users_lines(client):
    code = "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    1 / 0\nawait f()\n"
    outcome = await client.run(code)
    assert outcome.code == 1
    assert outcome.err.splitlines()[:4] == [
        "Traceback (most recent call last):",
        '  File "main.py", line 5, in <module>',
        "    await f()",
        '  File "main.py", line 4, in f',
    ]
    assert "launch.py" not in outcome.err


async def test_syntax_error_names_the_line(client):
    outcome = await client.run("x = 1\ndef :\n")
    assert outcome.code == 1
    assert outcome.err.startswith('  File "main.py", line 2\n    def :\n')
    assert outcome.err.endswith("SyntaxError: invalid syntax\n")


async def test_exit_code_of_the_program(client):
    assert (await client.run("import sys\nsys.exit(7)")).code == 7
    outcome = await client.run("raise SystemExit('enough')")
    assert (outcome.code, outcome.err) == (1, "enough\n")


async def test_killed_by_a_signal(client):
    outcome = await client.run("import os\nprint('x', flush=True)\nos.kill(os.getpid(), 11)")
    assert (outcome.code, outcome.out) == (-11, "x\n")


async def test_main_is_the_users_module(client):
    code = """
        import __main__, inspect, pickle, sys
        class Car: pass
        def f(): return 1
        print(__name__, __main__.Car is Car, sys.argv, __file__.endswith("main.py"))
        print(type(pickle.loads(pickle.dumps(Car()))).__name__)
        print(inspect.getsource(f).strip())
        print([n for n in dir() if "launch" in n or n == "stop_was_asked"])
    """
    outcome = await client.run(textwrap.dedent(code))
    assert outcome.text().splitlines() == [
        "__main__ True ['main.py'] True",
        "Car",
        "def f(): return 1",
        "[]",
    ]


async def test_text_without_line_end_arrives_while_the_program_runs(client):
    await client.start("import sys, time\nsys.stdout.write('name: ')\ntime.sleep(600)")
    assert await client.text("name: ") == "name: "
    await client.send("stop_python_app", data={})
    assert (await client.finish()).code == -15


async def test_both_streams_are_marked(client):
    outcome = await client.run("import sys\nprint('o')\nprint('e', file=sys.stderr)")
    assert (outcome.out, outcome.err) == ("o\n", "e\n")
    assert {m.get("stream") for m in outcome.messages} == {None, "stderr"}


async def test_much_output_is_whole_and_in_order(client):
    outcome = await client.run("for i in range(30000): print(i)")
    assert outcome.text() == "".join(f"{i}\n" for i in range(30000))
    assert outcome.final["data"] == outcome.text()[-65536:]


async def test_bytes_that_are_no_text_are_shown(client):
    code = r"""
import os
os.write(1, "né".encode()[:2])
import time; time.sleep(0.1)
os.write(1, "né".encode()[2:] + b" \xff\xfe ")
os.write(1, "ü".encode()[:1])
"""
    assert (await client.run(code)).out == "né \\xff\\xfe \\xc3"


async def test_top_level_await_and_event_loop(client):
    code = """
        import asyncio
        await asyncio.sleep(0)
        async for x in (i async for i in agen()) if False else agen():
            print(x)
    """
    code = "async def agen():\n    yield 1\n    yield 2\n" + textwrap.dedent(code)
    assert (await client.run(code)).out == "1\n2\n"
    code = """
        import asyncio, warnings
        warnings.simplefilter("error")
        loop = asyncio.get_event_loop()
        print(loop.run_until_complete(asyncio.sleep(0, "done")))
    """
    outcome = await client.run(textwrap.dedent(code))
    assert (outcome.out, outcome.err, outcome.code) == ("done\n", "", 0)


async def test_nothing_to_read_on_standard_input(client):
    outcome = await client.run("input('name? ')")
    assert outcome.code == 1
    assert outcome.out == "name? "
    assert "EOFError" in outcome.err


async def test_project_of_several_files(client):
    project = [
        {
            "type": "folder",
            "name": "car",
            "items": [
                {"type": "file", "name": "main.py", "content": "from lib.speed import V\nprint(V)"},
                {
                    "type": "folder",
                    "name": "lib",
                    "items": [{"type": "file", "name": "speed.py", "content": "V = 5"}],
                },
                {"type": "folder", "name": "__MACOSX", "items": []},
            ],
        }
    ]
    assert (await client.run(json.dumps(project))).out == "5\n"


async def test_json_that_is_no_project_is_a_program(client):
    assert (await client.run("[1, 2]")).code == 0
    assert (await client.run("42")).code == 0


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Missing code"),
        (None, "Missing code"),
        ({"code": '[{"type":"file","name":"../x","content":""}]'}, "'../x' is no name"),
        ({"code": '[{"type":"file","name":"a.py","content":""}]'}, "no main.py"),
    ],
)
async def test_refused_runs_have_a_line_and_an_end(client, data, error):
    await client.send("run_python_app", data=data)
    outcome = await client.finish()
    assert error in outcome.err
    assert outcome.final["isError"] is True
    assert error in outcome.final["error"]
    assert outcome.code == 1


async def test_stop_ends_a_stubborn_program_and_its_children(client):
    code = """
        import os, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import signal, time\\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(600)"])
        print(os.getpid(), child.pid, flush=True)
        while True: time.sleep(1)
    """
    await client.start(textwrap.dedent(code))
    pids = [int(pid) for pid in (await client.text("\n")).split()]
    begin = asyncio.get_running_loop().time()
    await client.send("stop_python_app", data={})
    messages = await client.until(lambda r: r["cmd"] == "stop_python_app")
    assert asyncio.get_running_loop().time() - begin < 2
    assert messages[-1] | {"result": "Successful", "isDone": True, "code": 0} == messages[-1]
    final = [m for m in messages if m["cmd"] == "run_python_app" and m["isDone"]]
    assert [m["code"] for m in final] == [-9]
    assert final[0]["stopped"] is True
    assert "isError" not in final[0]
    await gone(*pids)


async def test_stop_without_a_run(client):
    answer = await client.ask("stop_python_app", data={})
    assert answer["result"] == "No app running"
    assert answer["code"] == 0


async def test_stop_right_after_start(client):
    await client.start("import time\ntime.sleep(600)")
    await client.send("stop_python_app", data={})
    outcome = await client.finish()
    assert outcome.code in (-15, -9)
    assert outcome.final["stopped"] is True


async def test_stop_of_one_run_by_its_id_and_only_of_ones_own(client, make_client):
    other = await make_client()
    code = "import time\nprint('up', flush=True)\ntime.sleep(600)"
    for person, run_id in ((client, "a"), (client, "b"), (other, "c")):
        await person.start(code, run_id=run_id)
        await person.text("up")
    await client.send("stop_python_app", run_id="b")
    assert (await client.finish()).final["run_id"] == "b"
    await client.reply("stop_python_app")
    info = await client.ask("get-runtime-info")
    assert len(info["data"]["lsOfRunner"]) == 2
    await client.send("stop_python_app", data={})
    assert (await client.finish()).final["run_id"] == "a"
    await other.send("stop_python_app", data={})
    assert (await other.finish()).final["run_id"] == "c"


async def test_processes_left_behind_end_with_the_run(client):
    code = """
        import subprocess, sys
        sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
        near = subprocess.Popen(sleeper)
        far = subprocess.Popen(sleeper, start_new_session=True)
        print(near.pid, far.pid)
    """
    outcome = await client.run(textwrap.dedent(code))
    assert outcome.code == 0
    await gone(*map(int, outcome.out.split()))


async def test_two_clients_at_once_get_their_own_output(client, make_client):
    other = await make_client()
    codes = [
        f"import time\nfor i in range(3):\n    print('{x}', i)\n    time.sleep(0.02)" for x in "AB"
    ]
    for _ in range(3):
        a, b = await asyncio.gather(client.run(codes[0]), other.run(codes[1]))
        assert a.text() == "A 0\nA 1\nA 2\n"
        assert b.text() == "B 0\nB 1\nB 2\n"


async def test_own_folder_which_is_removed(client):
    outcome = await client.run("import os\nopen('x', 'w').close()\nprint(os.getcwd())")
    assert not os.path.exists(outcome.out.strip())


async def test_environment_of_a_program(hub, start_kit, make_client):
    kit = await start_kit(hub.url, AUTOWRX_TOKEN="secret", SYNCER_SERVER_URL="http://x")
    ready = await kit.ready()
    client = await make_client()
    code = """
        import os
        print(os.environ["SDV_VEHICLEDATABROKER_ADDRESS"], os.environ["SDV_MQTT_ADDRESS"])
        print([n for n in ("AUTOWRX_TOKEN", "SYNCER_SERVER_URL") if n in os.environ])
        import vehicle
        print(vehicle.__name__)
    """
    outcome = await client.run(textwrap.dedent(code))
    assert outcome.out.splitlines() == [
        f"grpc://{ready['broker']} mqtt://{ready['mqtt']}",
        "[]",
        "vehicle",
    ]


async def test_time_limit(hub, start_kit, make_client):
    kit = await start_kit(hub.url, "--app-timeout", "0.3")
    await kit.ready()
    client = await make_client()
    outcome = await client.run("import time\ntime.sleep(600)")
    assert outcome.code == -15
    assert "longer than its limit of 0.3 s" in outcome.err
    assert outcome.final["isError"] is True
    assert "stopped" not in outcome.final


async def test_limit_of_runs(hub, start_kit, make_client):
    kit = await start_kit(hub.url, "--KitSettings.max_runs=1")
    await kit.ready()
    client = await make_client()
    await client.start("import time\nprint('up')\ntime.sleep(600)", run_id="a")
    await client.text("up")
    await client.start("print(1)", run_id="b")
    outcome = await client.finish()
    assert outcome.final["run_id"] == "b"
    assert "max_runs" in outcome.final["error"]
    await client.send("stop_python_app")
    await client.finish()


async def test_flood_is_bounded_and_stops(client, kit):
    """A program that never stops writing neither fills the kit nor hides its stop."""
    await client.start("while True: print('x' * 1000)")
    await client.text("x" * 1000)
    await client.send("stop_python_app", data={})
    outcome = await client.finish()
    assert outcome.final["stopped"] is True
    status = Path(f"/proc/{kit.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 250_000


async def test_runs_end_with_a_killed_kit(client, kit, tmp_path):
    code = """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(os.getpid(), child.pid, flush=True)
        time.sleep(600)
    """
    await client.start(textwrap.dedent(code))
    pids = [int(pid) for pid in (await client.text("\n")).split()]
    kit.process.kill()
    await gone(*pids)
    async with asyncio.timeout(20):
        while list((tmp_path / "runs").iterdir()):
            await asyncio.sleep(0.01)


async def test_runs_end_with_the_parent(client, kit):
    await client.start("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    pid = int(await client.text("\n"))
    kit.process.stdin.close()
    assert (await client.finish()).code == -15
    assert await asyncio.wait_for(kit.process.wait(), 20) == 0
    assert not alive(pid)
