"""`new` makes a project in another folder, with a history of its own, and leaves this clone as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import PACKAGE, Clone
from tests.template.test_rename import ME, contents, leftovers, rename
from tooling import record

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")


def test_it_is_what_rename_makes_with_one_commit_and_the_clone_is_as_it_was(clone: Clone, tmp_path: Path) -> None:
    before, head = contents(clone.root), clone.git("rev-parse", "HEAD").stdout.strip()
    target = tmp_path / "deep er" / "lab"
    clone.task("new", str(target), "churn-lab", *ME, "--no-setup")
    assert contents(clone.root) == before
    assert clone.git("status", "--porcelain").stdout == ""
    made = Clone(target)
    assert made.git("log", "--format=%s").stdout == "Start churn-lab\n"
    assert made.git("status", "--porcelain").stdout == ""
    found = record.read(target)
    assert found
    assert (found.source, found.commit) == (str(clone.root), head)
    assert [path.name for path in target.parent.iterdir()] == ["lab"]
    rename(clone, "churn-lab", *ME)
    theirs, ours = contents(target), contents(clone.root)
    assert {**theirs, record.FILE: b""} == {**ours, record.FILE: b""}
    assert leftovers(target, [PACKAGE]) == []


def test_it_commits_to_its_own_repository_wherever_the_callers_variables_point(clone: Clone, tmp_path: Path) -> None:
    other = Clone(tmp_path / "other")
    other.root.mkdir()
    other.git("init", "-q")
    other.git("commit", "-q", "--allow-empty", "-m", "Theirs")
    elsewhere = {"GIT_DIR": str(other.root / ".git"), "GIT_INDEX_FILE": str(other.root / ".git" / "index")}
    clone.task("new", str(tmp_path / "lab"), "churn-lab", *ME, "--no-setup", env=elsewhere)
    assert other.git("log", "--all", "--format=%s").stdout == "Theirs\n"
    assert other.git("status", "--porcelain").stdout == ""
    assert Clone(tmp_path / "lab").git("log", "--format=%s").stdout == "Start churn-lab\n"


def test_what_is_in_the_way_is_refused_and_kept(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    for target in (tmp_path / "full", clone.root / "inside", clone.root, clone.root / "LICENSE"):
        done = clone.task("new", str(target), "churn-lab", "--no-setup", ok=False)
        assert done.returncode == 1
        assert "Choose a folder" in done.stderr
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    clone.task("new", str(tmp_path / "empty"), "churn-lab", *ME, "--no-setup")


def test_a_dirty_clone_is_refused_unless_forced_and_a_project_of_ones_own_always(clone: Clone, tmp_path: Path) -> None:
    clone.append("README.md", "\nMore.\n")
    assert "README.md" in clone.task("new", str(tmp_path / "lab"), "churn-lab", ok=False).stderr
    assert not (tmp_path / "lab").exists()
    clone.task("new", str(tmp_path / "lab"), "churn-lab", *ME, "--force", "--no-setup")
    rename(clone, "churn-lab", "--force", *ME)
    assert "clone of the template" in clone.task("new", str(tmp_path / "other"), "taxi", ok=False).stderr


def test_with_its_environment_it_is_set_up_tidied_and_committed(
    clone: Clone, tmp_path: Path, with_uv: dict[str, str]
) -> None:
    shutil.rmtree(clone.root / "tests/environment")  # which take minutes, and are run elsewhere
    clone.git("commit", "-qam", "Few tests", "--no-verify")
    target = tmp_path / "lab"
    clone.task("new", str(target), "zz", "--bare", *ME, env=with_uv)
    made = Clone(target)
    assert made.git("status", "--porcelain").stdout == ""
    assert "nothing to do" in made.task("setup").stdout
    assert made.installed() == {**made.locked(), "zz": "0.1"}
