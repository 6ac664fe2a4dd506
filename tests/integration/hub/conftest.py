"""A real hub process, and Socket.IO peers that remember what they received."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import socketio

TOKEN = "test-token"
PATIENCE = 20.0


class Hub:
    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.pid = process.pid

    async def end(self) -> int:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


async def start_hub(*arguments: str, env: dict[str, str] | None = None) -> Hub:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "autowrx_server.hub", "--announce", "--port", "0", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "AUTOWRX_TOKEN": TOKEN, **(env or {})},
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    return Hub(process, json.loads(line)["url"])


class Peer:
    """One socketio client; ``heard`` has everything in order."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncClient(
            reconnection=False,
            handle_sigint=False,
            websocket_extra_options={"max_msg_size": 0},
        )
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()
        self.sio.on("*", self._hear)

    def _hear(self, event: str, *args: Any) -> None:
        self.heard.append((event, args[0] if args else None))
        self._news.set()

    @property
    def sid(self) -> str:
        return str(self.sio.get_sid())

    async def emit(self, event: str, payload: Any = None) -> None:
        await self.sio.emit(event, payload)

    async def until(self, event: str, matches: Callable[[Any], bool] = lambda payload: True) -> Any:
        """Return and drop the first fitting message, waiting for it."""

        async def look() -> Any:
            while True:
                for index, (name, payload) in enumerate(self.heard):
                    if name == event and matches(payload):
                        del self.heard[index]
                        return payload
                self._news.clear()
                await self._news.wait()

        return await asyncio.wait_for(look(), PATIENCE)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    running = await start_hub()
    yield running
    await running.end()


@pytest.fixture
async def starter() -> AsyncIterator[Callable[..., Any]]:
    """Start hubs with arguments of the test's own."""
    running: list[Hub] = []

    async def start(*arguments: str, **keywords: Any) -> Hub:
        running.append(await start_hub(*arguments, **keywords))
        return running[-1]

    yield start
    for one in running:
        await one.end()


@pytest.fixture(params=["websocket", "polling", "upgrade"])
def transports(request: pytest.FixtureRequest) -> list[str] | None:
    return None if request.param == "upgrade" else [request.param]


@pytest.fixture
async def join() -> AsyncIterator[Callable[..., Any]]:
    """Connect peers and disconnect them at the end."""
    peers: list[Peer] = []

    async def connect(
        url: str, *, token: str | None = TOKEN, transports: list[str] | None = None, **options: Any
    ) -> Peer:
        peer = Peer()
        peers.append(peer)
        if token is not None:
            options["auth"] = {"token": token}
        await peer.sio.connect(
            url, transports=transports or ["websocket"], wait_timeout=PATIENCE, **options
        )
        return peer

    yield connect
    for peer in peers:
        if peer.sio.connected:
            await peer.sio.disconnect()
