"""Python packages that programs can import."""

from __future__ import annotations

import asyncio
from importlib import metadata

from ...protocol import Request, commands
from ..context import KitContext
from ..registry import command


def frozen() -> str:
    """Return the installed packages as ``name==version`` lines, sorted by name."""
    found = {
        name.lower(): f"{name}=={item.version}"
        for item in metadata.distributions()
        if (name := item.metadata["Name"])
    }
    return "".join(f"{found[name]}\n" for name in sorted(found))


@command(commands.LIST_PYTHON_PACKAGES, ordered=False)
async def list_python_packages(kit: KitContext, request: Request) -> None:
    """Answer with what ``pip freeze`` would say."""
    kit.reply(request, data=await asyncio.to_thread(frozen), result="Successful")


COMMANDS = (list_python_packages,)
