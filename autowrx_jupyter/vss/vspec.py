"""VSS in its source form, ``.vspec``, read by vss-tools."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.errors import VssError
from autowrx_jupyter.vss.loader import load_json

TIMEOUT: Final = 120.0  # seconds; VSS 6.0 takes about two
_SHOWN: Final = 12  # lines of what vss-tools says
# Logging is set up first so that the messages come plain, not drawn for a terminal.
_CODE: Final = """
import logging
logging.basicConfig(format="%(message)s")
from vss_tools.cli import cli
cli()
"""


def load_vspec(
    path: Path | str,
    *,
    units: Sequence[Path | str] = (),
    quantities: Sequence[Path | str] = (),
    overlays: Sequence[Path | str] = (),
    types: Sequence[Path | str] = (),
    include_dirs: Sequence[Path | str] = (),
    strict: bool = False,
) -> Catalogue:
    """Read a ``.vspec`` file and what it includes.

    vss-tools keeps the units in global state and ends the process at a fault, so it runs in a
    process of its own.

    Parameters
    ----------
    path : Path or str
        The root file.
    units, quantities : sequence of Path or str
        Definition files; by default ``units.yaml`` and ``quantities.yaml`` beside the root file.
    overlays, types, include_dirs : sequence of Path or str
        As the options of ``vspec export``.
    strict : bool
        Both vss-tools and our loader refuse faults.

    Raises
    ------
    VssError
        vss-tools is not installed, or does not accept the files; its own words are in the text.
    """
    path = Path(path)
    if not path.is_file():
        raise VssError(f"There is no VSS file {path}.")
    if find_spec("vss_tools") is None:
        raise VssError(
            "Reading .vspec files needs vss-tools. Install it with: "
            'pip install "autowrx-jupyter[vspec]" (or: pip install vss-tools)'
        )
    with tempfile.TemporaryDirectory(prefix="autowrx-vspec-") as folder:
        target = Path(folder) / "tree.json"
        arguments = ["--vspec", str(path), "--output", str(target)]
        given = {
            "--units": units,
            "--quantities": quantities,
            "--overlays": overlays,
            "--types": types,
            "--include-dirs": include_dirs,
        }
        for option, values in given.items():
            for value in values:
                arguments += [option, str(value)]
        _export(path, [*arguments, "--extended-attributes", "x-kuksa-changetype"], strict)
        return load_json(target, strict=strict, name=path.stem)


def _export(path: Path, arguments: list[str], strict: bool) -> None:
    quiet = ["--log-level", "ERROR"]
    command = [sys.executable, "-c", _CODE, *quiet, "export", "json", *arguments]
    if strict:
        command.append("--strict")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise VssError(f"vss-tools did not finish with {path} within {TIMEOUT:.0f} s.") from None
    if done.returncode != 0:
        raise VssError(f"vss-tools does not accept {path}:\n{_reason(done.stdout + done.stderr)}")


def _reason(output: str) -> str:
    """Return the begin of what vss-tools said; of a traceback only the error itself."""
    lines = output.strip().splitlines()
    if any(line.startswith("Traceback ") for line in lines):
        frames = [n for n, line in enumerate(lines) if line.startswith("  File ")]
        rest = (n for n in range(frames[-1], len(lines)) if not lines[n].startswith(" "))
        lines = lines[next(rest, len(lines) - 1) :]
    return "\n".join(lines[:_SHOWN])
