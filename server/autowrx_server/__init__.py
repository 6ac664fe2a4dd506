"""The Jupyter server extension: kit hub and REST API."""

from __future__ import annotations

from typing import Any

__all__ = ["_jupyter_server_extension_points"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter what to load; imported late, so that the hub alone starts fast."""
    from .extension import AutowrxServer

    return [{"module": "autowrx_server", "app": AutowrxServer}]
