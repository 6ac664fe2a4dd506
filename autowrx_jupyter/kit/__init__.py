"""The runtime kit: one process with the signal broker, the mocks and the app runners.

``python -m autowrx_jupyter.kit`` or ``autowrx kit`` starts it. A command of your own is an
``async`` function ``handler(kit, request)`` behind an entry point of the group
``autowrx.commands``; see :mod:`autowrx_jupyter.kit.registry`.
"""

from __future__ import annotations

from .errors import CommandError, KitError
from .registry import Command, CommandRegistry, command

__all__ = ["Command", "CommandError", "CommandRegistry", "KitError", "command", "main"]


def main(argv: list[str] | None = None) -> int:
    """Run a kit until it is told to end; return the exit code of the process."""
    from .main import main as run

    return run(argv)
