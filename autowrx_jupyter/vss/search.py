"""Finding a signal by words, and the paths close to one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from autowrx_jupyter.vss.signals import Signal

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# How much a hit counts, by the place where the word was found.
_NAME, _NAME_WORD, _PATH_WORD, _NAME_PART, _TEXT_WORD, _PATH_PART, _TEXT_PART = (
    16,
    12,
    8,
    6,
    5,
    3,
    1,
)
_CLOSE: Final = 0.6
_BEAM: Final = 4


def split_words(text: str) -> list[str]:
    """Split a path or sentence into lower-case words: ``IsLightOn`` → is, light, on."""
    return [_stem(word.lower()) for word in _WORD.findall(text)]


def _stem(word: str) -> str:
    """Drop a plural s, so that "doors" finds Door."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@dataclass(frozen=True, slots=True)
class _Entry:
    signal: Signal
    name: str
    path: str
    text: str
    name_words: frozenset[str]
    path_words: frozenset[str]
    text_words: frozenset[str]

    def score(self, word: str) -> int:
        if word == self.name:
            return _NAME
        if word in self.name_words:
            return _NAME_WORD
        if word in self.path_words:
            return _PATH_WORD
        if word in self.name:
            return _NAME_PART
        if word in self.text_words:
            return _TEXT_WORD
        if word in self.path:
            return _PATH_PART
        return _TEXT_PART if word in self.text else 0


class WordIndex:
    """The words of all signals, built once per catalogue.

    Parameters
    ----------
    signals : iterable of Signal
        What can be found.
    """

    def __init__(self, signals: Iterable[Signal]) -> None:
        self._entries = [_entry(signal) for signal in signals]

    def search(self, words: str) -> list[Signal]:
        """Return the signals that have all the words, best first; else those with the most."""
        wanted = [word for part in words.split() for word in _query_words(part)]
        if not wanted:
            return []
        found: list[tuple[int, int, int, str, Signal]] = []
        for entry in self._entries:
            scores = [entry.score(word) for word in wanted]
            hits = sum(1 for score in scores if score)
            if hits:
                depth = entry.path.count(".")
                found.append((-hits, -sum(scores), depth, entry.signal.path, entry.signal))
        if not found:
            return []
        most = min(row[0] for row in found)
        return [row[-1] for row in sorted(found, key=lambda row: row[:-1]) if row[0] == most]


def _entry(signal: Signal) -> _Entry:
    name = signal.name
    return _Entry(
        signal,
        name.lower(),
        signal.path.lower(),
        signal.description.lower(),
        frozenset((*split_words(name), name.lower())),
        frozenset(split_words(signal.path)),
        frozenset(split_words(signal.description)),
    )


def _query_words(part: str) -> list[str]:
    """Keep a query word as written unless it is clearly several: a path or CamelCase."""
    if part.isupper() or part.islower():
        return [_stem(word) for word in re.findall(r"\w+", part.lower())]
    return split_words(part)


def close_paths(
    path: str, signals: Collection[str], children: Mapping[str, list[str]], limit: int = 3
) -> list[str]:
    """Return up to `limit` signal paths that somebody who wrote `path` may have meant.

    Parameters
    ----------
    path : str
        What was asked for.
    signals : collection of str
        All signal paths.
    children : mapping of str to list of str
        Per branch path (and "" for the roots) the full paths right below it.
    limit : int
        How many to return at most.
    """
    wanted = path.strip().strip(".").lower()
    below = [
        child for branch, kids in children.items() if branch.lower() == wanted for child in kids
    ]
    if below:
        return [child for child in below if child in signals][:limit]
    candidates = set(_walk(wanted.split("."), children))
    last = wanted.rpartition(".")[2]
    candidates.update(one for one in signals if one.lower().endswith(f".{last}"))
    ranked = sorted(
        ((_likeness(wanted, one), one) for one in candidates if one in signals),
        key=lambda pair: (-pair[0], pair[1].count("."), pair[1]),
    )
    return [one for likeness, one in ranked[:limit] if likeness >= _CLOSE]


def _walk(parts: list[str], children: Mapping[str, list[str]]) -> list[str]:
    """Follow the path down the tree, at each level along the few most similar names."""
    beam = [("", 1.0)]
    for part in parts:
        step: list[tuple[str, float]] = []
        for branch, weight in beam:
            for child in children.get(branch, ()):
                name = child.rpartition(".")[2].lower()
                step.append((child, weight * _ratio(part, name)))
        beam = sorted(step, key=lambda pair: (-pair[1], pair[0]))[:_BEAM] or beam
    return [child for child, _ in beam]


def _likeness(wanted: str, path: str) -> float:
    """Compare whole paths; what differs only in missing upper segments is close, too."""
    lower = path.lower()
    likeness = _ratio(wanted, lower)
    if lower.endswith(f".{wanted}"):
        likeness = max(likeness, 0.9)
    return likeness


def _ratio(left: str, right: str) -> float:
    return 1.0 if left == right else SequenceMatcher(None, left, right, autojunk=False).ratio()
