"""The part of the in-browser Python's ``browser`` that makes sense without a page."""

from __future__ import annotations

from . import aio

__all__ = ["aio", "alert"]


def alert(message: object) -> None:
    """Print the message; in the browser it was a dialog."""
    print(f"[alert] {message}", flush=True)


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"browser.{name} exists only inside the old web playground. "
        "A program on a kit can use browser.aio, print and the vehicle's signals."
    )
