"""A rename that is killed at any moment leaves the tree as it was, or is finished by whatever task comes next."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PACKAGE, WINDOWS, Clone, copy_tree, run
from tests.template.test_rename import contents
from tooling import stamp

pytestmark = pytest.mark.skipif(WINDOWS, reason="Windows has no SIGKILL")
KEPT = ("tasks.py", "tooling", "setup.py", "README.md", "LICENSE", ".gitignore", ".python-version", PACKAGE)
ARGUMENTS = ["rename", "churn-lab", "--author=Me", "--email=", "--year=2031", "--no-setup"]
# Kills itself at the n-th call of what changes a file system, or says how many there were.
KILLED = """
import os, runpy, signal, sys
limit, calls = int(sys.argv.pop(1)), 0
def counted(function):
    def call(*arguments, **options):
        global calls
        calls += 1
        if calls == limit:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call
for name in ("mkdir", "rename", "replace", "rmdir", "symlink", "unlink", "remove", "chmod"):
    setattr(os, name, counted(getattr(os, name)))
sys.argv[0] = "tasks.py"
try:
    runpy.run_path("tasks.py", run_name="__main__")
finally:
    print(calls, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with few files, each of a kind that a rename treats in its own way."""
    whole, made = copy_tree(tmp_path_factory.mktemp("whole")), tmp_path_factory.mktemp("small") / "small"
    made.mkdir()
    for name in (*KEPT, "requirements-dev.txt"):
        copy = shutil.copytree if (whole / name).is_dir() else shutil.copy2
        copy(whole / name, made / name)
    for path in (made / PACKAGE).iterdir():
        if path.name not in ("__init__.py", "train.py"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    clone = Clone(made)
    clone.write(f"tests/{PACKAGE}/test_{PACKAGE}.py", f"import {PACKAGE}\n")
    clone.write("tests/template/test_it.py", "")
    clone.write(f"{PACKAGE}/build/own.txt", "what git ignores")
    (made / "link").symlink_to(f"{PACKAGE}/train.py")
    return made


def begin(root: Path, limit: int) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-B", "-c", KILLED, str(limit), *ARGUMENTS, cwd=root, ok=False)


def state(root: Path) -> dict[str, bytes]:
    found = contents(root)
    for path in root.glob("*/build/own.txt"):
        found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def test_killed_at_every_step_it_is_undone_or_finished(small: Path, tmp_path: Path) -> None:
    before = state(small)
    undisturbed = Path(shutil.copytree(small, tmp_path / "undisturbed", symlinks=True))
    done = begin(undisturbed, 0)
    assert done.returncode == 0, done.stderr
    wanted, steps = state(undisturbed), int(done.stderr.splitlines()[-1])
    assert steps > 15
    assert wanted["churn_lab/build/own.txt"] == b"what git ignores"
    outcomes = set()
    for step in range(1, steps + 1):
        root = Path(shutil.copytree(small, tmp_path / str(step), symlinks=True))
        assert begin(root, step).returncode == -9
        if not (root / stamp.JOURNAL).exists() and state(root) == before:
            outcomes.add("as it was")
            assert begin(root, 0).returncode == 0
        else:
            outcomes.add("finished")
            run(sys.executable, "-B", "tasks.py", "--list", cwd=root)
        assert state(root) == wanted, step
        assert not (root / stamp.JOURNAL).exists()
        shutil.rmtree(root)
    assert outcomes == {"as it was", "finished"}


def test_a_setup_with_nothing_else_to_do_finishes_it_too(ready: Clone) -> None:
    code = "import sys; from tooling import stamp; print(stamp.is_interrupted(sys.argv[1]))"
    assert run(sys.executable, "-c", code, ready.root, cwd=ready.root).stdout == "False\n"
    journal = ready.write(stamp.JOURNAL, "[]")
    done = ready.task("setup")
    assert "Finished the rename that was interrupted." in done.stderr
    assert "nothing to do" in done.stdout
    assert not journal.exists()


def test_by_invoke_it_is_finished_before_the_task_runs(ready: Clone) -> None:
    ready.write(stamp.JOURNAL, "[]")
    done = ready.in_venv("-m", "invoke", "setup")
    assert "Finished the rename that was interrupted." in done.stderr
    assert "nothing to do" in done.stdout
