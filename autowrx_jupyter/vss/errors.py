"""The error of the signal catalogue."""

from __future__ import annotations

from enum import StrEnum


class VssErrorCode(StrEnum):
    """What went wrong, for callers that have to map it to codes of their own."""

    UNKNOWN = "unknown"  # no signal of that path
    TYPE = "type"  # the value is of another kind than the signal
    RANGE = "range"  # the data type cannot hold the value
    LIMIT = "limit"  # below min or above max
    ALLOWED = "allowed"  # not one of the allowed values
    PATTERN = "pattern"  # a path or pattern that is not well formed
    FILE = "file"  # a VSS file that cannot be used


class VssError(ValueError):
    """A catalogue could not be loaded, or a path or value does not fit it.

    Parameters
    ----------
    message : str
        A sentence that names the thing, says what is wrong and what is possible.
    code : VssErrorCode
        The kind of error.
    path : str, optional
        The signal or branch that the error is about.
    key : str, optional
        The entry of that signal in the file, such as ``datatype``.
    """

    def __init__(
        self,
        message: str,
        *,
        code: VssErrorCode = VssErrorCode.FILE,
        path: str | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.path = path
        self.key = key

    def __str__(self) -> str:
        return self.message


class UnknownSignalError(VssError, KeyError):
    """No signal of that path; also a `KeyError`, so that a catalogue is a proper mapping."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message, code=VssErrorCode.UNKNOWN, path=path)
