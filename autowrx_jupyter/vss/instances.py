"""Instances: one branch written once that stands for several, such as the doors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

MAX_LABELS: Final = 1000
_RANGE = re.compile(r"(\w+)\[\s*(\d+)\s*,\s*(\d+)\s*\]")
_LABEL = re.compile(r"[^\s.:*\[\]]+")


def expand(node: Mapping[str, Any], children: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the children of a VSS JSON node with its ``instances`` written out.

    A tree exported with ``--no-expand`` still has ``instances``: ``"Row[1,2]"``, a list of labels,
    or a list with one entry per level. Children with ``instantiate: false`` stay where they are.

    Raises
    ------
    ValueError
        The instances are not well formed.
    """
    spec = node.get("instances")
    if not spec:
        return children
    levels = _levels(spec)
    if any(label in children for label in levels[0]):
        return children  # already written out
    shared = {name: child for name, child in children.items() if not _stays(child)}
    description = node.get("description")
    for labels in reversed(levels):
        inner = {"type": "branch", "description": description, "children": shared}
        shared = dict.fromkeys(labels, inner)
    return {**shared, **{name: child for name, child in children.items() if _stays(child)}}


def _stays(child: object) -> bool:
    return isinstance(child, Mapping) and child.get("instantiate") is False


def _levels(spec: object) -> list[list[str]]:
    if isinstance(spec, str):
        return [_labels(spec)]
    if not isinstance(spec, list):
        raise ValueError(f"instances {spec!r} is neither a text nor a list")
    if all(isinstance(one, str) and not _RANGE.fullmatch(one) for one in spec):
        return [[label for one in spec for label in _labels(one)]]
    return [_labels(one) for one in spec]


def _labels(entry: object) -> list[str]:
    if isinstance(entry, list):
        return [label for one in entry for label in _labels(one)]
    if isinstance(entry, str):
        span = _RANGE.fullmatch(entry)
        if span:
            first, last = int(span[2]), int(span[3])
            if not 0 <= last - first < MAX_LABELS:
                raise ValueError(f"instances {entry!r} is not a range of up to {MAX_LABELS}")
            return [f"{span[1]}{number}" for number in range(first, last + 1)]
        if _LABEL.fullmatch(entry):
            return [entry]
    raise ValueError(f"instances {entry!r} is not a label like Left or a range like Row[1,2]")
