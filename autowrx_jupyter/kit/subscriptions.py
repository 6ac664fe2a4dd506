"""``apis-value``: live signals to the clients that asked for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..protocol import Request, commands, events
from .errors import CommandError
from .numbers import for_packet
from .outbox import Outbox
from .settings import KitSettings
from .state import Subscriber

if TYPE_CHECKING:
    from ..broker import Datapoint, SignalStore


class Watch:
    """One client's list of signals and the packets about them.

    A packet always holds all values (the web front end replaces its table by it). It is built
    when the hub link is ready for it, so that a slow hub gets fewer packets, never older
    ones. The first change goes out at once, further ones within ``values_interval``.
    """

    def __init__(
        self,
        request: Request,
        apis: Sequence[str],
        settings: KitSettings,
        store: SignalStore,
        outbox: Outbox,
    ) -> None:
        self.client = request.request_from
        self.apis = tuple(apis)
        self.started = time.time()
        self._settings = settings
        self._store = store
        self._outbox = outbox
        self._loop = asyncio.get_running_loop()
        self._values: dict[str, Any] = {}
        self._convert: dict[str, Callable[[Any], Any]] = {}
        self._queued = False
        self._changed = False
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.renew(request)
        self._attach()

    def renew(self, request: Request) -> None:
        """Start the life of this subscription again; take who it is from the request."""
        self.expires_at = self._loop.time() + self._settings.subscription_life
        self._user = request.text("user_id") or None
        self._name = request.text("username") or None

    def entry(self) -> Subscriber:
        """Return the entry for the runtime state."""
        return Subscriber(self.started, self.apis, self._user, self._name)

    def send(self) -> None:
        """Send a packet with the values of now."""
        if self._queued or self._closed or not self.apis:
            return
        self._queued = True
        self._outbox.post_late(events.KIT_REPLY, self._packet, self._sent)

    def reattach(self) -> None:
        """Read the catalogue again, after another one was put in place."""
        self._subscription.close()
        self._attach()
        self.send()

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        self._subscription.close()
        if self._timer is not None:
            self._timer.cancel()

    def _attach(self) -> None:
        catalogue = self._store.catalogue
        self._convert = {
            path: for_packet(catalogue[path].datatype) for path in self.apis if path in catalogue
        }
        self._values = {}
        for path, convert in self._convert.items():
            point = self._store.current(path)
            self._values[path] = None if point is None else convert(point.value)
        self._subscription = self._store.subscribe(list(self._convert), self._on_change)

    def _on_change(self, changes: Mapping[str, Datapoint | None]) -> None:
        for path, point in changes.items():
            convert = self._convert.get(path)
            if convert is not None:
                self._values[path] = None if point is None else convert(point.value)
        self._changed = True
        if self._queued:
            return
        delay = self._next_at - self._loop.time()
        if delay <= 0:
            self.send()
        else:
            self._wake(delay)

    def _wake(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, self.send)

    def _packet(self) -> dict[str, Any] | None:
        if self._closed:
            return None
        self._changed = False
        # msgspec writes non-finite numbers as null, so the values need no walk of their own.
        return {
            "kit_id": self._settings.kit_id,
            "request_from": self.client,
            "cmd": commands.APIS_VALUE,
            "result": self._values,
        }

    def _sent(self) -> None:
        self._queued = False
        if self._closed:
            return
        self._next_at = self._loop.time() + self._settings.values_interval
        # The next packet: soon if something changed while this one waited, else as a repeat.
        self._wake(
            self._settings.values_interval if self._changed else self._settings.values_repeat
        )


class Subscriptions:
    """The watches of all clients, one each. Belongs to the kit's loop."""

    def __init__(
        self,
        settings: KitSettings,
        store: SignalStore,
        outbox: Outbox,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._outbox = outbox
        self._changed = changed
        self._watches: dict[str, Watch] = {}
        self._expiry: asyncio.TimerHandle | None = None

    def entries(self) -> dict[str, Subscriber]:
        """Return the subscribers by the socket id of the client."""
        return {client: watch.entry() for client, watch in self._watches.items()}

    def subscribe(self, request: Request, apis: Sequence[str]) -> Watch:
        """Make ``apis`` the list of the client; the same list again only renews it.

        Raises
        ------
        CommandError
            Too many signals or subscribers.
        """
        client = request.request_from
        apis = tuple(dict.fromkeys(apis))
        known = self._watches.get(client)
        if known is not None and known.apis == apis:
            known.renew(request)
            return known
        if len(apis) > self._settings.max_signals:
            raise CommandError(
                f"{len(apis)} signals are too many for one client: the limit is "
                f"{self._settings.max_signals} (setting max_signals)"
            )
        if known is None and len(self._watches) >= self._settings.max_subscribers:
            raise CommandError(
                f"{len(self._watches)} clients are watching signals, no more are allowed "
                "(setting max_subscribers)"
            )
        watch = Watch(request, apis, self._settings, self._store, self._outbox)
        if known is not None:
            watch.started = known.started
            known.close()
        self._watches[client] = watch
        self._plan_expiry()
        self._changed()
        return watch

    def unsubscribe(self, client: str) -> bool:
        """End the subscription of a client; return whether there was one."""
        watch = self._watches.pop(client, None)
        if watch is None:
            return False
        watch.close()
        self._changed()
        return True

    def reattach(self) -> None:
        """Let all watches read the catalogue again."""
        for watch in self._watches.values():
            watch.reattach()

    def close(self) -> None:
        """End all subscriptions."""
        for client in list(self._watches):
            self.unsubscribe(client)
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _plan_expiry(self) -> None:
        if self._expiry is not None or not self._watches:
            return
        loop = asyncio.get_running_loop()
        soonest = min(watch.expires_at for watch in self._watches.values())
        self._expiry = loop.call_at(soonest, self._expire)

    def _expire(self) -> None:
        self._expiry = None
        now = asyncio.get_running_loop().time()
        for client, watch in list(self._watches.items()):
            if watch.expires_at <= now:
                self.unsubscribe(client)
        self._plan_expiry()
