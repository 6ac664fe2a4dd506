"""A hub and a kit that behave like the originals, on a loop of their own.

They are written from the protocol reference (socket-protocol.md sections 2 and 3), not with
our protocol package: replies without ids, bare lists, silence on what they do not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import socketio
from aiohttp import web

from autowrx_jupyter.client import HubClient, Session
from autowrx_jupyter.client.embedded import Embedded
from autowrx_jupyter.client.loop import LoopThread

PATIENCE = 20.0

Reply = Callable[..., Awaitable[None]]
Handler = Callable[[dict[str, Any], Reply], Awaitable[None]]


class OriginalHub:
    """Kit-Manager as of KM2; ``wrapped`` makes it send lists as the seed document shows them."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp", async_handlers=False, max_http_buffer_size=100_000_000
        )
        self.kits: dict[str, dict[str, Any]] = {}
        self.clients: dict[str, Any] = {}
        self.sids: set[str] = set()
        self.requests: list[dict[str, Any]] = []
        self.wrapped = False
        self.strange_records: list[Any] = []
        self.port = 0
        self._runner: web.AppRunner | None = None
        for event, handler in {
            "connect": self._connect,
            "register_kit": self._register_kit,
            "register_client": self._register_client,
            "list-all-kits": self._send_list,
            "messageToKit": self._to_kit,
            "messageToKit-kitReply": self._to_client,
            "disconnect": self._disconnect,
        }.items():
            self.sio.on(event, handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        self.sio.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for sid in list(self.sids):
            await self.sio.disconnect(sid)
        await self.sio.shutdown()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def drop_all(self) -> None:
        for sid in list(self.sids):
            await self.sio.disconnect(sid)

    async def _connect(self, sid: str, _environ: Any, _auth: Any = None) -> None:
        self.sids.add(sid)

    async def _register_kit(self, sid: str, payload: dict[str, Any]) -> None:
        self.kits[payload["kit_id"]] = {
            "socket_id": sid,
            "kit_id": payload["kit_id"],
            "name": payload.get("name", ""),
            "last_seen": time.time_ns() // 1_000_000,
            "is_online": True,
            "noRunner": 0,
            "noSubscriber": 0,
            "support_apis": payload.get("support_apis", []),
            "desc": payload.get("desc", ""),
        }
        await self.announce()

    async def _register_client(self, sid: str, payload: Any) -> None:
        if payload is None:
            return
        self.clients[sid] = payload
        await self._send_list(sid)
        await self.sio.emit("list-all-hw-result", [], to=sid)

    async def announce(self) -> None:
        for sid in list(self.clients):
            await self._send_list(sid)

    async def _send_list(self, sid: str, _payload: Any = None) -> None:
        kits: Any = [*self.kits.values(), *self.strange_records]
        if self.wrapped:
            kits = {"cmd": "list-all-kits", "data": kits}
        await self.sio.emit("list-all-kits-result", kits, to=sid)

    async def _to_kit(self, sid: str, payload: dict[str, Any]) -> None:
        self.requests.append(payload)
        kit = self.kits.get(payload.get("to_kit_id", ""))
        if kit is None or not payload.get("cmd"):
            return  # the original says nothing
        forwarded = {"request_from": sid, **payload}
        await self.sio.emit("messageToKit", forwarded, to=kit["socket_id"])

    async def _to_client(self, _sid: str, payload: dict[str, Any]) -> None:
        if payload.get("request_from"):
            await self.sio.emit("messageToKit-kitReply", payload, to=payload["request_from"])

    async def _disconnect(self, sid: str, *_: Any) -> None:
        self.sids.discard(sid)
        self.clients.pop(sid, None)
        for kit in self.kits.values():
            if kit["socket_id"] == sid:
                kit["is_online"] = False
                await self.announce()


class OriginalKit:
    """A kit as of SY2: no ids in replies, every write a success, values sent by the clock.

    ``on`` replaces the behaviour of single commands; ``deaf_to_stop`` counts Stop requests
    that it misses.
    """

    def __init__(self, hub: OriginalHub, kit_id: str = "RunTime-Old") -> None:
        self.hub = hub
        self.kit_id = kit_id
        self.sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self.sio.on("messageToKit", self._message)
        self.values: dict[str, Any] = {"Vehicle.Speed": 0.0, "Vehicle.Custom.Thing": None}
        self.mocks: list[dict[str, Any]] = [{"signal": "Vehicle.Speed", "value": "0"}]
        self.subscribers: dict[str, list[str]] = {}
        self.subscriptions: list[list[str]] = []
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.on: dict[str, Handler] = {}
        self.deaf_to_stop = 0
        self.stops = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.sio.connect(self.hub.url)
        await self.sio.emit("register_kit", {"kit_id": self.kit_id, "name": self.kit_id})
        self._spawn(self._tick())
        async with asyncio.timeout(PATIENCE):
            while not self.hub.kits.get(self.kit_id, {}).get("is_online"):
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        for process in list(self.running.values()):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sio.disconnect()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.03)
            for sid, apis in list(self.subscribers.items()):
                known = {path: self.values[path] for path in apis if path in self.values}
                await self._reply({"request_from": sid, "cmd": "apis-value"}, result=known)

    async def _message(self, request: dict[str, Any]) -> None:
        async def reply(**fields: Any) -> None:
            await self._reply(request, **fields)

        cmd = request["cmd"]
        handler = self.on.get(cmd) or getattr(self, f"_{cmd.replace('-', '_')}", None)
        if handler is not None:
            self._spawn(handler(request, reply))

    async def _reply(self, request: dict[str, Any], **fields: Any) -> None:
        if self.sio.connected:
            message = {
                "kit_id": self.kit_id,
                "request_from": request["request_from"],
                "cmd": request["cmd"],
                **fields,
            }
            await self.sio.emit("messageToKit-kitReply", message)

    async def _subscribe_apis(self, request: dict[str, Any], reply: Reply) -> None:
        self.subscribers[request["request_from"]] = request["apis"]
        self.subscriptions.append(request["apis"])
        await reply(result="Successful")

    async def _unsubscribe_apis(self, request: dict[str, Any], reply: Reply) -> None:
        del self.subscribers[request["request_from"]]
        await reply(result="Successful")

    async def _write_signals_value(self, request: dict[str, Any], reply: Reply) -> None:
        self.values.update((k, v) for k, v in request["data"].items() if k in self.values)
        await reply(data={}, result="Successful")

    async def _list_mock_signal(self, _request: dict[str, Any], reply: Reply) -> None:
        await reply(data=self.mocks, result="Successful")

    async def _set_mock_signals(self, request: dict[str, Any], reply: Reply) -> None:
        wanted = [i for i in request["data"] if i.get("signal") in self.values]
        self.mocks = [{"signal": i["signal"], "value": str(i["value"])} for i in wanted]
        await reply(data=self.mocks, result="Successful")

    async def _get_runtime_info(self, _request: dict[str, Any], reply: Reply) -> None:
        runners = [
            {"appName": "App", "request_from": sid, "from": time.time()} for sid in self.running
        ]
        entries = {s: {"apis": a, "from": time.time()} for s, a in self.subscribers.items()}
        await reply(data={"lsOfRunner": runners, "lsOfApiSubscriber": entries})

    async def _run_python_app(self, request: dict[str, Any], reply: Reply) -> None:
        code = request["data"].get("code")
        if not code:
            await reply(result="Error: Missing code", data="")
            return
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-u",
            "-c",
            code,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.running[request["request_from"]] = process
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode().rstrip()
            if text:
                await reply(data="", isDone=False, result=f"{text}\r\n", code=0)
        number = await process.wait()
        del self.running[request["request_from"]]
        await reply(data="", isDone=True, result="", code=number)

    async def _stop_python_app(self, request: dict[str, Any], _reply: Reply) -> None:
        self.stops += 1
        process = self.running.get(request["request_from"])
        if process is not None and self.stops > self.deaf_to_stop:
            process.kill()


class World:
    """An original hub and kit on a thread of their own."""

    def __init__(self) -> None:
        self.thread = LoopThread("original-peers")
        self.hub = self.call(self._make())
        self.kits: list[OriginalKit] = []
        self.call(self.hub.start())

    async def _make(self) -> OriginalHub:
        return OriginalHub()

    def call(self, work: Any) -> Any:
        return self.thread.call(work, PATIENCE)

    def add_kit(self, kit_id: str = "RunTime-Old") -> OriginalKit:
        async def make() -> OriginalKit:
            kit = OriginalKit(self.hub, kit_id)
            await kit.start()
            return kit

        kit: OriginalKit = self.call(make())
        self.kits.append(kit)
        return kit

    def close(self) -> None:
        for kit in self.kits:
            self.call(kit.stop())
        self.call(self.hub.stop())
        self.thread.close()


async def until(condition: Callable[[], Any], what: str = "") -> Any:
    """Wait until ``condition()`` is true and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"never: {what or condition}"
        await asyncio.sleep(0.01)
    return found


def soon(condition: Callable[[], Any], what: str = "") -> Any:
    """The same for tests without a loop."""
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"never: {what or condition}"
        tick.wait(0.01)
    return found


@pytest.fixture
def wait_until() -> Callable[..., Awaitable[Any]]:
    return until


@pytest.fixture
def wait_for() -> Callable[..., Any]:
    return soon


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def old_kit(world: World) -> OriginalKit:
    return world.add_kit()


@pytest.fixture
async def old_client(world: World, old_kit: OriginalKit) -> AsyncIterator[HubClient]:
    async with HubClient(world.hub.url) as client:
        yield client


@pytest.fixture(scope="module")
def embedded() -> Iterator[Embedded]:
    """The real hub and kit as processes, shared by the tests of one module."""
    with Embedded() as made:
        yield made


@pytest.fixture
async def client(embedded: Embedded) -> AsyncIterator[HubClient]:
    async with HubClient(embedded.url, embedded.token) as made:
        yield made


@pytest.fixture
def session(embedded: Embedded) -> Iterator[Session]:
    with Session(embedded.url, embedded.token, embedded.kit_id) as made:
        yield made
