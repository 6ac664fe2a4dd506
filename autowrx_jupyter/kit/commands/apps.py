"""Run and stop programs."""

from __future__ import annotations

from pathlib import Path

from ...protocol import Request, commands
from ..context import KitContext
from ..errors import CommandError
from ..programs import ProjectError, read_project
from ..registry import command

LAUNCHER = Path(__file__).parent.parent / "launch.py"


@command(commands.RUN_PYTHON_APP, is_run=True)
async def run_python_app(kit: KitContext, request: Request) -> None:
    """Run Python text or a project with a ``main.py``; its output and end are the answer."""
    data = request.data
    code = data.get("code") if isinstance(data, dict) else None
    if not isinstance(code, str):
        raise CommandError("Missing code: the request needs data.code with the program text")
    try:
        project = read_project(code)
    except ProjectError as error:
        raise CommandError(str(error)) from error
    kit.mocks.use(request.strings("usedAPIs"))
    # -P: the launcher's own folder must not be on the path of the program.
    kit.runs.start(request, project, [kit.settings.python, "-P", str(LAUNCHER), "main.py"])


@command(commands.STOP_PYTHON_APP, commands.STOP_CPP_APP)
async def stop_app(kit: KitContext, request: Request) -> None:
    """Stop all programs of the client, or the one with the given ``run_id``."""
    run_id = request.text("run_id") or None
    runs = kit.runs.of_client(request.request_from, run_id)
    await kit.runs.stop(runs)
    kit.reply(
        request,
        result="Successful" if runs else "No app running",
        data={"stopped": len(runs)},
        isDone=True,
        code=0,
    )


COMMANDS = (run_python_app, stop_app)
