"""Each commit is checked with the locked tools, from any shell, and nobody's own hook is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import WINDOWS, Clone, make_clone, run

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")
BAD = "import os\nx=1\n"  # an unused import, and not as ruff formats it
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """One set-up clone in which this file's tests commit."""
    clone = make_clone(tmp_path_factory.mktemp("hooks"))
    clone.output = clone.task("setup", env=with_uv).stdout
    return clone


@pytest.fixture
def repo(shared: Clone) -> Clone:
    """The shared clone, with nothing changed."""
    shared.git("reset", "-q", "--hard", "main")
    shared.git("clean", "-q", "-f", "-d")
    return shared


@pytest.fixture
def light(clone: Clone) -> Clone:
    """A fresh clone whose environment is only made: enough for the hook to be installed by hand."""
    clone.task("venv")
    return clone


def install(clone: Clone, **variables: str) -> str:
    """Install the hook alone, as setup does; give what it said."""
    code = "from tooling import hooks; hooks.install()"
    done = clone.in_venv("-c", code) if not variables else None
    if done is None:
        done = run(clone.python, "-c", code, cwd=clone.root, env={**clone.env, **variables})
    return done.stdout + done.stderr


def commit(clone: Clone, *, ok: bool = True) -> str:
    """Commit everything from a shell in which venv/ isn't activated."""
    clone.git("add", "-A")
    done = clone.git("commit", "-m", "A change", ok=ok)
    if not ok:
        assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_setup_says_that_the_hook_is_installed(shared: Clone) -> None:
    assert "Git hook installed" in shared.output


def test_a_clean_change_is_committed_from_a_shell_without_the_environment(repo: Clone) -> None:
    assert str(repo.venv) not in repo.env["PATH"]
    repo.write("more.py", '"""More."""\n')
    said = commit(repo)
    assert "ruff check" in said
    assert "Passed" in said
    assert repo.git("log", "-1", "--format=%s").stdout.strip() == "A change"
    repo.git("reset", "-q", "--hard", "HEAD~1")


def test_the_ruff_that_checks_is_the_locked_one_whatever_the_path_holds(repo: Clone, tmp_path: Path) -> None:
    for name in ("ruff", "ruff.bat", "pre-commit"):
        (tmp_path / name).write_text("#!/bin/sh\necho the wrong ruff\nexit 0\n")
        (tmp_path / name).chmod(0o755)
    repo.write("bad.py", BAD)
    repo.git("add", "-A")
    env = {**repo.env, "PATH": os.pathsep.join([str(tmp_path), repo.env["PATH"]])}
    done = run("git", "commit", "-m", "Bad", cwd=repo.root, env=env, ok=False)
    assert done.returncode != 0
    assert "the wrong ruff" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "text", "hook"),
    [
        ("bad.py", BAD, "ruff check"),
        ("space.md", "a line \n", "trailing white space"),
        ("end.md", "no end", "end of file"),
        ("conflict.md", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n", "merge conflicts"),
        ("key.pem", KEY, "private keys"),
        ("bad.yaml", "a: [\n", "YAML"),
        ("bad.toml", "a = \n", "TOML"),
        ("large.bin", "0" * 1_100_000 + "\n", "large files"),
        (".github/workflows/bad.yml", "on: push\njobs: 3\n", "CI workflows"),
    ],
)
def test_a_commit_that_is_not_as_it_should_be_is_stopped_by_name(repo: Clone, name: str, text: str, hook: str) -> None:
    before = repo.git("rev-parse", "HEAD").stdout
    repo.write(name, text)
    said = commit(repo, ok=False)
    (line,) = (line for line in said.splitlines() if line.startswith(hook))
    assert line.endswith("Failed"), said
    assert repo.git("rev-parse", "HEAD").stdout == before


def test_a_worktree_checks_with_its_own_environment_and_says_so_where_it_has_none(repo: Clone, tmp_path: Path) -> None:
    other = Clone(tmp_path / "worktree")
    repo.git("worktree", "add", "-q", "--detach", str(other.root))
    other.write("more.py", '"""More."""\n')
    assert "No environment in venv/" in commit(other, ok=False)
    assert "python3 tasks.py setup" in commit(other, ok=False)
    repo.git("worktree", "remove", "--force", str(other.root))


def test_a_setup_in_a_worktree_finds_the_hook_there(repo: Clone, tmp_path: Path) -> None:
    other = Clone(tmp_path / "worktree")
    repo.git("worktree", "add", "-q", "--detach", str(other.root))
    other.task("venv")
    before = (repo.root / ".git" / "hooks" / "pre-commit").read_bytes()
    install(other)
    assert (repo.root / ".git" / "hooks" / "pre-commit").read_bytes() == before
    assert not (repo.root / ".git" / "hooks" / "pre-commit.legacy").exists()
    repo.git("worktree", "remove", "--force", str(other.root))


def test_a_removed_environment_stops_the_commit_with_the_command_to_type(light: Clone) -> None:
    install(light)
    light.venv.rename(light.root.parent / "aside")
    light.write("more.py", '"""More."""\n')
    assert "python3 tasks.py setup" in commit(light, ok=False)


def test_a_hook_that_was_there_is_kept_and_still_runs(repo: Clone) -> None:
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    mine = "#!/bin/sh\necho my own hook\n"
    hook.unlink()
    hook.write_text(mine)
    hook.chmod(0o755)
    install(repo)
    try:
        assert hook.with_name("pre-commit.legacy").read_text() == mine
        repo.write("more.py", '"""More."""\n')
        assert "my own hook" in commit(repo)
        repo.git("reset", "-q", "--hard", "HEAD~1")
    finally:
        hook.with_name("pre-commit.legacy").unlink(missing_ok=True)


def test_installing_again_changes_nothing(light: Clone) -> None:
    assert "Git hook installed" in install(light)
    before = light.snapshot(".git/hooks")
    assert install(light) == ""
    assert light.snapshot(".git/hooks") == before


def test_a_hook_of_precommits_own_is_replaced(light: Clone) -> None:
    hook = light.write(
        ".git/hooks/pre-commit", "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n"
    )
    install(light)
    assert "Written by `invoke setup`" in hook.read_text()
    assert not hook.with_name("pre-commit.legacy").exists()


def test_where_hooks_are_configured_to_be_elsewhere_nothing_is_written_and_it_is_said(light: Clone) -> None:
    light.git("config", "core.hooksPath", "elsewhere")
    assert "core.hooksPath" in install(light)
    assert not (light.root / "elsewhere").exists()
    assert not (light.root / ".git" / "hooks" / "pre-commit").exists()


def test_without_a_repository_it_is_said_that_there_are_no_hooks(unpacked: Clone) -> None:
    unpacked.task("venv")
    assert "No git hooks: this is no git clone" in install(unpacked)


def test_without_git_it_is_said_that_there_are_no_hooks(light: Clone, tmp_path: Path) -> None:
    assert "No git hooks: git is not on the PATH" in install(light, PATH=str(tmp_path))


def test_setup_without_hooks_leaves_git_alone(clone: Clone, with_uv: dict[str, str]) -> None:
    before = clone.snapshot(".git")
    clone.task("setup", "--no-hooks", env=with_uv)
    assert clone.snapshot(".git") == before


@pytest.mark.skipif(WINDOWS, reason="Windows has no such right")
def test_the_hook_may_be_executed(light: Clone) -> None:
    install(light)
    assert os.access(light.root / ".git" / "hooks" / "pre-commit", os.X_OK)
