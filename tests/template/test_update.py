"""`update` brings the template's changes to a renamed project by a three-way merge that loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, ROOT, WINDOWS, Clone, copy_tree, run
from tooling import git, record

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")


def in_git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Me", "-c", "user.email=me@example.invalid", "-c", "core.hooksPath=no-hooks")
    return run("git", *who, *arguments, cwd=root).stdout.strip()


def commit(root: Path) -> str:
    in_git(root, "add", "-A")
    in_git(root, "commit", "-q", "-m", "Change")
    return in_git(root, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the template, and with a project that was renamed from its clone and committed."""
    folder = tmp_path_factory.mktemp("made")
    template = copy_tree(folder / "template")
    if not (template / ".git").exists():
        in_git(template, "init", "-q", "-b", "main")
    commit(template)
    in_git(folder, "clone", "-q", str(template), "project")
    project = Clone(folder / "project")
    project.task("rename", "churn-lab", "--author=Me", "--email=me@example.invalid", "--year=2031", "--no-setup")
    for key, value in (("user.name", "Me"), ("user.email", "me@example.invalid")):
        in_git(project.root, "config", key, value)
    commit(project.root)
    return folder


@pytest.fixture
def both(made: Path, tmp_path: Path) -> tuple[Path, Clone]:
    """Fresh copies of the template and the project."""
    shutil.copytree(made, tmp_path / "it's é", symlinks=True)
    return tmp_path / "it's é" / "template", Clone(tmp_path / "it's é" / "project")


def update(both: tuple[Path, Clone], *arguments: str, ok: bool = True) -> str:
    done = both[1].task("update", "--source", str(both[0]), *arguments, ok=ok)
    assert "Traceback" not in done.stderr
    assert ok or done.returncode
    return done.stdout if ok else done.stderr


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8", newline="\n")


def test_changes_of_both_sides_are_kept_and_the_record_moves(both: tuple[Path, Clone]) -> None:
    template, project = both
    append(project.root / "churn_lab" / "data.py", "\n# mine\n")
    (project.root / "CONTRIBUTING.md").unlink()
    commit(project.root)
    append(template / "CONTRIBUTING.md", "More.\n")
    append(template / "tagifai" / "predict.py", "\n# theirs\n")
    (template / "tagifai" / "fresh.py").write_text("import tagifai\n", encoding="utf-8")
    (template / "tagifai" / "image.bin").write_bytes(b"\0\xff\0")
    (template / ".editorconfig").unlink()
    target = commit(template)

    before = in_git(project.root, "rev-parse", "HEAD")
    assert "fresh.py" in update(both, "--dry-run")
    assert in_git(project.root, "rev-parse", "HEAD") == before
    assert not in_git(project.root, "status", "--porcelain")

    update(both)
    assert "# mine" in (project.root / "churn_lab" / "data.py").read_text(encoding="utf-8")
    assert "# theirs" in (project.root / "churn_lab" / "predict.py").read_text(encoding="utf-8")
    assert (project.root / "churn_lab" / "fresh.py").read_text(encoding="utf-8") == "import churn_lab\n"
    assert (project.root / "churn_lab" / "image.bin").read_bytes() == b"\0\xff\0"
    assert not (project.root / "CONTRIBUTING.md").exists()
    assert not (project.root / ".editorconfig").exists()
    assert json.loads((project.root / record.FILE).read_text(encoding="utf-8"))["commit"] == target
    assert in_git(project.root, "log", "-1", "--format=%s").startswith("Update from the template (")
    assert not in_git(project.root, "status", "--porcelain")
    assert "Up to date" in update(both)


def test_a_conflict_is_gits_and_can_be_aborted(both: tuple[Path, Clone]) -> None:
    template, project = both
    append(project.root / "churn_lab" / "data.py", "# mine\n")
    before = commit(project.root)
    append(template / "tagifai" / "data.py", "# theirs\n")
    commit(template)
    assert "cherry-pick --continue" in update(both, ok=False)
    assert "<<<<<<<" in (project.root / "churn_lab" / "data.py").read_text(encoding="utf-8")
    assert "cherry-pick" in update(both, ok=False)
    in_git(project.root, "cherry-pick", "--abort")
    assert in_git(project.root, "rev-parse", "HEAD") == before
    assert not in_git(project.root, "status", "--porcelain")


def test_what_is_not_committed_is_refused(both: tuple[Path, Clone]) -> None:
    (both[1].root / "notes.txt").write_text("mine", encoding="utf-8")
    assert "notes.txt" in update(both, ok=False)


def test_an_unknown_ref_is_named(both: tuple[Path, Clone]) -> None:
    assert "“nowhere”" in update(both, "--to", "nowhere", ok=False)


def test_credentials_are_taken_out_of_addresses() -> None:
    assert git.without_credentials("at https://me:secret@example.invalid/x") == "at https://example.invalid/x"
    assert git.without_credentials("ssh://git:secret@example.invalid/x") == "ssh://git@example.invalid/x"


def test_a_file_that_the_user_moved_gets_the_templates_changes_there(both: tuple[Path, Clone]) -> None:
    template, project = both
    in_git(project.root, "mv", "churn_lab/predict.py", "churn_lab/apply.py")
    commit(project.root)
    append(template / "tagifai" / "predict.py", "\n# theirs\n")
    commit(template)
    update(both)
    assert "# theirs" in (project.root / "churn_lab" / "apply.py").read_text(encoding="utf-8")
    assert not (project.root / "churn_lab" / "predict.py").exists()


def test_what_the_template_makes_executable_is_so(both: tuple[Path, Clone]) -> None:
    template, project = both
    (template / "go").write_text("#!/bin/sh\n", encoding="utf-8")
    in_git(template, "add", "-A")
    in_git(template, "update-index", "--chmod=+x", "go")
    in_git(template, "commit", "-q", "-m", "Go")
    update(both)
    assert in_git(project.root, "ls-files", "--stage", "go").startswith("100755")


def test_locks_that_both_changed_are_merged_package_by_package(both: tuple[Path, Clone]) -> None:
    template, project = both
    lock = project.root / "requirements-prod.txt"
    text = lock.read_text(encoding="utf-8")
    mine = "zzz-mine==1.0 \\\n    --hash=sha256:" + "0f" * 32 + "\n    # via -r requirements.txt\n"
    lock.write_text(text + mine, encoding="utf-8", newline="\n")
    commit(project.root)
    theirs = "zzz-theirs==1.0 \\\n    --hash=sha256:" + "1f" * 32 + "\n    # via -r requirements.txt\n"
    append(template / "requirements-prod.txt", theirs)
    commit(template)
    said = update(both)
    assert "requirements-prod.txt: merged package by package." in said
    assert "tasks.py freeze" in said
    assert lock.read_text(encoding="utf-8") == text + mine + theirs


@pytest.mark.parametrize("git_at_all", [True, False], ids=["unrelated history", "unpacked ZIP"])
def test_a_copy_with_no_history_of_the_templates_is_matched_by_its_files(
    both: tuple[Path, Clone], tmp_path: Path, git_at_all: bool
) -> None:
    template, _ = both
    copied = Clone(shutil.copytree(template, tmp_path / "copied", ignore=shutil.ignore_patterns(".git")))
    if git_at_all:
        in_git(copied.root, "init", "-q", "-b", "main")
        commit(copied.root)
    copied.task("rename", "taxi", "--author=", "--email=", "--year=2031", "--no-setup")
    if not git_at_all:
        in_git(copied.root, "init", "-q", "-b", "main")
    commit(copied.root)
    for key, value in (("user.name", "Me"), ("user.email", "me@example.invalid")):
        in_git(copied.root, "config", key, value)
    append(template / "tagifai" / "predict.py", "\n# theirs\n")
    target = commit(template)
    assert "--source URL" in copied.task("update", ok=False).stderr  # it knows of no template yet
    copied.task("update", "--source", template.as_uri())
    assert "# theirs" in (copied.root / "taxi" / "predict.py").read_text(encoding="utf-8")
    found = record.read(copied.root)
    assert found
    assert (found.source, found.commit) == (template.as_uri(), target)


def test_a_project_is_not_taken_for_the_template(both: tuple[Path, Clone]) -> None:
    said = both[1].task("update", "--source", str(both[1].root), ok=False).stderr
    assert "is a project made from the template" in said


def test_the_template_itself_and_an_unreachable_one_are_named(both: tuple[Path, Clone], tmp_path: Path) -> None:
    assert "rename NAME" in Clone(both[0]).task("update", ok=False).stderr
    where = f"https://me:secret@127.0.0.1:9/{tmp_path.name}.git"
    done = both[1].task("update", "--source", where, ok=False)
    assert "can't be fetched" in done.stderr
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.skipif(WINDOWS, reason="Windows has no SIGKILL")
@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0, 1.4])
def test_killed_at_any_moment_it_leaves_the_project_as_it_was_or_updated(
    both: tuple[Path, Clone], seconds: float
) -> None:
    template, project = both
    append(template / "tagifai" / "predict.py", "\n# theirs\n")
    commit(template)
    command = [BASE_PYTHON, "tasks.py", "update", "--source", str(template)]
    with subprocess.Popen(command, cwd=project.root, env=project.env, start_new_session=True) as child:
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    if "update" not in in_git(project.root, "log", "-1", "--format=%s").lower():
        assert not in_git(project.root, "status", "--porcelain")
        update(both)
    assert "# theirs" in (project.root / "churn_lab" / "predict.py").read_text(encoding="utf-8")
    assert not in_git(project.root, "status", "--porcelain")


def starts() -> list[str]:
    """List the commits of this repository that have the task `rename`, oldest first."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return []
    if in_git(ROOT, "rev-parse", "--is-shallow-repository") == "true" or record.read(ROOT):
        return []
    log = run("git", "log", "--reverse", "--format=%H", "--", "tasks.py", "tooling", cwd=ROOT).stdout.split()
    return [each for each in log if "\ndef rename(" in run("git", "show", f"{each}:tasks.py", cwd=ROOT).stdout]


STARTS = starts()


@pytest.mark.skipif(not STARTS, reason="this is no full clone, so it has no earlier commits")
@pytest.mark.parametrize("start", STARTS[:1] if os.environ.get("CI") else STARTS, ids=lambda commit: str(commit)[:7])
def test_a_project_from_an_earlier_commit_is_brought_up_to_this_one(
    start: str, tmp_path: Path, with_uv: dict[str, str]
) -> None:
    template = tmp_path / "template"
    in_git(tmp_path, "clone", "-q", str(ROOT), str(template))
    in_git(template, "checkout", "-q", "-B", "main", start)
    in_git(tmp_path, "clone", "-q", str(template), "project")
    project = Clone(tmp_path / "project")
    project.task("rename", "churn-lab", "--author=Me", "--email=me@example.invalid", "--year=2031", "--no-setup")
    for key, value in (("user.name", "Me"), ("user.email", "me@example.invalid")):
        in_git(project.root, "config", key, value)
    commit(project.root)
    append(project.root / "churn_lab" / "data.py", "\n# mine\n")
    commit(project.root)
    in_git(template, "checkout", "-q", "-B", "main", in_git(ROOT, "rev-parse", "HEAD"))
    in_git(template, "rm", "-q", "-r", ".")
    copy_tree(template)
    in_git(template, "add", "-A")
    in_git(template, "commit", "-q", "--allow-empty", "-m", "As it stands")
    project.task("update", "--source", str(template))
    assert "# mine" in (project.root / "churn_lab" / "data.py").read_text(encoding="utf-8")
    project.task("setup", env=with_uv)
    project.task("test", "--fast", env=with_uv)
