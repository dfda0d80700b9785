"""A first `python3 tasks.py setup` gives the lesson's environment: exactly what is locked, and it imports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support import DISTRIBUTION, INSTALLED, PACKAGE, VERSION, Clone, find_python, make_clone, run
from tooling import project

PYTHONS = [f"3.{minor}" for minor in range(13, project.OLDEST[1] - 1, -1)]
EVERY_MODULE = """
import importlib, json, sys
from importlib.metadata import packages_distributions
names = [name for name in packages_distributions() if name.isidentifier()]
failed = {}
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)
print(json.dumps([len(names), failed]))
"""


@pytest.fixture(scope="module", params=["the system's Python", "pyenv's Python"])
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A full set-up with pip, started by /usr/bin/python3 and by one of pyenv's: for looking at."""
    if request.param == "the system's Python":
        request.getfixturevalue("system_python")
        shared: Clone = request.getfixturevalue("ready")
        return shared
    python = next((found for found in map(find_python, PYTHONS) if ".pyenv" in found), "")
    if not python:
        pytest.skip("pyenv has no Python that the tools run on")
    clone = make_clone(tmp_path_factory.mktemp("first"))
    clone.output = clone.task("setup", "--installer", "pip", python=python).stdout
    return clone


def test_the_first_setup_shows_what_the_lesson_shows(first: Clone) -> None:
    for name in ("venv", f"{PACKAGE}.egg-info", "requirements.txt", "setup.py"):
        assert (first.root / name).exists(), name
    assert INSTALLED in first.output.splitlines()


def test_pip_freeze_shows_the_editable_line(first: Clone) -> None:
    lines = first.in_venv("-m", "pip", "freeze").stdout.splitlines()
    assert any(line.startswith("# Editable") and f"({DISTRIBUTION}=={VERSION})" in line for line in lines)
    assert any(line.startswith("-e ") and line.endswith(str(first.root)) for line in lines)


def test_what_is_installed_is_what_is_locked_by_name_and_version(first: Clone) -> None:
    assert first.installed() == first.locked()


def test_everything_installed_imports(ready: Clone, tmp_path: Path) -> None:
    count, failed = json.loads(ready.in_venv("-I", "-c", EVERY_MODULE, cwd=tmp_path).stdout.splitlines()[-1])
    assert failed == {}
    assert count > len(ready.locked("prod"))


def test_pip_check_finds_nothing_broken(first: Clone) -> None:
    assert "No broken requirements" in first.in_venv("-m", "pip", "check").stdout


def test_the_package_imports_from_another_folder_and_is_the_clones_own(first: Clone, tmp_path: Path) -> None:
    done = first.in_venv("-c", f"import {PACKAGE} as package; print(package.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()) == first.root / PACKAGE / "__init__.py"


def test_every_program_in_the_environment_runs_in_a_path_with_a_space_a_quote_and_an_accent(first: Clone) -> None:
    for program in ("pip", "invoke", "pytest", "ruff", "pip-compile"):
        found = shutil.which(program, path=str(project.scripts(first.venv)))
        assert found
        assert run(found, "--version", cwd=first.root, env=first.env).stdout


def test_setup_leaves_nothing_that_git_would_commit(first: Clone) -> None:
    assert first.git("status", "--porcelain").stdout == ""


def test_without_git_pip_freeze_prints_the_lessons_two_lines(unpacked: Clone, with_uv: dict[str, str]) -> None:
    unpacked.task("setup", "--layer", "prod", "--layer", "dev", env=with_uv)
    lines = unpacked.in_venv("-m", "pip", "freeze").stdout.splitlines()
    assert f"# Editable install with no version control ({DISTRIBUTION}=={VERSION})" in lines
    assert f"-e {unpacked.root}" in lines


def test_the_venv_task_makes_an_environment_in_which_pip_freeze_prints_nothing(unpacked: Clone) -> None:
    unpacked.task("venv")
    assert unpacked.in_venv("-m", "pip", "freeze").stdout == ""
    assert not (unpacked.root / f"{PACKAGE}.egg-info").exists()


def test_the_venv_task_leaves_an_environment_alone_and_clear_makes_it_anew(unpacked: Clone) -> None:
    unpacked.task("venv")
    mark = unpacked.write("venv/mark", "")
    assert "--clear" in unpacked.task("venv").stdout
    assert mark.exists()
    unpacked.task("venv", "--clear")
    assert not mark.exists()


def test_uv_brings_the_same_packages_as_pip(ready: Clone, own: Clone) -> None:
    assert "with uv" in own.output
    assert INSTALLED in own.output
    assert own.installed() == ready.installed()
    for name in ("venv", f"{PACKAGE}.egg-info"):
        assert (own.root / name).is_dir()


def test_uv_and_pip_leave_the_same_files(ready: Clone, own: Clone) -> None:
    assert _files(own) == _files(ready)


def _files(clone: Clone) -> set[str]:
    """Name the installed files, but for those that tell who installed them, and the project's own."""
    folder = clone.site_packages
    ours = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if "__pycache__" not in name and name.rsplit("/", 1)[-1] not in ours}


def test_a_layer_alone_is_what_production_installs(unpacked: Clone, with_uv: dict[str, str]) -> None:
    unpacked.task("setup", "--layer", "prod", env=with_uv)
    assert unpacked.installed() == unpacked.locked("prod")
    unpacked.in_venv("-c", f"import {PACKAGE}")
