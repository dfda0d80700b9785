"""test, lint, build and clean do what they say, and end with a code that says how it went."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT, Clone, make_clone

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")
BAD = "import os\nx = 'a'\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """One set-up clone for this file, with few tests of its own: checking the types of all takes long."""
    clone = make_clone(tmp_path_factory.mktemp("tasks"), git=bool(shutil.which("git")))
    shutil.rmtree(clone.root / "tests")
    clone.write("tests/index.py", (ROOT / "tests" / "index.py").read_text(encoding="utf-8"))  # a benchmark imports it
    clone.write("tests/tagifai/test_own.py", '"""The package."""\n\n\ndef test_own() -> None:\n    assert 1\n')
    clone.write("tests/template/test_other.py", '"""The rest."""\n\n\ndef test_other() -> None:\n    assert 1\n')
    if shutil.which("git"):
        clone.git("add", "-A")
        clone.git("commit", "-q", "--no-verify", "-m", "Few tests")
    clone.task("setup", env=with_uv)
    if (ROOT / ".mypy_cache").exists():  # what is known of the libraries' types already, if anything is
        shutil.copytree(ROOT / ".mypy_cache", clone.root / ".mypy_cache")
    return clone


@pytest.fixture
def tools(shared: Clone) -> Iterator[Clone]:
    """The shared clone; what a test does to it is undone."""
    yield shared
    if (shared.root / ".git").exists():
        shared.git("reset", "-q", "--hard")
        shared.git("clean", "-q", "-f", "-d")


@needs_git
def test_lint_passes_on_this_tree(tools: Clone) -> None:
    before = tools.git("status", "--porcelain").stdout
    done = tools.task("lint", ok=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tools.git("status", "--porcelain").stdout == before


@needs_git
def test_lint_finds_an_error_in_a_file_that_git_does_not_know_yet_and_changes_nothing(tools: Clone) -> None:
    bad = tools.write("tagifai/bad.py", '"""Bad."""\n' + BAD)
    done = tools.task("lint", ok=False)
    assert done.returncode != 0
    assert "Failed" in done.stdout
    assert "lint --fix" in done.stdout
    assert bad.read_text() == '"""Bad."""\n' + BAD
    assert tools.git("status", "--porcelain").stdout.split() == ["??", "tagifai/bad.py"]


@needs_git
def test_lint_finds_a_wrong_type_and_an_import_that_is_not_named(tools: Clone) -> None:
    tools.write("tagifai/wrong.py", '"""Wrong."""\n\nimport pluggy\n\nNUMBER: int = pluggy.__name__ and "text"\n')
    done = tools.task("lint", ok=False)
    assert done.returncode != 0
    assert "wrong.py:5: error" in done.stdout
    assert "'pluggy' imported but" in done.stderr


@needs_git
def test_lint_fix_mends_what_can_be_mended(tools: Clone) -> None:
    bad = tools.write("tagifai/bad.py", '"""Bad."""\n\nimport os\n\nX = \'a\'\n')
    tools.git("add", "-A")
    assert tools.task("lint", "--fix", ok=False).returncode != 0
    assert bad.read_text() == '"""Bad."""\n\nX = "a"\n'
    assert tools.task("lint", "--fix").returncode == 0


@needs_git
def test_lint_works_where_there_is_no_repository(tools: Clone) -> None:
    aside = (tools.root / ".git").rename(tools.root.parent / "aside")
    try:
        assert "Passed" in tools.task("lint").stdout
        assert not (tools.root / ".git").exists()
        done = tools.task("lint", "--fix", ok=False)
        assert done.returncode != 0
        assert "git init" in done.stderr
    finally:
        aside.rename(tools.root / ".git")


def test_build_leaves_a_verified_sdist_and_wheel_in_dist_and_nothing_else(tools: Clone) -> None:
    before = set(tools.snapshot("."))
    done = tools.task("build")
    made = {"tagifai-0.1.tar.gz", "tagifai-0.1-py3-none-any.whl"}
    assert {path.name for path in (tools.root / "dist").iterdir()} == made
    assert all(f"dist/{name}" in done.stdout for name in made)
    new = {Path(path).relative_to(tools.root) for path in set(tools.snapshot(".")) - before}
    assert {path.parts[0] for path in new} == {"dist"}


def test_a_distribution_that_lacks_something_is_not_kept(tools: Clone) -> None:
    tools.task("clean")
    tools.append("MANIFEST.in", "include tasks.py\n")
    done = tools.task("build", ok=False)
    assert done.returncode != 0
    assert "ships tasks.py" in done.stderr
    assert not (tools.root / "dist").exists()


def test_a_build_that_fails_says_why_and_what_to_mend(tools: Clone) -> None:
    tools.append("requirements.txt", "-r nowhere.txt\n")
    done = tools.task("build", ok=False)
    assert done.returncode != 0
    assert "list the packages here instead" in done.stdout
    assert "The build failed. Mend setup.py" in done.stderr


def test_clean_removes_what_building_and_testing_leave_and_nothing_else(tools: Clone) -> None:
    tools.task("clean")
    left = ("build/lib/a.py", "dist/a.whl", ".pytest_cache/a", ".ruff_cache/a", ".mypy_cache/a", "tests/__pycache__/a")
    kept = tools.snapshot(".")
    for name in left:
        tools.write(name, "")
    assert "Removed " in tools.task("clean").stdout
    assert not any((tools.root / name).parent.exists() for name in left)
    assert tools.snapshot(".") == kept
    assert "nothing to do" in tools.task("setup").stdout


def test_clean_venv_removes_the_environment_too(unpacked: Clone) -> None:
    unpacked.task("venv")
    unpacked.task("clean", "--venv")
    assert not unpacked.venv.exists()


def test_test_fast_runs_the_packages_own_tests_alone(tools: Clone) -> None:
    done = tools.task("test", "--fast", "--", "-v")
    assert "test_own" in done.stdout
    assert "test_other" not in done.stdout
    done = tools.task("test", "--", "-v")
    assert "test_own" in done.stdout
    assert "test_other" in done.stdout


def test_test_ends_with_pytests_exit_code(tools: Clone) -> None:
    tools.write("tests/tagifai/test_bad.py", "def test_bad() -> None:\n    assert not 1\n")
    assert tools.task("test", "--fast", ok=False).returncode == 1
    assert tools.task("test", "--", "-k", "no_such_test", ok=False).returncode == 5
    (tools.root / "tests" / "tagifai" / "test_bad.py").unlink()


@pytest.mark.parametrize("task", ["test", "lint", "build", "freeze"])
def test_without_an_environment_a_task_names_the_command_that_makes_it(unpacked: Clone, task: str) -> None:
    done = unpacked.task(task, ok=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("tasks.py setup")
    assert len(done.stderr.splitlines()) == 1


def test_a_task_notes_that_the_locks_have_moved_on(tools: Clone) -> None:
    tools.append("requirements.txt", "joblib>=1\n")
    done = tools.task("test", "--fast")
    assert "is not what the locks say" in done.stderr
