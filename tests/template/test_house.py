"""The house keeps its budgets, floors and words, and the lesson's promises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT, Clone
from tests.template.support import small, tracked
from tooling import project

FLOORS = {"ground": 0, "environment": 1, "locking": 2, "checks": 3, "update": 4, "starter": 4}
OWN_TESTS = (f"tests/{project.PACKAGE}/", "tests/template/")


def lines(name: str) -> int:
    """Return the lines of a file, less what a comment marks as the template's alone."""
    text = (ROOT / name).read_text(encoding="utf-8")
    mark = r"^ *# template: begin\n.*?^ *# template: end\n"
    return len(re.sub(mark, "", text, flags=re.MULTILINE | re.DOTALL).splitlines())


def under(*folders: str) -> dict[str, int]:
    """Return the lines of each Python file below folders."""
    return {
        name: lines(name) for name in tracked() if name.endswith(".py") and name.startswith(folders)
    }


def module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def floor(name: str) -> int:
    """Return the floor of a module of the tooling."""
    return FLOORS.get(name.split(".")[1], 0)


def imports(name: str) -> Iterator[str]:
    """Return the modules of the tooling that a file imports or has called, at the top or not."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_budgets_are_kept() -> None:
    tooling, starter = under("tooling/"), under("tooling/starter/")
    assert {name: count for name, count in tooling.items() if count > 150} == {}
    assert lines("tasks.py") <= 150
    assert sum(tooling.values()) - sum(starter.values()) <= 2200
    assert sum(starter.values()) <= 1100
    others = {name: n for name, n in under("tests/").items() if not name.startswith(OWN_TESTS)}
    assert sum(others.values()) <= 400
    assert sum(name.startswith("tests/environment/") for name in others) == 4
    package, tests = under(f"{project.PACKAGE}/"), under(f"tests/{project.PACKAGE}/")
    assert max(package.values()) <= 200
    assert sum(package.values()) <= 700
    assert sum(tests.values()) <= 500


def test_imports_go_down_the_floors_only() -> None:
    up = [
        (name, each)
        for name in under("tooling/")
        for each in imports(name)
        if each.startswith("tooling.")
        and floor(each) > floor(module(name))
        # First contact, as tasks.py is: an old Python goes on from there with another.
        and (name, each.split(".")[1]) != ("tooling/start.py", "environment")
    ]
    assert up == []
    folders = {name.split("/")[1] for name in under("tooling/") if name.count("/") > 1}
    assert folders <= {*FLOORS}


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r'"""(Give|Gives|Tell|Tells)\b', "Return, Raise, Write"),
        (r"\b[Mm]end(s|ed|ing)?\b", "fix"),
        (r"\banew\b", "again, fresh"),
        (r"type the same again", "run this again"),
        (r"\b[Ii]ssue \d|/\w+#\d", "no issue numbers"),
        (r"/work/|\bshared/", "no path of a machine"),
    ],
)
def test_the_words_are_plain(pattern: str, instead: str) -> None:
    names = [
        name
        for name in tracked()
        if name.endswith((".py", ".md", ".toml", ".in")) and name != "tests/template/test_house.py"
    ]
    hits = [
        f"{name}: {line.strip()} ({instead})"
        for name in names
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    ]
    assert hits == []


def test_the_lesson_is_kept_to_the_letter(ready: Clone, tmp_path: Path) -> None:
    fields = {
        "name": "tagifai",
        "version": "0.1",
        "description": "Classify machine learning projects.",
        "author": "Goku Mohandas",
        "author_email": "goku@madewithml.com",
        "url": "https://madewithml.com/",
        "python_requires": ">=3.7",
    }
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (call,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    )
    values = {each.arg: each.value for each in call.keywords}
    assert {"packages", "install_requires"} < {*values}
    assert {name: ast.literal_eval(values[str(name)]) for name in fields} == fields
    output = small(tmp_path).task("setup").stdout
    assert "Successfully installed tagifai-0.1" in output.splitlines()
    assert (ready.root / "tagifai.egg-info").is_dir()
    lines = ready.in_venv("-m", "pip", "freeze").stdout.splitlines()
    assert "# Editable install with no version control (tagifai==0.1)" in lines
