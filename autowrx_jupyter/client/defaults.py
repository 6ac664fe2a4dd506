"""``connect`` and the session that everything in this process shares."""

from __future__ import annotations

import atexit
import os
import threading
import weakref

from .address import HubAddress
from .session import Session

HUB_URL = "AUTOWRX_HUB_URL"
TOKEN = "AUTOWRX_TOKEN"
KIT = "AUTOWRX_KIT"

_lock = threading.RLock()
_default: Session | None = None
_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def connect(
    url: str | None = None,
    kit: str | None = None,
    token: str | None = None,
    *,
    default: bool = True,
) -> Session:
    """Connect to a hub and choose a kit.

    Parameters
    ----------
    url
        The hub. None takes the environment variable ``AUTOWRX_HUB_URL``; without one, a
        hub and a kit are started as child processes and end with this process.
    kit
        Kit by id or name; None takes ``AUTOWRX_KIT``, else the embedded one, else the only
        one that is online.
    token
        Proof of identity; None takes ``AUTOWRX_TOKEN``, unless that belongs to another
        hub than ``url``.
    default
        Whether ``session()`` returns this session from now on. An earlier default stays
        open until it is closed.

    Raises
    ------
    ClientError
        Hub or kit cannot be reached; the text says why.
    """
    session = _connect(url, kit, token)
    _sessions.add(session)
    if default:
        global _default
        with _lock:
            _default = session
    return session


def session() -> Session:
    """Return the session that everything in this process shares; connects at first use."""
    with _lock:
        if _default is None or not _default.usable:
            connect()
        assert _default is not None
        return _default


def _connect(url: str | None, kit: str | None, token: str | None) -> Session:
    known = os.environ.get(HUB_URL) or None
    target = url or known
    if target is None:
        # Imported here: a kernel of a Jupyter server never needs it.
        from .embedded import Embedded

        embedded = Embedded()
        try:
            return Session(embedded.url, embedded.token, kit or embedded.kit_id, embedded=embedded)
        except BaseException:
            embedded.close()
            raise
    same = known is None or HubAddress.parse(target).base == HubAddress.parse(known).base
    if same:
        # A token must not go to a hub that it was not made for.
        token = token or os.environ.get(TOKEN) or None
        kit = kit or os.environ.get(KIT) or None
    return Session(target, token, kit)


def _close_all() -> None:
    for session in list(_sessions):
        session.close()


def _forget_after_fork() -> None:
    global _default, _lock
    _default = None
    _lock = threading.RLock()  # another thread may have held it


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
