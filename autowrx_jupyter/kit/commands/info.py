"""What the kit is doing."""

from __future__ import annotations

from ...protocol import Request, commands
from ..context import KitContext
from ..registry import command


@command(commands.GET_RUNTIME_INFO, ordered=False)
async def get_runtime_info(kit: KitContext, request: Request) -> None:
    """Answer with the running apps and the subscribers."""
    kit.reply(request, data=kit.state.to_json(), result="Successful")


COMMANDS = (get_runtime_info,)
