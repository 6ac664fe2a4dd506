"""The settings of a kit: traitlets, command-line options and environment variables."""

from __future__ import annotations

import getpass
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from traitlets import Bool, Float, Integer, Unicode, default, validate
from traitlets.config import Configurable

from .errors import KitError


def _environment(*names: str, fallback: str = "") -> str:
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    return fallback


def _number(name: str, fallback: int) -> int:
    text = _environment(name)
    if not text:
        return fallback
    try:
        return int(text)
    except ValueError:
        raise KitError(f"environment variable {name} wants a port number, got {text!r}") from None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, usual in containers
        return "user"


class KitSettings(Configurable):
    """Everything that can be set; ``c.KitSettings.<name>`` in a configuration file."""

    server = Unicode(help="hub to join, http://host:port[/path][?access_token=…]").tag(config=True)
    token = Unicode(help="token for the hub").tag(config=True)
    name = Unicode(help="name of this kit; the prefix is put before it").tag(config=True)
    prefix = Unicode(help="what kit ids begin with").tag(config=True)
    host = Unicode("127.0.0.1", help="address that broker and MQTT listen on").tag(config=True)
    broker_port = Integer(help="port of the signal broker; 0 takes a free one").tag(config=True)
    mqtt_port = Integer(0, help="port of the MQTT listener; 0 takes a free one").tag(config=True)
    vss = Unicode(help="vehicle signals, a VSS file; empty: the built-in VSS 4.0").tag(config=True)
    mock_file = Unicode(help="file with the mock signals to start with").tag(config=True)
    announce = Bool(False, help="print one JSON line when the hub has the kit").tag(config=True)
    with_parent = Bool(False, help="end when standard input ends").tag(config=True)
    cache_dir = Unicode(help="folder for generated packages").tag(config=True)
    runs_dir = Unicode(help="folder in which each run gets its own").tag(config=True)
    files_dir = Unicode(help="folder behind read-file and write-file").tag(config=True)

    app_timeout = Float(0, help="seconds an app may run; 0: no limit").tag(config=True)
    stop_grace = Float(0.6, help="seconds between asking an app to end and killing it").tag(
        config=True
    )
    max_runs = Integer(32, help="apps running at once").tag(config=True)
    output_window = Integer(1 << 18, help="bytes of output unsent before an app waits").tag(
        config=True
    )
    output_tail = Integer(1 << 16, help="characters of output repeated in the final message").tag(
        config=True
    )
    output_interval = Float(0.02, help="seconds between two pieces of output").tag(config=True)
    values_interval = Float(0.05, help="seconds between two value packets").tag(config=True)
    values_repeat = Float(5.0, help="seconds until unchanged values are sent again").tag(
        config=True
    )
    subscription_life = Float(60.0, help="seconds until a subscription ends").tag(config=True)
    max_subscribers = Integer(1000, help="clients that may watch signals").tag(config=True)
    max_signals = Integer(20_000, help="signals that one client may watch").tag(config=True)
    max_queued = Integer(1000, help="commands of one client that may wait").tag(config=True)
    retry_max = Float(5.0, help="longest pause in seconds between tries to reach the hub").tag(
        config=True
    )

    @default("server")
    def _default_server(self) -> str:
        return _environment("SYNCER_SERVER_URL", fallback="http://127.0.0.1:3090")

    @default("token")
    def _default_token(self) -> str:
        return _environment("AUTOWRX_TOKEN")

    @default("name")
    def _default_name(self) -> str:
        return _environment("RUNTIME_NAME", fallback=f"local-{_user()}")

    @default("prefix")
    def _default_prefix(self) -> str:
        return os.environ.get("RUNTIME_PREFIX", "Runtime-")

    @default("broker_port")
    def _default_broker_port(self) -> int:
        return _number("KUKSA_DATABROKER_PORT", 0)

    @default("vss")
    def _default_vss(self) -> str:
        return _environment("KUKSA_DATABROKER_METADATA_FILE", "VSS_DATA")

    @default("mock_file")
    def _default_mock_file(self) -> str:
        return _environment("MOCK_SIGNAL")

    @default("cache_dir")
    def _default_cache_dir(self) -> str:
        base = _environment("XDG_CACHE_HOME", fallback=str(Path.home() / ".cache"))
        return str(Path(base) / "autowrx")

    @default("files_dir")
    def _default_files_dir(self) -> str:
        base = _environment("XDG_DATA_HOME", fallback=str(Path.home() / ".local" / "share"))
        return str(Path(base) / "autowrx" / "kits" / self.kit_id)

    @default("runs_dir")
    def _default_runs_dir(self) -> str:
        return tempfile.gettempdir()

    @validate("broker_port", "mqtt_port")
    def _check_port(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] <= 65535:
            raise KitError(f"a port is a number from 0 to 65535, got {proposal['value']}")
        return cast(int, proposal["value"])

    @property
    def kit_id(self) -> str:
        """Return the id under which the hub knows this kit."""
        return f"{self.prefix}{self.name}"

    @property
    def python(self) -> str:
        """Return the interpreter that runs the apps: this one."""
        return sys.executable
