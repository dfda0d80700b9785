"""A rename that is killed at any moment leaves all as it was, or the next task finishes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template import projects
from tests.template.projects import contents, run, task, text
from tooling import project

PACKAGE = project.PACKAGE
KEPT = ("tasks.py", "tooling", "setup.py", "README.md", "LICENSE", ".gitignore", ".python-version")
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
for name in ("mkdir", "rename", "replace", "rmdir", "unlink", "remove", "chmod"):
    setattr(os, name, counted(getattr(os, name)))
sys.argv[0] = "tasks.py"
try:
    runpy.run_path("tasks.py", run_name="__main__")
finally:
    print(calls, file=sys.stderr)
"""


def begin(root: Path, limit: int) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-B", "-c", KILLED, str(limit), "rename", "lab", *projects.OWN)
    return run(*command, cwd=root, ok=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_every_step_it_is_as_it_was_or_finished(tmp_path: Path) -> None:
    small = tmp_path / "small"
    for name in (*KEPT, "requirements-dev.txt", f"{PACKAGE}/__init__.py"):
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (projects.unpacked() / name).is_dir() else shutil.copy2
        copy(projects.unpacked() / name, small / name)
    for name in ("environment", "locking", "checks"):
        shutil.rmtree(small / "tooling" / name)
    for name in (
        f"tests/{PACKAGE}/test_it.py",
        "tests/template/test_it.py",
        f"{PACKAGE}/build/own",
    ):
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text(f"import {PACKAGE}\n")
    before = contents(small)
    undisturbed = Path(shutil.copytree(small, tmp_path / "undisturbed"))
    done = begin(undisturbed, 0)
    assert done.returncode == 0, done.stderr
    wanted, steps = contents(undisturbed), int(done.stderr.splitlines()[-1])
    assert wanted["lab/build/own"] == b"import tagifai\n".replace(b"tagifai", PACKAGE.encode())
    outcomes = set()
    # Of what is alike in the middle, each eighth is enough.
    for step in {*range(1, 12), *range(12, steps - 11, 8), *range(steps - 11, steps + 1)}:
        root = Path(shutil.copytree(small, tmp_path / "killed"))
        assert begin(root, step).returncode == -9
        waits = (root / "build/rename/finish.py").exists()
        if not waits and (root / PACKAGE).exists():
            left = {n: c for n, c in contents(root).items() if not n.startswith("build/")}
            assert left == before
        outcomes.add(waits)
        # The same command again, or any other task.
        again = ("rename", "lab", *projects.OWN) if step % 2 else ("--list",)
        finished = "interrupted" not in text(root, "tasks.py")
        if finished:  # all but build/rename/ itself, which git ignores
            task(root, "--list")
        elif waits:
            task(root, *again)
            assert not (root / "build").exists()
        else:
            assert begin(root, 0).returncode == 0
        now = {n: c for n, c in contents(root).items() if not n.startswith("build/")}
        assert now == wanted, step
        shutil.rmtree(root)
    assert outcomes == {True, False}


def test_a_torn_journal_is_said_in_a_sentence(tmp_path: Path) -> None:
    root = projects.copied(projects.unpacked(), tmp_path)
    folder = root / "build" / "rename"
    folder.mkdir(parents=True)
    shutil.copy2(root / "tooling/starter/finish.py", folder)
    for torn in ("[[", '{"a": 1}', "[1]", '[["move", 1, 2]]', "\0"):
        (folder / "journal.json").write_text(torn)
        said = task(root, "setup", ok=False)
        assert "remove build/rename" in said
        assert said.count("\n") == 1
