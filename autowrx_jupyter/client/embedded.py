"""A hub and a kit of one's own, which end with this process."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import weakref

from .errors import ClientError
from .processes import Child

READY_TIMEOUT = 60.0
"""Seconds for hub and kit together; generous, because a first start compiles modules."""
ATTEMPTS = 3
PORT_TAKEN = 2
"""Exit code of a hub whose port was taken between our look and its start."""

_DROPPED = (
    "AUTOWRX_HUB_URL",
    "AUTOWRX_KIT",
    "KUKSA_DATABROKER_PORT",
    "RUNTIME_PREFIX",
    "RUNTIME_NAME",
)

_alive: weakref.WeakSet[Embedded] = weakref.WeakSet()


class Embedded:
    """A hub and a kit on a loopback port, with a random token.

    Both start at the same time, the kit retrying until the hub is there.

    Parameters
    ----------
    name
        Name of the kit after the prefix ``Runtime-``; None takes ``local-<user>``.

    Attributes
    ----------
    url, token, kit_id, broker
        Where the hub is, the proof of identity, the kit's id, ``host:port`` of its
        signal broker.
    """

    def __init__(self, name: str | None = None) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self.token = secrets.token_urlsafe(24)
        self._folder = tempfile.mkdtemp(prefix="autowrx-")
        try:
            self._start(name)
        except BaseException:
            self.close()
            raise
        _alive.add(self)

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of hub and kit."""
        return [child.pid for child in self._children]

    def close(self) -> None:
        """End kit and hub and remove their folder. Harmless when repeated."""
        if self._pid != os.getpid():
            return
        with self._lock:
            children, self._children = self._children, []
            for child in reversed(children):  # the kit first: it ends its runs
                child.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def release_after_fork(self) -> None:
        """Let go of it in a forked child."""
        for child in self._children:
            child.release_after_fork()

    def _start(self, name: str | None) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            hub = self._launch(name, free_port())
            try:
                self.url = str(hub.wait_ready(READY_TIMEOUT)["url"])
            except ClientError:
                if hub.exit_code != PORT_TAKEN or attempt == ATTEMPTS:
                    raise
                self._end_children()
                continue
            break
        ready = self._children[-1].wait_ready(READY_TIMEOUT)
        self.kit_id = str(ready["kit_id"])
        self.broker = str(ready.get("broker", ""))

    def _launch(self, name: str | None, port: int) -> Child:
        environment = {key: text for key, text in os.environ.items() if key not in _DROPPED}
        environment["AUTOWRX_TOKEN"] = self.token
        environment["SYNCER_SERVER_URL"] = f"http://127.0.0.1:{port}"
        if name is not None:
            environment["RUNTIME_NAME"] = name
        hub = [sys.executable, "-m", "autowrx_server.hub", "--host", "127.0.0.1"]
        hub += ["--port", str(port), "--data", self._folder, "--announce", "--with-parent"]
        kit = [sys.executable, "-m", "autowrx_jupyter.kit", "--announce", "--with-parent"]
        child = Child("embedded hub", hub, environment)
        self._children.append(child)
        self._children.append(Child("embedded kit", kit, environment))
        return child

    def _end_children(self) -> None:
        for child in reversed(self._children):
            child.close()
        self._children.clear()


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _after_fork_in_child() -> None:
    for embedded in list(_alive):
        with contextlib.suppress(Exception):
            embedded.release_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
