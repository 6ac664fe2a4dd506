"""JupyterLab in a real Chromium: server, page and a notebook to click through."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CHROMIUM = os.environ.get("AUTOWRX_CHROMIUM") or shutil.which("chromium") or ""
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds for one step on a slow machine

# All cells in the page at once, and no questions: a test reads outputs wherever they are.
USER_SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    root: Path
    log: Path

    def page_url(self, path):
        return f"{self.url}lab/tree/{path}?token={self.token}&reset"


class Notebook:
    """The notebook in front, as a user sees it."""

    def __init__(self, page):
        self.page = page

    def command(self, name):
        """Run a command of JupyterLab."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name); }", name)

    def cell(self, index):
        return self.page.locator(".jp-Notebook-cell").nth(index)

    def index(self, cell_id):
        """Return the number of a cell by its id in the file."""
        number = self.page.evaluate(
            """id => window.jupyterapp.shell.currentWidget.content.widgets
                .findIndex(cell => cell.model.id === id)""",
            cell_id,
        )
        assert number >= 0, f"no cell {cell_id}"
        return number

    def is_running(self, cell_id):
        """Return whether a cell is being run or waits for its turn."""
        return self.page.evaluate(
            """index => window.jupyterapp.shell.currentWidget.content.widgets[index]
                .inputArea.promptNode.textContent.includes('*')""",
            self.index(cell_id),
        )

    def wait_run(self, cell_id, timeout=PATIENCE):
        """Wait until a cell has been run."""
        self.page.wait_for_function(
            """index => {
                const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
                return cell.model.executionCount
                    && !cell.inputArea.promptNode.textContent.includes('*');
            }""",
            arg=self.index(cell_id),
            timeout=timeout,
        )

    def wait_kernel(self):
        """Wait until the kernel is there and idle."""
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell?.currentWidget;
                return panel?.sessionContext?.session?.kernel?.status === 'idle';
            }""",
            timeout=PATIENCE,
        )

    def clear_outputs(self):
        """Empty all outputs, so that what is seen later is new."""
        self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.model.type === 'code')
                .forEach(cell => { cell.model.outputs.clear();
                                   cell.model.executionCount = null; })"""
        )

    def run_all(self):
        """Start all cells; returns at once."""
        self.command("notebook:run-all-cells")

    def run_cells(self, first, last):
        """Start cells by their numbers, both included; returns at once."""
        self.page.evaluate(
            """([first, last]) => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = first;
                content.deselectAll();
                content.extendContiguousSelectionTo(last);
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            [first, last],
        )

    def counts(self):
        """Return the execution count per code cell, None for one that has not finished."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.model.type === 'code')
                .map(cell => cell.inputArea.promptNode.textContent.includes('*')
                             ? null : cell.model.executionCount)"""
        )

    def wait_all_run(self, timeout=PATIENCE):
        """Wait until every code cell has been run."""
        self.page.wait_for_function(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.model.type === 'code')
                .every(cell => cell.model.executionCount
                               && !cell.inputArea.promptNode.textContent.includes('*'))""",
            timeout=timeout,
        )

    def errors(self):
        """Return the texts of all error outputs."""
        return self.page.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
        ).all_inner_texts()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium():
    """The browser; where there is none the tests are skipped, in CI they fail."""
    if not CHROMIUM or not Path(CHROMIUM).exists():
        reason = "no chromium found; install it or set AUTOWRX_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """A JupyterLab on a free port with a copy of the notebooks."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "notebooks"
    shutil.copytree(REPOSITORY / "notebooks", root)
    for name, content in USER_SETTINGS.items():
        file = home / "settings" / name
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(content))
    port, token = _free_port(), secrets.token_hex(16)
    log = home / "jupyter.log"
    command = [
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
    ]
    env = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    for name in ("AUTOWRX_HUB_URL", "AUTOWRX_TOKEN", "AUTOWRX_KIT"):
        env.pop(name, None)
    with log.open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env=env, start_new_session=True
        )
    running = Lab(f"http://127.0.0.1:{port}/", token, root, log)
    try:
        _wait_for_server(running, server)
        yield running
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for_server(lab, server):
    request = urllib.request.Request(
        f"{lab.url}api/status", headers={"Authorization": f"token {lab.token}"}
    )
    for _ in range(240):
        if server.poll() is not None:
            pytest.fail(f"JupyterLab ended while starting:\n{lab.log.read_text()}")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:
            # Waiting for another process: its end is noticed at once, its port within 250 ms.
            try:
                server.wait(0.25)
            except subprocess.TimeoutExpired:
                continue
    pytest.fail(f"JupyterLab did not start:\n{lab.log.read_text()}")


@pytest.fixture
def open_notebook(chromium, lab, tmp_path):
    """Open a notebook of the root folder in a page of its own; gives a `Notebook`.

    What each page showed at the end is kept in the test's folder.
    """
    contexts = []

    def open_it(path, *, theme="light"):
        context = chromium.new_context(viewport={"width": 1280, "height": 1000}, color_scheme=theme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(lab.page_url(path))
        notebook = Notebook(page)
        notebook.wait_kernel()
        return notebook

    yield open_it
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=tmp_path / f"page-{number}.png")
            page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")
        context.close()
