"""The launcher as a process of its own, without a kit."""

import subprocess
import sys
from pathlib import Path

import autowrx_jupyter.kit

LAUNCHER = Path(autowrx_jupyter.kit.__file__).with_name("launch.py")


def run(tmp_path, code, **env):
    (tmp_path / "main.py").write_text(code)
    return subprocess.run(
        [sys.executable, "-P", str(LAUNCHER), "main.py"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin", **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_imports_nothing_heavy(tmp_path):
    done = run(
        tmp_path,
        "import sys\nprint([m for m in sys.modules if 'autowrx' in m])\n"
        "print([m for m in ('async' + 'io', 'logging', 'typing') if m in sys.modules])",
    )
    assert done.stdout == "[]\n[]\n"


def test_own_folder_is_first_on_the_path_and_the_launchers_is_not(tmp_path):
    done = run(tmp_path, "import sys\nprint(sys.path[0])\nprint(sys.path)")
    assert done.stdout.splitlines()[0] == str(tmp_path)
    assert str(LAUNCHER.parent) + "'" not in done.stdout


def test_stopped_loop_of_a_usual_app_is_no_error_when_asked_for(tmp_path):
    code = (
        "import asyncio, os, signal\n"
        "LOOP = asyncio.get_event_loop()\n"
        "LOOP.add_signal_handler(signal.SIGTERM, LOOP.stop)\n"
        "async def main():\n"
        "    print('started', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    await asyncio.sleep(600)\n"
        "LOOP.run_until_complete(main())\n"
    )
    done = run(tmp_path, code)
    assert "RuntimeError" in done.stderr
    assert done.returncode == 1
    (tmp_path / "stop").touch()
    done = run(tmp_path, code, AUTOWRX_STOP_FILE=str(tmp_path / "stop"))
    assert (done.stdout, done.stderr, done.returncode) == ("started\n", "", -15)


def test_chained_errors_show_only_the_users_lines(tmp_path):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e\n"
    done = run(tmp_path, code)
    assert "launch.py" not in done.stderr
    assert done.stderr.count('File "main.py"') == 2


def test_own_excepthook_is_used(tmp_path):
    code = "import sys\nsys.excepthook = lambda t, v, tb: print('hook', v)\nraise ValueError('x')"
    done = run(tmp_path, code)
    assert (done.stdout, done.stderr, done.returncode) == ("hook x\n", "", 1)


def test_source_with_an_encoding_line(tmp_path):
    (tmp_path / "m.txt").write_text("")
    done = run(tmp_path, "# -*- coding: utf-8 -*-\nprint('ü')", PYTHONIOENCODING="utf-8")
    assert done.stdout == "ü\n"
