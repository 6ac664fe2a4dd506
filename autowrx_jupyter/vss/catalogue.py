"""The catalogue: all signals of a vehicle, found by path, pattern or word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from autowrx_jupyter.vss.errors import UnknownSignalError
from autowrx_jupyter.vss.patterns import check_pattern, is_wild, matcher
from autowrx_jupyter.vss.search import WordIndex, close_paths
from autowrx_jupyter.vss.signals import Signal


class Catalogue(Mapping[str, Signal]):
    """The signals of a vehicle by path, in the order of the tree. Never changes once made.

    Parameters
    ----------
    signals : iterable of Signal
        The leaves.
    branches : mapping of str to str, optional
        Branch paths and their descriptions; branches that signals imply are added.
    name : str
        What the catalogue is called, for example ``VSS 4.0``.
    version : str
        The release of the standard, or the user's own; may be empty.
    warnings : iterable of str
        What was skipped while loading.
    """

    def __init__(
        self,
        signals: Iterable[Signal],
        branches: Mapping[str, str] | None = None,
        *,
        name: str = "",
        version: str = "",
        warnings: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.warnings = tuple(warnings)
        self._signals = {signal.path: signal for signal in signals}
        self._branches = dict(branches or {})
        self._add_implied_branches()
        self._children: dict[str, list[str]] | None = None
        self._index: WordIndex | None = None
        self._digest: str | None = None

    def __getitem__(self, path: str) -> Signal:
        try:
            return self._signals[path]
        except KeyError:
            raise self._unknown(path) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._signals)

    def __len__(self) -> int:
        return len(self._signals)

    def __contains__(self, path: object) -> bool:
        return path in self._signals

    def __repr__(self) -> str:
        return f"<Catalogue {self.label}: {len(self)} signals>"

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Catalogue):
            return NotImplemented
        return self is other or self.digest == other.digest

    @property
    def label(self) -> str:
        """Name and version, for messages."""
        return " ".join(part for part in (self.name, self.version) if part) or "the catalogue"

    @property
    def branches(self) -> Mapping[str, str]:
        """Branch paths and their descriptions."""
        return MappingProxyType(self._branches)

    @property
    def roots(self) -> list[str]:
        """The names at the top, for standard catalogues only ``Vehicle``."""
        return [path.rpartition(".")[2] for path in self.children("")]

    @property
    def digest(self) -> str:
        """A hash of paths, facts and descriptions: equal content, equal digest."""
        if self._digest is None:
            rows = [_row(self._signals[path]) for path in sorted(self._signals)]
            rows += [f"{path}\t{text}" for path, text in sorted(self._branches.items())]
            self._digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return self._digest

    def children(self, branch: str) -> list[str]:
        """Return the paths right below a branch, in the order of the file; "" is the top."""
        return list(self._tree().get(branch, ()))

    def find(self, pattern: str) -> list[Signal]:
        """Return the signals that a path or pattern means, in the order of the tree.

        A signal path gives that signal, a branch path all signals below. ``*`` is one segment,
        ``**`` any number of segments; ``*``, ``?`` and ``[abc]`` also work within a segment. An
        empty pattern is everything. A pattern that fits only branches means the signals below.

        Raises
        ------
        VssError
            The pattern has empty segments, blanks or colons, or is over 1000 characters long.
        """
        pattern = check_pattern(pattern)
        if pattern in ("", "**"):
            return list(self._signals.values())
        if not is_wild(pattern):
            if pattern in self._signals:
                return [self._signals[pattern]]
            return self._below(pattern) if pattern in self._branches else []
        found = self._matching(pattern)
        if not found and not pattern.startswith("*") and not pattern.endswith("**"):
            found = self._matching(f"{pattern}.**")
        return found

    def search(self, words: str) -> list[Signal]:
        """Return the signals with these words in path or description, best first.

        Case and a plural s do not matter. Where no signal has all the words, those with the most.
        """
        if self._index is None:
            self._index = WordIndex(self._signals.values())
        return self._index.search(words)

    def suggest(self, path: str) -> list[str]:
        """Return up to three existing signal paths close to one that does not exist."""
        return close_paths(path, self._signals.keys(), self._tree())

    def to_tree(self) -> dict[str, Any]:
        """Return the catalogue as standard VSS JSON: nested objects with ``children``."""
        tree: dict[str, Any] = {}
        nodes: dict[str, dict[str, Any]] = {"": {"children": tree}}
        for path in self._in_tree_order():
            parent, _, name = path.rpartition(".")
            node = self._node(path)
            nodes[parent]["children"][name] = node
            if "children" in node:
                nodes[path] = node
        return tree

    def overlay(self, other: Mapping[str, Any] | Catalogue) -> Catalogue:
        """Return a catalogue with the signals of another one, or of a VSS tree, laid over this.

        What the overlay says about a node wins, what it leaves out stays; a node with
        ``"delete": true`` goes, with all below it.

        Raises
        ------
        VssError
            The overlay is not a VSS tree.
        """
        from autowrx_jupyter.vss.loader import load_overlay  # the loader makes catalogues

        return load_overlay(self, other.to_tree() if isinstance(other, Catalogue) else other)

    def _unknown(self, path: object) -> UnknownSignalError:
        text = str(path)
        if text in self._branches:
            message = f"{text} is a branch, not a signal."
        else:
            message = f"There is no signal {text!r} in {self.label}."
        close = self.suggest(text)
        if close:
            message += f" Did you mean {' or '.join(close)}?"
        return UnknownSignalError(message, path=text)

    def _below(self, branch: str) -> list[Signal]:
        prefix = f"{branch}."
        return [signal for path, signal in self._signals.items() if path.startswith(prefix)]

    def _matching(self, pattern: str) -> list[Signal]:
        fits = matcher(pattern)
        return [signal for path, signal in self._signals.items() if fits(path)]

    def _add_implied_branches(self) -> None:
        for path in (*self._signals, *tuple(self._branches)):
            parent = path.rpartition(".")[0]
            while parent and parent not in self._branches:
                self._branches[parent] = ""
                parent = parent.rpartition(".")[0]

    def _tree(self) -> dict[str, list[str]]:
        """Per branch the paths right below it; "" is the top."""
        if self._children is None:
            children: dict[str, list[str]] = {path: [] for path in ("", *self._branches)}
            for path in sorted((*self._branches, *self._signals)):
                children[path.rpartition(".")[0]].append(path)
            self._children = children
        return self._children

    def _in_tree_order(self) -> Iterator[str]:
        tree = self._tree()
        stack = list(reversed(tree[""]))
        while stack:
            path = stack.pop()
            yield path
            stack.extend(reversed(tree.get(path, ())))

    def _node(self, path: str) -> dict[str, Any]:
        signal = self._signals.get(path)
        if signal is None:
            return {"children": {}, "description": self._branches[path], "type": "branch"}
        node: dict[str, Any] = {
            "datatype": signal.datatype,
            "description": signal.description,
            "type": signal.entry_type,
        }
        optional = {
            "unit": signal.unit,
            "min": signal.min,
            "max": signal.max,
            "allowed": list(signal.allowed) if signal.allowed is not None else None,
            "default": signal.default,
            "x-kuksa-changetype": signal.change_type,
        }
        node.update({key: value for key, value in optional.items() if value is not None})
        return node


def _row(signal: Signal) -> str:
    """All facts of a signal in one line, told apart by their JSON form."""
    return json.dumps(
        [
            signal.path,
            signal.entry_type,
            signal.datatype,
            signal.description,
            signal.unit,
            signal.min,
            signal.max,
            signal.allowed,
            signal.default,
            signal.change_type,
        ]
    )
