"""The widgets in an ordinary Python kernel, driven in a real browser."""

import nbformat
import pytest

pytestmark = pytest.mark.browser

# A car without hub and kit: what is tested here is between kernel and browser.
CAR = """
import threading, time
from autowrx_jupyter.vss import load_standard
from autowrx_jupyter.widgets import SignalControl, SignalPlot

class Car:
    catalogue = load_standard()
    def __init__(self):
        self.values, self.watches = {}, []
    def set(self, path, value):
        self.values[path] = value
        for paths, callback in list(self.watches):
            callback({one: self.values.get(one) for one in paths})
    def watch(self, paths, callback):
        entry = (paths, callback)
        self.watches.append(entry)
        callback({one: self.values.get(one) for one in paths})
        class Watch:
            close = staticmethod(lambda: self.watches.remove(entry))
        return Watch()

car = Car()
def engine():
    for step in range(10_000):
        car.set("Vehicle.Speed", float(step % 100))
        time.sleep(0.1)
threading.Thread(target=engine, daemon=True).start()
"""
LIGHT = "Vehicle.Cabin.Light.AmbientLight.Row1.DriverSide.Intensity"


@pytest.fixture
def notebook(lab, open_notebook):
    cells = [
        CAR,
        'plot = SignalPlot("Vehicle.Speed", session=car)\nplot',
        f'light = SignalControl("{LIGHT}", session=car)\nlight',
        # A cell that blocks the kernel until the test lets it go.
        "from pathlib import Path\nwhile not Path('go-on').exists():\n    time.sleep(0.05)",
        "plot.close(); light.close(); print(len(car.watches), car.values[light.path])",
    ]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(book, lab.root / "widgets.ipynb")
    return open_notebook("widgets.ipynb")


def line(notebook):
    return notebook.page.locator(".js-plotly-plot .scatterlayer path.js-line").first


def test_plot_moves_slider_writes_and_the_picture_stays(lab, notebook):
    page = notebook.page
    notebook.run_cells(0, 2)
    line(notebook).wait_for(state="attached")
    # It moves while the kernel is blocked by a cell.
    notebook.run_cells(3, 3)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    seen = set()
    while len(seen) < 4:
        path = line(notebook).get_attribute("d")
        if path not in seen:
            seen.add(path)
        page.wait_for_function(
            "old => document.querySelector('.js-plotly-plot .scatterlayer path.js-line')"
            ".getAttribute('d') !== old",
            arg=path,
        )
    assert notebook.counts()[3] is None  # it has been blocked all the time
    (lab.root / "go-on").touch()
    assert page.get_by_text("km/h").first.is_visible()
    page.get_by_text("Live, last 30 s").wait_for()

    # The keyboard path: Tab to the slider and press an arrow.
    handle = page.get_by_role("slider").first
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    page.get_by_text("now: 6 %").wait_for()

    # Pause holds the picture.
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused").wait_for()
    page.get_by_role("button", name="Resume").wait_for()

    # After closing, a plain picture is left, which a saved notebook keeps.
    notebook.run_cells(4, 4)
    page.get_by_text("0 6").wait_for()
    mimes = page.evaluate(
        """() => [1, 2].map(index => {
            const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
            return Object.keys(cell.model.outputs.get(0).data);
        })"""
    )
    assert "image/svg+xml" in mimes[0]
    assert "application/vnd.jupyter.widget-view+json" not in mimes[0]
    assert mimes[1] == ["text/html", "text/plain"]
    page.locator(".jp-OutputArea-output .js-plotly-plot, .jp-RenderedPlotly").first.wait_for()
    assert notebook.errors() == []
