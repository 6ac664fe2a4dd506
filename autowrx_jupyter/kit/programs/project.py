"""The files of a program: one text, or a project (socket-protocol.md section 2.6)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

MAX_FILES = 5000
SKIPPED = "__MACOSX"


class ProjectError(ValueError):
    """The project cannot be used; the text names the item."""


@dataclass(slots=True)
class Project:
    """Files by their path inside the run's folder, and folders that may be empty."""

    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    folders: set[PurePosixPath] = field(default_factory=set)

    def write(self, folder: Path) -> None:
        """Write everything below ``folder``."""
        for path in sorted(self.folders):
            (folder / path).mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def mentions(self, word: bytes) -> bool:
        """Return whether a Python file of the project contains ``word``."""
        return any(word in content for path, content in self.files.items() if path.suffix == ".py")


def read_project(code: str, entry: str = "main.py") -> Project:
    """Read ``data.code`` of a run request.

    A non-empty JSON array of file and folder items is a project; any other text is the one
    file ``entry``, also if it happens to be JSON.

    Raises
    ------
    ProjectError
        A name with a separator, a file twice, content that is no text, or no ``entry``.
    """
    items = _project_items(code)
    if items is None:
        return Project(files={PurePosixPath(entry): code.encode("utf-8", "surrogatepass")})
    if len(items) == 1 and items[0]["type"] == "folder":
        items = items[0].get("items") or []
    project = Project()
    _collect(items, PurePosixPath(), project)
    if PurePosixPath(entry) not in project.files:
        raise ProjectError(f"the project has no {entry} in its top folder")
    return project


def _project_items(code: str) -> list[dict[str, Any]] | None:
    if not code.lstrip().startswith("["):
        return None
    try:
        items = json.loads(code)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list) or not items or not all(_is_item(item) for item in items):
        return None
    return items


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("type") in ("file", "folder")
        and isinstance(item.get("name"), str)
    )


def _collect(items: Any, base: PurePosixPath, project: Project) -> None:
    if not isinstance(items, list):
        raise ProjectError(f"folder {str(base)!r} has no list of items")
    for item in items:
        if not _is_item(item):
            raise ProjectError(f"folder {str(base)!r} has an item that is no file and no folder")
        name = item["name"]
        if name == SKIPPED and item["type"] == "folder":
            continue
        path = base / _checked(name)
        if item["type"] == "folder":
            project.folders.add(path)
            _collect(item.get("items") or [], path, project)
            continue
        if path in project.files:
            raise ProjectError(f"file {str(path)!r} is there twice")
        project.files[path] = _content(item, path)
        if len(project.files) > MAX_FILES:
            raise ProjectError(f"the project has more than {MAX_FILES} files")


def _checked(name: str) -> str:
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0") or len(name) > 255:
        raise ProjectError(f"{name!r} is no name for a file or folder: separators and '..' are out")
    return name


def _content(item: dict[str, Any], path: PurePosixPath) -> bytes:
    content = item.get("content", "")
    if content is None:
        content = ""
    if not isinstance(content, str):
        raise ProjectError(f"the content of {str(path)!r} is no text")
    if not item.get("isBase64"):
        return content.encode("utf-8", "surrogatepass")
    # Browsers put "data:…;base64," before what they read from a file.
    text = content.split(",", 1)[1] if content.startswith("data:") else content
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise ProjectError(f"the content of {str(path)!r} is no base64: {error}") from error
