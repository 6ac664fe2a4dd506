"""Where a widget takes its signals from: the small part of a session that widgets use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from autowrx_jupyter.vss import Catalogue, Signal, VssError

Values = Mapping[str, Any]


class WidgetError(Exception):
    """A widget cannot be made as asked; the text says which signal and what to do."""


class Subscription(Protocol):
    """What ``watch`` gives back."""

    def close(self) -> None:
        """End the subscription; the callback is not called again."""


class SignalSource(Protocol):
    """The part of ``autowrx_jupyter.client.Session`` that widgets need.

    ``watch`` calls back on a thread of the source, with all values of the watched paths; a value
    of None means not available.
    """

    @property
    def catalogue(self) -> Catalogue:
        """The signals of the kit in use."""

    def set(self, path: str, value: Any) -> None:
        """Write one signal and wait for the answer; raise when the kit refuses."""

    def watch(self, paths: list[str], callback: Callable[[Values], None]) -> Subscription:
        """Follow signals until the subscription is closed."""


def source_or_default(session: SignalSource | None) -> SignalSource:
    """Return the given session, or the one that the whole process shares."""
    if session is not None:
        return session
    from autowrx_jupyter.client import session as shared  # starts a hub when there is none

    return shared()


def find_signal(source: SignalSource, path: str) -> Signal:
    """Look a signal up.

    Raises
    ------
    WidgetError
        The catalogue of the kit has no such signal; the text names close ones.
    """
    try:
        return source.catalogue[path]
    except VssError as error:
        raise WidgetError(str(error)) from None
    except KeyError:
        raise WidgetError(f"There is no signal {path!r} in the catalogue of the kit.") from None


def follow_state(source: SignalSource, callback: Callable[[bool], None]) -> Callable[[], None]:
    """Call back with True or False when the connection comes or goes; returns the way to stop.

    A source that never loses its connection need not have ``on_state``.
    """
    register = getattr(source, "on_state", None)
    if register is None:
        return lambda: None
    stop = register(lambda state: callback(state == "online"))
    return stop if callable(stop) else lambda: None


def is_online(source: SignalSource) -> bool:
    """Return whether the kit can be reached now; True for a source that cannot tell."""
    return getattr(source, "state", "online") == "online"
