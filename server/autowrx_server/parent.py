"""End with the process that started us: it holds our standard input open while it lives."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable


def when_parent_ends(callback: Callable[[], None]) -> None:
    """Call ``callback`` on a thread of its own once standard input reaches its end.

    A pipe is closed by the system however the parent ended, also by ``kill -9``.
    """

    def watch() -> None:
        try:
            while os.read(sys.stdin.fileno(), 4096):
                pass
        except (OSError, ValueError):
            pass  # no readable standard input: then there is no parent either
        callback()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
