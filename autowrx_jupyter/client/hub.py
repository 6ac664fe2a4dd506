"""The asynchronous client of a hub: connection, kit list, requests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autowrx_jupyter.protocol import KitRecord, commands, events, kits_from_announcement

from .address import HubAddress
from .calls import Call, Calls, Reply, is_error, text_of
from .errors import (
    ClientError,
    HubUnreachableError,
    KitLostError,
    RequestRefusedError,
    RequestTimeoutError,
)
from .guard import RunGuard
from .names import find_kit
from .records import RUN_ID, has_capability
from .runs import RUN_COMMANDS, Run
from .watches import Subscription
from .wire import CONNECT_TIMEOUT, Wire

if TYPE_CHECKING:
    from .kit import KitHandle

log = logging.getLogger(__name__)

ONLINE = "online"
LOST = "lost"

REQUEST_TIMEOUT = 10.0
RECONNECT_DELAYS = (0.1, 0.3, 0.7, 1.5, 3.0)
"""Seconds before the next attempt; the last one repeats."""
RECONNECT_PATIENCE = 5.0
"""Seconds for which a request waits for a connection that is being made again."""
LIST_EVERY = 30.0
"""Seconds between requests for the kit list: some hubs never announce changes (Q32)."""

REPLY_EVENTS = frozenset({events.KIT_REPLY, events.HW_REPLY})


class HubClient:
    """A client of one hub. Everything here belongs to the loop that ran ``connect``.

    A lost connection comes back by itself: registered again, with all subscriptions.
    What was under way when it was lost ends with an error.

    Parameters
    ----------
    url
        Base address of the hub, such as ``http://127.0.0.1:3090``.
    token
        Proof of identity, if the hub wants one. May also be in the address as
        ``access_token``.
    username
        Name under which the hub lists this client.

    Attributes
    ----------
    state
        ``"online"``, or ``"lost"`` while there is no connection.
    """

    def __init__(self, url: str, token: str | None = None, *, username: str = "") -> None:
        self.address = HubAddress.parse(url, token)
        self.state = LOST
        self.runs: dict[str, Run] = {}
        self._username = username
        self._wire: Wire | None = None
        self._calls = Calls()
        self._records: dict[str, KitRecord] = {}
        self._handles: dict[str, KitHandle] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._list_waiters: list[asyncio.Future[None]] = []
        self._turns: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._state_callbacks: list[Callable[[str], Any]] = []
        self._kits_callbacks: list[Callable[[list[KitRecord]], Any]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._kick = asyncio.Event()
        self._back = asyncio.Event()
        self._closing = False
        self._guard = RunGuard(self)
        self.heard: dict[str, float] = {}

    async def __aenter__(self) -> HubClient:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- connection ------------------------------------------------------------------

    async def connect(self, timeout: float = CONNECT_TIMEOUT) -> None:
        """Connect, register, and get the kit list.

        Raises
        ------
        HubUnreachableError
            With the reason. There is no further attempt then.
        """
        if self._wire is not None or self._closing:
            raise ClientError("this client is connected already, or closed")
        # Hubs answer a registration with their list, so it is not asked for as well: a
        # second answer on its way could later pass for a newer one.
        listed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._list_waiters.append(listed)
        try:
            await self._open(timeout)
            await self._until_listed(listed, timeout)
        except ClientError:
            await self.close()
            raise
        self.spawn(self._list_regularly())

    async def close(self) -> None:
        """End watches, runs and the connection. Harmless when repeated."""
        self._closing = True
        for subscription in self._subscriptions.values():
            subscription.close()
        self._fail("the client was closed")
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        if self._wire is not None:
            await self._wire.close()
        self.state = LOST

    def on_state(self, callback: Callable[[str], Any]) -> Callable[[], None]:
        """Call ``callback(state)`` on each change; return a function that ends this."""
        self._state_callbacks.append(callback)
        return lambda: _forget(self._state_callbacks, callback)

    def on_kits(self, callback: Callable[[list[KitRecord]], Any]) -> Callable[[], None]:
        """Call ``callback(kits)`` on each kit list; return a function that ends this."""
        self._kits_callbacks.append(callback)
        return lambda: _forget(self._kits_callbacks, callback)

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine that ends with this client at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def drop_connection(self, reason: str) -> None:
        """Give up a connection that looks open but is dead, and connect anew."""
        wire = self._wire
        if wire is not None and self.state == ONLINE:
            self.spawn(wire.close())
            self._lost(wire, reason)

    async def _open(self, timeout: float) -> None:
        wire = Wire(self.address, self._on_event, lambda reason: self._lost(wire, reason))
        await wire.open(timeout)
        self._wire = wire
        self._back.set()
        await self.emit(
            events.REGISTER_CLIENT,
            {"username": self._username or "jupyter", "user_id": "", "domain": "jupyter"},
        )
        for subscription in self._subscriptions.values():
            subscription.renew()
        self._set_state(ONLINE)

    def _lost(self, wire: Wire, reason: str) -> None:
        if self._closing or wire is not self._wire or self.state == LOST:
            return
        self._back.clear()
        self._set_state(LOST)
        self._fail(f"lost the hub at {self.address}: {reason}")
        self.spawn(self._reconnect())

    def _fail(self, reason: str) -> None:
        self._calls.fail(KitLostError(reason))
        for run in list(self.runs.values()):
            if run.strict:  # the others have a connection of their own
                run.lose(f"{reason} (while {run.name!r} ran on {run.kit_id})")
        for waiter in self._list_waiters:
            if not waiter.done():
                waiter.set_exception(KitLostError(reason))

    async def _reconnect(self) -> None:
        attempt = 0
        while not self._closing:
            delay = RECONNECT_DELAYS[min(attempt, len(RECONNECT_DELAYS) - 1)]
            attempt += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._kick.wait(), delay)
            self._kick.clear()
            try:
                await self._open(RECONNECT_PATIENCE)
            except ClientError as error:
                log.info("%s", error)
            else:
                return

    async def _connected(self) -> Wire:
        if self._wire is None or self._closing:
            raise ClientError(f"the client of {self.address} is not connected")
        if self.state == LOST:
            self._kick.set()
            try:
                await asyncio.wait_for(self._back.wait(), RECONNECT_PATIENCE)
            except TimeoutError:
                raise HubUnreachableError(
                    f"hub at {self.address} is lost: {await self.address.diagnose()}"
                ) from None
        return self._wire

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            _call_all(self._state_callbacks, state)

    # -- kits ------------------------------------------------------------------------

    async def kits(self) -> list[KitRecord]:
        """Ask the hub for its kits; offline ones are in the list too."""
        await self._refresh(REQUEST_TIMEOUT)
        return self.known_kits

    @property
    def known_kits(self) -> list[KitRecord]:
        """The kits as the hub last announced them."""
        return list(self._records.values())

    def record(self, kit_id: str) -> KitRecord | None:
        """Return what is known of a kit, by its whole id."""
        return self._records.get(kit_id)

    async def find(self, name: str) -> KitRecord:
        """Return the online kit with this id, or this name without the prefix.

        Raises
        ------
        KitNotFoundError
            There is none, it is offline, or the name fits several.
        """
        await self._refresh(REQUEST_TIMEOUT)
        return find_kit(name, self.known_kits, str(self.address))

    def kit(self, kit_id: str) -> KitHandle:
        """Return the handle of a kit, by its whole id; the kit need not be online."""
        from .kit import KitHandle

        handle = self._handles.get(kit_id)
        if handle is None:
            handle = self._handles[kit_id] = KitHandle(self, kit_id)
        return handle

    def subscription(self, kit_id: str) -> Subscription:
        """Return what this client watches at a kit."""
        found = self._subscriptions.get(kit_id)
        if found is None:

            async def send(paths: list[str]) -> None:
                if paths:
                    await self.request(kit_id, commands.SUBSCRIBE_APIS, apis=paths)
                else:
                    await self.request(kit_id, commands.UNSUBSCRIBE_APIS)

            found = self._subscriptions[kit_id] = Subscription(kit_id, send)
        return found

    async def _refresh(self, timeout: float) -> None:
        await self._connected()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._list_waiters.append(waiter)
        try:
            await self.emit(events.LIST_ALL_KITS)
            await self._until_listed(waiter, timeout)
        finally:
            _forget(self._list_waiters, waiter)

    async def _until_listed(self, waiter: asyncio.Future[None], timeout: float) -> None:
        try:
            await asyncio.wait_for(waiter, timeout)
        except TimeoutError:
            raise RequestTimeoutError(
                f"hub at {self.address} did not send its kit list within {timeout:g} s"
            ) from None
        finally:
            _forget(self._list_waiters, waiter)

    async def _list_regularly(self) -> None:
        while not self._closing:
            await asyncio.sleep(LIST_EVERY)
            if self.state == ONLINE:
                try:
                    await self.emit(events.LIST_ALL_KITS)
                except ClientError:
                    log.debug("the hub went away while its kit list was asked for")

    # -- requests --------------------------------------------------------------------

    async def check(self, kit_id: str) -> KitRecord:
        """Return the record of a kit that is online now.

        Raises
        ------
        KitNotFoundError
            It is unknown or offline.
        """
        await self._connected()
        record = self._records.get(kit_id)
        if record is None or not record.is_online:
            await self._refresh(REQUEST_TIMEOUT)
        return find_kit(kit_id, self.known_kits, str(self.address), exact=True)

    def is_ours(self, kit_id: str) -> bool:
        """Return whether a kit marks the messages of a run with its id."""
        record = self._records.get(kit_id)
        return record is not None and has_capability(record, RUN_ID)

    async def request(
        self,
        kit_id: str,
        cmd: str,
        *,
        timeout: float = REQUEST_TIMEOUT,
        answers: tuple[str, ...] = (),
        is_last: Callable[[Reply], bool] | None = None,
        progress: Callable[[Reply], None] | None = None,
        **fields: Any,
    ) -> Reply:
        """Send a command to a kit and return its answer.

        Parameters
        ----------
        fields
            Further keys of the request: ``data``, ``apis``, …
        timeout
            Seconds for the whole request.
        answers
            Commands under which replies come, if not only ``cmd``.
        is_last
            Which reply is the answer; the default is the first that is not
            ``isDone: false``.
        progress
            Gets the replies before the answer.

        Raises
        ------
        KitNotFoundError, RequestTimeoutError, KitLostError
            No answer.
        RequestRefusedError
            The answer is an error.
        """
        await self.check(kit_id)
        if self.is_ours(kit_id):
            reply = await self._ask(kit_id, cmd, timeout, answers, is_last, progress, fields)
        else:  # replies of other kits can only be told apart by their command
            async with self._turns[kit_id, cmd]:
                reply = await self._ask(kit_id, cmd, timeout, answers, is_last, progress, fields)
        if is_error(reply):
            raise RequestRefusedError(f"kit {kit_id} refused {cmd}: {text_of(reply)}", reply)
        return reply

    async def _ask(
        self,
        kit_id: str,
        cmd: str,
        timeout: float,
        answers: tuple[str, ...],
        is_last: Callable[[Reply], bool] | None,
        progress: Callable[[Reply], None] | None,
        fields: dict[str, Any],
    ) -> Reply:
        call = Call(
            kit_id=kit_id,
            commands=(cmd, *answers),
            req_id=uuid.uuid4().hex,
            answer=asyncio.get_running_loop().create_future(),
            is_last=is_last or _is_final,
            progress=progress,
        )
        self._calls.add(call)
        message = {"cmd": cmd, "to_kit_id": kit_id, "req_id": call.req_id, **fields}
        try:
            await self.emit(events.MESSAGE_TO_KIT, message)
            return await asyncio.wait_for(call.answer, timeout)
        except TimeoutError:
            raise RequestTimeoutError(
                f"kit {kit_id} did not answer {cmd!r} within {timeout:g} s"
            ) from None
        finally:
            self._calls.drop(call)

    async def emit(self, event: str, payload: Any = None) -> None:
        """Send one event on the shared connection."""
        if self._wire is None:
            raise ClientError(f"the client of {self.address} is not connected")
        await self._wire.emit(event, payload)

    @property
    def sid(self) -> str | None:
        """Socket id of the shared connection at the hub."""
        return None if self._wire is None else self._wire.sid

    def track(self, run: Run) -> None:
        """Take a run into the routing and the supervision, until it ends."""
        self.runs[run.run_id] = run
        run.on_end(lambda: self.runs.pop(run.run_id, None))
        self._guard.watch(run)

    # -- what comes in ---------------------------------------------------------------

    def _on_event(self, event: str, payload: Any) -> None:
        self.heard[""] = time.monotonic()
        if event == events.LIST_ALL_KITS_RESULT:
            self._take_list(payload)
        elif event in REPLY_EVENTS and isinstance(payload, dict):
            self._take_reply(payload)

    def _take_list(self, payload: Any) -> None:
        before = self._records
        self._records = {kit.kit_id: kit for kit in kits_from_announcement(payload)}
        for waiter in self._list_waiters:
            if not waiter.done():
                waiter.set_result(None)
        for kit_id, subscription in self._subscriptions.items():
            old, new = before.get(kit_id), self._records.get(kit_id)
            if new is None or not new.is_online:
                continue
            if old is None or not old.is_online or old.socket_id != new.socket_id:
                subscription.renew()
        _call_all(self._kits_callbacks, self.known_kits)

    def _take_reply(self, reply: Reply) -> None:
        cmd, kit_id = reply.get("cmd"), reply.get("kit_id")
        if isinstance(kit_id, str):
            self.heard[kit_id] = time.monotonic()
        if cmd == commands.APIS_VALUE:
            self._take_values(kit_id, reply.get("result"))
        elif cmd in RUN_COMMANDS:
            run = self.runs.get(str(reply.get("run_id") or reply.get("req_id")))
            if run is not None and run.strict:
                run.feed(reply)
        elif not self._calls.take(reply):
            log.debug("message %r of kit %s answers nothing", cmd, kit_id)

    def _take_values(self, kit_id: Any, values: Any) -> None:
        if not isinstance(values, dict):
            return
        if not kit_id and len(self._subscriptions) == 1:
            kit_id = next(iter(self._subscriptions))
        subscription = self._subscriptions.get(kit_id)
        if subscription is not None:
            subscription.packet(values)


def _is_final(reply: Reply) -> bool:
    return reply.get("isDone") is not False


def _forget(items: list[Any], item: Any) -> None:
    if item in items:
        items.remove(item)


def _call_all(callbacks: list[Callable[[Any], Any]], argument: Any) -> None:
    for callback in list(callbacks):
        try:
            callback(argument)
        except Exception:
            log.exception("a callback of the hub client failed")
