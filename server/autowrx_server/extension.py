"""The Jupyter server extension: hub, REST and an embedded kit inside the Jupyter server."""

from __future__ import annotations

import getpass
import os
import re
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Float, Int, List, Unicode, default

from .auth import TokenBook, new_token
from .handlers import Health, ListClients, ListKits, socket_handler
from .hub.listener import ListenError, RootListener, connect_identity
from .hub.sio import SocketIoHub
from .kitprocess import KitProcess

OFF = -1
"""Value of ``root_port`` that switches the root listener off."""


class AutowrxServer(ExtensionApp):
    """Mounts the kit hub at ``{base_url}autowrx/`` and keeps an embedded kit running."""

    name = "autowrx_server"
    extension_url = "/autowrx/healthz"

    embedded_kit = Bool(True, help="Start a kit with the server and end it with it.").tag(
        config=True
    )
    kit_name = Unicode(
        help="Name of the embedded kit; its id is 'Runtime-' + name. Default: local-<user>."
    ).tag(config=True)
    kit_arguments = List(
        Unicode(), help="More command-line arguments for the embedded kit. Default: none."
    ).tag(config=True)
    root_port = Int(
        3090,
        min=OFF,
        max=65535,
        help="TCP port of a second listener with the hub at its root, for unmodified kits; "
        "0 takes a free one, -1 switches it off. A taken port is a warning. Default: 3090.",
    ).tag(config=True)
    root_host = Unicode(
        "127.0.0.1",
        help="Address of that listener. Default: 127.0.0.1, this machine only.",
    ).tag(config=True)
    anonymous = Bool(
        False,
        help="Let kits and clients use the root listener without a token. Default: no.",
    ).tag(config=True)
    token = Unicode(
        help="Token of the user for hub and REST; kernels find it in AUTOWRX_TOKEN. "
        "Default: a new one at every start."
    ).tag(config=True)
    announce_window = Float(
        1.0, min=0.0, help="Shortest time between two kit lists, in seconds. Default: 1."
    ).tag(config=True)

    @default("token")
    def _new_token(self) -> str:
        return new_token()

    @default("kit_name")
    def _kit_name(self) -> str:
        return f"local-{_user_name()}"

    @property
    def kit_id(self) -> str:
        """The id of the embedded kit."""
        return f"Runtime-{self.kit_name}"

    def initialize_settings(self) -> None:
        """Make the hub; nothing listens yet."""
        self.book = TokenBook(anonymous=self.anonymous)
        owner = self.book.add(self.token, _user_name())
        self.book.owner_key = owner.key
        self.hub = SocketIoHub(connect_identity(self.book), window=self.announce_window)
        self.listener: RootListener | None = None
        self.root_url: str | None = None
        self.kit: KitProcess | None = None
        self._exported: dict[str, str] = {}
        # Kernels inherit the environment: have the token there before one can be started.
        self._export(AUTOWRX_TOKEN=self.token)

    def initialize_handlers(self) -> None:
        """Mount the routes."""
        arguments = {"hub": self.hub, "book": self.book}
        self.handlers.extend(
            [
                (r"/autowrx/socket\.io/?", socket_handler(self.hub, self.book)),
                (r"/autowrx/listAllKits", ListKits, arguments),
                (r"/autowrx/listAllClient", ListClients, arguments),
                (r"/autowrx/healthz", Health, arguments),
            ]
        )

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Go to work; called once the HTTP server listens and the loop runs."""
        url = own_address(serverapp)
        if url is not None:
            # Before the first await: no request can have been served until now.
            self._export(AUTOWRX_HUB_URL=url)
            if self.embedded_kit:
                self._export(AUTOWRX_KIT=self.kit_id)
        self._open_root_listener(needed=url is None)
        if url is None:
            url = self.root_url
        if url is None:
            self.log.error(
                "Kernels cannot reach the kit hub: Jupyter is not on a plain TCP port and no "
                "other port could be opened. They will start a hub of their own."
            )
            return
        self._export(AUTOWRX_HUB_URL=url)
        if self.embedded_kit:
            self._export(AUTOWRX_KIT=self.kit_id)
            self.kit = KitProcess(
                [
                    *("--server", url, "--prefix", "Runtime-", "--name", self.kit_name),
                    *self.kit_arguments,
                ],
                {"AUTOWRX_TOKEN": self.token},
            )
            self.kit.start()
        self.log.info("Kit hub at %s", url)

    async def stop_extension(self) -> None:
        """End the kit, close the sockets, take back the environment."""
        for name, value in self._exported.items():
            if os.environ.get(name) == value:
                del os.environ[name]
        if self.kit is not None:
            await self.kit.stop()
        await self.hub.close()
        if self.listener is not None:
            await self.listener.close()

    def _open_root_listener(self, *, needed: bool) -> None:
        port = self.root_port
        if port == OFF:
            if not needed:
                return
            port = 0
        host = "127.0.0.1" if self.root_port == OFF else self.root_host
        listener = RootListener(self.hub, self.book)
        try:
            chosen = listener.listen(port, host)
        except ListenError as error:
            self.log.warning(
                "%s. Kits that can only reach the root of a port cannot join; set "
                "AutowrxServer.root_port to a free port, or to -1 if none is needed.",
                error,
            )
            if not needed:
                return
            chosen = listener.listen(0, "127.0.0.1")
            host = "127.0.0.1"
        self.listener = listener
        self.root_url = f"http://{_reachable(host)}:{chosen}"
        self.log.info("Kit hub for unmodified kits at %s", self.root_url)
        if self.anonymous:
            self.log.warning(
                "Anonymous access is on: whoever reaches %s can use every kit.", self.root_url
            )

    def _export(self, **variables: str) -> None:
        self._exported.update(variables)
        os.environ.update(variables)


def own_address(serverapp: Any) -> str | None:
    """Return where a process of this machine finds the hub inside Jupyter.

    ``None`` where a plain client has no way in: a Unix socket, or TLS, whose certificate is
    not made out to 127.0.0.1.
    """
    if serverapp.sock or serverapp.certfile:
        return None
    base = url_path_join(serverapp.base_url, "autowrx")
    return f"http://{_reachable(serverapp.ip)}:{serverapp.port}{base}"


def _reachable(host: str) -> str:
    if host in ("", "*", "0.0.0.0", "::", "localhost"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _user_name() -> str:
    """Return the user's name as it may stand in a kit id."""
    name = os.environ.get("JUPYTERHUB_USER", "")
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # a user id without a name, usual in containers
            name = "user"
    return re.sub(r"[^A-Za-z0-9_.@-]+", "-", name) or "user"
