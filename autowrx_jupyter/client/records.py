"""What the client hands out: results and records as plain dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autowrx_jupyter.protocol import KitRecord, Runner

RUN_ID = "run_id"
"""Capability in ``support_apis``: the kit marks every message of a run with its id."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a program's output.

    ``stream`` is ``"stdout"`` or ``"stderr"``. ``dropped`` counts the lines that were
    left out before this piece because nobody read them in time; the text says so too.
    """

    text: str
    stream: str = "stdout"
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes
    ----------
    code
        Exit code; negative for a signal; 1 when the run could not start or was lost.
    tail
        The end of the output, at most 64 KiB.
    error
        Why it failed, if something other than the program itself says so: the kit
        refused it, the kit or the hub was lost, it ran into the kit's time limit.
    stopped
        Whether it was ended by ``Run.stop``.
    lost
        Whether kit or hub went away; the program may still be running there.
    """

    code: int
    tail: str = ""
    error: str | None = None
    stopped: bool = False
    lost: bool = False

    @property
    def ok(self) -> bool:
        """Whether the program ended with code 0 and nothing went wrong around it."""
        return self.code == 0 and self.error is None


@dataclass(frozen=True, slots=True)
class MockSignal:
    """One entry of a kit's mock list; ``value`` is its start value."""

    path: str
    value: Any = None
    datatype: str | None = None
    description: str = ""

    @classmethod
    def from_json(cls, item: Any) -> MockSignal | None:
        """Read an item of either spelling, ``signal`` or ``name`` (Q14)."""
        if not isinstance(item, dict):
            return None
        path = item.get("signal") or item.get("name")
        if not isinstance(path, str):
            return None
        datatype = item.get("type")
        return cls(
            path=path,
            value=item.get("value"),
            datatype=datatype if isinstance(datatype, str) else None,
            description=str(item.get("description") or ""),
        )


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """What a kit is doing: its running apps, and who subscribes to what."""

    runners: tuple[Runner, ...] = ()
    subscribers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Any) -> RuntimeInfo:
        """Read the ``data`` of ``get-runtime-info``; what does not fit is left out."""
        if not isinstance(data, dict):
            return cls()
        runners = []
        for item in data.get("lsOfRunner") or ():
            if isinstance(item, dict):
                started = item.get("from")
                runners.append(
                    Runner(
                        app_name=str(item.get("appName") or ""),
                        request_from=str(item.get("request_from") or ""),
                        started=_seconds(started),
                        user_id=item.get("user_id"),
                        username=item.get("username"),
                    )
                )
        subscribers = {}
        listed = data.get("lsOfApiSubscriber")
        if isinstance(listed, dict):
            for sid, entry in listed.items():
                apis = entry.get("apis") if isinstance(entry, dict) else None
                subscribers[str(sid)] = tuple(str(path) for path in apis or ())
        return cls(runners=tuple(runners), subscribers=subscribers)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1000 if value > 1e12 else float(value)  # milliseconds (Q10)


def has_capability(kit: KitRecord, name: str) -> bool:
    """Return whether a kit advertises ``name``; ``support_apis`` may be JSON text (Q11)."""
    listed = kit.support_apis
    if isinstance(listed, str):
        return f'"{name}"' in listed
    if isinstance(listed, dict):
        return name in listed
    return isinstance(listed, list) and name in listed
