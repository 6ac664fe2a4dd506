"""The first notebook as a newcomer sees it: JupyterLab, embedded hub and kit, a real browser."""

import re

import pytest

pytestmark = pytest.mark.browser

LINE = ".js-plotly-plot .scatterlayer path.js-line"


@pytest.mark.timeout(240)
def test_plot_moves_while_the_app_runs_and_the_slider_writes(open_notebook):
    notebook = open_notebook("01-first-drive.ipynb")
    page = notebook.page
    notebook.clear_outputs()
    notebook.run_cells(0, notebook.index("app"))

    # The plot moves while the app runs on the kit.
    page.locator(LINE).first.wait_for(state="attached")
    page.get_by_text(re.compile(r"\d+\.\d km/h$")).first.wait_for()
    seen = []
    while len(seen) < 6:
        path = page.locator(LINE).first.get_attribute("d")
        if path not in seen:
            seen.append(path)
        page.wait_for_function(
            "([css, old]) => document.querySelector(css).getAttribute('d') !== old",
            arg=[LINE, path],
        )
    assert notebook.is_running("app")

    # The app dims the light, and the slider follows.
    notebook.wait_run("app")
    assert notebook.errors() == []
    slider = page.get_by_role("slider").first
    page.get_by_text(re.compile(r"now: \d+ %")).wait_for()
    page.wait_for_function(
        """() => {
            const now = /now: (\\d+) %/.exec(document.body.textContent);
            const shown = document.querySelector('[role=slider]').getAttribute('aria-valuenow');
            return now && Math.round(Number(shown)) === Number(now[1]);
        }"""
    )
    before = int(float(slider.get_attribute("aria-valuenow")))
    assert before > 50  # slow again, so bright again

    # The engine still runs, so the dimming app is gone and the user has the last word.
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    page.get_by_text(f"now: {before - 3} %").wait_for()

    # The rest runs through, and the picture of the drive stays.
    first = notebook.index("move")
    notebook.run_cells(first, notebook.index("end"))
    notebook.wait_run("end")
    assert notebook.errors() == []
    page.locator(".jp-RenderedPlotly, .js-plotly-plot").first.wait_for()
    page.get_by_text(re.compile("Ambient light: 60 %")).wait_for()
