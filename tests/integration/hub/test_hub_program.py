"""``python -m autowrx_server.hub`` as a process."""

import asyncio
import os
import signal
import socket
import sys

import pytest


async def run(*arguments, env=None):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "autowrx_server.hub", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "AUTOWRX_TOKEN": "", **(env or {})},
    )
    return process


async def test_taken_port_is_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await run("--port", str(port))
        out, err = await process.communicate()
    assert process.returncode == 2
    assert out == b""
    lines = err.decode().splitlines()
    assert len(lines) == 1
    assert f"127.0.0.1:{port}" in lines[0]
    assert "--port 0" in lines[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_end_it_cleanly(starter, join, number):
    hub = await starter()
    client = await join(hub.url)
    hub.process.send_signal(number)
    assert await asyncio.wait_for(hub.process.wait(), 20) == 0
    await asyncio.wait_for(client.sio.wait(), 20)


async def test_ends_with_its_parent(starter):
    hub = await starter("--with-parent")
    hub.process.stdin.close()
    assert await asyncio.wait_for(hub.process.wait(), 20) == 0


async def test_prints_a_new_token_and_a_ready_made_kit_address():
    process = await run("--port", "0")
    lines = [(await process.stdout.readline()).decode() for _ in range(3)]
    token = lines[1].removeprefix("Token: ").strip()
    assert len(token) > 30
    assert lines[2].strip().endswith(f"?access_token={token}")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_says_that_anonymous_access_is_on():
    process = await run("--port", "0", "--anonymous")
    await process.stdout.readline()
    assert b"Anonymous access is on" in await process.stdout.readline()
    process.terminate()
    await process.communicate()


async def test_bad_arguments():
    process = await run("--port", "70000")
    _, err = await process.communicate()
    assert process.returncode == 2
    assert b"0 to 65535" in err
