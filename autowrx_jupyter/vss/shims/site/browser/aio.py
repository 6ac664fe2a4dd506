"""``browser.aio``: the in-browser event loop, here asyncio under its old name."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")
_running: set[asyncio.Task[Any]] = set()  # tasks that nobody else keeps alive

sleep = asyncio.sleep


def run(coroutine: Coroutine[Any, Any, _T]) -> _T | asyncio.Task[_T]:
    """Run a coroutine: at once where no loop runs yet, else beside the rest as a task."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    task = asyncio.ensure_future(coroutine)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def __getattr__(name: str) -> Any:
    return getattr(asyncio, name)
