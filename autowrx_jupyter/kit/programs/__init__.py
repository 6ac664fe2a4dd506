"""Programs of users: their files, their processes and their output."""

from __future__ import annotations

from .manager import RunManager
from .project import Project, ProjectError, read_project
from .run import Run, RunEnd

__all__ = ["Project", "ProjectError", "Run", "RunEnd", "RunManager", "read_project"]
