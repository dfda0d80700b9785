"""`update` finds the template and the start of a project in it, and says in a sentence where it can't."""

from __future__ import annotations

import base64
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support import PACKAGE, Clone, run
from tests.template.small_template import RENAME, at, code, commit, head, state, text, update
from tooling import git, record, tree

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")


def recorded(clone: Clone) -> record.Record:
    found = record.read(clone.root)
    assert found
    return found


def record_as(clone: Clone, **values: str) -> None:
    record.write(clone.root, recorded(clone)._replace(**values))  # type: ignore[arg-type]
    commit(clone, {})


class _Private(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted = "Basic " + base64.b64encode(b"me:s3cret").decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="templates"')
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def private(template: Clone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and path of the template behind a password."""
    folder = tmp_path_factory.mktemp("served")
    run("git", "clone", "-q", "--bare", template.root, folder / "template.git")
    run("git", "update-server-info", cwd=folder / "template.git")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Private, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}/template.git"
        server.shutdown()


def test_a_url_with_a_password_works_and_is_neither_shown_nor_recorded(project: Clone, private: str) -> None:
    said = update(project, "--source", f"http://me:s3cret@{private}")
    assert recorded(project).source == f"http://{private}"
    assert text(project, "churn_lab/new.py") == "import churn_lab.train\n"
    assert "s3cret" not in said + project.git("log", "-p", "-1").stdout
    done = project.task("update", "--source", f"http://me:s3cret@{private}", "--to", "nosuch", ok=False)
    assert "nosuch" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_a_wrong_or_missing_password_ends_in_a_sentence_and_no_prompt(project: Clone, private: str) -> None:
    before = state(project)
    for name in ("", "me:wr0ng@"):
        said = update(project, "--source", f"http://{name}{private}", ok=False)
        assert "can't be fetched from http://127.0.0.1" in said
        assert "wr0ng" not in said
    assert state(project) == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:s3cret@example.invalid/a.git", "https://example.invalid/a.git"),
        ("https://t0ken@example.invalid/a.git", "https://example.invalid/a.git"),
        ("http://me:p@ss@example.invalid/a@b", "http://example.invalid/a@b"),
        ("ssh://git@example.invalid/a.git", "ssh://git@example.invalid/a.git"),
        ("ssh://git:s3cret@example.invalid/a.git", "ssh://git@example.invalid/a.git"),
        ("git@example.invalid:a.git", "git@example.invalid:a.git"),
        ("fatal: unable to access 'https://t@x.invalid/': no", "fatal: unable to access 'https://x.invalid/': no"),
        ("/a/path/with@sign", "/a/path/with@sign"),
    ],
)
def test_credentials_are_left_out_of_what_is_shown(text: str, shown: str) -> None:
    assert git.without_credentials(text) == shown


def test_the_address_that_is_recorded_is_one_that_git_can_use(project: Clone) -> None:
    project.git("remote", "set-url", "origin", "ssh://git:s3cret@example.invalid/a.git")
    assert tree.source(project.root) == "ssh://git@example.invalid/a.git"


def test_to_goes_to_a_branch_a_tag_or_a_commit_and_back_again(project: Clone, ahead: Clone) -> None:
    ahead.git("checkout", "-q", "-b", "side", "v1")
    side = commit(ahead, {f"{PACKAGE}/side.py": "side\n"})
    ahead.git("checkout", "-q", "main")
    record_as(project, source=ahead.root.as_uri())
    update(project, "--to", "side")
    assert text(project, "churn_lab/side.py") == "side\n"
    assert recorded(project).commit == side
    said = update(project, ok=False)
    assert "doesn't build on" in said
    assert f"--to {head(ahead)[:7]}" in said
    assert "changes are taken back, too" in update(project, "--to", head(ahead)[:8])
    assert not (project.root / "churn_lab/side.py").exists()
    assert (project.root / "churn_lab/new.py").exists()
    assert "is older than" in update(project, "--to", "v1")
    assert not (project.root / "churn_lab/new.py").exists()
    update(project)
    assert recorded(project).commit == head(ahead)


def test_a_template_that_is_behind_has_nothing_to_take(project: Clone, ahead: Clone) -> None:
    update(project)
    ahead.git("reset", "-q", "--hard", "v1")
    record_as(project, source=str(ahead.root))
    before = state(project)
    assert "Up to date" in update(project)
    assert state(project) == before


def test_a_history_that_only_begins_with_the_templates_files_is_enough(
    template: Clone, project: Clone, tmp_path: Path
) -> None:
    own = at(shutil.copytree(template.root, tmp_path / "own", ignore=shutil.ignore_patterns(".git")))
    run("git", "--work-tree", own.root, "checkout", "-q", "-f", "v1", "--", ".", cwd=template.root)
    template.git("reset", "-q", "--hard")
    shutil.rmtree(own.root / "x", ignore_errors=True)
    own.git("init", "-q", "-b", "main")
    for path in (f"{PACKAGE}/new.py", f"{PACKAGE}/tool.sh"):
        (own.root / path).unlink()
    commit(own, {})
    own.git("remote", "add", "origin", str(own.root))
    own.task(*RENAME)
    commit(own, {"churn_lab/train.py": code("train", last="mine\n")})
    assert "made from the template" in update(own, ok=False)
    update(own, "--source", str(template.root))
    assert text(own, "churn_lab/train.py") == code("train", first="the template's\n", last="mine\n")
    assert recorded(own).commit == head(template)


def test_a_zip_knows_its_start_by_its_files_and_must_be_told_the_source(template: Clone, tmp_path: Path) -> None:
    archive = tmp_path / "v1.zip"
    template.git("archive", "--output", str(archive), "v1")
    shutil.unpack_archive(archive, tmp_path / "churn-lab")
    made = at(tmp_path / "churn-lab")
    made.task(*RENAME)
    said = made.task("update", ok=False).stderr
    assert "git init" in said
    made.git("init", "-q")
    assert "Nothing is committed" in update(made, ok=False)
    commit(made, {})
    assert "--source URL" in update(made, ok=False)
    update(made, "--source", str(template.root))
    assert recorded(made).commit == head(template)
    assert text(made, "churn_lab/new.py") == "import churn_lab.train\n"


def test_commits_before_the_rename_are_the_users(template: Clone, tmp_path: Path) -> None:
    """In a history of its own, with the record at a commit that the template has neither as such nor by its files."""
    run("git", "clone", "-q", template.root, tmp_path / "churn-lab")
    made = at(tmp_path / "churn-lab")
    made.git("checkout", "-q", "--orphan", "own", "v1")
    made.git("commit", "-q", "-m", "As GitHub does it")
    for name in ("main", "v1"):
        made.git(*(("branch", "-q", "-D") if name == "main" else ("tag", "-d")), name)
    made.git("remote", "remove", "origin")
    commit(made, {"mine.txt": "mine\n"})
    made.task(*RENAME)
    commit(made, {})
    update(made, "--source", str(template.root))
    assert text(made, "mine.txt") == "mine\n"
    assert text(made, "churn_lab/new.py") == "import churn_lab.train\n"


def test_it_works_in_a_worktree_from_a_folder_below_its_top(project: Clone) -> None:
    project.git("worktree", "add", "-q", "-b", "other", str(project.root.with_name("other")))
    other = at(project.root.with_name("other"))
    run("git", "status", cwd=other.root)
    before = head(project)
    said = run("python3", "../tasks.py", "update", cwd=other.root / "churn_lab", env=other.env).stdout
    assert "Committed" in said
    assert text(other, "churn_lab/new.py") == "import churn_lab.train\n"
    assert (head(project), project.git("status", "--porcelain").stdout) == (before, "")


def test_what_is_not_committed_stops_it_and_what_git_ignores_does_not(project: Clone) -> None:
    project.write(".env", "ignored\n")
    update(project, "--dry-run")
    project.write("new file.txt", "not tracked\n")
    project.append("README.md", "changed\n")
    before = state(project)
    said = update(project, ok=False)
    assert re.search(r"Not everything is committed: README.md and 1 more.*git stash", said)
    assert state(project) == before


def test_what_can_not_be_had_is_said_and_nothing_changes(project: Clone, ahead: Clone, tmp_path: Path) -> None:
    run("git", "init", "-q", tmp_path / "empty")
    (tmp_path / "other").mkdir()
    other = Clone(tmp_path / "other")
    other.git("init", "-q", "-b", "main")
    commit(other, {"README.md": "# Other\n"})
    commit(ahead, {"tasks.py": "print('nothing')\n"})
    stranger = Clone(shutil.copytree(other.root, tmp_path / "stranger", symlinks=True))
    commit(stranger, {"tasks.py": "def rename(name):\n    pass\n"})
    shutil.copy2(project.root / ".git" / "HEAD", tmp_path / "file")
    before = state(project)
    for arguments, said in (
        (["--source", str(tmp_path / "nowhere")], "can't be fetched"),
        (["--source", str(tmp_path / "empty")], "no commits yet"),
        (["--source", str(other.root)], "no task `rename`"),
        (["--source", str(ahead.root)], "no task `rename`"),
        (["--source", str(stranger.root)], "isn't in the history"),
        (["--source", str(project.root)], "and not the template"),
        (["--to", "nosuch"], "no branch, tag or commit “nosuch”"),
        (["--to=--help"], "no branch, tag or commit “--help”"),
    ):
        assert said in update(project, *arguments, ok=False)
    assert state(project) == before


def test_a_template_that_can_not_be_renamed_so_is_named(project: Clone, ahead: Clone) -> None:
    commit(ahead, {"tasks.py": "def rename():\n    pass\n\n\nraise SystemExit('no such luck')\n"})
    before = state(project)
    said = update(project, "--source", str(ahead.root), ok=False)
    assert f"{head(ahead)[:7]} could not be renamed to churn-lab. It says: no such luck" in said
    assert state(project) == before


def test_the_template_itself_is_told_to_be_renamed_first(template: Clone) -> None:
    done = template.task("update", ok=False)
    assert done.returncode
    assert "rename NAME" in done.stderr
