"""`python3 tasks.py setup` gives exactly the environment that is locked, with either installer."""

from __future__ import annotations

import shutil

import pytest

from tests.support import Clone, run
from tooling import project


@pytest.mark.parametrize(("made", "layer"), [("ready", "dev"), ("by_pip", "prod")])
def test_what_is_installed_is_what_is_locked(
    made: str, layer: str, request: pytest.FixtureRequest
) -> None:
    clone: Clone = request.getfixturevalue(made)
    assert clone.installed() == clone.locked(layer)


@pytest.mark.parametrize("made", ["ready", "by_pip"])
def test_a_second_setup_has_nothing_to_do(made: str, request: pytest.FixtureRequest) -> None:
    clone: Clone = request.getfixturevalue(made)
    files = [path for path in clone.root.rglob("*") if path.is_file() and ".pyc" not in path.name]
    before = {path: path.stat().st_mtime_ns for path in files}
    assert "nothing to do" in clone.task("setup").stdout
    assert {path: path.stat().st_mtime_ns for path in files} == before


def test_pip_finds_nothing_broken_and_the_project_editable(ready: Clone) -> None:
    assert "No broken requirements" in ready.in_venv("-m", "pip", "check").stdout
    lines = ready.in_venv("-m", "pip", "freeze").stdout.splitlines()
    assert any(line.startswith("# Editable") and project.DISTRIBUTION in line for line in lines)
    assert f"-e {ready.root}" in lines


def test_the_programs_run_in_any_path_without_activation(ready: Clone) -> None:
    for name in ("pip", "invoke", "pytest", "ruff"):
        program = shutil.which(name, path=str(ready.python.parent))
        assert program, name
        assert run(program, "--version", cwd=ready.root.parent, env=ready.env).stdout
