"""Drives as files: CSV and Parquet, one row per change."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autowrx_jupyter.recording.drive import Drive, RecordingError
from autowrx_jupyter.recording.journal import Change, Journal

COLUMNS = ("time_ns", "path", "value", "unit")


def save(drive: Drive, path: Path) -> Path:
    """Write a drive; see `Drive.save`."""
    kind = _kind(path)
    if kind == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            # Values as JSON, so that true, "true" and 1 stay three different things.
            for change in drive:
                unit = drive.units.get(change.path, "")
                writer.writerow((change.time, change.path, json.dumps(change.value), unit))
        return path
    arrow, parquet = _arrow()
    rows = list(drive)
    table = arrow.table(
        {
            "time_ns": [change.time for change in rows],
            "path": [change.path for change in rows],
            "value": [json.dumps(change.value) for change in rows],
            "unit": [drive.units.get(change.path, "") for change in rows],
        }
    )
    parquet.write_table(table, path)
    return path


def load(path: str | Path) -> Drive:
    """Read a drive that was saved.

    Raises
    ------
    RecordingError
        No such file, another ending, or not a saved drive; the text names the line.
    """
    path = Path(path)
    kind = _kind(path)
    if not path.is_file():
        raise RecordingError(f"There is no file {path}.")
    journal = Journal()
    paths: dict[str, None] = {}
    units: dict[str, str] = {}
    rows = _csv_rows(path) if kind == "csv" else _parquet_rows(path)
    for place, (moment, signal, value, unit) in rows:
        try:
            change = Change(int(moment), signal, json.loads(value))
        except (TypeError, ValueError):
            raise RecordingError(f"{path}, {place}: no change of a signal in it.") from None
        journal.append(change)
        paths[signal] = None
        if unit:
            units[signal] = unit
    return Drive(tuple(paths), units, journal)


def _kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("csv", "parquet"):
        raise RecordingError(f"{path.name}: a drive is kept as .csv or .parquet.")
    return kind


def _csv_rows(path: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise RecordingError(
                f"{path} is not a saved drive: it should begin with {','.join(COLUMNS)}."
            )
        for row in reader:
            if len(row) != len(COLUMNS):
                raise RecordingError(
                    f"{path}, line {reader.line_num}: {len(COLUMNS)} columns wanted, "
                    f"{len(row)} found."
                )
            yield f"line {reader.line_num}", tuple(row)


def _parquet_rows(path: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    arrow, parquet = _arrow()
    try:
        file = parquet.ParquetFile(path)
    except arrow.ArrowInvalid as error:
        raise RecordingError(f"{path} is not a Parquet file: {error}") from None
    with file:
        if tuple(file.schema_arrow.names) != COLUMNS:
            raise RecordingError(f"{path} is not a saved drive: its columns are others.")
        number = 0
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", tuple(row[name] for name in COLUMNS)


def _arrow() -> tuple[Any, Any]:
    try:
        # By name: it is optional, and a type check must pass without it too.
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise RecordingError(
            "Parquet files need pyarrow: pip install pyarrow. CSV works without."
        ) from None
    return arrow, parquet
