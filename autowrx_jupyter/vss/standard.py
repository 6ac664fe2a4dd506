"""The catalogue of VSS 4.0 that ships with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.outline import parse_outline


@cache
def load_standard() -> Catalogue:
    """Return the signals of VSS 4.0, with descriptions of our own; read once per process."""
    text = Path(__file__).with_name("vss_4_0.vss").read_text(encoding="utf-8")
    signals, branches = parse_outline(text)
    return Catalogue(signals, branches, name="VSS", version="4.0")
