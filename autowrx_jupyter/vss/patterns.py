"""Which paths a pattern with wildcards means."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from autowrx_jupyter.vss.errors import VssError, VssErrorCode

MAX_PATTERN: Final = 1000  # characters; the limit of the KUKSA Databroker
_BAD_SEGMENT = re.compile(r"[\s:]")
_GLOB = re.compile(r"[*?\[]")


def is_wild(pattern: str) -> bool:
    """Whether the pattern has wildcards; without any it names one signal or branch."""
    return _GLOB.search(pattern) is not None


def check_pattern(pattern: str) -> str:
    """Return the pattern without the two quotes that stand for "everything", or raise.

    Raises
    ------
    VssError
        Empty segments, blanks or colons, or more than `MAX_PATTERN` characters.
    """
    if pattern == '""':
        return ""
    if len(pattern) > MAX_PATTERN:
        raise VssError(
            f"The path {pattern[:40]}… has {len(pattern)} characters; {MAX_PATTERN} is the limit.",
            code=VssErrorCode.PATTERN,
            path=pattern,
        )
    if pattern and any(not part or _BAD_SEGMENT.search(part) for part in pattern.split(".")):
        raise VssError(
            f"{pattern!r} is not a signal path: write names joined by single dots, without "
            "blanks, for example Vehicle.Cabin.Door.*.*.IsOpen.",
            code=VssErrorCode.PATTERN,
            path=pattern,
        )
    return pattern


@lru_cache(maxsize=512)
def matcher(pattern: str) -> Callable[[str], object]:
    """Compile a checked pattern with wildcards to a function that tells whether a path fits.

    ``*`` alone is exactly one segment, ``**`` any number of them (at the end: at least one);
    within a segment ``*``, ``?`` and ``[abc]`` stand for characters.
    """
    parts = pattern.split(".")
    regex = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            regex += r".+" if last else r"(?:[^.]+\.)*"
        else:
            regex += _segment(part) + ("" if last else r"\.")
    return re.compile(regex).fullmatch


def _segment(part: str) -> str:
    """Translate one segment; a star must not match nothing when it stands alone."""
    if part == "*":
        return r"[^.]+"
    regex, index = "", 0
    while index < len(part):
        char = part[index]
        index += 1
        if char == "*":
            regex += r"[^.]*"
        elif char == "?":
            regex += r"[^.]"
        elif char == "[" and (end := part.find("]", index + 1)) > 0:
            chosen = part[index:end]
            negated = chosen.startswith("!")
            regex += f"[{'^' if negated else ''}{_escape_set(chosen[negated:])}]"
            index = end + 1
        else:
            regex += re.escape(char)
    return regex


def _escape_set(chosen: str) -> str:
    """Escape the inside of ``[...]`` but keep the ranges that run upwards."""
    escaped = re.sub(r"([\\\]\[^&~|])", r"\\\1", chosen)
    return re.sub(
        r"(.)-(.)", lambda m: m[0] if m[1] <= m[2] else f"{m[1]}\\-{m[2]}", escaped, flags=re.S
    )
