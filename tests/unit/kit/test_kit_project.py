import base64
import json
from pathlib import PurePosixPath

import pytest

from autowrx_jupyter.kit.programs.project import ProjectError, read_project

MAIN = {"type": "file", "name": "main.py", "content": "print(1)"}


def names(project):
    return sorted(map(str, project.files))


@pytest.mark.parametrize(
    "code", ["print(1)", "", "42", "[]", "[1]", '{"type": "file"}', "[{}]", "["]
)
def test_text_is_one_file(code):
    project = read_project(code)
    assert project.files == {PurePosixPath("main.py"): code.encode()}


def test_single_folder_is_the_root(tmp_path):
    items = [MAIN, {"type": "folder", "name": "lib", "items": [{**MAIN, "name": "a.py"}]}]
    project = read_project(json.dumps([{"type": "folder", "name": "top", "items": items}]))
    assert names(project) == ["lib/a.py", "main.py"]
    project.write(tmp_path)
    assert (tmp_path / "lib" / "a.py").read_text() == "print(1)"
    assert project.mentions(b"print")
    assert not project.mentions(b"async")


def test_empty_folders_and_other_entry(tmp_path):
    items = [{"type": "folder", "name": "data", "items": []}, {**MAIN, "name": "main.rs"}]
    project = read_project(json.dumps(items), entry="main.rs")
    project.write(tmp_path)
    assert (tmp_path / "data").is_dir()


def test_base64_with_and_without_prefix():
    text = base64.b64encode(b"\0\xff").decode()
    for content in (text, f"data:image/png;base64,{text}"):
        items = [MAIN, {"type": "file", "name": "x", "content": content, "isBase64": True}]
        assert read_project(json.dumps(items)).files[PurePosixPath("x")] == b"\0\xff"


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"type": "file", "name": "../x", "content": ""}, "'../x'"),
        ({"type": "file", "name": "a\\b", "content": ""}, "no name"),
        ({"type": "file", "name": "", "content": ""}, "no name"),
        ({"type": "folder", "name": "..", "items": []}, "'..'"),
        ({"type": "file", "name": "n" * 300, "content": ""}, "no name"),
        ({"type": "file", "name": "x", "content": 5}, "no text"),
        ({"type": "file", "name": "x", "content": "a", "isBase64": True}, "no base64"),
        ({"type": "folder", "name": "x", "items": 5}, "no list"),
        ({"type": "folder", "name": "x", "items": [5]}, "no file and no folder"),
        (MAIN, "twice"),
    ],
)
def test_bad_items_are_named(item, error):
    with pytest.raises(ProjectError, match=error.replace("\\", "")):
        read_project(json.dumps([MAIN, item]))


def test_missing_entry_is_named():
    with pytest.raises(ProjectError, match=r"main\.py"):
        read_project(json.dumps([{**MAIN, "name": "app.py"}]))
