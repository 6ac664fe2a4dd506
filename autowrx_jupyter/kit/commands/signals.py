"""Watch and write signals."""

from __future__ import annotations

from ...protocol import Request, commands
from ..context import KitContext
from ..errors import CommandError
from ..registry import command


@command(commands.SUBSCRIBE_APIS)
async def subscribe_apis(kit: KitContext, request: Request) -> None:
    """Watch the signals in ``apis`` from now on, in place of those watched before."""
    watch = kit.subscriptions.subscribe(request, request.strings("apis"))
    kit.reply(request, result="Successful")
    watch.send()


@command(commands.UNSUBSCRIBE_APIS)
async def unsubscribe_apis(kit: KitContext, request: Request) -> None:
    """Watch nothing any more."""
    kit.subscriptions.unsubscribe(request.request_from)
    kit.reply(request, result="Successful")


@command(commands.WRITE_SIGNALS_VALUE)
async def write_signals_value(kit: KitContext, request: Request) -> None:
    """Write values: a sensor's current value, an actuator's target."""
    if not isinstance(request.data, dict):
        raise CommandError("write_signals_value wants data: {path: value}", data={})
    values = {str(path): value for path, value in request.data.items()}
    errors = {path: error.message for path, error in kit.store.write(values).items()}
    if not errors:
        kit.reply(request, data={}, result="Successful")
        return
    kit.reply(
        request,
        data={},
        result="Failed" if len(errors) == len(values) else "Partly failed",
        errors=errors,
        error="\n".join(errors.values()),
        isError=True,
    )


@command(commands.RESET_SIGNALS_VALUE)
async def reset_signals_value(kit: KitContext, request: Request) -> None:
    """Write the start values of the mock list again."""
    errors = kit.mocks.write()
    if errors:
        kit.reply(
            request,
            data=kit.mocks.to_json(),
            result="Partly failed",
            errors=errors,
            isError=True,
        )
    else:
        kit.reply(request, data=kit.mocks.to_json(), result="Successful")


COMMANDS = (subscribe_apis, unsubscribe_apis, write_signals_value, reset_signals_value)
