"""``read-file`` and ``write-file`` in their four shapes (Q36), in a private folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PurePosixPath
from typing import Any

from ...protocol import Request, commands
from ..context import KitContext
from ..registry import command

MAX_SIZE = 16 << 20
ROOT = "/app/remote_access"
"""The folder that clients name; it stands for the kit's own."""


class FileError(Exception):
    """The file cannot be read or written; the text says why."""


def _path_of(request: Request) -> str:
    data = request.data
    for value in (
        request.fields.get("file_path"),
        data.get("path") if isinstance(data, dict) else data,
    ):
        if isinstance(value, str) and value:
            return value
    raise FileError("the request names no file (data.path or file_path)")


def _content_of(request: Request) -> str:
    content = request.fields.get("file_content")
    if content is None and isinstance(request.data, dict):
        content = request.data.get("content")
    if not isinstance(content, str):
        raise FileError("the request has no text to write (data.content or file_content)")
    if len(content) > MAX_SIZE:
        raise FileError(f"a file may have {MAX_SIZE >> 20} MiB at most")
    return content


def resolve(folder: Path, name: str) -> Path:
    """Return where the file called ``name`` by a client lies below ``folder``.

    Raises
    ------
    FileError
        It would lie outside.
    """
    if "\0" in name:
        raise FileError("a file name has no null bytes")
    path = PurePosixPath(name)
    if path.is_absolute():
        if not path.is_relative_to(ROOT):
            raise FileError(f"{name} is outside {ROOT}, the only folder open to clients")
        path = path.relative_to(ROOT)
    target = Path(os.path.normpath(folder / path))
    real = Path(os.path.realpath(target))
    if not real.is_relative_to(os.path.realpath(folder)) or target == folder:
        raise FileError(f"{name} is outside {ROOT}, the only folder open to clients")
    return target


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise FileError(f"{name} has more than {MAX_SIZE >> 20} MiB")
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except OSError as error:
        raise FileError(f"cannot read {name}: {error.strerror}") from error


def _write(path: Path, name: str, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(content, encoding="utf-8", errors="backslashreplace", newline="")
        new.replace(path)
    except OSError as error:
        raise FileError(f"cannot write {name}: {error.strerror}") from error


def _answer(kit: KitContext, request: Request, name: str, content: str) -> None:
    data = {"path": name, "content": content}
    kit.reply(request, data=data, result=content, has_error=False, isDone=True, code=0)


def _refuse(kit: KitContext, request: Request, name: str, error: FileError) -> None:
    fields: dict[str, Any] = {"has_error": True, "isError": True, "error": str(error)}
    data = {"path": name, "content": ""}
    kit.reply(request, data=data, result=str(error), isDone=True, code=1, **fields)


@command(commands.READ_FILE, "read_file")
async def read_file(kit: KitContext, request: Request) -> None:
    """Answer with the content of a file."""
    name = ""
    try:
        name = _path_of(request)
        path = resolve(Path(kit.settings.files_dir), name)
        _answer(kit, request, name, await asyncio.to_thread(_read, path, name))
    except FileError as error:
        _refuse(kit, request, name, error)


@command(commands.WRITE_FILE, "write_file")
async def write_file(kit: KitContext, request: Request) -> None:
    """Write a file and answer with its content."""
    name = ""
    try:
        name = _path_of(request)
        content = _content_of(request)
        path = resolve(Path(kit.settings.files_dir), name)
        await asyncio.to_thread(_write, path, name, content)
        _answer(kit, request, name, content)
    except FileError as error:
        _refuse(kit, request, name, error)


COMMANDS = (read_file, write_file)
