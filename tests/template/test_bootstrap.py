"""From whatever Python starts tasks.py, a fit one is found, or one sentence says which is needed and how to get it."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ROOT, WINDOWS, Clone, find_python, run
from tooling import project

OLD = ("3.7", "3.8", "3.9", "3.10")
pytestmark = pytest.mark.skipif(WINDOWS, reason="these tests put links to interpreters on the PATH")


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """Variables by which no Python is found: nothing on the PATH, nothing at pyenv's or at home."""
    for name in ("bin", "home", "pyenv"):
        (tmp_path / name).mkdir()
    where = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home"), "PYENV_ROOT": str(tmp_path / "pyenv")}
    return {**where, "XDG_CACHE_HOME": str(project.cache().parent)}  # the downloads are the user's, all the same


def on_path(where: dict[str, str], python: str, name: str) -> None:
    """Put an interpreter on the otherwise empty PATH: as a script, since a link would hide where its library is."""
    script = Path(where["PATH"]) / name
    script.write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    script.chmod(0o755)


def at_pyenvs(where: dict[str, str], python: str, version: str) -> None:
    """Have the otherwise empty pyenv keep an interpreter."""
    versions = Path(where["PYENV_ROOT"]) / "versions"
    (versions / version / "bin").mkdir(parents=True)
    on_path({"PATH": str(versions / version / "bin")}, python, "python")


def made_with(clone: Clone) -> str:
    return clone.in_venv("-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()


@pytest.mark.parametrize("old", OLD)
def test_an_old_python_with_no_other_on_the_machine_gets_a_line_that_says_what_to_do(
    unpacked: Clone, nowhere: dict[str, str], python_of: Callable[[str], str], old: str
) -> None:
    done = unpacked.task("setup", python=python_of(old), env=nowhere, ok=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"This is Python {old}." in line
    assert "3.11 or later" in line
    assert "pyenv install 3.11" in line
    assert "--python 3.12" in line
    assert done.stdout == ""
    assert not unpacked.venv.exists()


@pytest.mark.parametrize("old", OLD)
def test_an_old_python_finds_a_fit_one_on_the_path_and_goes_on_with_it(
    unpacked: Clone, nowhere: dict[str, str], python_of: Callable[[str], str], old: str
) -> None:
    on_path(nowhere, python_of("3.12"), "python3.12")
    done = unpacked.task("venv", python=python_of(old), env=nowhere)
    assert "is too old for the tools; going on with Python 3.12" in done.stdout
    assert made_with(unpacked) == "3.12"


def test_of_several_the_one_in_python_version_is_taken_from_pyenv_whichever_is_selected(
    unpacked: Clone, nowhere: dict[str, str], python_of: Callable[[str], str]
) -> None:
    on_path(nowhere, python_of("3.13"), "python3.13")
    at_pyenvs(nowhere, python_of("3.11"), "3.11.7")
    at_pyenvs(nowhere, python_of("3.12"), "3.12.1")
    unpacked.task("venv", python=python_of("3.8"), env=nowhere)
    assert made_with(unpacked) == "3.11"


def test_a_command_that_does_not_answer_is_passed_over(
    unpacked: Clone, nowhere: dict[str, str], python_of: Callable[[str], str]
) -> None:
    shim = Path(nowhere["PATH"]) / "python3.11"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    on_path(nowhere, python_of("3.12"), "python3.12")
    unpacked.task("venv", python=python_of("3.8"), env=nowhere)
    assert made_with(unpacked) == "3.12"


def test_an_old_python_takes_the_one_that_python_names(
    unpacked: Clone, nowhere: dict[str, str], python_of: Callable[[str], str]
) -> None:
    on_path(nowhere, python_of("3.11"), "python3.11")
    unpacked.task("venv", f"--python={python_of('3.13')}", python=python_of("3.8"), env=nowhere)
    assert made_with(unpacked) == "3.13"


@pytest.mark.parametrize("form", ["version", "full version", "path", "folder", "name", "environment"])
def test_python_may_be_a_version_a_path_a_folder_or_a_name(
    unpacked: Clone, ready: Clone, nowhere: dict[str, str], python_of: Callable[[str], str], form: str
) -> None:
    python = python_of("3.12")
    on_path(nowhere, python, "python3.12")
    full = run(python, "-c", "import platform; print(platform.python_version())").stdout.strip()
    run(python, "-m", "venv", "--without-pip", unpacked.root / "other")
    at_pyenvs(nowhere, python, full)
    wanted = {
        "version": "3.12",
        "full version": full,
        "path": python,
        "folder": str(Path(nowhere["PYENV_ROOT"]) / "versions" / full),
        "name": "python3.12",
        "environment": "other",
    }[form]
    unpacked.task("venv", "--python", wanted, env=nowhere)
    assert made_with(unpacked) == "3.12"


@pytest.mark.parametrize("wanted", ["3.99", "nosuch", "/nowhere/python3", "3.12", "LICENSE", "tagifai"])
def test_a_python_that_is_not_there_is_named_in_a_sentence_and_nothing_is_made(
    unpacked: Clone, nowhere: dict[str, str], wanted: str
) -> None:
    done = unpacked.task("setup", "--python", wanted, env=nowhere, ok=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"No Python answers to “{wanted}”." in line
    assert "pyenv install" in line
    assert not unpacked.venv.exists()


@pytest.mark.parametrize("old", ["3.7", "3.10"])
def test_a_python_that_is_too_old_is_refused_by_its_version(
    unpacked: Clone, python_of: Callable[[str], str], old: str
) -> None:
    done = unpacked.task("setup", "--python", python_of(old), ok=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Python {old}.")
    assert "too old" in line
    assert not unpacked.venv.exists()


def test_another_python_than_the_environments_makes_it_anew(unpacked: Clone, python_of: Callable[[str], str]) -> None:
    unpacked.task("venv", "--python", python_of("3.12"))
    unpacked.task("venv", "--python", python_of("3.13"))
    assert made_with(unpacked) == "3.13"


def _imported_at_the_top() -> list[str]:
    """Name the modules that tasks.py imports when an old Python starts it, in their order."""
    tree = ast.parse((ROOT / "tasks.py").read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "tooling"]
    return [alias.name for node in froms for alias in node.names]


def test_what_tasks_imports_at_the_top_imports_on_3_7(python_of: Callable[[str], str]) -> None:
    names = _imported_at_the_top()
    assert {"stamp", "interpreters", "runner", "environment"} <= set(names)
    for name in names:
        run(python_of("3.7"), "-W", "error", "-c", f"import tooling.{name}")


def test_every_file_that_runs_before_the_environment_is_there_can_be_parsed_by_3_7(
    python_of: Callable[[str], str],
) -> None:
    files = [ROOT / "tasks.py", ROOT / "setup.py", *sorted((ROOT / "tooling").glob("*.py"))]
    code = "import ast, sys; [ast.parse(open(name, encoding='utf-8').read(), name) for name in sys.argv[1:]]"
    run(python_of("3.7"), "-c", code, *files)


def test_the_standard_library_suffices_to_import_it_all(python_of: Callable[[str], str]) -> None:
    # -S: no site-packages, as on a machine with nothing but Python.
    run(python_of("3.11"), "-S", "-c", "import tooling.environment, tooling.locks, tooling.quality, tooling.runner")


def test_a_path_that_no_environment_can_stand_in_is_refused_in_words(unpacked: Clone) -> None:
    unpacked.root = unpacked.root.rename(unpacked.root.with_name(f"two{os.pathsep}paths"))
    done = unpacked.task("setup", ok=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "Rename the folder" in line


def test_pyenvs_fit_pythons_are_found_on_this_machine() -> None:
    there = [version for version in ("3.11", "3.12", "3.13") if ".pyenv" in find_python(version)]
    if not there:
        pytest.skip("pyenv has no fit Python on this machine")
    found = project.pyenv_pythons(os.environ, Path.home())
    assert all(any(f"{os.sep}{version}." in str(path) for path in found) for version in there)
