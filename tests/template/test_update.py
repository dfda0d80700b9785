"""`update` takes the template's changes, renamed, and loses nothing of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import PACKAGE, Clone, run
from tests.template.small_template import RENAME, at, code, commit, head, lock, state, text, update
from tooling import merging, record

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")


def test_what_the_user_did_is_kept_and_what_the_template_did_is_taken(project: Clone, template: Clone) -> None:
    (project.root / "churn_lab" / "deep").mkdir()
    own: dict[str, str | bytes | None] = {
        "churn_lab/train.py": code("train", last="mine\n"),
        "churn_lab/deep/moved.py": code("moved", last="mine\n"),
        "churn_lab/moved.py": None,
        "churn_lab/dropped.py": None,
        "churn_lab/loved.py": code("loved", last="mine\n"),
        "churn_lab/own.py": "mine\n",
        "README.md": text(project, "README.md") + "\nMine.\n",
    }
    before = commit(project, own)
    said = update(project)

    assert text(project, "churn_lab/train.py") == code("train", first="the template's\n", last="mine\n")
    assert text(project, "churn_lab/deep/moved.py") == code("moved", first="the template's\n", last="mine\n")
    assert text(project, "churn_lab/new.py") == "import churn_lab.train\n"
    assert (project.root / "data.bin").read_bytes() == b"\0two"
    assert text(project, "README.md").endswith("\nMine.\n")
    assert text(project, "churn_lab/own.py") == "mine\n"
    there = project.git("ls-files", "--", "churn_lab", "tests").stdout.split()
    assert {"churn_lab/gone.py", "churn_lab/dropped.py", "churn_lab/moved.py"}.isdisjoint(there)
    assert not any(path.startswith("tests/template") for path in there)
    assert "churn_lab/dropped.py: deleted here, and stays so" in said
    assert text(project, "churn_lab/loved.py") == code("loved", last="mine\n")
    assert "churn_lab/loved.py: changed here, and kept" in said
    modes = project.git("ls-tree", "-r", "HEAD").stdout
    assert [line.split()[3] for line in modes.splitlines() if line.startswith("100755")] == [
        "churn_lab/tool.sh",
        "run.sh",
    ]

    assert project.git("rev-parse", "HEAD~1").stdout.strip() == before
    assert project.git("log", "-1", "--format=%an %cn %s").stdout.startswith(
        "Somebody Somebody Update from the template"
    )
    assert project.git("status", "--porcelain").stdout == ""
    now = record.read(project.root)
    assert now
    assert (now.source, now.commit) == (str(template.root), head(template))
    assert "setup, then python3 tasks.py test" in said.replace("py tasks.py", "python3 tasks.py")
    assert f"Up to date: this is the template at {head(template)[:7]}" in update(project)
    assert project.git("rev-parse", "HEAD~1").stdout.strip() == before


def test_a_dry_run_shows_it_and_changes_nothing(project: Clone, template: Clone) -> None:
    commit(project, {"churn_lab/train.py": code("train", first="mine\n"), "churn_lab/dropped.py": None})
    before = state(project)
    said = update(project, "--dry-run")
    assert state(project) == before
    for line in ("CONFLICT  churn_lab/train.py", "new       churn_lab/new.py", "deleted   churn_lab/gone.py"):
        assert f"  {line}\n" in said
    assert "changed   data.bin\n" in said
    assert "dropped.py: deleted here" in said


def test_a_conflict_is_gits_and_the_record_moves_with_its_end(project: Clone, template: Clone) -> None:
    before = commit(project, {"churn_lab/train.py": code("train", first="mine\n"), "churn_lab/dropped.py": None})
    old = text(project, record.FILE)
    said = update(project, ok=False)
    assert "churn_lab/train.py" in said
    assert "git cherry-pick --continue" in said
    assert "<<<<<<<" in text(project, "churn_lab/train.py")
    assert project.git("diff", "--name-only", "--diff-filter=U").stdout.split() == ["churn_lab/train.py"]
    assert "A cherry-pick is under way" in update(project, ok=False)

    project.git("cherry-pick", "--abort")
    assert (head(project), text(project, record.FILE)) == (before, old)
    assert project.git("status", "--porcelain").stdout == ""

    update(project, ok=False)
    project.write("churn_lab/train.py", code("train", first="both\n"))
    project.git("add", "churn_lab/train.py")
    project.git("-c", "core.editor=true", "cherry-pick", "--continue")
    assert f'"commit": "{head(template)}"' in text(project, record.FILE)
    assert project.git("log", "-1", "--format=%an %s").stdout.startswith("Somebody Update from the template (")
    assert not (project.root / "churn_lab/dropped.py").exists()
    assert "Up to date" in update(project)


def test_locks_are_merged_package_by_package(project: Clone) -> None:
    mine = lock(attrs="2.0", mine="1", numpy="1.1", six="1.0")
    commit(project, {"requirements-dev.txt": mine, "requirements-docs.txt": lock(numpy="1.1")})
    said = update(project)
    assert text(project, "requirements-dev.txt") == lock(attrs="2.0", mine="1", numpy="1.2", ruff="9", six="1.1")
    assert text(project, "requirements-docs.txt") == lock(numpy="1.1")
    assert "requirements-dev.txt: merged package by package" in said
    assert "freeze" in said.splitlines()[-1]
    assert project.git("status", "--porcelain").stdout == ""


def test_a_lock_beside_a_conflict_is_merged_all_the_same(project: Clone) -> None:
    mine = {"requirements-dev.txt": lock(numpy="1.1"), "churn_lab/train.py": code("train", first="mine\n")}
    commit(project, mine)
    update(project, ok=False)
    assert text(project, "requirements-dev.txt") == lock(numpy="1.2", ruff="9", six="1.1")
    assert project.git("diff", "--name-only", "--diff-filter=U").stdout.split() == ["churn_lab/train.py"]


def test_new_files_follow_a_folder_that_the_user_moved(project: Clone, ahead: Clone) -> None:
    project.git("mv", "tests/churn_lab", "tests/unit")
    commit(project, {})
    commit(ahead, {f"tests/{PACKAGE}/test_more.py": f"import {PACKAGE}\n"})
    update(project, "--source", str(ahead.root))
    assert text(project, "tests/unit/test_more.py") == "import churn_lab\n"
    assert not (project.root / "tests/churn_lab").exists()


def test_a_bare_project_stays_bare(template: Clone, tmp_path: Path) -> None:
    run("git", "clone", "-q", template.root, tmp_path / "churn-lab")
    made = at(tmp_path / "churn-lab")
    made.git("reset", "-q", "--hard", "v1")
    commit(made, {"README.md": f"# {PACKAGE}\n\n## Use\n\nIt.\n"})  # before the rename: it is the user's
    made.task(*RENAME, "--bare")
    commit(made, {"churn_lab/mine.py": "mine\n"})
    update(made)
    assert not (made.root / "churn_lab/new.py").exists()
    assert text(made, "run.sh") == "#!/bin/sh\necho changed\n"
    assert text(made, "churn_lab/mine.py") == "mine\n"


def test_an_ignored_file_in_the_way_is_not_overwritten(project: Clone, ahead: Clone) -> None:
    ahead.write(".env", "theirs\n")
    ahead.git("add", "-f", ".env")
    ahead.git("commit", "-q", "-m", "An ignored file")
    project.write(".env", "secret\n")
    before = state(project)
    assert ".env" in update(project, "--source", str(ahead.root), ok=False)
    assert state(project) == before


def test_what_git_is_configured_to_do_does_not_break_it(project: Clone) -> None:
    settings = """
        commit.gpgSign=true gpg.program=false merge.conflictStyle=diff3 core.autocrlf=true rerere.enabled=true
        merge.renames=false diff.renames=false merge.verifySignatures=true merge.ff=false fetch.prune=true
        status.showUntrackedFiles=no core.quotePath=true pull.rebase=true
    """
    for setting in settings.split():
        project.git("config", *setting.split("=", 1))
    hook = project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    for path in (hook, hook.with_name("commit-msg"), hook.with_name("post-merge"), hook.with_name("pre-merge-commit")):
        shutil.copy2(hook, path) if path != hook else path.chmod(0o755)
    said = update(project, GIT_DIR="elsewhere", GIT_INDEX_FILE="elsewhere", GIT_WORK_TREE="/")
    assert "not signed" in said
    assert text(project, "churn_lab/new.py") == "import churn_lab.train\n"
    assert project.git("status", "--porcelain").stdout == ""


def test_a_merge_that_needs_a_name_says_so_before_anything_changes(project: Clone) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            del project.env[f"GIT_{who}_{what}"]
    project.git("config", "user.useConfigOnly", "true")
    before = state(project)
    assert "user.email" in update(project, ok=False)
    assert state(project) == before


def test_executables_stay_so_where_the_file_system_does_not_tell(template: Clone, tmp_path: Path) -> None:
    bare = tmp_path / "template.git"
    run("git", "clone", "-q", "--bare", template.root, bare)
    run("git", "config", "core.fileMode", "false", cwd=bare)
    tree = merging.render(bare, head(template), {"name": "churn-lab", "author": "Me", "bare": False}, b"{}")
    assert "100755 blob" in run("git", "ls-tree", tree, "churn_lab/tool.sh", cwd=bare).stdout
