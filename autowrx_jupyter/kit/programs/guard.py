"""A watch over the programs that outlives the kit by a moment.

When the kit is killed hard it can end nothing itself, and a program's own children know
nothing of it. So a tiny shell waits at the end of a pipe from the kit: when the pipe ends, it
kills the process groups that are still running and removes their folders.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
from pathlib import Path

log = logging.getLogger(__name__)

SCRIPT = """
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group ";;
    -) groups="${groups%% $group *} ${groups#* $group }";;
  esac
done
for group in $groups; do kill -9 "-$group" 2>/dev/null; done
rm -rf -- "$1"
"""


class Guard:
    """Kills what is left of the runs when the kit is gone.

    Parameters
    ----------
    folder
        The folder with the folders of the runs; removed at the end.
    """

    def __init__(self, folder: Path) -> None:
        shell = shutil.which("sh")
        self._popen: subprocess.Popen[bytes] | None = None
        if shell is None:
            log.warning("there is no sh: apps may outlive a kit that is killed")
            return
        self._popen = subprocess.Popen(
            [shell, "-c", SCRIPT, "autowrx-guard", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        """Watch over a process group."""
        self._write(f"+ {group}\n")

    def remove(self, group: int) -> None:
        """Forget a group that has ended."""
        self._write(f"- {group}\n")

    def close(self) -> None:
        """Let the guard end; it removes the folder."""
        if self._popen is None or self._popen.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._popen.stdin.close()
        self._popen.wait()

    def _write(self, line: str) -> None:
        if self._popen is None or self._popen.stdin is None:
            return
        try:
            self._popen.stdin.write(line.encode())
            self._popen.stdin.flush()
        except OSError as error:
            log.warning("the guard of the apps is gone: %s", error)
            self._popen = None
