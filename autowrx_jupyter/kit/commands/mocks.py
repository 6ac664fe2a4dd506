"""The mock list: show it, replace it."""

from __future__ import annotations

from typing import Any

from ...protocol import Request, commands
from ..context import KitContext
from ..errors import CommandError
from ..registry import command


@command(commands.LIST_MOCK_SIGNAL, ordered=False)
async def list_mock_signal(kit: KitContext, request: Request) -> None:
    """Answer with the mock list."""
    kit.reply(request, data=kit.mocks.to_json(), result="Successful")


@command(commands.SET_MOCK_SIGNALS)
async def set_mock_signals(kit: KitContext, request: Request) -> None:
    """Replace the mock list and write its start values."""
    try:
        rejected = kit.mocks.replace(request.data)
    except ValueError as error:
        raise CommandError(str(error), data=kit.mocks.to_json()) from error
    fields: dict[str, Any] = {}
    if rejected:
        fields["rejected"] = [item.to_json() for item in rejected]
    kit.reply(request, data=kit.mocks.to_json(), result="Successful", **fields)


COMMANDS = (list_mock_signal, set_mock_signals)
