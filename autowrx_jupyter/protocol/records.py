"""Entries of the kit list and of the runtime state (socket-protocol.md section 2.2)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


def now_ms() -> int:
    """Return the time as milliseconds since 1970, the unit of ``last_seen``."""
    return time.time_ns() // 1_000_000


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


@dataclass(slots=True)
class KitRecord:
    """One kit as the hub announces it.

    ``last_seen`` is in milliseconds, set on registration and on disconnection. The web
    front end calls string methods on ``kit_id`` and ``name``, so both are always text (Q11).
    """

    kit_id: str
    name: str = ""
    socket_id: str = ""
    last_seen: int = 0
    is_online: bool = True
    runners: int = 0
    subscribers: int = 0
    support_apis: Any = field(default_factory=list)
    desc: str = ""

    def to_json(self, *, hardware: bool = False) -> dict[str, Any]:
        """Return the record as it goes over the wire; hardware kits have no counters."""
        record: dict[str, Any] = {
            "socket_id": self.socket_id,
            "kit_id": self.kit_id,
            "name": self.name,
            "last_seen": self.last_seen,
            "is_online": self.is_online,
        }
        if not hardware:
            record["noRunner"] = self.runners
            record["noSubscriber"] = self.subscribers
        record["support_apis"] = self.support_apis
        record["desc"] = self.desc
        return record

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> KitRecord:
        """Read a record of any hub version; absent fields get their defaults."""
        return cls(
            kit_id=_text(record.get("kit_id")),
            name=_text(record.get("name")),
            socket_id=_text(record.get("socket_id")),
            last_seen=_count(record.get("last_seen")),
            is_online=bool(record.get("is_online", True)),
            runners=_count(record.get("noRunner")),
            subscribers=_count(record.get("noSubscriber")),
            support_apis=record.get("support_apis") or [],
            desc=_text(record.get("desc")),
        )


@dataclass(slots=True)
class ClientRecord:
    """One registered client (``GET /listAllClient``)."""

    socket_id: str
    username: str | None = None
    user_id: str | None = None
    domain: str | None = None
    last_seen: int = 0
    is_online: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the record; identity fields that were not sent stay absent."""
        record: dict[str, Any] = {"last_seen": self.last_seen, "is_online": self.is_online}
        for name in ("username", "user_id", "domain"):
            value = getattr(self, name)
            if value is not None:
                record[name] = value
        return record


@dataclass(slots=True)
class Runner:
    """A running app in the runtime info; ``started`` is in seconds since 1970."""

    app_name: str
    request_from: str
    started: float
    user_id: str | None = None
    username: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of ``lsOfRunner``."""
        entry: dict[str, Any] = {
            "appName": self.app_name,
            "request_from": self.request_from,
            "from": self.started,
        }
        if self.user_id is not None:
            entry["user_id"] = self.user_id
        if self.username is not None:
            entry["username"] = self.username
        return entry


def kits_from_announcement(payload: Any) -> list[KitRecord]:
    """Read ``list-all-kits-result``: a bare array, or an object with ``data``/``content`` (Q1).

    Records that are no objects or have no id are left out (Q11).
    """
    if isinstance(payload, dict):
        payload = payload.get("data", payload.get("content"))
    if not isinstance(payload, list):
        return []
    return [
        KitRecord.from_json(item)
        for item in payload
        if isinstance(item, dict) and item.get("kit_id")
    ]
