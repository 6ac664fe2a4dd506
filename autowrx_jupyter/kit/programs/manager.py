"""All runs of a kit: who started what, limits, messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...protocol import Request, Runner, events, final_reply, output_reply
from ..errors import CommandError
from ..outbox import Outbox
from ..settings import KitSettings
from .guard import Guard
from .output import Output, Stream
from .project import Project
from .run import Run, RunEnd

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """A run together with the request that started it."""

    run: Run
    request: Request
    name: str
    fields: dict[str, str] = field(default_factory=dict)

    def runner(self) -> Runner:
        """Return the entry for the runtime info."""
        return Runner(
            app_name=self.name,
            request_from=self.request.request_from,
            started=self.run.started,
            user_id=self.request.text("user_id") or None,
            username=self.request.text("username") or None,
        )


class RunManager:
    """Starts and ends the programs of all clients.

    Belongs to the kit's loop. ``environment`` gives the variables for a new program;
    ``changed`` is called whenever the list of running apps is another one.
    """

    def __init__(
        self,
        settings: KitSettings,
        outbox: Outbox,
        *,
        environment: Callable[[], Awaitable[Mapping[str, str]]],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._environment = environment
        self._changed = changed
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._root: Path | None = None
        self.guard: Guard | None = None

    def runners(self) -> list[Runner]:
        """Return the apps that are running now."""
        return [job.runner() for job in self._jobs.values()]

    def of_client(self, client: str, run_id: str | None = None) -> list[Run]:
        """Return the runs that ``client`` started, or the one with its ``run_id``."""
        return [
            job.run
            for job in self._jobs.values()
            if job.request.request_from == client
            and (run_id is None or job.fields.get("run_id") == run_id)
        ]

    def start(self, request: Request, project: Project, arguments: Sequence[str]) -> Run:
        """Start a program for ``request``; its messages are filed under ``request.cmd``.

        The run counts from now on, so that a stop that follows at once finds it.

        Raises
        ------
        CommandError
            Too many apps are running.
        """
        if len(self._jobs) >= self._settings.max_runs:
            raise CommandError(
                f"{len(self._jobs)} apps are running, no more are allowed "
                "(setting max_runs): stop one first"
            )
        data = request.data if isinstance(request.data, dict) else {}
        name = data.get("name")
        job = Job(
            run=self._new_run(request),
            request=request,
            name=name if isinstance(name, str) and name else "App",
            fields=run_fields(request),
        )
        self._jobs[job.run.id] = job
        self._changed()
        task = asyncio.create_task(self._drive(job, project, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job.run

    async def stop(self, runs: Iterable[Run]) -> None:
        """Stop runs and wait until their final messages are queued."""
        runs = list(runs)
        for run in runs:
            run.stop()
        for run in runs:
            await run.ended()

    async def close(self) -> None:
        """Stop everything and remove all folders."""
        await self.stop([job.run for job in self._jobs.values()])
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._root is not None:
            with contextlib.suppress(OSError):
                self._root.rmdir()

    def root(self) -> Path:
        """Return the private folder that holds the folders of the runs."""
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="autowrx-runs-", dir=self._settings.runs_dir))
        return self._root

    def _new_run(self, request: Request) -> Run:
        run_id = secrets.token_hex(8)
        fields = run_fields(request)

        def send(text: str, stream: Stream, on_sent: Callable[[], None]) -> None:
            self._outbox.post(
                events.KIT_REPLY,
                output_reply(request, self._settings.kit_id, text, stream=stream, **fields),
                on_sent,
            )

        output = Output(
            send,
            window=self._settings.output_window,
            interval=self._settings.output_interval,
            tail=self._settings.output_tail,
        )
        return Run(
            run_id,
            self.root() / run_id,
            output,
            stop_grace=self._settings.stop_grace,
            guard=self.guard,
        )

    async def _drive(self, job: Job, project: Project, arguments: Sequence[str]) -> None:
        run = job.run
        try:
            end = await self._execute(run, project, arguments)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a full disk, no more processes, a broken package
            log.exception("run %s could not be started", run.id)
            text = f"The app could not be started: {error}"
            run.output.say(text + "\n")
            run.output.finish()
            end = RunEnd(1, error=text)
        finally:
            await asyncio.to_thread(run.remove_folder)
            del self._jobs[run.id]
        self._report(job, end)
        run.finish()
        self._changed()

    async def _execute(self, run: Run, project: Project, arguments: Sequence[str]) -> RunEnd:
        run.app_folder.mkdir(parents=True)
        project.write(run.app_folder)
        env = await self._environment()
        return await run.execute(arguments, env, self._settings.app_timeout)

    def _report(self, job: Job, end: RunEnd) -> None:
        extra: dict[str, object] = {"stopped": True} if end.stopped else {}
        self._outbox.post(
            events.KIT_REPLY,
            final_reply(
                job.request,
                self._settings.kit_id,
                end.code,
                tail=job.run.output.tail.text(),
                error=end.error,
                **extra,
                **job.fields,
            ),
        )


def run_fields(request: Request) -> dict[str, str]:
    """Return the ``run_id`` of a request, which every message of its run carries."""
    run_id = request.text("run_id")
    return {"run_id": run_id} if run_id else {}


_SECRETS = re.compile(r"^(AUTOWRX_TOKEN|SYNCER_SERVER_URL|JUPYTER_TOKEN|JPY_.*)$")


def app_environment(*, broker: str, mqtt: str, python_path: Sequence[Path]) -> dict[str, str]:
    """Return the environment of an app: the kit's, without tokens, and where the broker is."""
    env = {name: value for name, value in os.environ.items() if not _SECRETS.match(name)}
    paths = [str(path) for path in python_path]
    if env.get("PYTHONPATH"):
        paths.append(env["PYTHONPATH"])
    env |= {
        "SDV_MIDDLEWARE_TYPE": "native",
        "SDV_VEHICLEDATABROKER_ADDRESS": f"grpc://{broker}",
        "SDV_MQTT_ADDRESS": f"mqtt://{mqtt}",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    return env
