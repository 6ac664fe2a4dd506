"""The kit hub itself: registry, rights, routing, announcements (socket-protocol.md section 2.3).

No I/O, no event loop, no clock of its own: a transport adapter feeds events in and carries
out what comes back. Everything happens on the adapter's thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autowrx_jupyter.protocol import ClientRecord, commands, events, hub_error, now_ms

from ..auth import Identity
from .announce import Coalescer
from .registry import MAX_ID, MAX_KITS_PER_PEER, Kit, KitTable, Refusal
from .replies import finishes, requested_by
from .transport import Transport

log = logging.getLogger(__name__)

REGISTER_KIT_RESPONSE = "register_kit-response"
"""Additive: tells a kit why its registration was refused. Originals ignore it."""

MAX_ROOMS = 256
"""Kits whose broadcasts one client may follow."""
MAX_WAITING = 64
"""Distinct unfinished commands that are remembered per kit (Q6)."""
NAMES_IN_ERROR = 5


@dataclass(slots=True)
class Peer:
    """One connected socket, which may be kit and client at once."""

    sid: str
    identity: Identity
    kits: set[str] = field(default_factory=set)
    hardware: set[str] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)
    client: ClientRecord | None = None


class HubCore:
    """Registry and switchboard.

    Parameters
    ----------
    transport
        Where messages go.
    window
        Shortest time between two announcements of a list, in seconds.
    keep_offline
        How long a kit that left stays in the list, in seconds.
    clock, wall_ms
        Monotonic seconds, and milliseconds since 1970 for the records; tests put in their own.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        window: float = 1.0,
        keep_offline: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = now_ms,
    ) -> None:
        self.kits = KitTable(keep_offline=keep_offline)
        self.hardware = KitTable(hardware=True, keep_offline=keep_offline)
        self._transport = transport
        self._clock = clock
        self._wall_ms = wall_ms
        self._peers: dict[str, Peer] = {}
        self._rooms: dict[str, set[str]] = {}
        self._kits_news = Coalescer(window)
        self._hardware_news = Coalescer(window)
        self._events: dict[str, Callable[[Peer, Any], None]] = {
            events.REGISTER_KIT: self._register_kit,
            events.REGISTER_HW_KIT: self._register_hardware,
            events.REGISTER_CLIENT: self._register_client,
            events.UNREGISTER_CLIENT: self._unregister_client,
            events.LIST_ALL_KITS: self._list_kits,
            events.LIST_ALL_HW: self._list_hardware,
            events.MESSAGE_TO_KIT: self._message_to_kit,
            events.KIT_REPLY: self._kit_reply,
            events.MESSAGE_TO_HW: self._message_to_hardware,
            events.HW_REPLY: self._hardware_reply,
            events.REPORT_RUNTIME_STATE: self._runtime_state,
            events.CLIENT_SUBSCRIBE: self._join,
            events.CLIENT_UNSUBSCRIBE: self._leave,
            events.BROADCAST_TO_CLIENT: self._broadcast,
        }

    # What the adapter calls

    def connect(self, sid: str, identity: Identity) -> None:
        """Admit a peer; its events are ignored before this."""
        self._peers[sid] = Peer(sid, identity)

    def disconnect(self, sid: str) -> None:
        """Forget a peer. Its kits stay listed as off line for a while."""
        peer = self._peers.pop(sid, None)
        if peer is None:
            return
        now, wall = self._clock(), self._wall_ms()
        for kit_id in peer.kits:
            if self.kits.leave(kit_id, sid, now, wall):
                self._kits_news.change()
        for kit_id in peer.hardware:
            if self.hardware.leave(kit_id, sid, now, wall):
                self._hardware_news.change()
        for kit_id in peer.rooms:
            self._leave_room(sid, kit_id)
        for table in (self.kits, self.hardware):
            table.forget_client(sid)
        self.tick()

    def handle(self, sid: str, event: str, payload: Any) -> None:
        """Take one event of a peer. Unknown events and peers are ignored."""
        peer = self._peers.get(sid)
        handler = self._events.get(event)
        if peer is not None and handler is not None:
            handler(peer, payload)

    def tick(self) -> None:
        """Send what is due and forget what has expired; ask to be woken for the rest."""
        now = self._clock()
        if self.kits.expire(now):
            self._kits_news.change()
        if self.hardware.expire(now):
            self._hardware_news.change()
        if self._kits_news.take(now):
            self._announce(events.LIST_ALL_KITS_RESULT, self.kits.to_json())
        if self._hardware_news.take(now):
            self._announce(events.LIST_ALL_HW_RESULT, self.hardware.to_json())
        due = [
            self._kits_news.due(),
            self._hardware_news.due(),
            self.kits.next_expiry(),
            self.hardware.next_expiry(),
        ]
        times = [moment for moment in due if moment is not None]
        if times:
            self._transport.wake(max(0.0, min(times) - now))

    def clients(self) -> list[ClientRecord]:
        """Return the registered clients, as ``/listAllClient`` shows them."""
        return [peer.client for peer in self._peers.values() if peer.client is not None]

    @property
    def peers(self) -> int:
        """The number of connected sockets."""
        return len(self._peers)

    # Routing decisions; a transport that forwards bytes unparsed calls these directly

    def route_request(self, sid: str, cmd: str, kit_id: str) -> str:
        """Return the socket of the kit that a request goes to.

        Raises
        ------
        Refusal
            The kit is unknown or off line.
        """
        kit = self._online(kit_id)
        kit.correspondents.add(sid)
        waiting = kit.waiting.get(cmd)
        if waiting is None:
            while len(kit.waiting) >= MAX_WAITING:
                del kit.waiting[next(iter(kit.waiting))]
            waiting = kit.waiting[cmd] = {}
        waiting[sid] = None
        if cmd == commands.UNSUBSCRIBE_APIS:
            kit.done(commands.SUBSCRIBE_APIS, sid)
        return kit.record.socket_id

    def route_reply(
        self, sid: str, to: str | None, cmd: str | None, kit_id: str | None, *, final: bool
    ) -> str | None:
        """Return the client that a kit's reply goes to, or ``None`` if it goes nowhere.

        Parameters
        ----------
        sid
            The sender.
        to
            ``request_from`` of the reply; may be missing (Q6).
        cmd, kit_id
            As in the reply; a kit may leave ``kit_id`` out.
        final
            The reply says that it is the last one.
        """
        peer = self._peers.get(sid)
        if peer is None:
            return None
        if not peer.kits:
            self._dropped(peer, "reply", "the sender has registered no kit")
            return None
        if kit_id is not None and kit_id not in peer.kits:
            self._dropped(peer, "reply", "kit_id is not the sender's")
            return None
        kits = [self.kits.get(kit_id)] if kit_id else [self.kits.get(k) for k in peer.kits]
        asked = requested_by(cmd)
        for kit in kits:
            if kit is None:
                continue
            target = to
            if target is None:
                waiting = {c for name in asked for c in kit.waiting.get(name, ())}
                target = waiting.pop() if len(waiting) == 1 else None
            if target in kit.correspondents:
                if final or finishes(cmd):
                    for name in asked:
                        kit.done(name, target)
                return target
        self._dropped(peer, "reply", "its receiver has not written to this kit")
        return None

    # Kits

    def _register_kit(self, peer: Peer, payload: Any) -> None:
        if self._register(peer, payload, self.kits, peer.kits):
            self._kits_news.change()
            self.tick()

    def _register_hardware(self, peer: Peer, payload: Any) -> None:
        if self._register(peer, payload, self.hardware, peer.hardware):
            self._hardware_news.change()
            self.tick()

    def _register(self, peer: Peer, payload: Any, table: KitTable, owned: set[str]) -> bool:
        if not isinstance(payload, dict):
            return False
        try:
            if len(owned) >= MAX_KITS_PER_PEER and payload.get("kit_id") not in owned:
                raise Refusal(f"one connection may register {MAX_KITS_PER_PEER} kits")
            kit, previous = table.register(
                peer.sid, peer.identity, payload, self._clock(), self._wall_ms()
            )
        except Refusal as refusal:
            self._refused(peer, "register_kit", str(refusal))
            kit_id = payload.get("kit_id")
            answer = {
                "status": "ERR",
                "kit_id": kit_id if isinstance(kit_id, str) else "",
                "message": str(refusal),
            }
            self._transport.send(peer.sid, REGISTER_KIT_RESPONSE, answer)
            return False
        kit_id = kit.record.kit_id
        owned.add(kit_id)
        if previous is not None and (other := self._peers.get(previous)) is not None:
            (other.hardware if table.hardware else other.kits).discard(kit_id)
            log.info("kit %r moved from socket %s to %s", kit_id, previous, peer.sid)
        else:
            log.info("kit %r registered by %s", kit_id, peer.identity.user)
        return True

    def _runtime_state(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        kit = self._own_kit(peer, payload, events.REPORT_RUNTIME_STATE)
        if kit is None:
            return
        state = payload.get("data")
        state = state if isinstance(state, dict) else {}
        runners = _count(state.get("noOfRunner", state.get("noRunner")))
        subscribers = _count(state.get("noSubscriber", state.get("noOfApiSubscriber")))
        record = kit.record
        if (record.runners, record.subscribers) != (runners, subscribers):
            record.runners, record.subscribers = runners, subscribers
            self._kits_news.change()
            self.tick()

    def _kit_reply(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        target = self.route_reply(
            peer.sid,
            _text(payload.get("request_from")),
            _text(payload.get("cmd")),
            _text(payload.get("kit_id")),
            final=payload.get("isDone") is True or payload.get("is_finish") is True,
        )
        if target is not None:
            self._transport.send(target, events.KIT_REPLY, payload)

    def _broadcast(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        kit = self._own_kit(peer, payload, events.BROADCAST_TO_CLIENT)
        room = self._rooms.get(kit.record.kit_id) if kit is not None else None
        if room:
            self._transport.broadcast(room, events.BROADCAST_TO_CLIENT, payload)

    def _own_kit(self, peer: Peer, payload: dict[str, Any], action: str) -> Kit | None:
        kit_id = _text(payload.get("kit_id"))
        if kit_id is None or kit_id not in peer.kits:
            self._refused(peer, action, "the kit is not the sender's")
            return None
        return self.kits.get(kit_id)

    # Hardware kits

    def _message_to_hardware(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict) or payload.get("cmd") != "syncer_set":
            return
        kit = self.hardware.get(_text(payload.get("to_kit_id")) or "")
        if kit is not None and kit.record.is_online:
            kit.correspondents.add(peer.sid)
            forwarded = {**payload, "request_from": peer.sid}
            self._transport.send(kit.record.socket_id, events.MESSAGE_TO_HW, forwarded)

    def _hardware_reply(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        to = _text(payload.get("request_from"))
        owned = [self.hardware.get(kit_id) for kit_id in peer.hardware]
        if any(kit is not None and to in kit.correspondents for kit in owned) and to is not None:
            self._transport.send(to, events.KIT_REPLY, payload)
        else:
            self._dropped(peer, "hardware reply", "its receiver has not written to this kit")

    # Clients

    def _register_client(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        peer.client = ClientRecord(
            socket_id=peer.sid,
            username=_short(payload.get("username")),
            user_id=_short(payload.get("user_id")),
            domain=_short(payload.get("domain")),
            last_seen=self._wall_ms(),
        )
        self._list_kits(peer, None)
        self._list_hardware(peer, None)

    def _unregister_client(self, peer: Peer, payload: Any) -> None:
        peer.client = None

    def _list_kits(self, peer: Peer, payload: Any) -> None:
        self._transport.send(peer.sid, events.LIST_ALL_KITS_RESULT, self.kits.to_json())

    def _list_hardware(self, peer: Peer, payload: Any) -> None:
        self._transport.send(peer.sid, events.LIST_ALL_HW_RESULT, self.hardware.to_json())

    def _message_to_kit(self, peer: Peer, payload: Any) -> None:
        if not isinstance(payload, dict):
            return
        cmd, kit_id = payload.get("cmd"), _text(payload.get("to_kit_id"))
        if not kit_id:
            if cmd == commands.LIST_ALL_KITS:
                self._list_kits(peer, None)
            return
        try:
            if not isinstance(cmd, str) or not cmd:
                raise Refusal(f"the message to kit {kit_id!r} has no command ('cmd')")
            target = self.route_request(peer.sid, cmd, kit_id)
        except Refusal as refusal:
            self.refuse_request(peer.sid, payload, str(refusal))
            return
        forwarded = {**payload, "request_from": peer.sid}
        self._transport.send(target, events.MESSAGE_TO_KIT, forwarded)

    def refuse_request(self, sid: str, payload: dict[str, Any], why: str) -> None:
        """Answer a request that cannot be delivered (section 2.8)."""
        self._transport.send(sid, events.KIT_REPLY, hub_error(payload, sid, why))

    def _join(self, peer: Peer, payload: Any) -> None:
        kit_id = _room_of(payload)
        if kit_id is None or kit_id in peer.rooms:
            return
        if len(peer.rooms) >= MAX_ROOMS:
            self._refused(peer, events.CLIENT_SUBSCRIBE, f"more than {MAX_ROOMS} kits")
            return
        peer.rooms.add(kit_id)
        self._rooms.setdefault(kit_id, set()).add(peer.sid)

    def _leave(self, peer: Peer, payload: Any) -> None:
        kit_id = _room_of(payload)
        if kit_id is not None and kit_id in peer.rooms:
            peer.rooms.discard(kit_id)
            self._leave_room(peer.sid, kit_id)

    def _leave_room(self, sid: str, kit_id: str) -> None:
        room = self._rooms.get(kit_id)
        if room is not None:
            room.discard(sid)
            if not room:
                del self._rooms[kit_id]

    # Helpers

    def _online(self, kit_id: str) -> Kit:
        kit = self.kits.get(kit_id)
        if kit is not None and kit.record.is_online:
            return kit
        state = f"kit {kit_id!r} is off line" if kit else f"no kit {kit_id!r} on this hub"
        names = sorted(other.record.kit_id for other in self.kits.online())
        if not names:
            raise Refusal(f"{state}, and no other kit is connected; start one: autowrx kit")
        shown = ", ".join(names[:NAMES_IN_ERROR])
        more = f" and {len(names) - NAMES_IN_ERROR} more" if len(names) > NAMES_IN_ERROR else ""
        raise Refusal(f"{state}; connected kits: {shown}{more}")

    def _announce(self, event: str, payload: Any) -> None:
        sids = [sid for sid, peer in self._peers.items() if peer.client is not None]
        if sids:
            self._transport.broadcast(sids, event, payload)

    def _refused(self, peer: Peer, action: str, why: str) -> None:
        log.warning("refused %s of %s (%s): %s", action, peer.identity.user, peer.sid, why)

    def _dropped(self, peer: Peer, what: str, why: str) -> None:
        # A kit keeps sending to clients that have just left: that is no offence.
        log.debug("dropped %s of %s (%s): %s", what, peer.identity.user, peer.sid, why)


def _text(value: Any) -> str | None:
    """Return a name as text; numbers too, as registered ids are turned into text (Q11)."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _short(value: Any) -> str | None:
    return value[:MAX_ID] if isinstance(value, str) else None


def _room_of(payload: Any) -> str | None:
    kit_id = _text(payload.get("kit_id")) if isinstance(payload, dict) else None
    return kit_id if kit_id is not None and len(kit_id) <= MAX_ID else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
