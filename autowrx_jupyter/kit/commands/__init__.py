"""The commands of the kit, one module for each family."""

from __future__ import annotations

from ..registry import CommandRegistry
from . import apps, files, info, mocks, packages, signals

FAMILIES = (apps, signals, mocks, info, packages, files)


def built_in() -> CommandRegistry:
    """Return a registry with all commands of ours."""
    registry = CommandRegistry()
    for family in FAMILIES:
        registry.add(*family.COMMANDS)
    return registry
