"""What the core wants from whoever moves its messages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol


class Transport(Protocol):
    """Carries events to peers. No method may call back into the core or block."""

    def send(self, sid: str, event: str, payload: Any) -> None:
        """Send one event to one peer, after all that was sent to it before; skip gone peers."""

    def broadcast(self, sids: Collection[str], event: str, payload: Any) -> None:
        """Send one event to several peers; it may be encoded once."""

    def wake(self, delay: float) -> None:
        """Call ``HubCore.tick`` after ``delay`` seconds, or earlier."""
