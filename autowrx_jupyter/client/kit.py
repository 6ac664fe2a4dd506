"""One kit, seen from a client."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autowrx_jupyter.protocol import KitRecord, commands, events

from .calls import Reply, text_of
from .errors import ClientError, KitLostError, RequestRefusedError
from .records import MockSignal, RuntimeInfo
from .runs import RUN_COMMANDS, Run
from .watches import Callback, Values, Watch
from .wire import Wire

if TYPE_CHECKING:
    from .hub import HubClient

LONG_TIMEOUT = 180.0
"""Seconds for installing packages and building a vehicle model."""
READ_TIMEOUT = 10.0

COMMAND_OF_LANGUAGE = {
    "python": commands.RUN_PYTHON_APP,
    "rust": commands.RUN_RUST_APP,
    "cpp": commands.RUN_CPP_APP,
}

OnText = Callable[[str], Any]


class KitHandle:
    """What one kit can do. Made by ``HubClient.kit``; belongs to the client's loop.

    Kits of ours share the client's connection; every other kit gets a connection of its
    own for each run, because its messages do not say to which run they belong.
    """

    def __init__(self, hub: HubClient, kit_id: str) -> None:
        self.hub = hub
        self.kit_id = kit_id

    def __repr__(self) -> str:
        return f"<KitHandle {self.kit_id} at {self.hub.address}>"

    @property
    def record(self) -> KitRecord | None:
        """The kit as the hub last announced it."""
        return self.hub.record(self.kit_id)

    @property
    def is_online(self) -> bool:
        """Whether hub and kit are there, as far as known."""
        record = self.record
        return self.hub.state == "online" and record is not None and record.is_online

    @property
    def reports_errors(self) -> bool:
        """Whether it tells which writes it refused; original kits do not."""
        return self.hub.is_ours(self.kit_id)

    # -- runs ------------------------------------------------------------------------

    async def start(
        self,
        code: str,
        *,
        name: str = "notebook",
        used_apis: Iterable[str] = (),
        language: str = "python",
        watch_vars: Iterable[str] = (),
        **data: Any,
    ) -> Run:
        """Start a program.

        Parameters
        ----------
        code
            Source, or the JSON text of a project.
        name
            Name of the app in the kit's list.
        used_apis
            Signals that it uses; original kits provide mocks for them.
        language
            ``python``, ``rust`` or ``cpp``.
        watch_vars
            Variables to trace.
        data
            Further fields of the run's data.

        Raises
        ------
        ClientError
            The kit is not online, or the language unknown. What goes wrong later is in
            the run's result.
        """
        cmd = COMMAND_OF_LANGUAGE.get(language)
        if cmd is None:
            raise ClientError(f"no kit runs {language!r}; known are python, rust and cpp")
        content = {
            "language": language,
            "watch_vars": ", ".join(watch_vars),
            "code": code,
            "name": name,
            **data,
        }
        return await self._start(cmd, name, usedAPIs=list(used_apis), data=content)

    async def start_binary(self, file_name: str, *, used_apis: Iterable[str] = ()) -> Run:
        """Start a compiled program that lies in the kit's output folder."""
        return await self._start(
            commands.RUN_BIN_APP, file_name, usedAPIs=list(used_apis), data=file_name
        )

    async def _start(self, cmd: str, name: str, **fields: Any) -> Run:
        await self.hub.check(self.kit_id)
        run_id = uuid.uuid4().hex
        message = {
            "cmd": cmd,
            "to_kit_id": self.kit_id,
            "req_id": run_id,
            "run_id": run_id,
            **fields,
        }
        if self.hub.is_ours(self.kit_id):
            return await self._start_shared(run_id, name, message)
        return await self._start_alone(run_id, name, message)

    def _stop_message(self, run_id: str) -> dict[str, Any]:
        return {
            "cmd": commands.STOP_PYTHON_APP,
            "to_kit_id": self.kit_id,
            "data": {},
            "run_id": run_id,
        }

    async def _start_shared(self, run_id: str, name: str, message: dict[str, Any]) -> Run:
        async def send_stop() -> None:
            await self.hub.emit(events.MESSAGE_TO_KIT, self._stop_message(run_id))

        run = Run(run_id, name, self.kit_id, send_stop, strict=True)
        run.sender = self.hub.sid
        self.hub.track(run)
        try:
            await self.hub.emit(events.MESSAGE_TO_KIT, message)
        except KitLostError as error:
            run.lose(str(error))
        return run

    async def _start_alone(self, run_id: str, name: str, message: dict[str, Any]) -> Run:
        def on_event(event: str, payload: Any) -> None:
            if isinstance(payload, dict) and payload.get("cmd") in RUN_COMMANDS:
                run.feed(payload)

        def on_lost(reason: str) -> None:
            run.lose(
                f"lost the hub at {self.hub.address} while {name!r} ran on {self.kit_id}: {reason}"
            )

        async def send_stop() -> None:
            await wire.emit(events.MESSAGE_TO_KIT, self._stop_message(run_id))

        run = Run(run_id, name, self.kit_id, send_stop, strict=False)
        wire = Wire(self.hub.address, on_event, on_lost)
        await wire.open()
        run.sender = wire.sid
        run.on_end(lambda: self.hub.spawn(wire.close()))
        self.hub.track(run)
        try:
            await wire.emit(events.MESSAGE_TO_KIT, message)
        except KitLostError as error:
            run.lose(str(error))
        return run

    # -- signals ---------------------------------------------------------------------

    async def read(self, paths: Sequence[str], timeout: float = READ_TIMEOUT) -> Values:
        """Return present values; None is "no value", an unknown signal is absent."""
        wanted = tuple(dict.fromkeys(paths))
        if not wanted:
            return {}
        await self.hub.check(self.kit_id)
        return await self.hub.subscription(self.kit_id).read(wanted, timeout)

    async def write(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Write signals; return the text of the error for each one that was refused.

        Original kits answer "successful" whatever they do.
        """
        try:
            reply = await self.hub.request(
                self.kit_id, commands.WRITE_SIGNALS_VALUE, data=dict(values)
            )
        except RequestRefusedError as error:
            # "Failed" is an answer like "Partly failed" where it names the signals.
            if error.reply is None or not isinstance(error.reply.get("errors"), dict):
                raise
            reply = error.reply
        errors = reply.get("errors")
        if not isinstance(errors, dict):
            return {}
        return {str(path): str(text) for path, text in errors.items()}

    def watch(self, paths: Iterable[str], callback: Callback | None = None) -> Watch:
        """Follow signals: ``callback`` gets a dict of all their values at each change.

        It is called on the client's loop and must not block. The result can also be
        iterated with ``async for``.
        """
        return self.hub.subscription(self.kit_id).add(paths, callback)

    async def list_mocks(self) -> list[MockSignal]:
        """Return the kit's mock list."""
        reply = await self.hub.request(self.kit_id, commands.LIST_MOCK_SIGNAL)
        return _mocks(reply)

    async def set_mocks(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Replace the kit's mock list; return why, for each signal that was rejected."""
        items = [{"signal": path, "name": path, "value": v} for path, v in values.items()]
        reply = await self.hub.request(
            self.kit_id, commands.SET_MOCK_SIGNALS, data=items, timeout=30.0
        )
        rejected: dict[str, str] = {}
        for item in reply.get("rejected") or ():
            if isinstance(item, dict):
                rejected[str(item.get("signal"))] = str(item.get("reason") or "rejected")
        taken = {mock.path for mock in _mocks(reply)}
        for path in values:
            if path not in taken and path not in rejected:
                rejected[path] = f"kit {self.kit_id} does not know this signal"
        return rejected

    # -- the kit itself --------------------------------------------------------------

    async def info(self) -> RuntimeInfo:
        """Return what runs on the kit and who subscribes."""
        reply = await self.hub.request(self.kit_id, commands.GET_RUNTIME_INFO)
        return RuntimeInfo.from_json(reply.get("data"))

    async def packages(self) -> str:
        """Return the Python packages of the kit, as ``pip freeze`` prints them."""
        reply = await self.hub.request(self.kit_id, commands.LIST_PYTHON_PACKAGES, timeout=60.0)
        data = reply.get("data")
        return data if isinstance(data, str) else ""

    async def install(self, requirements: str, on_text: OnText | None = None) -> str:
        """Install Python packages on the kit; return what pip said.

        Raises
        ------
        RequestRefusedError
            The installation failed. Original kits report success all the same, so pip's
            own error lines count (Q21).
        """
        reply = await self.hub.request(
            self.kit_id,
            commands.INSTALL_PYTHON_PACKAGES,
            data=requirements,
            timeout=LONG_TIMEOUT,
            is_last=lambda r: r.get("isDone", r.get("result") != "Installing") is not False,
            progress=_tell(on_text, "data"),
        )
        text = reply.get("data") if isinstance(reply.get("data"), str) else ""
        if "ERROR:" in str(text):
            raise RequestRefusedError(
                f"kit {self.kit_id} could not install {requirements!r}: {text}", reply
            )
        return str(text)

    async def build_model(self, tree: Mapping[str, Any], on_text: OnText | None = None) -> str:
        """Give the kit another vehicle model (a VSS tree); return what it said."""
        # A text instead of an object destroys the model of an original kit (Q20).
        reply = await self.hub.request(
            self.kit_id,
            commands.GENERATE_VEHICLE_MODEL,
            data=dict(tree),
            timeout=LONG_TIMEOUT,
            answers=(commands.REVERT_VEHICLE_MODEL,),
            is_last=lambda r: (
                r.get("cmd") != commands.REVERT_VEHICLE_MODEL and r.get("isDone") is not False
            ),
            progress=_tell(on_text, "result"),
        )
        return text_of(reply)

    async def revert_model(self, on_text: OnText | None = None) -> str:
        """Give the kit its default vehicle model back; return what it said."""
        reply = await self.hub.request(
            self.kit_id,
            commands.REVERT_VEHICLE_MODEL,
            data="",
            timeout=LONG_TIMEOUT,
            is_last=lambda r: (
                r.get("isDone", not str(r.get("result")).startswith("Start to")) is not False
            ),
            progress=_tell(on_text, "result"),
        )
        return text_of(reply)


def _mocks(reply: Reply) -> list[MockSignal]:
    data = reply.get("data")
    if not isinstance(data, list):
        return []
    found = (MockSignal.from_json(item) for item in data)
    return [mock for mock in found if mock is not None]


def _tell(on_text: OnText | None, key: str) -> Callable[[Reply], None] | None:
    if on_text is None:
        return None

    def progress(reply: Reply) -> None:
        text = reply.get(key)
        if isinstance(text, str) and text:
            on_text(text)

    return progress
