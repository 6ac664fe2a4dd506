"""What a command handler gets to work with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from ..protocol import (
    Request,
    error_reply,
    events,
    final_reply,
    output_reply,
    reply,
)
from .mocks import MockList
from .outbox import Outbox
from .programs.manager import RunManager, run_fields
from .settings import KitSettings
from .state import RuntimeState
from .subscriptions import Subscriptions

if TYPE_CHECKING:
    from ..broker import SignalStore

log = logging.getLogger(__name__)


class KitContext:
    """The kit as its commands see it. All of it belongs to the kit's one event loop.

    Parameters
    ----------
    settings
        The settings of this kit.
    store
        Signal catalogue and values.
    environment
        Gives the environment variables of a new app.
    """

    def __init__(
        self,
        settings: KitSettings,
        store: SignalStore,
        environment: Callable[[], Coroutine[Any, Any, Mapping[str, str]]],
    ) -> None:
        self.settings = settings
        self.store = store
        self.outbox = Outbox()
        self.state = RuntimeState(settings.kit_id, self.outbox)
        self.runs = RunManager(
            settings, self.outbox, environment=environment, changed=self.state.changed
        )
        self.subscriptions = Subscriptions(settings, store, self.outbox, changed=self.state.changed)
        self.mocks = MockList(store)
        self.state.watch(self.runs.runners, self.subscriptions.entries)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def kit_id(self) -> str:
        """Return the id of this kit."""
        return self.settings.kit_id

    def reply(self, request: Request, /, cmd: str | None = None, **fields: Any) -> None:
        """Answer ``request``; ``fields`` as in the protocol, ``cmd`` to file it elsewhere."""
        self._post(reply(request, self.kit_id, cmd=cmd, **fields))

    def error(self, request: Request, text: str, *, code: int = 1, **fields: Any) -> None:
        """Refuse ``request``."""
        self._post(error_reply(request, self.kit_id, text, code=code, **fields))

    def run_error(self, request: Request, text: str, *, code: int = 1) -> None:
        """Refuse a run: the text as a line, then the final message."""
        fields = run_fields(request)
        line = f"Error: {text}\n"
        self._post(output_reply(request, self.kit_id, line, stream="stderr", **fields))
        self._post(final_reply(request, self.kit_id, code, tail=line, error=text, **fields))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with ``work`` beside the commands; errors are logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_ended)

    async def close(self) -> None:
        """End programs and subscriptions; their last messages are queued."""
        self.subscriptions.close()
        await self.runs.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _post(self, payload: dict[str, Any]) -> None:
        self.outbox.post(events.KIT_REPLY, payload)

    def _spawned_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("work beside the commands failed", exc_info=task.exception())
