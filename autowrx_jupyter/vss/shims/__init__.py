"""Packages under the names that playground programs import, for an app's PYTHONPATH.

``sdv``
    another name of velocitas-sdk: ``sdv.x`` is the very module ``velocitas_sdk.x``.
``sdv_model``, ``plugins``, ``browser``
    what the playground's first, in-browser Python offered.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["shim_package"]


def shim_package(cache_dir: Path | None = None) -> Path:
    """Return the folder for PYTHONPATH that holds the shims and nothing else.

    The shims are files of this package; `cache_dir` is accepted for symmetry with
    `vehicle_package` and not used.
    """
    return Path(__file__).parent / "site"
