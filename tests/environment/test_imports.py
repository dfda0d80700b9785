"""`lint` tells what the package imports and requirements.txt doesn't name, and the reverse."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support import PACKAGE, ROOT, Clone, check_imports

TOOLS = "-r requirements.txt\n\npytest\n"


@pytest.fixture
def tree(tmp_path: Path) -> Clone:
    """A package with nothing in it, and nothing required."""
    shutil.copytree(ROOT / "tooling", tmp_path / "tooling", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    tree = Clone(tmp_path)
    tree.write(f"{PACKAGE}/__init__.py", "")
    tree.write("requirements.txt", "")
    tree.write("requirements-dev.in", TOOLS)
    return tree


def test_what_is_imported_and_named_passes(tree: Clone) -> None:
    tree.write("requirements.txt", "# A module that isn't called as its package is\npyyaml>=6\n")
    tree.write(f"{PACKAGE}/reading.py", f"import json\n\nimport yaml\n\nfrom {PACKAGE} import other\n")
    tree.write(f"{PACKAGE}/other.py", "")
    tree.write("tests/test_reading.py", "import pytest\n")
    done = check_imports(tree.root)
    assert done.returncode == 0, done.stderr
    assert "add NAME" not in done.stdout


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("nowhere_to_be_had", id="not installed"),
        pytest.param("pluggy", id="brought by another package"),
        pytest.param("pytest", id="a tool"),
        pytest.param("tooling", id="a folder that isn't shipped"),
    ],
)
def test_an_import_that_is_not_named_fails(tree: Clone, module: str) -> None:
    tree.write(f"{PACKAGE}/bad.py", f"def late() -> None:\n    import {module}\n")
    done = check_imports(tree.root)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if "DEP0" in line]
    assert Path(line.split(":")[0]) == Path(PACKAGE, "bad.py")
    assert f"'{module}'" in line
    assert "add NAME" in done.stdout
    assert "\033" not in done.stderr


def test_a_requirement_that_nothing_imports_fails(tree: Clone) -> None:
    tree.write("requirements.txt", "packaging\npyyaml; python_version >= '3.7'\n")
    tree.write(f"{PACKAGE}/good.py", "from packaging import version\n")
    tree.write("tests/test_it.py", "import yaml\n")
    done = check_imports(tree.root)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if "DEP0" in line]
    assert line.startswith("requirements.txt: DEP002 'pyyaml'")
    assert "remove NAME" in done.stdout


def test_what_is_needed_without_being_imported_can_be_excepted(tree: Clone) -> None:
    tree.write("requirements.txt", "pyyaml\n")
    settings = (tree.root / "pyproject.toml").read_text(encoding="utf-8")
    tree.write("pyproject.toml", re.sub("^DEP002 = .*$", 'DEP002 = ["pyyaml"]', settings, flags=re.MULTILINE))
    assert check_imports(tree.root).returncode == 0


def test_a_package_is_looked_into_whatever_its_name(tree: Clone) -> None:
    names = tree.root / "tooling" / "project.py"
    text = names.read_text(encoding="utf-8")
    names.write_text(text.replace(f'PACKAGE = "{PACKAGE}"', 'PACKAGE = "tests_of_venv"'), encoding="utf-8")
    tree.write("tests_of_venv/bad.py", "import nowhere_to_be_had\n")
    assert "nowhere_to_be_had" in check_imports(tree.root).stderr
