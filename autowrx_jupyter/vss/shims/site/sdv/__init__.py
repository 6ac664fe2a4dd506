"""The old name of velocitas-sdk; every ``sdv.x`` is the module ``velocitas_sdk.x`` itself.

A second copy of the SDK's modules would bring a second broker client and reply types that do not
match, so this goes through the import system instead of the file system.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_ALIAS = "sdv"
_REAL = "velocitas_sdk"


class _AliasLoader(Loader):
    """Hands out a module that was imported under its real name."""

    def __init__(self, real: str) -> None:
        self.real = real
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.real)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put the alias' spec on the module; it stays velocitas_sdk's.
        module.__spec__ = self._spec


class _AliasFinder(MetaPathFinder):
    """Finds ``sdv.x`` where velocitas-sdk has an ``x``."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{_ALIAS}."):
            return None
        real = _REAL + fullname.removeprefix(_ALIAS)
        found = importlib.util.find_spec(real)
        if found is None:
            return None
        return ModuleSpec(
            fullname, _AliasLoader(real), is_package=found.submodule_search_locations is not None
        )


if not any(type(finder).__name__ == _AliasFinder.__name__ for finder in sys.meta_path):
    sys.meta_path.insert(0, _AliasFinder())
sys.modules[_ALIAS] = importlib.import_module(_REAL)
