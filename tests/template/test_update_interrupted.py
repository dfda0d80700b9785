"""An update that is killed at any moment leaves the project as it was or done, and the next one works."""

from __future__ import annotations

import shutil
import signal
import subprocess

import pytest

from tests.support import BASE_PYTHON, WINDOWS, Clone
from tests.template.small_template import code, commit, head, left, state, text, update

pytestmark = [
    pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH"),
    pytest.mark.skipif(WINDOWS, reason="Windows has no SIGKILL"),
]
# A git that does something else when it is asked for one thing.
GIT = """\
#!/bin/sh
case " $* " in
*" {asked} "*)
{instead}
;; esac
exec {git} "$@"
"""
# What git has done when it is killed in the middle of its work: one file new, one half, one gone, and its lock.
HALF = """\
for last in "$@"; do :; done
{git} show $last:churn_lab/train.py > churn_lab/train.py
{git} show $last:churn_lab/new.py | head -c 9 > churn_lab/new.py
rm churn_lab/gone.py
: > .git/index.lock
"""


def git_that(clone: Clone, asked: str, instead: str) -> str:
    """Make a git that does a shell's commands where it is asked for one thing; give the PATH on which it is."""
    folder = clone.root.with_name("git")
    folder.mkdir()
    git = shutil.which("git")
    (folder / "git").write_text(GIT.format(asked=asked, git=git, instead=instead.replace("{git}", str(git))))
    (folder / "git").chmod(0o755)
    return f"{folder}:{clone.env['PATH']}"


def waiting_git(clone: Clone, asked: str) -> str:
    """Make a git that waits where it is asked for one thing, and has made the file “reached” then."""
    return git_that(clone, asked, f"""echo > "{clone.root.with_name("reached")}"; exec sleep 300""")


def kill(clone: Clone, asked: str, before: str = ":") -> None:
    """Begin an update that is killed where it asks git for something."""
    path = git_that(clone, asked, f"{before}\nkill -9 $PPID; exit 1")
    done = clone.task("update", ok=False, env={"PATH": path})
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


@pytest.mark.parametrize("asked", ["clone", "worktree", "cherry-pick", "unpack-objects", "merge"])
def test_killed_before_it_commits_nothing_has_happened(project: Clone, asked: str) -> None:
    before = state(project)[:-1]
    kill(project, asked)
    assert state(project)[:-1] == before
    assert asked == "clone" or "template-update" in left(project)
    update(project)
    assert project.git("rev-parse", "HEAD~1").stdout == before[1]


def test_killed_while_git_writes_it_is_taken_back_and_done_anew(project: Clone) -> None:
    before = commit(project, {"churn_lab/train.py": code("train", last="mine\n")})
    kill(project, "merge", HALF)
    assert not (project.root / "churn_lab/gone.py").exists()
    update(project)
    assert project.git("rev-parse", "HEAD~1").stdout.strip() == before
    assert text(project, "churn_lab/train.py") == code("train", first="the template's\n", last="mine\n")
    assert project.git("status", "--porcelain").stdout == ""


def test_what_a_user_wrote_since_it_was_killed_stays(project: Clone) -> None:
    kill(project, "merge", HALF)
    project.write("churn_lab/train.py", "mine, since\n")
    said = update(project, ok=False)
    assert "Took back what an update had written" in said
    assert "Not everything is committed: churn_lab/train.py." in said
    assert text(project, "churn_lab/train.py") == "mine, since\n"
    assert project.git("status", "--porcelain").stdout == " M churn_lab/train.py\n"


def test_killed_after_the_merge_it_is_done(project: Clone) -> None:
    kill(project, "merge", '{git} "$@"')
    done = head(project)
    assert project.git("status", "--porcelain").stdout == ""
    assert "Up to date" in update(project)
    assert head(project) == done


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_terminated_it_leaves_nothing_behind(project: Clone, number: int) -> None:
    before = state(project)
    path = waiting_git(project, "cherry-pick")
    command = [BASE_PYTHON, "tasks.py", "update"]
    env = {**project.env, "PATH": path}
    with subprocess.Popen(command, cwd=project.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        while not project.root.with_name("reached").exists():
            assert child.poll() is None
        child.send_signal(number)
        _, said = child.communicate()
    assert child.returncode in (130, 143)
    assert b"Traceback" not in said
    assert state(project) == before


def test_two_at_once_are_not_done(project: Clone) -> None:
    path = waiting_git(project, "cherry-pick")
    command = [BASE_PYTHON, "tasks.py", "update"]
    env = {**project.env, "PATH": path}
    with subprocess.Popen(command, cwd=project.root, env=env, stdout=subprocess.DEVNULL) as child:
        while not project.root.with_name("reached").exists():
            assert child.poll() is None
        done = project.task("update", ok=False)
        child.terminate()
    assert done.returncode
    assert "Another update" in done.stderr
    update(project)


def test_a_merge_that_git_refuses_leaves_everything_as_it_was(project: Clone) -> None:
    before = state(project)
    folder = git_that(project, "merge", HALF.replace(": > .git/index.lock", "echo No space left >&2; exit 1"))
    done = project.task("update", ok=False, env={"PATH": folder})
    assert done.returncode
    assert "git merge failed. No space left" in done.stderr
    assert state(project) == before
