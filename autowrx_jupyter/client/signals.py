"""Reading and writing signals with errors that help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .errors import SignalValueError

if TYPE_CHECKING:
    from autowrx_jupyter.vss import Catalogue

    from .kit import KitHandle
    from .session import Session

PATTERN = frozenset("*?[")


class Signals:
    """Values of the session's kit, checked against the catalogue where the kit is silent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def catalogue(self) -> Catalogue:
        """The signals of VSS 4.0."""
        from autowrx_jupyter.vss import load_standard

        return load_standard()

    def expand(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Replace patterns by the signals they fit."""
        found: dict[str, None] = {}
        for path in paths:
            if not PATTERN & set(path):
                found[path] = None
                continue
            fitting = self.catalogue.find(path)
            if not fitting:
                raise SignalValueError(f"no signal fits {path!r}")
            found.update((signal.path, None) for signal in fitting)
        return tuple(found)

    async def get(self, paths: tuple[str, ...]) -> Any:
        """Return one value, or a dict where several paths or a pattern are given."""
        wanted = self.expand(paths)
        kit = self._session.kit_handle
        values = await kit.read(wanted)
        missing = [path for path in wanted if path not in values]
        if missing:
            raise SignalValueError("\n".join(self._unknown(kit, path) for path in missing))
        if len(paths) == 1 and wanted == paths:
            return values[paths[0]]
        return values

    async def set(self, values: Mapping[str, Any]) -> None:
        """Write values; raise with the reason for each one that was refused."""
        kit = self._session.kit_handle
        errors: dict[str, str] = {}
        sending = dict(values)
        if not kit.reports_errors:
            sending, errors = await self._check(kit, values)
        if sending:
            errors |= await kit.write(sending)
        if errors:
            raise SignalValueError(
                "\n".join(self._helped(kit, path, text) for path, text in errors.items())
            )

    async def _check(
        self, kit: KitHandle, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Do for kits that report success whatever happens what ours do themselves."""
        from autowrx_jupyter.vss import VssError

        good: dict[str, Any] = {}
        errors: dict[str, str] = {}
        strange = [path for path in values if path not in self.catalogue]
        known = await kit.read(strange) if strange else {}
        for path, value in values.items():
            signal = self.catalogue.get(path)
            if signal is None:
                if path in known:
                    good[path] = value
                else:
                    errors[path] = self._unknown(kit, path)
                continue
            try:
                good[path] = signal.coerce(value)
            except VssError as error:
                errors[path] = str(error)
        return good, errors

    def _helped(self, kit: KitHandle, path: str, text: str) -> str:
        if path not in self.catalogue and "did you mean" not in text.lower():
            close = self.catalogue.suggest(path)
            if close:
                text = f"{text.rstrip('.')}. Did you mean {', '.join(close)}?"
        return text if path in text else f"{path}: {text}"

    def _unknown(self, kit: KitHandle, path: str) -> str:
        close = self.catalogue.suggest(path)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        return f"kit {kit.kit_id} knows no signal {path!r}.{hint}"
