"""Vehicle signals: the catalogue, its files, and the Python packages made from it."""

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.errors import UnknownSignalError, VssError, VssErrorCode
from autowrx_jupyter.vss.loader import load_json
from autowrx_jupyter.vss.signals import Signal
from autowrx_jupyter.vss.standard import load_standard
from autowrx_jupyter.vss.vspec import load_vspec

__all__ = [
    "Catalogue",
    "Signal",
    "UnknownSignalError",
    "VssError",
    "VssErrorCode",
    "load_json",
    "load_standard",
    "load_vspec",
]
