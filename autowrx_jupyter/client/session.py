"""The plain front of the client: blocking calls for notebooks and scripts."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from autowrx_jupyter.protocol import KitRecord

from .errors import ClientError, KitNotFoundError
from .hub import LOST, ONLINE, HubClient
from .kit import KitHandle
from .loop import Dispatcher, LoopThread
from .records import Chunk, RunResult
from .runs import Run
from .signals import Signals
from .watching import SessionWatch

if TYPE_CHECKING:
    import asyncio

    from autowrx_jupyter.vss import Catalogue

    from .backend import Backend
    from .embedded import Embedded

log = logging.getLogger(__name__)

T = TypeVar("T")

NONE = "none"
FIRST_KIT_TIMEOUT = 15.0


class Session:
    """A connection to a hub, with one kit chosen. Made by ``connect`` and ``session``.

    All methods may be called from any thread, also while that thread runs an event loop
    of its own; they wait for the answer. To wait without blocking, hand coroutines of
    ``hub`` and ``kit_handle`` to ``wrap``. Callbacks run on a thread of the session.

    Parameters
    ----------
    url, token
        The hub.
    kit
        Kit to begin with, by id or name. None takes the only one that is online, if so.
    embedded
        Hub and kit that were started for this session and end with it.

    Attributes
    ----------
    hub
        The asynchronous client; its methods run on the session's loop (``call``, ``wrap``).
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        kit: str | None = None,
        *,
        embedded: Embedded | None = None,
    ) -> None:
        self._pid = os.getpid()
        self._embedded = embedded
        self._lock = threading.RLock()
        self._kit_id: str | None = None
        self._watches: list[SessionWatch] = []
        self._state_callbacks: list[Callable[[str], Any]] = []
        self._told = NONE
        self.closed = False
        self._thread = LoopThread("autowrx-client")
        self.dispatcher = Dispatcher("autowrx-callbacks")
        try:
            self.hub: HubClient = self.call(self._make(url, token))
            self._signals = Signals(self)
            if kit is not None:
                self._choose(self.call(self._wait_for(kit)).kit_id)
            else:
                online = [record for record in self.hub.known_kits if record.is_online]
                if len(online) == 1:
                    self._choose(online[0].kit_id)
        except BaseException:
            self.close()
            raise
        self._told = self.state

    async def _make(self, url: str, token: str | None) -> HubClient:
        hub = HubClient(url, token)
        await hub.connect()
        hub.on_state(lambda _: self._changed())
        hub.on_kits(lambda _: self._changed())
        return hub

    async def _wait_for(self, name: str) -> KitRecord:
        return await self.hub.find(name)

    @property
    def usable(self) -> bool:
        """Whether it is open and belongs to this process, not to one that forked it."""
        return not self.closed and self._thread.usable

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.state
        return (
            f"<Session {getattr(self, 'hub', None) and self.hub.address}, {self._kit_id}, {state}>"
        )

    # -- from other threads and loops --------------------------------------------------

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine of ``hub`` or ``kit_handle`` and wait for its result."""
        return self._thread.call(work, timeout)

    def wrap(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run such a coroutine; the result is awaited in the caller's loop."""
        return self._thread.wrap(work)

    async def stream(self, run: Run) -> AsyncIterator[Chunk]:
        """Yield the output of a run in the caller's loop."""
        while (chunk := await self.wrap(run.read())) is not None:
            yield chunk

    # -- kits --------------------------------------------------------------------------

    def kits(self) -> list[KitRecord]:
        """Return the kits of the hub, offline ones too."""
        return self.call(self.hub.kits())

    def use(self, name: str) -> KitRecord:
        """Choose a kit by its id, or by its name without the prefix.

        Watches of this session move to it.

        Raises
        ------
        KitNotFoundError
            The text lists the kits that are online.
        """
        record = self.call(self.hub.find(name))
        self._choose(record.kit_id)
        return record

    @property
    def kit_id(self) -> str | None:
        """Id of the chosen kit, or None."""
        return self._kit_id

    @property
    def kit_handle(self) -> KitHandle:
        """The chosen kit.

        Raises
        ------
        KitNotFoundError
            None is chosen yet and not exactly one is online.
        """
        with self._lock:
            if self._kit_id is None:
                online = [record.kit_id for record in self.hub.known_kits if record.is_online]
                if len(online) != 1:
                    listed = f"online are: {', '.join(sorted(online))}" if online else "none online"
                    raise KitNotFoundError(
                        f"no kit is chosen at {self.hub.address} ({listed}); choose one with "
                        "use(NAME) or %kit use NAME"
                    )
                self._choose(online[0])
            assert self._kit_id is not None
            return self.hub.kit(self._kit_id)

    @property
    def state(self) -> str:
        """``"online"``, ``"lost"`` (kit or hub is away), or ``"none"`` (no kit chosen)."""
        if self._kit_id is None:
            return NONE
        record = self.hub.record(self._kit_id)
        there = self.hub.state == ONLINE and record is not None and record.is_online
        return ONLINE if there else LOST

    def on_state(self, callback: Callable[[str], Any]) -> Callable[[], None]:
        """Call ``callback(state)`` when kit or hub go or come back, or another kit is chosen.

        Returns a function that ends this.
        """
        self._state_callbacks.append(callback)

        def forget() -> None:
            if callback in self._state_callbacks:
                self._state_callbacks.remove(callback)

        return forget

    def _choose(self, kit_id: str) -> None:
        with self._lock:
            if kit_id == self._kit_id:
                return
            self._kit_id = kit_id
            watches = list(self._watches)
        for watch in watches:
            watch.move()
        self._changed(force=True)

    def _changed(self, *, force: bool = False) -> None:
        if not hasattr(self, "hub"):
            return
        state = self.state
        if state == self._told and not force:
            return
        self._told = state
        for callback in list(self._state_callbacks):
            self.dispatcher.post(callback, callback, state)

    # -- signals -----------------------------------------------------------------------

    @property
    def catalogue(self) -> Catalogue:
        """The signals, with unit and limits."""
        return self._signals.catalogue

    def get(self, *paths: str) -> Any:
        """Return the present value of a signal; of several, a dict.

        None means that the signal has no value yet.

        Raises
        ------
        SignalValueError
            The kit knows no such signal; the text names close ones.
        """
        return self.call(self._signals.get(paths))

    def set(self, path: str, value: Any) -> None:
        """Write one signal: a sensor's value, an actuator's target.

        Raises
        ------
        SignalValueError
            Unknown signal, wrong type, out of range, not allowed.
        """
        self.call(self._signals.set({path: value}))

    def set_many(self, values: dict[str, Any]) -> None:
        """Write several signals together; those that are fine are written in any case."""
        self.call(self._signals.set(values))

    def watch(
        self,
        paths: str | Iterable[str],
        callback: Callable[[dict[str, Any]], Any] | None = None,
    ) -> SessionWatch:
        """Follow signals; ``callback`` gets a dict of all their values at each change.

        It runs on a thread of the session; one that is slow misses values in between,
        never the newest. Patterns (``Vehicle.Cabin.**``) stand for all they fit.
        """
        expanded = self._signals.expand([paths] if isinstance(paths, str) else list(paths))
        _ = self.kit_handle  # a clear error now if none is chosen
        watch = SessionWatch(self, expanded, callback)
        with self._lock:
            self._watches.append(watch)
        watch.move()
        return watch

    def forget(self, watch: SessionWatch) -> None:
        """Take a closed watch off the list."""
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)

    def run_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call a function on the session's loop."""
        self._thread.run_soon(callback, *args)

    # -- programs ----------------------------------------------------------------------

    def start(self, code: str, **options: Any) -> Run:
        """Start a program on the chosen kit; options as in ``KitHandle.start``."""
        return self.call(self.kit_handle.start(code, **options))

    def run(self, code: str, *, echo: bool = True, **options: Any) -> RunResult:
        """Run a program on the chosen kit until it ends.

        Parameters
        ----------
        code
            Source of the program.
        echo
            Print its output as it comes, to ``sys.stdout`` and ``sys.stderr``.
        options
            As in ``KitHandle.start``.

        Raises
        ------
        KeyboardInterrupt
            After the program was stopped.
        """
        run = self.start(code, **options)
        try:
            while (chunk := self.call(run.read())) is not None:
                if echo:
                    _print(chunk.text, chunk.stream)
            result = self.call(run.wait())
            if echo and result.error and result.error not in result.tail:
                _print(f"{result.error}\n", "stderr")
            return result
        except BaseException:
            with contextlib.suppress(ClientError):
                self.call(run.stop())
            raise

    def backend(self) -> Backend:
        """Return the REST client of the same server."""
        from .backend import Backend

        return Backend(self.hub.address.base, self.hub.address.token)

    # -- end ---------------------------------------------------------------------------

    def close(self) -> None:
        """End watches, runs and the connection, and what was started for this session.

        Harmless when repeated, and in a forked child, where it only forgets.
        """
        with self._lock:
            if self.closed:
                return
            self.closed = True
        if os.getpid() != self._pid:
            return
        self.dispatcher.close()
        hub = getattr(self, "hub", None)
        if hub is not None and self._thread.usable:
            try:
                self.call(hub.close(), timeout=10)
            except (ClientError, TimeoutError):
                log.warning("the connection to %s did not close cleanly", hub.address)
        self._thread.close()
        if self._embedded is not None:
            self._embedded.close()


def _print(text: str, stream: str) -> None:
    out = sys.stderr if stream == "stderr" else sys.stdout
    out.write(text)
    out.flush()
