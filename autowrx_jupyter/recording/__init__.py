"""Record a drive, keep it as a file or a DataFrame."""

from autowrx_jupyter.recording.drive import Drive, RecordingError
from autowrx_jupyter.recording.files import load
from autowrx_jupyter.recording.recorder import Recorder, record

__all__ = ["Drive", "Recorder", "RecordingError", "load", "record"]
