"""From a message of the hub to the handler of its command."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from ..protocol import ProtocolError, Request, parse_request
from .context import KitContext
from .errors import CommandError
from .registry import Command, CommandRegistry

log = logging.getLogger(__name__)


class Dispatcher:
    """Gives every request to its handler and makes sure that it gets an answer.

    Ordered commands of one client wait for each other; everything else starts at once. No
    client waits for another. Belongs to the kit's loop.
    """

    def __init__(self, kit: KitContext, registry: CommandRegistry) -> None:
        self._kit = kit
        self._registry = registry
        self._waiting: dict[str, deque[tuple[Command, Request]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, payload: Any) -> None:
        """Take one ``messageToKit``; never waits and never raises."""
        try:
            request = parse_request(payload)
        except ProtocolError as error:
            log.warning("a message is dropped: %s", error)  # nobody to answer to
            return
        command = self._registry.get(request.cmd)
        if command is None:
            self._kit.error(request, f"unknown command {request.cmd}")
        elif not command.ordered:
            self._start(self._handle(command, request))
        else:
            self._enqueue(command, request)

    async def close(self) -> None:
        """Let no handler go on."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _enqueue(self, command: Command, request: Request) -> None:
        queue = self._waiting.get(request.request_from)
        if queue is None:
            self._waiting[request.request_from] = queue = deque()
            queue.append((command, request))
            self._start(self._work_off(request.request_from, queue))
        elif len(queue) < self._kit.settings.max_queued:
            queue.append((command, request))
        else:
            text = f"{len(queue)} commands of yours are waiting (setting max_queued)"
            self._refuse(command, request, text)

    async def _work_off(self, client: str, queue: deque[tuple[Command, Request]]) -> None:
        while queue:
            await self._handle(*queue[0])
            if queue:
                queue.popleft()
        self._waiting.pop(client, None)

    async def _handle(self, command: Command, request: Request) -> None:
        try:
            await command.handler(self._kit, request)
        except CommandError as error:
            self._refuse(command, request, str(error), error.code, **error.fields)
        except Exception as error:  # a handler's edge: the client must get an answer
            log.exception("command %s failed", request.cmd)
            self._refuse(command, request, f"{type(error).__name__}: {error}")

    def _refuse(
        self, command: Command, request: Request, text: str, code: int = 1, **fields: Any
    ) -> None:
        if command.is_run:
            self._kit.run_error(request, text, code=code)
        else:
            self._kit.error(request, text, code=code, **fields)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
