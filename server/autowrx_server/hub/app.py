"""The stand-alone hub: ``autowrx hub``, ``python -m autowrx_server.hub``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..auth import TokenBook, new_token
from ..parent import when_parent_ends
from .listener import ListenError, RootListener, connect_identity
from .sio import SocketIoHub

log = logging.getLogger(__name__)

PORT_TAKEN = 2
"""Exit code where the port cannot be had."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment say."""

    host: str
    port: int
    token: str | None
    anonymous: bool
    announce: bool
    with_parent: bool
    data: Path | None
    log_level: str


def parse(argv: Sequence[str] | None) -> Options:
    """Read the command line; unusable arguments end the process as argparse does."""
    parser = argparse.ArgumentParser(
        prog="autowrx hub", description="Run the kit hub: kits and clients meet here."
    )
    parser.add_argument("--port", type=int, default=3090, help="TCP port, 0 = a free one (3090)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)"
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("AUTOWRX_TOKEN") or None,
        help="token that kits and clients must show (AUTOWRX_TOKEN; default: a new one, printed)",
    )
    parser.add_argument(
        "--anonymous", action="store_true", help="let kits and clients in without a token"
    )
    parser.add_argument(
        "--data", type=Path, default=None, help="folder of the database (Jupyter's data folder)"
    )
    parser.add_argument(
        "--announce", action="store_true", help="print one line of JSON when ready, nothing else"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input is closed"
    )
    parser.add_argument(
        "--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"]
    )
    args = parser.parse_args(argv)
    if not 0 <= args.port <= 65535:
        parser.error(f"--port {args.port}: a port is a number from 0 to 65535")
    return Options(**vars(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the hub until it is told to end; return the exit code."""
    options = parse(argv)
    logging.basicConfig(
        level=options.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(serve(options))
    return 0


async def serve(options: Options) -> int:
    """Serve until SIGTERM, SIGINT or the end of the parent."""
    token = options.token
    generated = token is None and not options.anonymous
    if generated:
        token = new_token()
    book = TokenBook(anonymous=options.anonymous)
    if token:
        book.add(token, "local")
    hub = SocketIoHub(connect_identity(book))
    listener = RootListener(hub, book)
    try:
        port = listener.listen(options.port, options.host)
    except ListenError as error:
        print(
            f"autowrx hub: {error}. Is another hub running? Choose another port: --port 0",
            file=sys.stderr,
        )
        return PORT_TAKEN
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if options.with_parent:

        def parent_ended() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(end.set)

        when_parent_ends(parent_ended)
    _tell(options, port, token if generated else None)
    try:
        await end.wait()
    finally:
        await hub.close()
        await listener.close()
    return 0


def _tell(options: Options, port: int, new: str | None) -> None:
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{port}"
    if options.announce:
        line: dict[str, object] = {"ready": True, "url": url}
        if new:
            line["token"] = new
        print(json.dumps(line), flush=True)
        return
    print(f"Kit hub at {url}")
    if new:
        print(f"Token: {new}\nFor kits: SYNCER_SERVER_URL={url}?access_token={new}")
    if options.anonymous:
        print("Anonymous access is on: whoever reaches this port can use every kit.")
    sys.stdout.flush()
