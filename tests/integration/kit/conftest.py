"""A hub that behaves like the original Kit-Manager, a kit process and a client of both."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import socketio
from aiohttp import web

PATIENCE = 30


class OriginalHub:
    """The original hub's observable behaviour (socket-protocol.md section 2, KM2).

    Registers whoever asks, routes by exact kit id, puts ``request_from`` before the client's
    own fields, never acknowledges, drops what it cannot route without a word, does not read
    tokens. ``websocket_only=False`` and ``polling_only`` make it pick the transport.
    """

    def __init__(self, *, polling_only: bool = False) -> None:
        transports = ["polling"] if polling_only else ["polling", "websocket"]
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            async_handlers=False,
            max_http_buffer_size=100_000_000,
            cors_allowed_origins="*",
            transports=transports,
        )
        self.kits: dict[str, dict[str, Any]] = {}
        self.states: list[dict[str, Any]] = []
        self.registrations = 0
        self.news = asyncio.Condition()
        self.port = 0
        self._runner: web.AppRunner | None = None
        self.sio.on("register_kit", self._register_kit)
        self.sio.on("register_client", self._register_client)
        self.sio.on("list-all-kits", self._list)
        self.sio.on("messageToKit", self._to_kit)
        self.sio.on("messageToKit-kitReply", self._reply)
        self.sio.on("report-runtime-state", self._state)
        self.sio.on("disconnect", self._disconnect)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        self.sio.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for sid in list(self.sio.manager.rooms.get("/", {}).get(None, {})):
            await self.sio.disconnect(sid)
        if self._runner is not None:
            await self.sio.shutdown()
            await self._runner.cleanup()
            self._runner = None

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.news:
            await self.news.wait_for(condition)

    async def _changed(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def _register_kit(self, sid: str, payload: Any) -> None:
        if not payload.get("kit_id"):
            return
        self.registrations += 1
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
        await self._changed()

    async def _register_client(self, sid: str, payload: Any) -> None:
        if payload is None:
            return
        await self._list(sid)
        await self.sio.emit("list-all-hw-result", [], to=sid)

    async def _list(self, sid: str, _payload: Any = None) -> None:
        await self.sio.emit("list-all-kits-result", list(self.kits.values()), to=sid)

    async def _to_kit(self, sid: str, payload: Any) -> None:
        kit = self.kits.get(payload.get("to_kit_id"))
        if not payload.get("cmd") or kit is None:
            return
        await self.sio.emit("messageToKit", {"request_from": sid, **payload}, to=kit["socket_id"])

    async def _reply(self, _sid: str, payload: Any) -> None:
        if payload.get("request_from"):
            await self.sio.emit("messageToKit-kitReply", payload, to=payload["request_from"])

    async def _state(self, _sid: str, payload: Any) -> None:
        self.states.append(payload)
        kit = self.kits.get(payload.get("kit_id"))
        if kit is not None:
            kit["noRunner"] = payload["data"].get("noOfRunner", 0)
            kit["noSubscriber"] = payload["data"].get("noSubscriber", 0)
        await self._changed()

    async def _disconnect(self, sid: str, _reason: Any = None) -> None:
        for kit in self.kits.values():
            if kit["socket_id"] == sid:
                kit["is_online"] = False
        await self._changed()


class Client:
    """A client at the hub that keeps the kit's replies in order."""

    def __init__(self, kit_id: str) -> None:
        self.kit_id = kit_id
        self.replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sio = socketio.AsyncClient(
            handle_sigint=False, reconnection=False, websocket_extra_options={"max_msg_size": 0}
        )
        self.sio.on("messageToKit-kitReply", self.replies.put_nowait)

    async def connect(self, url: str) -> None:
        await self.sio.connect(url, transports=["websocket"], wait_timeout=10)

    @property
    def sid(self) -> str:
        """The socket id, under which the kit knows this client."""
        return self.sio.get_sid()

    async def send(self, cmd: str, **fields: Any) -> None:
        await self.sio.emit("messageToKit", {"cmd": cmd, "to_kit_id": self.kit_id, **fields})

    async def until(
        self, accept: Callable[[dict[str, Any]], Any], limit: float = PATIENCE
    ) -> list[dict[str, Any]]:
        """Return the replies up to the first one that ``accept`` likes."""
        seen: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(limit):
                while True:
                    seen.append(await self.replies.get())
                    if accept(seen[-1]):
                        return seen
        except TimeoutError:
            raise AssertionError(f"no such reply; seen: {str(seen)[-3000:]}") from None

    async def reply(self, cmd: str, limit: float = PATIENCE) -> dict[str, Any]:
        return (await self.until(lambda reply: reply["cmd"] == cmd, limit))[-1]

    async def ask(self, cmd: str, **fields: Any) -> dict[str, Any]:
        await self.send(cmd, **fields)
        return await self.reply(cmd)

    async def start(self, code: str, *, used: list[str] | None = None, **fields: Any) -> None:
        data = {"language": "python", "watch_vars": "", "code": code, "name": "App"}
        await self.send("run_python_app", usedAPIs=used or [], data=data, **fields)

    async def finish(self, limit: float = PATIENCE) -> RunOutcome:
        """Collect the messages of a run up to the final one."""
        messages = await self.until(
            lambda reply: reply["cmd"] == "run_python_app" and reply["isDone"], limit
        )
        return RunOutcome([m for m in messages if m["cmd"] == "run_python_app"])

    async def run(self, code: str, limit: float = PATIENCE, **fields: Any) -> RunOutcome:
        await self.start(code, **fields)
        return await self.finish(limit)

    async def text(self, wanted: str) -> str:
        """Wait until the output so far contains ``wanted``."""
        parts: list[str] = []

        def found(reply: dict[str, Any]) -> bool:
            if reply["cmd"] == "run_python_app":
                parts.append(reply["result"])
            return wanted in "".join(parts)

        await self.until(found)
        return "".join(parts)


class RunOutcome:
    """The messages of one run."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.final = messages[-1]
        self.code = self.final["code"]

    def text(self, stream: str | None = None) -> str:
        return "".join(
            m["result"]
            for m in self.messages[:-1]
            if stream is None or m.get("stream", "stdout") == stream
        )

    @property
    def out(self) -> str:
        return self.text("stdout")

    @property
    def err(self) -> str:
        return self.text("stderr")


class KitProcess:
    """A kit as its own process."""

    def __init__(self, process: asyncio.subprocess.Process, ready: asyncio.Task[bytes]) -> None:
        self.process = process
        self._ready = ready
        self.complaints: list[str] = []

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ready(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self._ready, PATIENCE)
        if not line:
            await self.process.wait()
            raise AssertionError(f"the kit ended: {self.complaints}")
        return json.loads(line)

    async def complaint(self, wanted: str) -> str:
        """Wait for a line on stderr that contains ``wanted``."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.complaints:
                    if wanted in line:
                        return line
                line = (await self.process.stderr.readline()).decode()
                assert line, f"stderr ended without {wanted!r}: {self.complaints}"
                self.complaints.append(line)

    async def end(self) -> int:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(PATIENCE):
                rest = await self.process.stderr.read()
                self.complaints += rest.decode().splitlines()
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            raise


@pytest.fixture
async def hub() -> AsyncIterator[OriginalHub]:
    hub = OriginalHub()
    await hub.start()
    yield hub
    await hub.stop()


@pytest.fixture
def make_hub() -> type[OriginalHub]:
    return OriginalHub


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated packages are made once for all tests of a session."""
    return tmp_path_factory.mktemp("autowrx-cache")


@pytest.fixture
async def start_kit(
    tmp_path: Path, cache_folder: Path
) -> AsyncIterator[Callable[..., Awaitable[KitProcess]]]:
    """Start kits; they are ended with the test, and nothing of theirs may be left."""
    kits: list[KitProcess] = []
    (tmp_path / "runs").mkdir()

    async def start(url: str, *options: str, **env: str) -> KitProcess:
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AUTOWRX_", "SYNCER_", "RUNTIME_", "KUKSA_", "VSS_DATA"))
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "autowrx_jupyter.kit", "--name", "Test"),
            *(("--server", url) if url else ()),
            *("--announce", "--with-parent", "--cache-dir", str(cache_folder)),
            f"--KitSettings.runs_dir={tmp_path / 'runs'}",
            f"--KitSettings.files_dir={tmp_path / 'files'}",
            *options,
            env={**variables, **env},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        kit = KitProcess(process, asyncio.create_task(process.stdout.readline()))
        kits.append(kit)
        return kit

    yield start
    for kit in kits:
        await kit.end()
        kit._ready.cancel()
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.fixture
async def kit(hub: OriginalHub, start_kit: Callable[..., Awaitable[KitProcess]]) -> KitProcess:
    kit = await start_kit(hub.url)
    await kit.ready()
    return kit


@pytest.fixture
async def make_client(hub: OriginalHub) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    clients: list[Client] = []

    async def make(kit_id: str = "Runtime-Test") -> Client:
        client = Client(kit_id)
        await client.connect(hub.url)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.sio.disconnect()


@pytest.fixture
async def client(kit: KitProcess, make_client: Callable[..., Awaitable[Client]]) -> Client:
    return await make_client()
