"""Running a small program with folders on its PYTHONPATH."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Any]:
    """Run Python code in a process of its own; return the JSON value of its last output line."""

    def run(code: str, *folders: Path) -> Any:
        done = subprocess.run(
            [sys.executable, "-W", "error:::vehicle", "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(str(one) for one in folders)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
