"""``autowrx run FILE``: run a program on a kit as if it ran here."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .defaults import connect
from .errors import ClientError
from .records import RunResult
from .session import Session

USAGE = 2
INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 128 + getattr(signal, "SIGPIPE", 13)
MAX_SOURCE = 16 * 1024 * 1024


class _TerminatedError(BaseException):
    """SIGTERM arrived; like ``KeyboardInterrupt`` no ``Exception``."""


def run_file(
    path: str | os.PathLike[str],
    server: str | None = None,
    kit: str | None = None,
    token: str | None = None,
) -> int:
    """Run a Python prototype file on a kit; stream its output; return its exit code.

    Parameters
    ----------
    path
        The file, or ``-`` for standard input.
    server
        Address of the hub; None takes ``AUTOWRX_HUB_URL``, else an embedded hub and kit.
    kit
        Kit by id or name.
    token
        Proof of identity for the hub.

    Returns
    -------
    int
        The program's exit code, 128 + n where signal n ended it; 2 when there is nothing
        to run; 1 when hub or kit cannot be reached or are lost; 130 after Ctrl-C.
    """
    try:
        code, name = _load(path)
        with _sigterm(), connect(server, kit, token, default=False) as session:
            return _run(session, code, name)
    except ClientError as error:
        _say(str(error))
        return USAGE if isinstance(error, SourceError) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except _TerminatedError:
        return 128 + signal.SIGTERM
    except BrokenPipeError:
        # Whoever read our output is gone; Python would complain again at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


class SourceError(ClientError):
    """There is nothing to run."""


def _load(path: str | os.PathLike[str]) -> tuple[str, str]:
    if str(path) == "-":
        return sys.stdin.read(), "stdin"
    file = Path(path)
    if file.is_dir():
        raise SourceError(f"{path} is a folder; give a Python file")
    if file.suffix in (".rs", ".cpp", ".cc", ".c", ".ipynb"):
        raise SourceError(f"{path} is no Python file; this runs Python prototypes")
    try:
        if file.stat().st_size > MAX_SOURCE:
            raise SourceError(f"{path} is larger than {MAX_SOURCE >> 20} MiB; is it a program?")
        return file.read_text(encoding="utf-8-sig"), file.stem
    except FileNotFoundError:
        raise SourceError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is no UTF-8 text ({error.reason} at byte {error.start})"
        ) from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None


def _run(session: Session, code: str, name: str) -> int:
    result = session.run(code, echo=True, name=name)
    return exit_code(result)


def exit_code(result: RunResult) -> int:
    """Return the exit code of a process that ended like the run."""
    if result.lost:
        return 1
    return 128 - result.code if result.code < 0 else result.code


def _say(text: str, stream: TextIO | None = None) -> None:
    print(f"autowrx run: {text}", file=stream or sys.stderr)


@contextlib.contextmanager
def _sigterm() -> Iterator[None]:
    """Let SIGTERM stop the program on the kit too, not only this process."""

    def terminated(*_: Any) -> None:
        raise _TerminatedError

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
