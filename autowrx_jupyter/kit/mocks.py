"""The mock list: signals that have a value although no vehicle is there.

A mocked signal gets its start value once; an actuator then follows its target through the
store's own echo, so no second process and no restart is needed, and other signals are never
touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..vss import Signal, VssError
from .errors import KitError

if TYPE_CHECKING:
    from ..broker import SignalStore

_ZERO = {"boolean": False, "string": "", "float": 0.0, "double": 0.0}


def start_value(signal: Signal) -> Any:
    """Return the value a mocked signal starts with when nobody said which.

    The default of the VSS, else zero where the limits allow it, else the limit nearest to
    it; the first allowed value; false; an empty text; an empty list.
    """
    if signal.default is not None:
        return signal.default
    if signal.is_array:
        return []
    if signal.allowed:
        return signal.allowed[0]
    if signal.min is not None and signal.min > 0:
        return signal.min
    if signal.max is not None and signal.max < 0:
        return signal.max
    return _ZERO.get(signal.datatype, 0)


def as_text(value: Any) -> str:
    """Return a start value as the web front end's table shows it: text, also for 0 and false."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item of a mock list that could not be taken."""

    signal: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """Return the entry of ``rejected``."""
        return {"signal": self.signal, "reason": self.reason}


class MockList:
    """Mocked signals by path with their start values, in the JSON type they were given in."""

    def __init__(self, store: SignalStore) -> None:
        self._store = store
        self._values: dict[str, Any] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._values

    def to_json(self) -> list[dict[str, Any]]:
        """Return the list with both spellings of the path (Q14)."""
        items = []
        for path, value in self._values.items():
            signal = self._store.catalogue.get(path)
            items.append(
                {
                    "signal": path,
                    "name": path,
                    "value": value,
                    "type": signal.datatype if signal else "",
                    "description": signal.description if signal else "",
                }
            )
        return items

    def use(self, paths: Iterable[str]) -> None:
        """Mock the signals that a program uses, unless they have a value already."""
        for path in paths:
            signal = self._store.catalogue.get(path)
            if signal is None or path in self._values or self._store.current(path) is not None:
                continue
            value = start_value(signal)
            if not self._store.set_current({path: value}, convert=True):
                self._values[path] = as_text(value)

    def replace(self, data: Any) -> list[Rejected]:
        """Put the given list in place of this one and write its start values.

        Parameters
        ----------
        data
            Items with ``signal`` or ``name`` and ``value``, or a mapping of path to value.

        Returns
        -------
        list of Rejected
            The items that were left out, with the reason.
        """
        accepted: dict[str, Any] = {}
        rejected: list[Rejected] = []
        for path, value in _items(data):
            signal = self._store.catalogue.get(path)
            if signal is None:
                rejected.append(Rejected(path, self._unknown(path)))
                continue
            try:
                signal.coerce(value)
            except VssError as error:
                rejected.append(Rejected(path, str(error)))
                continue
            accepted[path] = value
        self._values = accepted
        for path, reason in self.write().items():
            del self._values[path]
            rejected.append(Rejected(path, reason))
        return rejected

    def write(self) -> dict[str, str]:
        """Write all start values; return an error text for each that was refused."""
        values: dict[str, Any] = dict(self._values)
        errors = self._store.set_current(values, convert=True)
        return {path: str(error) for path, error in errors.items()}

    def load(self, path: Path) -> list[Rejected]:
        """Take the list from a file in the playground's format.

        Raises
        ------
        KitError
            The file cannot be read or holds no list.
        """
        try:
            return self.replace(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise KitError(f"cannot read the mock signals of {path}: {error}") from error

    def forget_unknown(self) -> None:
        """Drop the signals that a new catalogue does not have."""
        self._values = {
            path: value for path, value in self._values.items() if path in self._store.catalogue
        }

    def _unknown(self, path: str) -> str:
        close = self._store.catalogue.suggest(path)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"{path or 'an item without a name'} is not in the vehicle model.{hint}"


def _items(data: Any) -> list[tuple[str, Any]]:
    if isinstance(data, dict):
        return [(str(path), value) for path, value in data.items()]
    if not isinstance(data, list):
        raise ValueError("mock signals are a list of {signal, value} or a mapping of path to value")
    items = []
    for item in data:
        if not isinstance(item, dict):
            items.append((str(item), None))
            continue
        path = item.get("signal") or item.get("name")
        items.append((path if isinstance(path, str) else "", item.get("value")))
    return items
