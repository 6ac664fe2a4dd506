"""Requests that wait for their answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Reply = dict[str, Any]


def text_of(reply: Reply) -> str:
    """Return the human-readable part of a reply, without line ends around it."""
    for key in ("error", "message", "result"):
        value = reply.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip().removeprefix("Error: ")
    return ""


def is_error(reply: Reply) -> bool:
    """Return whether a reply of any peer reports a failure."""
    if reply.get("isError") is True or reply.get("has_error") is True or reply.get("error"):
        return True
    result = reply.get("result")
    return isinstance(result, str) and result.startswith(("Error", "Failed"))


@dataclass(slots=True, eq=False)
class Call:
    """One request under way.

    ``is_last`` decides which reply is the answer; the ones before it go to ``progress``.
    """

    kit_id: str
    commands: tuple[str, ...]
    req_id: str
    answer: asyncio.Future[Reply]
    is_last: Callable[[Reply], bool]
    progress: Callable[[Reply], None] | None = None


@dataclass(slots=True)
class Calls:
    """The open requests of one socket, oldest first. Belongs to one loop.

    A kit of ours copies ``req_id`` into its replies. Others do not: their replies go to
    the oldest request of that command, so such requests are sent one at a time.
    """

    _open: list[Call] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._open)

    def add(self, call: Call) -> None:
        """Expect an answer."""
        self._open.append(call)

    def drop(self, call: Call) -> None:
        """Stop expecting it."""
        if call in self._open:
            self._open.remove(call)

    def take(self, reply: Reply) -> bool:
        """Give a reply to the request it answers; return whether there was one."""
        call = self._find(reply)
        if call is None:
            return False
        if call.is_last(reply):
            self.drop(call)
            if not call.answer.done():
                call.answer.set_result(reply)
        elif call.progress is not None:
            call.progress(reply)
        return True

    def fail(self, error: Exception) -> None:
        """End all requests with ``error``."""
        waiting, self._open = self._open, []
        for call in waiting:
            if not call.answer.done():
                call.answer.set_exception(error)

    def _find(self, reply: Reply) -> Call | None:
        req_id = reply.get("req_id")
        if isinstance(req_id, str):
            return next((call for call in self._open if call.req_id == req_id), None)
        cmd, kit_id = reply.get("cmd"), reply.get("kit_id")
        for call in self._open:
            if cmd in call.commands and kit_id in (None, "", call.kit_id):
                return call
        return None
