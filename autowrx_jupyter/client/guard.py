"""Noticing that the kit or the hub of a run went away."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autowrx_jupyter.protocol import commands, events

from .errors import ClientError
from .records import RuntimeInfo
from .runs import Run

if TYPE_CHECKING:
    from .hub import HubClient

log = logging.getLogger(__name__)

TICK = 1.0
PROBE_EVERY = 3.0
"""Seconds between questions to hub and kit while something runs."""
SILENCE = 8.0
"""Seconds without any message after which hub or kit count as lost."""
OFFLINE = 5.0
"""Seconds for which a kit may be offline in the hub's list: it may be reconnecting."""
STARVED = 2.5
"""A tick that comes this late means that this process was held up, not the other one."""


@dataclass(slots=True)
class _Guarded:
    run: Run
    socket_id: str
    offline_since: float | None = None
    missing: int = 0


class RunGuard:
    """Ends runs whose kit or hub is gone; without it a run would wait for ever.

    It sleeps while nothing runs. A hub that closes the connection is noticed by the
    connection itself; this is for one that fell silent, and for kits.
    """

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub
        self._guarded: list[_Guarded] = []
        self._task: asyncio.Task[None] | None = None
        self._probed = 0.0

    def watch(self, run: Run) -> None:
        """Guard a run until it ends."""
        record = self._hub.record(run.kit_id)
        self._guarded.append(_Guarded(run, record.socket_id if record else ""))
        if self._task is None or self._task.done():
            self._task = self._hub.spawn(self._keep())

    async def _keep(self) -> None:
        begun = before = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            self._guarded = [item for item in self._guarded if not item.run.done]
            if not self._guarded:
                return
            now = time.monotonic()
            if now - before > STARVED:
                begun = now
            before = now
            if self._hub.state == "online":
                await self._probe(now)
                self._check_hub(now, begun)
            for item in self._guarded:
                self._check_kit(item, now, begun)

    async def _probe(self, now: float) -> None:
        if now - self._probed < PROBE_EVERY:
            return
        self._probed = now
        try:
            await self._hub.emit(events.LIST_ALL_KITS)
        except ClientError:
            return
        for kit_id in {item.run.kit_id for item in self._guarded}:
            if self._hub.is_ours(kit_id) or self._came_back(kit_id):
                self._hub.spawn(self._ask(kit_id))

    async def _ask(self, kit_id: str) -> None:
        try:
            reply = await self._hub.request(kit_id, commands.GET_RUNTIME_INFO, timeout=SILENCE)
        except ClientError as error:
            log.debug("no runtime info of %s: %s", kit_id, error)
            return
        info = RuntimeInfo.from_json(reply.get("data"))
        senders = {runner.request_from for runner in info.runners}
        for item in self._guarded:
            if item.run.kit_id != kit_id or not self._restarted(item):
                continue
            item.missing = 0 if item.run.sender in senders else item.missing + 1
            if item.missing >= 2:
                item.run.lose(
                    f"kit {kit_id} was started anew while {item.run.name!r} ran on it; "
                    "the app is gone"
                )

    def _check_hub(self, now: float, begun: float) -> None:
        if now - max(self._hub.heard.get("", 0.0), begun) > SILENCE:
            self._hub.drop_connection(f"no answer for {SILENCE:g} s")

    def _check_kit(self, item: _Guarded, now: float, begun: float) -> None:
        run, record = item.run, self._hub.record(item.run.kit_id)
        if self._hub.state != "online" or (record is not None and record.is_online):
            item.offline_since = None
        elif item.offline_since is None:
            item.offline_since = now
        elif now - item.offline_since >= OFFLINE:
            run.lose(f"lost the kit {run.kit_id} while {run.name!r} ran on it")
            return
        heard = max(self._hub.heard.get(run.kit_id, 0.0), run.last_message, begun)
        if run.strict and self._hub.state == "online" and now - heard > SILENCE:
            run.lose(
                f"kit {run.kit_id} does not answer any more (for {SILENCE:g} s, "
                f"while {run.name!r} ran on it)"
            )

    def _restarted(self, item: _Guarded) -> bool:
        record = self._hub.record(item.run.kit_id)
        return record is not None and record.is_online and record.socket_id != item.socket_id

    def _came_back(self, kit_id: str) -> bool:
        return any(i.run.kit_id == kit_id and self._restarted(i) for i in self._guarded)
