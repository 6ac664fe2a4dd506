"""The runtime state: which apps run, who watches signals; reported on every change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..protocol import Runner, commands, events
from .outbox import Outbox


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One client that watches signals; ``since`` is in seconds since 1970."""

    since: float
    apis: Sequence[str]
    user_id: str | None = None
    username: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of ``lsOfApiSubscriber``."""
        entry: dict[str, Any] = {"from": self.since, "apis": list(self.apis)}
        if self.user_id is not None:
            entry["user_id"] = self.user_id
        if self.username is not None:
            entry["username"] = self.username
        return entry


class RuntimeState:
    """Builds the state and reports it to the hub and to the subscribers.

    Several changes in one turn of the loop make one report.
    """

    def __init__(self, kit_id: str, outbox: Outbox) -> None:
        self._kit_id = kit_id
        self._outbox = outbox
        self._runners: Callable[[], Sequence[Runner]] = list
        self._subscribers: Callable[[], Mapping[str, Subscriber]] = dict
        self._due: asyncio.Handle | None = None

    def watch(
        self,
        runners: Callable[[], Sequence[Runner]],
        subscribers: Callable[[], Mapping[str, Subscriber]],
    ) -> None:
        """Take the lists from these functions."""
        self._runners = runners
        self._subscribers = subscribers

    def to_json(self) -> dict[str, Any]:
        """Return the state as the union of what original and seed-shaped peers read."""
        runners, subscribers = self._runners(), self._subscribers()
        return {
            "noOfRunner": len(runners),
            "noSubscriber": len(subscribers),
            "noOfApiSubscriber": len(subscribers),
            "lsOfRunner": [runner.to_json() for runner in runners],
            "lsOfApiSubscriber": {
                client: subscriber.to_json() for client, subscriber in subscribers.items()
            },
        }

    def changed(self) -> None:
        """Report soon."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_soon(self.report)

    def report(self) -> None:
        """Report now; also after every registration, since the hub starts with zeros."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        data = self.to_json()
        self._outbox.post(events.REPORT_RUNTIME_STATE, {"kit_id": self._kit_id, "data": data})
        for client in self._subscribers():
            self._outbox.post(
                events.KIT_REPLY,
                {
                    "kit_id": self._kit_id,
                    "request_from": client,
                    "cmd": commands.REPORT_RUNTIME_STATE,
                    "data": data,
                },
            )
