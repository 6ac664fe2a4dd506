"""A recorded drive: the changes of some signals over time, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autowrx_jupyter.recording.journal import Change, Journal

if TYPE_CHECKING:
    import pandas as pd


class RecordingError(Exception):
    """A drive cannot be recorded, saved or loaded; the text says why and what to do."""


class Drive:
    """The changes of some signals.

    A signal without a value is missing in every form of the data, never zero.

    Parameters
    ----------
    paths : tuple of str
        The recorded signals.
    units : mapping of str to str
        The unit per path, for those that have one.
    journal : Journal, optional
        Where the changes are.
    """

    def __init__(
        self,
        paths: tuple[str, ...],
        units: Mapping[str, str] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.paths = paths
        self.units = dict(units or {})
        self.journal = journal or Journal()

    def __len__(self) -> int:
        return len(self.journal)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.journal)

    def __repr__(self) -> str:
        return f"<Drive of {len(self.paths)} signals: {len(self)} changes>"

    @property
    def df(self) -> pd.DataFrame:
        """One column per signal, indexed by time (UTC); a value holds until the next one.

        ``df.attrs["units"]`` has the units.
        """
        import pandas as pd

        times: list[int] = []
        columns: dict[str, list[Any]] = {path: [] for path in self.paths}
        now: dict[str, Any] = dict.fromkeys(self.paths)
        for change in self.journal:
            now[change.path] = change.value
            if times and times[-1] == change.time:  # changed together: one row
                columns[change.path][-1] = change.value
                continue
            times.append(change.time)
            for path, column in columns.items():
                column.append(now[path])
        index = pd.DatetimeIndex(pd.to_datetime(times, utc=True, unit="ns"), name="time")
        frame = pd.DataFrame(
            {path: _column(pd, values, index) for path, values in columns.items()}, index=index
        )
        frame.attrs["units"] = dict(self.units)
        return frame

    @property
    def changes(self) -> pd.DataFrame:
        """One row per change: ``time`` (UTC), ``path``, ``value``, ``unit``."""
        import pandas as pd

        rows = list(self.journal)
        return pd.DataFrame(
            {
                "time": pd.to_datetime([change.time for change in rows], utc=True, unit="ns"),
                "path": [change.path for change in rows],
                "value": pd.Series([change.value for change in rows], dtype=object),
                "unit": [self.units.get(change.path, "") for change in rows],
            }
        )

    def save(self, path: str | Path) -> Path:
        """Write the drive to a file, by its ending: ``.csv`` or ``.parquet``.

        Raises
        ------
        RecordingError
            Another ending, or Parquet without pyarrow.
        """
        from autowrx_jupyter.recording.files import save

        return save(self, Path(path))


def _column(pd: Any, values: list[Any], index: Any) -> Any:
    """Return numbers as numbers with NaN, everything else as it is."""
    numeric = all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        for value in values
    )
    return pd.Series(values, index=index, dtype="float64" if numeric else object)
