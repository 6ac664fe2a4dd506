"""The command line of the kit: ``python -m autowrx_jupyter.kit``."""

from __future__ import annotations

import asyncio
import difflib
import logging
import os
import signal
import sys
import threading
from typing import Any, ClassVar

from traitlets import TraitError
from traitlets.config import Application
from traitlets.config.loader import ArgumentError

from .errors import KitError
from .settings import KitSettings


class KitApp(Application):
    """Reads the command line and runs a kit until it is told to end."""

    name = "autowrx-kit"
    description = "Run a vehicle kit: signal broker, mocks and app runners, joined to a hub."
    classes: ClassVar[list[Any]] = [KitSettings]  # type: ignore[misc]
    aliases: ClassVar[dict[Any, Any]] = {  # type: ignore[misc]
        "server": "KitSettings.server",
        "token": "KitSettings.token",
        "name": "KitSettings.name",
        "prefix": "KitSettings.prefix",
        "host": "KitSettings.host",
        "broker-port": "KitSettings.broker_port",
        "mqtt-port": "KitSettings.mqtt_port",
        "vss": "KitSettings.vss",
        "mock-signals": "KitSettings.mock_file",
        "app-timeout": "KitSettings.app_timeout",
        "cache-dir": "KitSettings.cache_dir",
        "log-level": "Application.log_level",
    }
    flags: ClassVar[dict[Any, Any]] = {  # type: ignore[misc]
        "announce": (
            {"KitSettings": {"announce": True}},
            "Print one JSON line on standard output when the hub has the kit.",
        ),
        "with-parent": (
            {"KitSettings": {"with_parent": True}},
            "End, with all apps, when standard input ends.",
        ),
    }

    def exit(self, exit_status: int | str | None = 0) -> None:
        """Leave with 2 after a wrong command line, as for everything that prevents the start."""
        sys.exit(2 if exit_status else 0)


def main(argv: list[str] | None = None) -> int:
    """Run a kit; return the exit code: 0 ended as told, 2 it could not start."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    app = KitApp()
    try:
        app.parse_command_line(checked(app, sys.argv[1:] if argv is None else argv))
        if app.extra_args:
            raise KitError(f"{app.extra_args[0]!r} belongs to no option; see --help")
        settings = KitSettings(config=app.config)
        return asyncio.run(serve_until_told(settings))
    except (KitError, TraitError, ArgumentError) as error:
        print(f"autowrx kit: {error}", file=sys.stderr)
        return 2


def checked(app: KitApp, argv: list[str]) -> list[str]:
    """Return ``argv`` if it has no unknown option: traitlets would only warn."""
    known = {*app.aliases, *app.flags, "help", "help-all", "debug", "show-config"}
    for argument in argv:
        name = argument.removeprefix("--").split("=", 1)[0]
        if argument.startswith("--") and "." not in name and name not in known:
            close = difflib.get_close_matches(name, [str(item) for item in known], 1)
            hint = f"; did you mean --{close[0]}?" if close else "; see --help"
            raise KitError(f"there is no option --{name}{hint}")
    return argv


async def serve_until_told(settings: KitSettings) -> int:
    """Run a kit until SIGTERM, SIGINT or, if asked for, the end of standard input."""
    from .service import KitService

    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if settings.with_parent:
        watch_parent(loop, told)
    service = KitService(settings)
    try:
        await service.start()
        await told.wait()
    finally:
        await service.stop()
    return 0


def watch_parent(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    """Set ``told`` when standard input ends; a thread, since a file cannot be polled."""

    def read() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        try:
            loop.call_soon_threadsafe(told.set)
        except RuntimeError:  # the loop is closed, the kit has ended already
            return

    threading.Thread(target=read, name="parent", daemon=True).start()
