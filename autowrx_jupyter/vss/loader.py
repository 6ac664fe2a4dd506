"""Standard VSS JSON, as vss-tools exports it for the releases 3.0 to 6.0, to a catalogue."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.datatypes import normalise
from autowrx_jupyter.vss.errors import VssError
from autowrx_jupyter.vss.instances import expand
from autowrx_jupyter.vss.signals import CHANGE_TYPES, ENTRY_TYPES, Signal

MAX_FILE: Final = 64 * 2**20  # bytes; VSS 6.0 has 0.5 MB
MAX_SIGNALS: Final = 100_000
MAX_DEPTH: Final = 50
MAX_PATH: Final = 1000
MAX_WARNINGS: Final = 200

_BAD_NAME = re.compile(r"[\s.:*?\[\]]")
# The signals live beside their struct types in one file; a broker knows no structs.
_TYPES_ROOT: Final = "ComplexDataTypes"
_STRUCT_TYPES: Final = frozenset({"struct", "property"})


def load_json(
    source: Path | str | Mapping[str, Any], *, strict: bool = False, name: str = ""
) -> Catalogue:
    """Read a VSS tree in JSON.

    Parameters
    ----------
    source : Path, str or mapping
        A file, JSON text (starts with ``{``), or the parsed tree. Several roots are fine.
    strict : bool
        Refuse a tree with a fault, as the KUKSA Databroker does. Otherwise a faulty signal, or
        the faulty part of it, is left out and `Catalogue.warnings` says so.
    name : str
        What to call the catalogue; by default the file's name, else ``VSS`` and the version.

    Raises
    ------
    VssError
        Not a VSS tree, no signals at all, or (when strict) the first fault, with path and key.
    """
    tree, origin = _read(source)
    reader = _Reader(strict)
    reader.read(tree)
    if not reader.signals:
        faults = f" {reader.warnings[0]}" if reader.warnings else ""
        raise VssError(f"{origin} holds no vehicle signals.{faults}")
    version = _version(reader.signals)
    if not name:
        name = Path(origin).stem if isinstance(source, Path) else "VSS"
    return Catalogue(
        reader.signals.values(),
        reader.branches,
        name=name,
        version=version,
        warnings=reader.all_warnings(),
    )


def load_overlay(base: Catalogue, tree: Mapping[str, Any], *, strict: bool = False) -> Catalogue:
    """Lay a VSS tree over a catalogue; see `Catalogue.overlay`."""
    _check_tree(tree, "The overlay")
    merged = base.to_tree()
    _merge(merged, tree)
    reader = _Reader(strict)
    reader.read(merged)
    return Catalogue(
        reader.signals.values(),
        reader.branches,
        name=base.name,
        version=base.version,
        warnings=(*base.warnings, *reader.all_warnings()),
    )


def _read(source: Path | str | Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the tree and how to call it in an error text."""
    if isinstance(source, Mapping):
        return _check_tree(source, "The tree"), "The tree"
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return _parse(source, "The JSON text"), "The JSON text"
    path = Path(source)
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise VssError(f"{path} has {size} bytes; a VSS file may have up to {MAX_FILE}.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise VssError(f"Cannot read the VSS file {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise VssError(f"{path} is not a text file in UTF-8.") from error
    return _parse(text, str(path)), str(path)


def _parse(text: str, origin: str) -> Mapping[str, Any]:
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise VssError(f"{origin} is not valid JSON: {error}.") from error
    except RecursionError:
        raise VssError(f"{origin} is nested too deeply.") from None
    return _check_tree(tree, origin)


def _check_tree(tree: object, origin: str) -> Mapping[str, Any]:
    if not isinstance(tree, Mapping):
        raise VssError(f"{origin} must be a JSON object of branches, not {type(tree).__name__}.")
    if isinstance(tree.get("type"), str):
        raise VssError(
            f'{origin} is a single node; put the root\'s name around it: {{"Vehicle": {{…}}}}.'
        )
    return tree


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for name, node in over.items():
        old = base.get(name)
        if isinstance(node, Mapping) and node.get("delete") is True:
            base.pop(name, None)
        elif not isinstance(old, dict) or not isinstance(node, Mapping):
            base[name] = node
        elif ("children" in old) != ("children" in node):
            # Without children it may still be a branch that only gets a new description.
            branch = "children" in old and node.get("type", "branch") == "branch"
            base[name] = {**old, **node} if branch else dict(node)
        else:
            merged = {**old, **node}
            if "children" in old and isinstance(node["children"], Mapping):
                children = dict(old["children"])
                _merge(children, node["children"])
                merged["children"] = children
            base[name] = merged


def _version(signals: Mapping[str, Signal]) -> str:
    """Read the release from the VersionVSS branch that standard catalogues have."""
    for path in signals:
        if path.endswith(".VersionVSS.Major"):
            branch = path.rpartition(".")[0]
            parts = (signals.get(f"{branch}.{part}") for part in ("Major", "Minor", "Patch"))
            numbers = [one.default for one in parts if one is not None]
            if numbers and None not in numbers:
                return ".".join(str(number) for number in numbers)
    return ""


class _Reader:
    """Walks a tree and collects its signals, branches and faults."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.signals: dict[str, Signal] = {}
        self.branches: dict[str, str] = {}
        self.warnings: list[str] = []
        self._more = 0

    def all_warnings(self) -> list[str]:
        """Return the faults, with a last line that counts those beyond the limit."""
        more = [f"… and {self._more} more."] if self._more else []
        return self.warnings + more

    def read(self, tree: Mapping[str, Any]) -> None:
        for name, node in tree.items():
            if name != _TYPES_ROOT:
                self._node(name, node, "", 0)

    def _fault(self, path: str, key: str, text: str) -> None:
        message = f"{path}: {text}"
        if self.strict:
            raise VssError(message, path=path, key=key)
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(message)
        else:
            self._more += 1

    def _node(self, name: object, node: object, parent: str, depth: int) -> None:
        path = f"{parent}.{name}" if parent else str(name)
        if not isinstance(name, str) or not name or _BAD_NAME.search(name):
            self._fault(path, "name", f"{name!r} cannot be a name in a path; left out.")
            return
        if depth > MAX_DEPTH or len(path) > MAX_PATH:
            self._fault(path[:80], "children", "is nested too deeply; left out.")
            return
        if not isinstance(node, Mapping):
            self._fault(path, "type", f"is {type(node).__name__}, not an object; left out.")
            return
        kind = str(node.get("type", "branch" if "children" in node else None)).lower()
        if kind == "branch":
            self._branch(path, node, depth)
        elif kind in ENTRY_TYPES:
            if parent:
                self._leaf(path, node, kind)
            else:
                self._fault(path, "type", "is a signal without a branch above it; left out.")
        elif kind not in _STRUCT_TYPES:
            self._fault(path, "type", f"type {node.get('type')!r} is not known; left out.")

    def _branch(self, path: str, node: Mapping[str, Any], depth: int) -> None:
        if "type" not in node:
            self._fault(path, "type", "has children but no type; taken as a branch.")
        children = node.get("children")
        if not isinstance(children, Mapping):
            self._fault(path, "children", "is a branch without children.")
            return
        if children and all(_is_struct(child) for child in children.values()):
            return
        self.branches[path] = self._description(path, node)
        try:
            children = expand(node, children)
        except ValueError as error:
            self._fault(path, "instances", f"{error}; not expanded.")
        for name, child in children.items():
            self._node(name, child, path, depth + 1)

    def _leaf(self, path: str, node: Mapping[str, Any], kind: str) -> None:
        datatype = normalise(node.get("datatype"))
        if datatype is None:
            given = node.get("datatype")
            what = "has no datatype" if given is None else f"datatype {given!r} is not known"
            if isinstance(given, str) and "." in given:
                what = f"has the struct type {given}, which a broker cannot carry"
            self._fault(path, "datatype", f"{what}; left out.")
            return
        if len(self.signals) >= MAX_SIGNALS:
            raise VssError(f"The tree has more than {MAX_SIGNALS} signals.", path=path)
        bare = Signal(path, kind, datatype)
        low, high = self._limits(bare, node)
        unit = node.get("unit")
        if unit is not None and not isinstance(unit, str):
            self._fault(path, "unit", f"unit {unit!r} is not a text; left out.")
            unit = None
        signal = Signal(
            path,
            kind,
            datatype,
            self._description(path, node),
            unit or None,
            low,
            high,
            self._allowed(bare, node.get("allowed", node.get("enum"))),
            None,
            self._change_type(path, node.get("x-kuksa-changetype")),
        )
        self.signals[path] = self._with_default(signal, node.get("default"))

    def _description(self, path: str, node: Mapping[str, Any]) -> str:
        text = node.get("description")
        if isinstance(text, str):
            return text.strip()
        self._fault(path, "description", "has no description.")
        return ""

    def _limits(
        self, signal: Signal, node: Mapping[str, Any]
    ) -> tuple[int | float | None, int | float | None]:
        low = self._number(signal, "min", node.get("min"))
        high = self._number(signal, "max", node.get("max"))
        if low is not None and high is not None and low > high:
            self._fault(signal.path, "min", f"min {low} is above max {high}; both left out.")
            return None, None
        return low, high

    def _number(self, signal: Signal, key: str, value: object) -> int | float | None:
        if value is None:
            return None
        if isinstance(value, str):
            for parse in (int, float):
                try:
                    value = parse(value)
                    break
                except ValueError:
                    continue
        numeric = signal.element_type not in ("string", "boolean")
        good = isinstance(value, int | float) and not isinstance(value, bool) and numeric
        if good and isinstance(value, int | float) and math.isfinite(value):
            return value
        self._fault(
            signal.path, key, f"{key} {value!r} does not fit the type {signal.datatype}; left out."
        )
        return None

    def _allowed(self, signal: Signal, values: object) -> tuple[Any, ...] | None:
        if values is None:
            return None
        if not isinstance(values, list | tuple) or not values:
            self._fault(signal.path, "allowed", "allowed is not a list of values; left out.")
            return None
        element = Signal(signal.path, signal.entry_type, signal.element_type)
        return tuple(self._fitting(element, values)) or None

    def _fitting(self, element: Signal, values: list[Any] | tuple[Any, ...]) -> Iterator[Any]:
        for value in values:
            try:
                yield element.coerce(value)
            except VssError:
                self._fault(
                    element.path,
                    "allowed",
                    f"allowed value {value!r} does not fit the type {element.datatype}; left out.",
                )

    def _with_default(self, signal: Signal, value: object) -> Signal:
        if value is None:
            return signal
        try:
            default = signal.coerce(value)
        except VssError as error:
            self._fault(signal.path, "default", f"default left out: {error}")
            return signal
        return Signal(
            signal.path,
            signal.entry_type,
            signal.datatype,
            signal.description,
            signal.unit,
            signal.min,
            signal.max,
            signal.allowed,
            default,
            signal.change_type,
        )

    def _change_type(self, path: str, value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, str) and value.lower() in CHANGE_TYPES:
            return value.lower()
        self._fault(
            path,
            "x-kuksa-changetype",
            f"x-kuksa-changetype {value!r} is not one of {', '.join(sorted(CHANGE_TYPES))}; "
            "left out.",
        )
        return None


def _is_struct(node: object) -> bool:
    """Whether a node is a struct, or a branch of nothing but structs."""
    if not isinstance(node, Mapping):
        return False
    if str(node.get("type")) in _STRUCT_TYPES:
        return True
    children = node.get("children")
    return (
        node.get("type") == "branch"
        and isinstance(children, Mapping)
        and bool(children)
        and all(_is_struct(child) for child in children.values())
    )
