"""Watching signals: several watches of a client share one subscription at a kit."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from .errors import ClientError, RequestTimeoutError

log = logging.getLogger(__name__)

Values = dict[str, Any]
Callback = Callable[[Values], Any]

RENEW_EVERY = 30.0
"""Seconds; a subscription lives 60 s at a kit."""
LINGER = 5.0
"""Seconds for which paths stay subscribed after a read: the next one is likely near."""
SETTLE = 1.0
"""Seconds after which a packet that overtook the kit's answer is taken as complete."""
MAX_QUEUED = 1024
"""Packets kept for an iterator that is behind."""


class Watch:
    """The live values of some signals. Made by ``KitHandle.watch``; belongs to its loop.

    ``values`` are the last known ones, also while kit or hub are lost. A signal without
    a value is None; one that the kit does not know is absent. Iterating yields a dict of
    all its values at each change; an iterator that is behind loses the oldest ones,
    counted in ``dropped``.
    """

    def __init__(
        self, owner: Subscription, paths: tuple[str, ...], callback: Callback | None
    ) -> None:
        self.paths = paths
        self.values: Values = {}
        self.dropped = 0
        self.closed = False
        self._owner = owner
        self._callback = callback
        self._fresh = True
        self._queue: deque[Values] = deque()
        self._wake = asyncio.Event()
        self._iterated = False

    def __repr__(self) -> str:
        return f"<Watch {', '.join(self.paths)}{' (closed)' if self.closed else ''}>"

    def close(self) -> None:
        """End it; the kit stops sending what nobody else watches."""
        if not self.closed:
            self.closed = True
            self._wake.set()
            self._owner.remove(self)

    def deliver(self, values: Values) -> None:
        """Take the kit's values; tell about them if one of ours changed, or at first."""
        mine = {path: values[path] for path in self.paths if path in values}
        if self.closed or (mine == self.values and not self._fresh):
            return
        self._fresh = False
        self.values = mine
        if self._iterated:
            if len(self._queue) >= MAX_QUEUED:
                self._queue.popleft()
                self.dropped += 1
            self._queue.append(dict(mine))
            self._wake.set()
        if self._callback is not None:
            try:
                self._callback(dict(mine))
            except Exception:
                log.exception("a watch of %s failed", ", ".join(self.paths))

    async def read(self) -> Values | None:
        """Return the next values, waiting for them; None when the watch is closed."""
        if not self._iterated:
            self._iterated = True
            if not self._fresh:
                self._queue.append(dict(self.values))
        while not self._queue:
            if self.closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    async def __aiter__(self) -> AsyncIterator[Values]:
        while (values := await self.read()) is not None:
            yield values


class _Reader:
    """Somebody who waits for a packet that is newer than his question."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self.answer: asyncio.Future[Values] = asyncio.get_running_loop().create_future()

    def settle(self, values: Values) -> None:
        if not self.answer.done():
            self.answer.set_result({path: values[path] for path in self.paths if path in values})


class Subscription:
    """All that one client watches at one kit. Belongs to one loop.

    A kit keeps one list per socket, so this is the union of all watches. Changes made
    together go out together.

    Parameters
    ----------
    send
        ``await send(paths)`` tells the kit the whole list and returns when it has
        answered; an empty list unsubscribes.
    """

    def __init__(self, kit_id: str, send: Callable[[list[str]], Awaitable[None]]) -> None:
        self.kit_id = kit_id
        self.values: Values = {}
        self._send = send
        self._watches: set[Watch] = set()
        self._lingering: dict[str, float] = {}
        self._sent: list[str] | None = None
        self._dirty = False
        self._renew_at = 0.0
        self._nudge = asyncio.Event()
        self._asked: list[_Reader] = []
        self._answered: list[_Reader] = []
        self._packet_since_send = False
        self._task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody watches or reads here."""
        return not (self._watches or self._lingering or self._asked or self._answered)

    def add(self, paths: Iterable[str], callback: Callback | None) -> Watch:
        """Begin to watch ``paths``."""
        watch = Watch(self, tuple(dict.fromkeys(paths)), callback)
        self._watches.add(watch)
        self.renew()
        return watch

    def remove(self, watch: Watch) -> None:
        """Forget a watch."""
        self._watches.discard(watch)
        self.renew()

    def renew(self) -> None:
        """Tell the kit the list again, soon."""
        self._dirty = True
        self._wake()

    def _wake(self) -> None:
        self._nudge.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep())

    async def read(self, paths: tuple[str, ...], timeout: float) -> Values:
        """Return present values; paths that the kit does not know are absent."""
        reader = _Reader(paths)
        self._asked.append(reader)
        self.renew()
        try:
            return await asyncio.wait_for(reader.answer, timeout)
        except TimeoutError:
            raise RequestTimeoutError(
                f"kit {self.kit_id} sent no signal values within {timeout:g} s; "
                "is its signal broker running?"
            ) from None
        finally:
            for waiting in (self._asked, self._answered):
                if reader in waiting:
                    waiting.remove(reader)
            self._lingering.update(dict.fromkeys(paths, time.monotonic() + LINGER))
            self._wake()

    def packet(self, values: Values) -> None:
        """Take one ``apis-value`` packet."""
        # Merged, because packets of some kits leave signals out (Q18).
        self.values.update(values)
        self._packet_since_send = True
        for watch in list(self._watches):
            watch.deliver(self.values)
        settled, self._answered = self._answered, []
        for reader in settled:
            reader.settle(values)
        # A packet may overtake the answer to the list it belongs to.
        sent = set(self._sent or ())
        for reader in [r for r in self._asked if set(r.paths) <= sent & values.keys()]:
            self._asked.remove(reader)
            reader.settle(values)

    def close(self) -> None:
        """End all watches without telling the kit."""
        for watch in list(self._watches):
            watch.close()
        if self._task is not None:
            self._task.cancel()

    # -- the task that keeps the kit's list right -------------------------------------

    def _union(self) -> list[str]:
        now = time.monotonic()
        self._lingering = {path: t for path, t in self._lingering.items() if t > now}
        union = dict.fromkeys(path for watch in self._watches for path in watch.paths)
        union.update(dict.fromkeys(self._lingering))
        for reader in (*self._asked, *self._answered):
            union.update(dict.fromkeys(reader.paths))
        return sorted(union)

    async def _keep(self) -> None:
        while True:
            self._nudge.clear()
            union = self._union()
            due = time.monotonic() >= self._renew_at
            if self._dirty or union != (self._sent or []) or (union and due):
                self._dirty = False
                self._renew_at = time.monotonic() + RENEW_EVERY
                await self._tell(union)
            if self.idle and not self._sent:
                return
            try:
                await asyncio.wait_for(self._nudge.wait(), self._pause())
            except TimeoutError:
                continue
            await asyncio.sleep(0)  # let changes of the same moment join

    def _pause(self) -> float:
        until = min([self._renew_at, *self._lingering.values()])
        return max(0.01, until - time.monotonic())

    async def _tell(self, union: list[str]) -> None:
        if not union and not self._sent:
            return
        asked = list(self._asked)
        self._sent = union
        self._packet_since_send = False
        try:
            await self._send(union)
        except ClientError as error:
            self._sent = None
            for reader in asked:
                if reader in self._asked:
                    self._asked.remove(reader)
                    reader.answer.set_exception(error)
            log.info("cannot subscribe at kit %s: %s", self.kit_id, error)
            return
        asked = [reader for reader in asked if reader in self._asked]
        for reader in asked:
            self._asked.remove(reader)
        self._answered += asked
        if asked and self._packet_since_send:
            asyncio.get_running_loop().call_later(SETTLE, self._settle, asked)

    def _settle(self, readers: list[_Reader]) -> None:
        for reader in readers:
            if reader in self._answered:
                self._answered.remove(reader)
                reader.settle(self.values)
