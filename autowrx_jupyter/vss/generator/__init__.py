"""The `vehicle` package that Velocitas apps import, made from a catalogue.

Every branch is a module and a class (``from vehicle.Cabin import Cabin``), every signal a typed
data point of velocitas-sdk with its facts as docstring.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Final

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.generator.source import PACKAGE, package_files

MAX_KEPT: Final = 32  # generated packages in one cache folder
KEPT_FOR: Final = 24 * 3600.0  # seconds; a package used since then is never removed
_PREFIX: Final = f"{PACKAGE}-"
_HERE: Final = Path(__file__).parent

__all__ = ["KEPT_FOR", "MAX_KEPT", "vehicle_package"]


def vehicle_package(catalogue: Catalogue, cache_dir: Path) -> Path:
    """Return a folder for PYTHONPATH that holds the package `vehicle` and nothing else.

    Equal catalogues share one folder. Several processes may call this at the same time: the package
    is written aside and moved in place complete.

    Parameters
    ----------
    catalogue : Catalogue
        The signals. The root named ``Vehicle``, else the largest, becomes ``vehicle.Vehicle``.
    cache_dir : Path
        Where generated packages are kept; made when missing. Packages beyond `MAX_KEPT` that were
        not used for a day are removed.
    """
    key = hashlib.sha256(f"{_generator_digest()}{catalogue.digest}".encode()).hexdigest()[:20]
    target = Path(cache_dir) / f"{_PREFIX}{key}"
    if (target / PACKAGE / "__init__.py").is_file():
        _mark_used(target)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        _write(catalogue, building / PACKAGE)
        building.chmod(0o755)
        try:
            building.rename(target)
        except OSError:
            # Another process was faster; a folder without the package would be somebody's mistake.
            if not (target / PACKAGE / "__init__.py").is_file():
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _remove_old(target)
    return target


def _write(catalogue: Catalogue, folder: Path) -> None:
    base = os.fspath(folder)
    for name, text in package_files(catalogue):
        path = f"{base}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    shutil.copyfile(_HERE / "runtime.py", folder / "_runtime.py")
    (folder / "py.typed").touch()


@cache
def _generator_digest() -> str:
    """Hash what shapes the output, so that a new version of ours does not use old packages."""
    digest = hashlib.sha256()
    for name in ("runtime.py", "source.py"):
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()


def _mark_used(folder: Path) -> None:
    try:
        os.utime(folder)
    except OSError:
        return  # a read-only cache works, too


def _remove_old(current: Path) -> None:
    limit = time.time() - KEPT_FOR
    found = []
    for folder in current.parent.glob(f"{_PREFIX}*"):
        try:
            found.append((folder.stat().st_mtime, folder))
        except OSError:
            continue  # removed by another process meanwhile
    found.sort(reverse=True)
    for used, folder in found[MAX_KEPT:]:
        if used < limit and folder != current:
            shutil.rmtree(folder, ignore_errors=True)
