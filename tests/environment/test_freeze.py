"""`freeze` writes the locks, the same bytes wherever it runs, and `freeze --check` tells when they are stale."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import Clone, make_clone
from tooling import requirements

pytestmark = pytest.mark.usefixtures("online")
OLDER = {"iniconfig": "2.0.0", "cfgv": "3.4.0"}
LOCKS = ("requirements-prod.txt", "requirements-dev.txt")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """One environment of the tools for all of this file."""
    clone = make_clone(tmp_path_factory.mktemp("freeze"), git=False)
    only_prod_and_dev(clone)
    clone.task("setup", env=with_uv)
    return clone


def only_prod_and_dev(clone: Clone) -> None:
    """Remove the layers beside the two that are always there: each takes its time to lock."""
    for path in clone.root.glob("requirements-*.*"):
        if path.stem not in ("requirements-prod", "requirements-dev"):
            path.unlink()


@pytest.fixture(scope="module")
def docs(shared: Clone) -> dict[str, bytes]:
    """The files of another layer, and the locks with it; it holds two of dev's packages back."""
    kept = locks_of(shared)
    shared.write("requirements-docs.in", "-r requirements.txt\nsix\niniconfig==2.0.0\ncfgv==3.4.0\n")
    shared.task("freeze")
    made = {path.name: path.read_bytes() for path in shared.root.glob("requirements-*.*")}
    for name in made:
        if name in kept:
            (shared.root / name).write_bytes(kept[name])
        elif "docs" in name:
            (shared.root / name).unlink()
    return made


@pytest.fixture
def tools(shared: Clone) -> Iterator[Clone]:
    """The shared environment; what a test does to the hand-written files and the locks is undone."""
    kept = {path: path.read_bytes() for path in shared.root.iterdir() if path.is_file()}
    yield shared
    for path in shared.root.iterdir():
        if path.is_file() and path not in kept:
            path.unlink()
    for path, content in kept.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def locks_of(clone: Clone) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in clone.root.glob("requirements-*.txt")}


def test_the_locks_are_fresh_whatever_the_index_settings_and_checking_leaves_nothing_behind(
    ready: Clone, tmp_path: Path
) -> None:
    before = ready.snapshot(".")
    settings = {"PIP_TRUSTED_HOST": "example.invalid", "PIP_FIND_LINKS": str(ready.root)}
    done = ready.task("freeze", "--check", env={**settings, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)})
    assert "The locks are fresh." in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert ready.snapshot(".") == before


def test_check_tells_of_an_edit_that_was_not_locked_with_no_index_and_changes_nothing(tools: Clone) -> None:
    tools.append("requirements.txt", "six>=1\n")
    before = locks_of(tools)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_RETRIES": "0"}
    done = tools.task("freeze", "--check", ok=False, env=nowhere)
    assert done.returncode == 1
    number = len((tools.root / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert f"requirements.txt, line {number}: six isn't in requirements-prod.txt.\n" in done.stderr
    assert done.stderr.splitlines()[-1] == "Lock again: python3 tasks.py freeze"
    assert locks_of(tools) == before


def test_check_with_no_index_says_that_it_compared_no_more_than_the_files(tools: Clone) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    done = tools.task("freeze", "--check", env={**nowhere, "PIP_FIND_LINKS": ""})
    assert "The locks fit the hand-written files. No index answers" in done.stdout
    assert "fresh" not in done.stdout


def test_check_compares_exactly_with_the_index_and_shows_the_difference(tools: Clone) -> None:
    tools.append(LOCKS[1], f"six==1.17.0 \\\n    --hash=sha256:{'0' * 64}\n    # via invoke\n")  # nothing asks for it
    before = locks_of(tools)
    done = tools.task("freeze", "--check", ok=False)
    assert done.returncode == 1
    assert "-six==1.17.0" in done.stdout
    assert "Stale: requirements-dev.txt. Lock again: " in done.stderr
    assert locks_of(tools) == before


def test_another_in_file_becomes_a_layer_with_which_all_others_agree_and_installs(
    tools: Clone, docs: dict[str, bytes], with_uv: dict[str, str]
) -> None:
    before = tools.locked()
    for name, content in docs.items():
        (tools.root / name).write_bytes(content)
    for_production_alone = {line.name for line in requirements.read(tools.root / "requirements-prod.in")}
    shared = {name: version for name, version in tools.locked("prod").items() if name not in for_production_alone}
    assert tools.locked("docs") == shared | {"six": tools.locked("docs")["six"], **OLDER}
    assert tools.locked() == before | OLDER
    tools.task("setup", "--layer", "dev", "--layer", "docs", "--no-hooks", env=with_uv)
    assert tools.installed() == tools.locked("prod") | tools.locked("dev") | tools.locked("docs")


def test_freezing_one_package_anew_leaves_all_others_alone(tools: Clone, docs: dict[str, bytes]) -> None:
    before = tools.locked()
    for name, content in docs.items():
        (tools.root / name).write_bytes(content)
    (tools.root / "requirements-docs.in").unlink()  # nothing holds them back any more, but the locks
    (tools.root / "requirements-docs.txt").unlink()
    assert "Changed: requirements-dev.txt" in tools.task("freeze", "--package", "iniconfig").stdout
    assert before["cfgv"] != OLDER["cfgv"]
    assert tools.locked() == before | {"cfgv": OLDER["cfgv"]}


def test_requirements_that_go_together_with_nothing_leave_the_locks_as_they_were(tools: Clone) -> None:
    before = locks_of(tools)
    tools.append("requirements-dev.in", "pluggy<0.1\n")
    done = tools.task("freeze", ok=False)
    assert done.returncode == 1
    assert "the locks are as they were" in done.stdout
    assert "pluggy<0.1" in done.stderr
    assert "Traceback" not in done.stderr
    assert locks_of(tools) == before


def test_a_bare_pip_compile_writes_the_same_bytes(tools: Clone) -> None:
    before = locks_of(tools)
    (tools.root / LOCKS[1]).write_bytes(before[LOCKS[1]])
    tools.env["CUSTOM_COMPILE_COMMAND"] = "invoke freeze"
    try:
        tools.in_venv("-m", "piptools", "compile", "-q", "requirements-dev.in")
    finally:
        del tools.env["CUSTOM_COMPILE_COMMAND"]
    assert locks_of(tools) == before


def test_an_environment_of_another_python_writes_the_same_bytes(
    unpacked: Clone, python_of: Callable[[str], str], with_uv: dict[str, str]
) -> None:
    only_prod_and_dev(unpacked)
    python_of((unpacked.root / ".python-version").read_text(encoding="utf-8").strip())
    before = locks_of(unpacked)
    unpacked.task("setup", "--python", python_of("3.13"), env=with_uv)
    assert "The locks are as they were." in unpacked.task("freeze").stdout
    assert locks_of(unpacked) == before
