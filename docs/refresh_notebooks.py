"""Run the notebooks and store their outputs, so that they read well without a kernel.

    python docs/refresh_notebooks.py [NOTEBOOK ...]

All notebooks of the repository are run when none is named. Live widgets cannot be stored; the
notebooks close theirs, which leaves a plain picture.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LIVE_WIDGET = "application/vnd.jupyter.widget-view+json"


def refresh(path: Path) -> None:
    """Run one notebook on its own kernel and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        store_widget_state=False,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if LIVE_WIDGET in output.get("data", {}):
                raise SystemExit(f"{path.name}: cell {cell.id} leaves a widget open")
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    print(f"{path.name}: {len(notebook.cells)} cells")


def main(names: list[str]) -> None:
    """Refresh the named notebooks, or all."""
    for variable in ("AUTOWRX_HUB_URL", "AUTOWRX_TOKEN", "AUTOWRX_KIT"):
        os.environ.pop(variable, None)  # outputs of an embedded kit, never of somebody's car
    for path in [Path(name) for name in names] or sorted(NOTEBOOKS.glob("*.ipynb")):
        refresh(path)


if __name__ == "__main__":
    main(sys.argv[1:])
