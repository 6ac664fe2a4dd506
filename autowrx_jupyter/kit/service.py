"""The kit as a whole: broker, MQTT listener, commands and hub link on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import KitRecord
from .commands import built_in
from .context import KitContext
from .dispatch import Dispatcher
from .errors import KitError
from .link import HubAddress, HubLink
from .programs.guard import Guard
from .programs.manager import app_environment
from .settings import KitSettings

if TYPE_CHECKING:
    from ..broker import BrokerServer, MqttServer
    from ..vss import Catalogue

log = logging.getLogger(__name__)

FAREWELL = 1.0
"""Seconds for the last messages to leave when the kit ends."""


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"autowrx kit: {text}", file=sys.stderr, flush=True)


def load_catalogue(vss: str) -> Catalogue:
    """Return the catalogue of the file ``vss``, or the built-in one.

    Raises
    ------
    KitError
        The file cannot be used.
    """
    from ..vss import VssError, load_json, load_standard, load_vspec

    if not vss:
        return load_standard()
    path = Path(vss)
    try:
        return load_vspec(path) if path.suffix == ".vspec" else load_json(path)
    except (VssError, OSError) as error:
        raise KitError(f"cannot use the vehicle signals of {vss}: {error}") from error


class KitService:
    """Starts and ends the parts of a kit. Belongs to one event loop."""

    def __init__(self, settings: KitSettings) -> None:
        self._settings = settings
        self._broker: BrokerServer | None = None
        self._mqtt: MqttServer | None = None
        self._guard: Guard | None = None
        self._link: HubLink | None = None
        self._linking: asyncio.Task[None] | None = None
        self._generating: asyncio.Task[list[Path]] | None = None
        self._announced = False
        self._kit: KitContext | None = None
        self._dispatcher: Dispatcher | None = None

    @property
    def kit(self) -> KitContext:
        """Return the context of the started kit."""
        if self._kit is None:
            raise KitError("the kit has not been started")
        return self._kit

    async def start(self) -> None:
        """Bring everything up and begin to look for the hub.

        Raises
        ------
        KitError
            A port is taken, a file cannot be read, an address is wrong.
        """
        settings = self._settings
        address = HubAddress.parse(settings.server)
        from ..broker import BrokerError, SignalStore, serve, serve_mqtt

        store = SignalStore(load_catalogue(settings.vss))
        self._kit = kit = KitContext(settings, store, self._environment)
        self._generating = asyncio.create_task(asyncio.to_thread(self._generate, store.catalogue))
        if settings.mock_file:
            for item in kit.mocks.load(Path(settings.mock_file)):
                say(f"mock signal left out: {item.reason}")
        try:
            self._broker = await serve(store, host=settings.host, port=settings.broker_port)
            self._mqtt = await serve_mqtt(host=settings.host, port=settings.mqtt_port)
        except (BrokerError, OSError) as error:
            raise KitError(str(error)) from error
        self._guard = kit.runs.guard = Guard(kit.runs.root())
        registry = built_in()
        registry.load_entry_points()
        self._dispatcher = Dispatcher(kit, registry)
        self._link = HubLink(
            address,
            settings.token,
            KitRecord(
                kit_id=settings.kit_id,
                name=settings.kit_id,
                support_apis=[*registry, "run_id"],  # a capability: runs carry their id
                desc="AutoWRX for Jupyter",
            ),
            kit.outbox,
            on_request=self._dispatcher.receive,
            on_registered=self._on_registered,
            say=say,
            retry_max=settings.retry_max,
        )
        self._linking = asyncio.create_task(self._link.run())

    async def stop(self) -> None:
        """End all runs, say goodbye, free the ports."""
        if self._dispatcher is not None:
            await self._dispatcher.close()
        if self._kit is not None:
            await self._kit.close()
        if self._link is not None:
            await self._link.flush(FAREWELL)
        if self._linking is not None:
            self._linking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._linking
        if self._generating is not None:
            self._generating.cancel()
        if self._mqtt is not None:
            await self._mqtt.stop()
        if self._broker is not None:
            await self._broker.stop()
        if self._guard is not None:
            self._guard.close()

    async def _environment(self) -> Mapping[str, str]:
        """Return the variables of a new app; waits until its packages are there."""
        if self._generating is None or self._broker is None or self._mqtt is None:
            raise KitError("the kit has not been started")
        return app_environment(
            broker=f"{self._settings.host}:{self._broker.port}",
            mqtt=f"{self._settings.host}:{self._mqtt.port}",
            python_path=await asyncio.shield(self._generating),
        )

    def _generate(self, catalogue: Catalogue) -> list[Path]:
        from ..vss.generator import vehicle_package
        from ..vss.shims import shim_package

        cache = Path(self._settings.cache_dir)
        cache.mkdir(parents=True, exist_ok=True)
        return [vehicle_package(catalogue, cache), shim_package(cache)]

    async def _on_registered(self) -> None:
        self.kit.state.report()
        if self._settings.announce and not self._announced:
            self._announced = True
            self._announce(print)

    def _announce(self, write: Callable[..., None]) -> None:
        if self._broker is None or self._mqtt is None:
            return
        host = self._settings.host
        ready = {
            "ready": True,
            "kit_id": self._settings.kit_id,
            "broker": f"{host}:{self._broker.port}",
            "mqtt": f"{host}:{self._mqtt.port}",
        }
        write(json.dumps(ready), flush=True)
