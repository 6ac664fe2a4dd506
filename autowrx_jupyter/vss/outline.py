"""Our compact text form of a catalogue.

One line per node, two blanks of indent per level, the description after ``--``::

    @Lamp -- a set of children to be used in several places
      IsOn  actuator boolean -- Whether the light shines.
    Vehicle -- The car.
      Speed  sensor float km/h -- Speed over ground.
      Door [Row1-2] [Left|Right] -- One side door.
        Position  actuator uint8 percent 0..100 =0 -- How far it is open.
        Switch  actuator string {OPEN CLOSE} -- What the button asks for.
      Fog [Front|Rear] @Lamp -- A fog light.

After the data type come, where the signal has them, the unit, the limits (either may be missing),
the allowed values in braces and the default after an equals sign.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from autowrx_jupyter.vss.datatypes import DATATYPES
from autowrx_jupyter.vss.errors import VssError
from autowrx_jupyter.vss.signals import ENTRY_TYPES, Signal

_LIMITS: Final = re.compile(r"(-?[\d.]*?)\.\.(-?[\d.]*)")
_SPAN: Final = re.compile(r"([A-Za-z]+)(\d+)-(\d+)")


@dataclass(slots=True)
class _Node:
    name: str
    words: list[str]
    description: str
    children: list[_Node] = field(default_factory=list)


def parse_outline(text: str) -> tuple[list[Signal], dict[str, str]]:
    """Return the signals, sorted by path, and the branches with their descriptions.

    Raises
    ------
    VssError
        A line that does not follow the form; the text has its number.
    """
    templates: dict[str, _Node] = {}
    signals: list[Signal] = []
    branches: dict[str, str] = {}
    for node in _nodes(text):
        if node.name.startswith("@"):
            templates[node.name] = node
        else:
            _place(node, "", templates, signals, branches)
    signals.sort(key=lambda signal: signal.path)
    return signals, branches


def _nodes(text: str) -> list[_Node]:
    top = _Node("", [], "")
    stack = [top]
    for number, line in enumerate(text.splitlines(), 1):
        body = line.lstrip(" ")
        if not body or body.startswith("#"):
            continue
        head, dashes, description = body.partition(" -- ")
        depth = (len(line) - len(body)) // 2
        words = head.split()
        if not dashes or depth >= len(stack) or not words:
            raise VssError(f"Line {number} of the catalogue is not well formed: {line!r}.")
        node = _Node(words[0], words[1:], description)
        del stack[depth + 1 :]
        stack[depth].children.append(node)
        stack.append(node)
    return top.children


def _place(
    node: _Node,
    parent: str,
    templates: dict[str, _Node],
    signals: list[Signal],
    branches: dict[str, str],
) -> None:
    path = f"{parent}.{node.name}" if parent else node.name
    if node.words and node.words[0] in ENTRY_TYPES:
        signals.append(_signal(path, node.words, node.description))
        return
    children = list(node.children)
    levels: list[list[str]] = []
    for word in node.words:
        if word.startswith("@"):
            children += templates[word].children
        else:
            levels.append(_labels(word, path))
    branches[path] = node.description
    for place in _instances(path, levels):
        branches[place] = node.description
    for labels in product(*levels):
        inner = ".".join((path, *labels))
        for child in children:
            _place(child, inner, templates, signals, branches)


def _instances(path: str, levels: Sequence[list[str]]) -> Iterator[str]:
    """Yield the paths of all instance branches, outer ones first."""
    for depth in range(1, len(levels) + 1):
        for labels in product(*levels[:depth]):
            yield ".".join((path, *labels))


def _labels(word: str, path: str) -> list[str]:
    if not word.startswith("[") or not word.endswith("]"):
        raise VssError(f"{path}: {word!r} is neither [instances] nor @children.", path=path)
    labels: list[str] = []
    for part in word[1:-1].split("|"):
        span = _SPAN.fullmatch(part)
        if span:
            labels += [f"{span[1]}{n}" for n in range(int(span[2]), int(span[3]) + 1)]
        else:
            labels.append(part)
    return labels


def _signal(path: str, words: list[str], description: str) -> Signal:
    entry_type, datatype = words[0], words[1]
    if datatype not in DATATYPES:
        raise VssError(f"{path}: {datatype!r} is not a data type.", path=path, key="datatype")
    unit: str | None = None
    low: int | float | None = None
    high: int | float | None = None
    allowed: tuple[Any, ...] | None = None
    default: Any = None
    rest = " ".join(words[2:])
    if "{" in rest:
        before, _, after = rest.partition("{")
        inside, _, after = after.partition("}")
        allowed = tuple(_value(datatype.removesuffix("[]"), one) for one in inside.split())
        rest = before + after
    for word in rest.split():
        limits = _LIMITS.fullmatch(word)
        if word.startswith("="):
            default = _value(datatype, word[1:])
        elif limits:
            low, high = _number(limits[1]), _number(limits[2])
        else:
            unit = word
    return Signal(path, entry_type, datatype, description, unit, low, high, allowed, default)


def _number(text: str) -> int | float | None:
    if not text:
        return None
    return float(text) if "." in text else int(text)


def _value(datatype: str, text: str) -> Any:
    return text if datatype == "string" else json.loads(text)
