"""The commands a kit knows: those of ours and those of other packages."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from .errors import KitError

if TYPE_CHECKING:
    from ..protocol import Request
    from .context import KitContext

ENTRY_POINT_GROUP = "autowrx.commands"

log = logging.getLogger(__name__)

Handler = Callable[["KitContext", "Request"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name on the wire and the function that does it.

    ``ordered`` commands of one client run one after the other; the others run at once, also
    while an ordered one works. ``is_run`` makes errors look like the end of a program: the
    text first, then the final message. ``aliases`` are other spellings, answered as spelled.
    """

    name: str
    handler: Handler
    ordered: bool = True
    is_run: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name and the aliases."""
        return (self.name, *self.aliases)


def command(
    name: str, *aliases: str, ordered: bool = True, is_run: bool = False
) -> Callable[[Handler], Command]:
    """Make a :class:`Command` of the decorated ``async def handler(kit, request)``."""

    def decorate(handler: Handler) -> Command:
        return Command(name, handler, ordered, is_run, aliases)

    return decorate


class CommandRegistry:
    """Commands by name; the first one registered under a name keeps it."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._commands: dict[str, Command] = {}
        self.add(*commands)

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def get(self, name: str) -> Command | None:
        """Return the command called ``name``."""
        return self._commands.get(name)

    def add(self, *commands: Command) -> None:
        """Register commands.

        Raises
        ------
        KitError
            A name is taken.
        """
        for item in commands:
            for name in item.names:
                if name in self._commands:
                    raise KitError(f"the command {name!r} is registered twice")
                self._commands[name] = item

    def load_entry_points(self, group: str = ENTRY_POINT_GROUP) -> None:
        """Register the commands that installed packages offer.

        A package that cannot be loaded is logged and left out: it must not keep the kit
        from starting.
        """
        for point in metadata.entry_points(group=group):
            try:
                self.add(*commands_of(point.name, point.load()))
            except Exception as error:  # whatever the other package raises on import
                log.error("command %r of %s is left out: %s", point.name, point.value, error)


def commands_of(name: str, loaded: Any) -> tuple[Command, ...]:
    """Read what an entry point refers to: a Command, several, or a plain handler."""
    if isinstance(loaded, Command):
        return (loaded,)
    if isinstance(loaded, list | tuple) and all(isinstance(item, Command) for item in loaded):
        return tuple(loaded)
    if inspect.iscoroutinefunction(loaded):
        return (Command(name, loaded),)
    raise KitError("it is neither an async function(kit, request) nor a Command")
