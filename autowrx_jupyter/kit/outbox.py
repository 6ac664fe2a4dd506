"""What the kit has to say, in order, until the hub has taken it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

BATCH = 128
"""Packets handed to the socket before it is asked whether they have left."""


@dataclass(slots=True)
class Post:
    """One event. ``build`` makes the payload when its turn comes; None then: nothing to say.

    ``on_sent`` is called once, when the packet has left or is given up.
    """

    event: str
    build: Callable[[], Any]
    on_sent: Callable[[], None] | None = None


class Outbox:
    """A first-in first-out queue between the kit and its hub link.

    Belongs to the kit's loop. It is bounded: when the hub is away or too slow and ``limit``
    packets wait, the oldest go, and a line in the log says how many. Programs never fill it,
    since each has only a window of unsent text (see :mod:`.programs.output`).
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._posts: deque[Post] = deque()
        self._filled = asyncio.Event()
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._posts)

    @property
    def dropped(self) -> int:
        """Return how many packets were lost to the limit so far."""
        return self._dropped

    def post(self, event: str, payload: Any, on_sent: Callable[[], None] | None = None) -> None:
        """Queue an event; never waits."""
        self.post_late(event, lambda: payload, on_sent)

    def post_late(
        self, event: str, build: Callable[[], Any], on_sent: Callable[[], None] | None = None
    ) -> None:
        """Queue an event whose payload is made just before it is sent."""
        if len(self._posts) >= self._limit:
            lost = self._posts.popleft()
            if self._dropped % self._limit == 0:
                log.warning("more than %d packets wait for the hub: the oldest go", self._limit)
            self._dropped += 1
            if lost.on_sent is not None:
                lost.on_sent()
        self._posts.append(Post(event, build, on_sent))
        self._filled.set()

    async def take(self) -> list[Post]:
        """Wait for posts and return the next ones in order."""
        while not self._posts:
            self._filled.clear()
            await self._filled.wait()
        return [self._posts.popleft() for _ in range(min(BATCH, len(self._posts)))]
