"""`new` makes a project in another folder, with its own history; the template stays as it is."""

from __future__ import annotations

from pathlib import Path

from tests.template import projects
from tests.template.projects import contents, git, run, task, text
from tooling.starter import record


def test_it_is_what_rename_makes_with_one_commit(tmp_path: Path) -> None:
    root = projects.copied(projects.template(), tmp_path)
    before = contents(root)
    target = tmp_path / "deep er" / "churn-lab"
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    index = str(other / ".git" / "index")
    words = ("new", str(target), "churn-lab", *projects.OWN)
    said = task(root, *words, GIT_DIR=str(other / ".git"), GIT_INDEX_FILE=index)
    assert f"Next, in {target}:" in said
    assert "git remote add origin ADDRESS" in said
    assert contents(root) == before
    assert git(target, "log", "--format=%s") == "Start churn-lab"
    assert git(target, "status", "--porcelain") == git(other, "status", "--porcelain") == ""
    assert [path.name for path in target.parent.iterdir()] == ["churn-lab"]
    renamed = contents(projects.project())
    assert {**contents(target), record.FILE: b""} == {**renamed, record.FILE: b""}
    made = record.read(target)
    assert made.commit == git(root, "rev-parse", "HEAD")
    assert made.rename == record.read(projects.project()).rename


def test_what_is_in_the_way_is_refused_and_kept(tmp_path: Path) -> None:
    root = projects.template()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    for target in (tmp_path / "full", root / "inside", root, root / "LICENSE"):
        assert "Choose a folder" in task(root, "new", str(target), "lab", "--no-setup", ok=False)
    assert text(tmp_path / "full", "thesis.txt") == "mine"
    (tmp_path / "empty").mkdir()
    task(root, "new", str(tmp_path / "empty"), "lab", *projects.OWN)
    assert (
        "update" in run("git", "log", "-1", "-p", "--", "tasks.py", cwd=tmp_path / "empty").stdout
    )


def test_a_dry_run_and_uncommitted_changes_make_nothing(tmp_path: Path) -> None:
    root = projects.copied(projects.template(), tmp_path)
    target = tmp_path / "lab"
    assert "is removed" in task(root, "new", str(target), "lab", "--dry-run")
    (root / "mine.txt").write_text("mine\n")
    assert "mine.txt" in task(root, "new", str(target), "lab", "--no-setup", ok=False)
    assert not target.exists()
    task(root, "new", str(target), "lab", *projects.OWN, "--force")
    assert text(target, "mine.txt") == "mine\n"
