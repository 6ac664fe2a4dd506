"""Take the picture of the README: the first notebook with the moving plot, in a real browser.

    python docs/screenshot.py [--output docs/first-drive.png] [--chromium /usr/bin/chromium]

Starts JupyterLab on a copy of the notebooks, runs ``01-first-drive`` and takes the picture when
the car has been fast and is slowing down again.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).parents[1]
NOTEBOOK = "01-first-drive.ipynb"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
START_SECONDS = 60
RUN_MILLISECONDS = 120_000


@contextmanager
def jupyterlab(home: Path) -> Iterator[str]:
    """Run JupyterLab on a copy of the notebooks; gives the address of the notebook."""
    root = home / "notebooks"
    shutil.copytree(REPOSITORY / "notebooks", root)
    for name, values in SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    folders = {
        f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "data", "runtime")
    }
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={root}",
            "--AutowrxServer.root_port=-1",
            f"--IdentityProvider.token={token}",
            f"--LabApp.user_settings_dir={home / 'settings'}",
            f"--LabApp.workspaces_dir={home / 'workspaces'}",
        ],
        env={**os.environ, **folders},
    )
    try:
        _wait(f"http://127.0.0.1:{port}/api/status?token={token}", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("JupyterLab did not start; its messages are above.")


def take(page: Page, url: str, output: Path) -> None:
    """Run the notebook and take the picture."""
    page.goto(url)
    page.wait_for_function(
        "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'",
        timeout=RUN_MILLISECONDS,
    )
    page.evaluate(
        """() => {
            window.jupyterapp.shell.collapseLeft();
            const { content } = window.jupyterapp.shell.currentWidget;
            content.widgets.filter(cell => cell.model.type === 'code')
                .forEach(cell => cell.model.outputs.clear());
            window.jupyterapp.commands.execute('notebook:run-all-cells');
        }"""
    )
    # The app says when the car has reached the first speed; then it is slowed down.
    page.get_by_text("km/h, as wanted").first.wait_for(timeout=RUN_MILLISECONDS)
    page.evaluate(
        """() => {
            const { content } = window.jupyterapp.shell.currentWidget;
            const plot = content.widgets.find(cell => cell.model.id === 'plot');
            plot.node.scrollIntoView({ block: 'start' });
        }"""
    )
    page.wait_for_timeout(3500)  # a piece of the way down
    output.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=output)


def main() -> None:
    """Parse the command line and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs" / "first-drive.png")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser to use")
    options = parser.parse_args()
    if not options.chromium:
        parser.error("no chromium found; name one with --chromium")
    with (
        tempfile.TemporaryDirectory() as home,
        jupyterlab(Path(home)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGS)
        page = browser.new_page(viewport={"width": 1200, "height": 900}, device_scale_factor=1.5)
        take(page, url, options.output)
        browser.close()
    print(options.output)


if __name__ == "__main__":
    main()
