"""Each commit is checked with the locked tools, from any shell; nobody's own hook is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, Clone, run
from tests.template.support import Repository, script, whole

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")
BAD = "import os\nx=1\n"  # an unused import, and not as ruff formats it
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n"
INSTALL = "from tooling.environment import setup; setup.use_hook()"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A whole clone that is set up, in which this file's tests commit."""
    clone = whole(tmp_path_factory.mktemp("hook"), git=True)
    assert "Git hook in use" in clone.task("setup").stdout
    return clone


def install(clone: Clone, **variables: str) -> str:
    """Install the hook alone, as set-up does; return what it says."""
    env = {**clone.env, **variables}
    done = run(BASE_PYTHON, "-c", INSTALL, cwd=clone.root, env=env)
    return done.stdout + done.stderr


def commit(clone: Repository, **variables: str) -> tuple[int, str]:
    """Commit all there is from a shell in which venv/ isn't activated."""
    clone.git("add", "-A")
    env = {**clone.env, **variables}
    done = run("git", "commit", "-m", "A change", cwd=clone.root, env=env, ok=False)
    return done.returncode, done.stdout + done.stderr


def test_commits_are_checked_from_a_shell_without_the_environment(
    repo: Repository, tmp_path: Path
) -> None:
    before = repo.git("rev-parse", "HEAD")
    repo.write("more.py", '"""More."""\n')
    code, words = commit(repo)
    assert code == 0, words
    assert "ruff check" in words
    repo.git("reset", "-q", "--hard", before)
    for name in ("ruff", "pre-commit"):  # not what the PATH holds
        script(tmp_path / name, "exit 0")
    for name, text, hook in (
        ("bad.py", BAD, "ruff check"),
        ("space.md", "a line \n", "trailing white space"),
        ("end.md", "no end", "end of file"),
        ("conflict.md", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n", "merge conflicts"),
        ("key.pem", KEY, "private keys"),
        ("bad.yaml", "a: [\n", "YAML"),
        ("bad.toml", "a = \n", "TOML"),
        ("large.bin", "0" * 1_100_000 + "\n", "large files"),
        (".github/workflows/bad.yml", "on: push\njobs: 3\n", "CI workflows"),
    ):
        repo.write(name, text)
        code, words = commit(repo, PATH=os.pathsep.join([str(tmp_path), repo.env["PATH"]]))
        (line,) = (line for line in words.splitlines() if line.startswith(hook))
        assert code, name
        assert line.endswith("Failed"), words
        assert repo.git("rev-parse", "HEAD") == before
        repo.git("reset", "-q", "--hard")


def test_a_worktree_has_an_environment_of_its_own(repo: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "worktree", repo.env)
    repo.git("worktree", "add", "-q", "--detach", other.root)
    other.write("more.py", '"""More."""\n')
    code, words = commit(other)
    assert code
    assert "No environment in venv/" in words
    assert "python3 tasks.py setup" in words
    assert install(other) == ""  # it is there
    repo.git("worktree", "remove", "--force", other.root)


def test_nobodys_own_hook_is_lost(clone: Repository) -> None:
    hook = clone.write(".git/hooks/pre-commit", "#!/bin/sh\necho my own hook\n")
    assert "or another hook" in install(clone)
    assert "my own hook" in hook.read_text()
    assert (
        run("git", "config", "core.hooksPath", cwd=clone.root, env=clone.env, ok=False).stdout == ""
    )
    hook.unlink()
    assert "Git hook in use" in install(clone)
    assert clone.git("config", "core.hooksPath") == ".githooks"
    before = clone.files(".git/hooks")
    assert install(clone) == ""
    assert clone.files(".git/hooks") == before


def test_where_no_hook_can_be_used_it_is_said_how(clone: Repository, tmp_path: Path) -> None:
    clone.git("config", "core.hooksPath", "elsewhere")
    assert "or another hook" in install(clone)
    assert not (clone.root / "elsewhere").exists()
    clone.git("config", "--unset", "core.hooksPath")
    (tmp_path / "bin").mkdir()
    assert "there is no git" in install(clone, PATH=str(tmp_path / "bin"))
    shutil.rmtree(clone.root / ".git")
    assert "no repository of this folder's own" in install(clone)


def test_setup_without_hooks_leaves_git_alone(clone: Repository) -> None:
    before = clone.files(".git")
    clone.task("venv")
    clone.task("setup", "--no-hooks", "--layer", "prod")
    assert clone.files(".git") == before
