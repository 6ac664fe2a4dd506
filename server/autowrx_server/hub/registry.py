"""The lists of kits: who registered which id, who may take it over, when it is forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from autowrx_jupyter.protocol import KitRecord, clean

from ..auth import Identity

MAX_ID = 256
"""Longest kit id and name, in characters."""
MAX_TEXT = 4096
"""Longest description, in characters."""
MAX_APIS = 65_536
"""Largest ``support_apis``, in bytes of JSON: every client gets it with every list."""
MAX_KITS_PER_PEER = 64
MAX_KITS = 10_000


class Refusal(Exception):
    """A request that is not granted; the text says why and what to do."""


@dataclass(slots=True)
class Kit:
    """One registered kit.

    ``correspondents`` are the sockets that have written to it: only they get its replies.
    ``waiting`` has, per command, the clients whose last request of it is not finished; it
    serves replies that do not say whom they are for.
    """

    record: KitRecord
    owner: Identity
    correspondents: set[str] = field(default_factory=set)
    waiting: dict[str, dict[str, None]] = field(default_factory=dict)
    offline_since: float | None = None

    def forget_client(self, sid: str) -> None:
        """Drop every trace of a client that has left."""
        self.correspondents.discard(sid)
        for cmd in [cmd for cmd, clients in self.waiting.items() if sid in clients]:
            self.done(cmd, sid)

    def done(self, cmd: str, sid: str) -> None:
        """Note that client ``sid`` waits no longer for an answer to ``cmd``."""
        clients = self.waiting.get(cmd)
        if clients is not None:
            clients.pop(sid, None)
            if not clients:
                del self.waiting[cmd]


def as_text(value: Any, what: str, limit: int) -> str:
    """Return a value of a registration as text (socket-protocol.md Q11).

    Raises
    ------
    Refusal
        It is an object or a list, or longer than ``limit`` characters.
    """
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise Refusal(f"{what} must be a text, not {type(value).__name__}")
    text = value if isinstance(value, str) else json.dumps(clean(value))
    if len(text) > limit:
        raise Refusal(f"{what} is longer than {limit} characters")
    return text


class KitTable:
    """Kits by id. One table for runtime kits, one for hardware kits.

    Parameters
    ----------
    hardware
        Records of hardware kits carry no counters.
    keep_offline
        How long a kit that left stays listed, in seconds.
    """

    def __init__(self, *, hardware: bool = False, keep_offline: float = 3600.0) -> None:
        self.hardware = hardware
        self.keep_offline = keep_offline
        self._kits: dict[str, Kit] = {}

    def __len__(self) -> int:
        return len(self._kits)

    def get(self, kit_id: str) -> Kit | None:
        """Return the kit of exactly this id, on line or not."""
        return self._kits.get(kit_id)

    def online(self) -> list[Kit]:
        """Return the kits that are connected now."""
        return [kit for kit in self._kits.values() if kit.record.is_online]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the list as it is announced."""
        return [kit.record.to_json(hardware=self.hardware) for kit in self._kits.values()]

    def register(
        self, sid: str, who: Identity, payload: dict[str, Any], now: float, now_ms: int
    ) -> tuple[Kit, str | None]:
        """Enter or replace a kit; return it and the socket that owned the id until now.

        Raises
        ------
        Refusal
            The record is unusable, or the id belongs to somebody else.
        """
        kit_id = as_text(payload.get("kit_id"), "kit_id", MAX_ID)
        if not kit_id:
            raise Refusal("kit_id is missing: set RUNTIME_NAME or the kit's --name")
        apis = clean(payload.get("support_apis"))
        if apis is None:
            apis = []
        if len(json.dumps(apis)) > MAX_APIS:
            raise Refusal(f"support_apis of kit {kit_id!r} is larger than {MAX_APIS} bytes")
        record = KitRecord(
            kit_id=kit_id,
            name=as_text(payload.get("name"), f"name of kit {kit_id!r}", MAX_ID),
            socket_id=sid,
            last_seen=now_ms,
            support_apis=apis,
            desc=as_text(payload.get("desc"), f"desc of kit {kit_id!r}", MAX_TEXT),
        )
        old = self._kits.get(kit_id)
        if old is None:
            if len(self._kits) >= MAX_KITS:
                raise Refusal(f"this hub holds {MAX_KITS} kits already")
            kit = self._kits[kit_id] = Kit(record, who)
            return kit, None
        previous = old.record.socket_id
        if previous != sid and not may_replace(old.owner, who):
            raise Refusal(
                f"the kit id {kit_id!r} belongs to {old.owner.user!r}, who proved another token; "
                "choose another name (RUNTIME_NAME) or use the same token"
            )
        old.record, old.owner, old.offline_since = record, who, None
        return old, previous if previous != sid else None

    def leave(self, kit_id: str, sid: str, now: float, now_ms: int) -> bool:
        """Mark a kit off line if the id still belongs to ``sid`` (Q30); tell whether it did."""
        kit = self._kits.get(kit_id)
        if kit is None or kit.record.socket_id != sid or not kit.record.is_online:
            return False
        kit.record.is_online = False
        kit.record.last_seen = now_ms
        kit.offline_since = now
        return True

    def expire(self, now: float) -> list[Kit]:
        """Forget kits that have been off line too long and return them."""
        gone = [
            kit
            for kit in self._kits.values()
            if kit.offline_since is not None and now >= kit.offline_since + self.keep_offline
        ]
        for kit in gone:
            del self._kits[kit.record.kit_id]
        return gone

    def forget_client(self, sid: str) -> None:
        """Drop every trace of a client that has left."""
        for kit in self._kits.values():
            kit.forget_client(sid)

    def next_expiry(self) -> float | None:
        """Return when the next kit is to be forgotten, on the core's clock."""
        times = [k.offline_since for k in self._kits.values() if k.offline_since is not None]
        return min(times) + self.keep_offline if times else None


def may_replace(owner: Identity, who: Identity) -> bool:
    """Tell whether ``who`` may take over a kit id that ``owner`` registered.

    The same token proves the same owner. An anonymous owner proved nothing, so on a hub
    that admits anonymous kits the newest one wins, as on the original hub.
    """
    return not owner.key or owner.key == who.key
