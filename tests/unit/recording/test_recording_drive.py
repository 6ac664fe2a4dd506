import importlib.util
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.recording import Drive, RecordingError, load, record
from autowrx_jupyter.recording.journal import Change, Journal
from autowrx_jupyter.recording.recorder import Recorder
from autowrx_jupyter.vss import load_standard

SPEED = "Vehicle.Speed"
BEAM = "Vehicle.Body.Lights.Beam.Low.IsOn"

# No infinity: it is no JSON, so no kit can send one.
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)


class Car:
    """The part of a session that recording needs, in this process."""

    def __init__(self):
        self.catalogue = load_standard()
        self.callbacks = []
        self.values = {}

    def watch(self, paths, callback):
        car = self

        class Watch:
            def close(self):
                car.callbacks.remove(callback)

        self.callbacks.append(callback)
        callback({path: self.values.get(path) for path in paths})
        return Watch()

    def happen(self, **changed):
        self.values.update(changed)
        for callback in self.callbacks:
            callback(dict(self.values))


def clock():
    moment = 1_700_000_000_000_000_000
    while True:
        yield moment
        moment += 100_000_000


@pytest.fixture
def drive():
    car = Car()
    ticks = clock()
    with Recorder(SPEED, BEAM, session=car, now=lambda: next(ticks)) as recorded:
        car.happen(**{SPEED: 1.5})
        car.happen(**{SPEED: 2.5, BEAM: True})
        car.happen(**{SPEED: 2.5})  # nothing new
        car.happen(**{SPEED: None})
    car.happen(**{SPEED: 99.0})  # after the end
    assert car.callbacks == []
    return recorded


def test_every_change_once(drive):
    assert [(change.path, change.value) for change in drive] == [
        (SPEED, 1.5),
        (SPEED, 2.5),
        (BEAM, True),
        (SPEED, None),
    ]
    assert len(drive) == 4
    assert repr(drive) == "<Drive of 2 signals: 4 changes>"


def test_wide_frame_holds_values_and_shows_missing_as_missing(drive):
    frame = drive.df
    assert frame[SPEED].tolist()[:2] == [1.5, 2.5]
    assert math.isnan(frame[SPEED].iloc[2])
    assert frame[BEAM].tolist() == [None, True, True]
    assert str(frame.index.tz) == "UTC"
    assert frame.attrs["units"] == {SPEED: "km/h"}


def test_long_frame(drive):
    frame = drive.changes
    assert list(frame.columns) == ["time", "path", "value", "unit"]
    assert frame["unit"].tolist() == ["km/h", "km/h", "", "km/h"]


def test_an_empty_drive_is_a_frame_too():
    frame = Drive((SPEED,)).df
    assert list(frame.columns) == [SPEED]
    assert len(frame) == 0


def test_patterns_and_bad_patterns():
    car = Car()
    assert len(record("Vehicle.Body.Lights.Beam.**", session=car).drive.paths) > 2
    for patterns, word in [
        ((), "at least one"),
        (("Vehicle.Sped",), "Did you mean"),
        (("Vehicle.**",), "too many"),
    ]:
        with pytest.raises(RecordingError, match=word):
            record(*patterns, session=car)


@given(st.lists(st.tuples(st.sampled_from([SPEED, BEAM, "Ü.ber"]), values), max_size=60))
def test_spilled_changes_come_back_in_order(rows):
    journal = Journal(in_memory=7)
    changes = [Change(number, path, value) for number, (path, value) in enumerate(rows)]
    for change in changes:
        journal.append(change)
    assert list(journal) == changes
    assert list(journal) == changes
    journal.close()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_saved_and_loaded(drive, tmp_path, ending):
    if ending == "parquet" and importlib.util.find_spec("pyarrow") is None:
        with pytest.raises(RecordingError, match="pip install pyarrow"):
            drive.save(tmp_path / "drive.parquet")
        return
    again = load(drive.save(tmp_path / f"drive.{ending}"))
    assert list(again) == list(drive)
    assert again.units == drive.units


@given(st.lists(values, max_size=20))
def test_csv_keeps_kinds(tmp_path_factory, rows):
    drive = Drive((SPEED,))
    for number, value in enumerate(rows):
        drive.journal.append(Change(number, SPEED, value))
    path = drive.save(tmp_path_factory.mktemp("csv") / "drive.csv")
    again = [change.value for change in load(path)]
    assert again == rows
    assert [type(value) for value in again] == [type(value) for value in rows]


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("x.csv", "a,b\n", "not a saved drive"),
        ("x.csv", "time_ns,path,value,unit\n1,A\n", "line 2: 4 columns"),
        ("x.csv", "time_ns,path,value,unit\nsoon,A,1,\n", "line 2"),
        ("x.csv", None, "no file"),
        ("x.txt", "", "kept as .csv or .parquet"),
    ],
)
def test_bad_files_are_answered(tmp_path, name, text, word):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(RecordingError, match=word):
        load(tmp_path / name)
