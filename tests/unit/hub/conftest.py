"""A core with a transport that only notes what it is told, and a clock that tests move."""

from collections.abc import Collection
from typing import Any

import pytest
from autowrx_server.auth import ANONYMOUS, Identity
from autowrx_server.hub import HubCore

OWNER = Identity("ann", "user", "key-ann")


class Bench:
    def __init__(self, window: float = 1.0) -> None:
        self.now = 1000.0
        self.sent: list[tuple[str, str, Any]] = []
        self.wakes: list[float] = []
        self.core = HubCore(
            self, window=window, clock=lambda: self.now, wall_ms=lambda: int(self.now * 1000)
        )
        self.owner = OWNER
        self.anonymous = ANONYMOUS
        self.stranger = Identity("bob", "user", "key-bob")

    # Transport
    def send(self, sid: str, event: str, payload: Any) -> None:
        self.sent.append((sid, event, payload))

    def broadcast(self, sids: Collection[str], event: str, payload: Any) -> None:
        self.sent.extend((sid, event, payload) for sid in sids)

    def wake(self, delay: float) -> None:
        self.wakes.append(delay)

    # Shorthand
    def join(self, *sids: str, who: Identity = OWNER) -> None:
        for sid in sids:
            self.core.connect(sid, who)

    def kit(self, sid: str, kit_id: str = "K", who: Identity = OWNER, **fields: Any) -> None:
        if sid not in self.core._peers:
            self.core.connect(sid, who)
        self.core.handle(sid, "register_kit", {"kit_id": kit_id, "name": kit_id, **fields})

    def ask(self, sid: str, cmd: str, kit_id: str = "K", **fields: Any) -> None:
        self.core.handle(sid, "messageToKit", {"cmd": cmd, "to_kit_id": kit_id, **fields})

    def answer(self, sid: str, **payload: Any) -> None:
        self.core.handle(sid, "messageToKit-kitReply", payload)

    def taken(self) -> list[tuple[str, str, Any]]:
        sent, self.sent = self.sent, []
        return sent

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.core.tick()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def bench_class() -> type[Bench]:
    """For Hypothesis, which wants a fresh one per example."""
    return Bench
