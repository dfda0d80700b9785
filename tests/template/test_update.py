"""`update` takes the template's changes, renamed, and loses nothing of the user's."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.template import projects
from tests.template.projects import commit, contents, git, run, task, text
from tooling import project
from tooling.starter import record

PACKAGE = project.PACKAGE


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, some changes later."""
    root = projects.copied(projects.template(), tmp_path_factory.mktemp("ahead"))
    processes = text(root, "tooling/processes.py")
    changes: dict[str, str | None] = {
        "tooling/processes.py": processes.replace("import sys", "import sys  # changed"),
        "tooling/checks/quality.py": text(root, "tooling/checks/quality.py") + "# More.\n",
        f"{PACKAGE}/extra.py": f'"""Extra."""\n\nimport {PACKAGE}\n',
        "tests/template/test_more.py": "",
        f"tests/{PACKAGE}/test_data.py": None,
        f"{PACKAGE}/predict.py": text(root, f"{PACKAGE}/predict.py") + "# More.\n",
        "requirements-dev.txt": text(root, "requirements-dev.txt").replace("wheel==", "wheel==1"),
    }
    commit(root, changes)
    return root


def update(root: Path, source: Path, *words: str, ok: bool = True) -> str:
    return task(root, "update", "--source", str(source), *words, ok=ok)


def copy(folder: Path, *options: str) -> Path:
    return projects.copied(projects.project(*options), folder)


def test_what_both_did_is_in_the_outcome(ahead: Path, tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / "churn_lab/deep").mkdir()
    git(root, "mv", "churn_lab/predict.py", "churn_lab/deep/predict.py")
    lock = text(root, "requirements-dev.txt")
    mine: dict[str, str | None] = {
        "churn_lab/own.py": "import churn_lab\n",
        "README.md": text(root, "README.md") + "\n## Mine\n",
        "requirements-dev.txt": lock.replace("wheel==", "wheel==2"),
        "tooling/checks/quality.py": None,
        "tests/churn_lab/test_data.py": "# Mine.\n",
    }
    before = commit(root, mine)

    said = update(root, ahead, "--dry-run")
    assert (git(root, "rev-parse", "HEAD"), git(root, "status", "--porcelain")) == (before, "")
    for line in ("new       churn_lab/extra.py", "changed   tooling/processes.py"):
        assert f"  {line}\n" in said
    assert "Nothing was changed" in said

    said = update(root, ahead)
    assert "import sys  # changed" in text(root, "tooling/processes.py")
    assert text(root, "churn_lab/extra.py").endswith("import churn_lab\n")
    assert text(root, "churn_lab/deep/predict.py").endswith("# More.\n")
    assert text(root, "README.md").endswith("## Mine\n")
    assert text(root, "requirements-dev.txt") == mine["requirements-dev.txt"]
    assert text(root, "tests/churn_lab/test_data.py") == "# Mine.\n"
    assert not (root / "tooling/checks/quality.py").exists()
    assert not (root / "tests/template").exists()
    assert "tooling/checks/quality.py: deleted here, and stays so." in said
    assert "requirements-dev.txt: changed here, and kept. Lock again: " in said
    assert git(root, "rev-parse", "HEAD~1") == before
    assert git(root, "log", "-1", "--format=%an %cn").split() == ["Somebody", "Somebody"]
    assert git(root, "status", "--porcelain") == ""
    made = record.read(root)
    assert (made.source, made.commit) == (str(ahead), git(ahead, "rev-parse", "HEAD"))
    assert "Up to date" in task(root, "update")


def test_a_conflict_is_gits_own(ahead: Path, tmp_path: Path) -> None:
    root = copy(tmp_path)
    mine = text(root, "churn_lab/predict.py") + "# Mine.\n"
    before = commit(root, {"churn_lab/predict.py": mine})
    state = contents(root)
    assert "CONFLICT  churn_lab/predict.py" in update(root, ahead, "--dry-run")
    said = update(root, ahead, ok=False)
    assert "Both you and the template changed churn_lab/predict.py." in said
    assert "git cherry-pick --continue" in said
    assert git(root, "diff", "--name-only", "--diff-filter=U") == "churn_lab/predict.py"
    assert "git waits for you" in update(root, ahead, ok=False)
    git(root, "cherry-pick", "--abort")
    assert (git(root, "rev-parse", "HEAD"), contents(root)) == (before, state)

    update(root, ahead, ok=False)
    (root / "churn_lab/predict.py").write_text(mine)
    git(root, "add", "-A")
    git(root, "-c", "core.editor=true", "cherry-pick", "--continue")
    assert "Up to date" in update(root, ahead)
    assert git(root, "log", "-1", "--format=%s").startswith("Update from the template (")


def test_another_name_and_other_values_come_the_same_way(tmp_path: Path) -> None:
    root = copy(tmp_path)
    commit(root, {"churn_lab/own.py": "from churn_lab import data\n", "CHANGELOG.md": "Mine.\n"})
    said = task(
        root, "update", "--rename", "taxi-lab", "--set", "version=2.0", "--set=license=Proprietary"
    )
    assert "git grep -nw churn_lab" in said
    assert text(root, "taxi_lab/own.py") == "from churn_lab import data\n"
    assert not list((root / "churn_lab").rglob("*.py"))  # Python's own caches may be left
    assert 'name="taxi-lab",\n        version="2.0"' in text(root, "setup.py")
    assert text(root, "CHANGELOG.md") == "Mine.\n"
    assert "All rights reserved" in text(root, "LICENSE")
    assert git(root, "status", "--porcelain") == ""
    made = record.read(root).rename
    assert (made["name"], made["version"], made["author"]) == ("taxi-lab", "2.0", "Zoë Ünal")
    assert "can't be a project's name" in task(root, "update", "--rename", "json", ok=False)
    assert "no version" in task(root, "update", "--set", "version=x", ok=False)
    assert "--set takes KEY=VALUE" in task(root, "update", "--set", "author", ok=False)
    words = task(root, "update", "--set", "color=red", ok=False)
    assert "“color”" in words
    assert "author, email, url, description, version, python, license" in words
    task(root, "update", "--rename", "churn-lab", "--set=version=0.1", "--set=license=MIT")
    changed = contents(root)
    kept = contents(projects.project())
    assert {name for name in kept if changed[name] != kept[name]} == {"CHANGELOG.md"}


def test_a_bare_project_stays_bare_and_a_licence_of_ones_own_stays(
    ahead: Path, tmp_path: Path
) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("Mine.\n")
    root = projects.start(tmp_path, projects.template(), "HEAD", "--bare", f"--license={terms}")
    terms.unlink()
    update(root, ahead)
    assert not (root / "churn_lab/extra.py").exists()
    assert not (root / "churn_lab/predict.py").exists()
    assert text(root, "LICENSE") == "Mine.\n"
    assert "# changed" in text(root, "tooling/processes.py")


def test_nothing_happens_where_it_can_not_be_done(ahead: Path, tmp_path: Path) -> None:
    root = copy(tmp_path)
    plain = Path(shutil.copytree(root, tmp_path / "plain", ignore=lambda *_: [".git"]))
    assert "Nothing is committed here yet" in update(plain, ahead, ok=False)
    assert "no branch, tag or commit" in update(root, ahead, "--to", "nosuch", ok=False)
    assert "No template at" in update(root, tmp_path, ok=False)
    assert "--source ADDRESS" in update(root, root, ok=False)
    (root / "mine.txt").write_text("mine")
    assert "Not committed: mine.txt." in update(root, ahead, ok=False)
    (root / "mine.txt").unlink()
    ignored = projects.copied(ahead, tmp_path / "ignored")
    (ignored / ".env").write_text("theirs")
    git(ignored, "add", "-f", ".env")
    git(ignored, "commit", "-q", "-m", "Ignored")
    (root / ".env").write_text("secret")
    assert "brings .env" in update(root, ignored, ok=False)
    assert text(root, ".env") == "secret"
    nested = projects.copied(root, tmp_path / "nested")
    shutil.rmtree(nested / ".git")
    git(tmp_path / "nested", "init", "-q")
    assert "bigger git repository" in update(nested, ahead, ok=False)


def test_without_a_record_it_says_what_brings_it_back(tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / record.FILE).unlink()
    for folder in (root, projects.template()):
        said = task(folder, "update", ok=False)
        assert f"There is no {record.FILE}" in said
        assert f"git checkout HEAD {record.FILE}" in said
        assert said.count("\n") == 1


def test_an_older_template_is_gone_back_to_only_when_named(ahead: Path, tmp_path: Path) -> None:
    root = copy(tmp_path)
    older = projects.copied(ahead, tmp_path / "older")
    git(older, "branch", "newer")
    git(older, "reset", "-q", "--hard", "HEAD~1")
    update(root, ahead)
    assert "isn't later" in update(root, older, ok=False)
    assert "Committed: Update" in update(root, older, "--to", git(older, "rev-parse", "HEAD"))
    assert "# changed" not in text(root, "tooling/processes.py")


def test_where_a_project_is_from_is_found_without_a_common_history(
    ahead: Path, tmp_path: Path
) -> None:
    # An unpacked ZIP; and the repository that “Use this template” makes, with a commit upon it.
    unpacked = projects.copied(projects.unpacked(), tmp_path / "zip")
    used = projects.copied(projects.unpacked(), tmp_path / "used")
    git(used, "init", "-q")
    commit(used)
    commit(used, {"mine.txt": "mine\n"})
    for root in (unpacked, used):
        task(root, "rename", "lab", *projects.OWN)
        if root == unpacked:
            git(root, "init", "-q")
        commit(root)
        update(root, ahead)
        assert "# changed" in text(root, "tooling/processes.py")
        assert git(root, "status", "--porcelain") == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*record.Record._fields, "version", "name", "bare", "x"]), inner
            )
        ),
        max_leaves=9,
    )
)
@example({"source": "", "commit": "", "contents": "", "rename": {"name": 1}})
@example({"source": "", "commit": "", "contents": "", "rename": {"name": "x"}, "version": 3})
@example({"source": "", "commit": None, "contents": "", "rename": {"name": "x"}})
@example([])
def test_any_json_as_the_record_is_read_or_refused_in_a_sentence(value: object) -> None:
    folder = projects.scratch() / "record"
    folder.mkdir(exist_ok=True)
    (folder / record.FILE).write_text(json.dumps(value), encoding="utf-8")
    try:
        made = record.read(folder)
    except SystemExit as ended:
        assert ended.code == 1
    else:
        assert isinstance(made.commit, str)
        assert isinstance(made.rename["name"], str)


# What git has done when it is killed while it writes: one file new, one half, one gone, its lock.
HALF = """\
for last in "$@"; do :; done
{git} show $last:tooling/processes.py > tooling/processes.py
{git} show $last:churn_lab/extra.py | head -c 9 > churn_lab/extra.py
rm tests/churn_lab/test_data.py
: > .git/index.lock
"""


@pytest.fixture(scope="module")
def undisturbed(ahead: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of an updated project."""
    root = copy(tmp_path_factory.mktemp("undisturbed"))
    update(root, ahead)
    return contents(root)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("asked", ["clone", "worktree", "fetch", "commit-tree", "half", "done"])
def test_killed_at_any_moment_the_next_one_ends_as_undisturbed(
    ahead: Path, undisturbed: dict[str, bytes], tmp_path: Path, asked: str
) -> None:
    root = copy(tmp_path)
    git_of_theirs = shutil.which("git") or ""
    before = {"half": HALF.replace("{git}", git_of_theirs), "done": f'{git_of_theirs} "$@"'}
    word = asked if asked not in before else "cherry-pick"
    (tmp_path / "git").write_text(
        f'#!/bin/sh\ncase " $* " in *" {word} "*)\n{before.get(asked, ":")}\n'
        f'kill -9 $PPID; exit 1\n;; esac\nexec {git_of_theirs} "$@"\n'
    )
    (tmp_path / "git").chmod(0o755)
    words = ("tasks.py", "update", "--source", str(ahead))
    done = run(sys.executable, *words, cwd=root, ok=False, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode, done.stdout
    said = run(sys.executable, *words, cwd=root).stdout
    assert "Up to date" in said if asked == "done" else "Committed" in said
    assert contents(root) == undisturbed
    assert git(root, "status", "--porcelain") == ""
    assert not (root / ".git" / "template-update").exists()


def known_starts() -> list[str]:
    """Return the commits of the past that know `rename`: the first and the last."""
    log = ("log", "--format=%H", "--reverse")
    renames = git(projects.ROOT, *log, "-S", "\ndef rename(", "--", "tasks.py").split()
    gone = git(projects.ROOT, *log, "--diff-filter=D", "--", "tooling/starter.py").split()
    return [renames[0], f"{gone[-1]}~1"] if renames and gone else []


@pytest.mark.parametrize(("which", "options"), [(0, ("--bare",)), (1, ())])
def test_a_project_of_the_past_brings_itself_here_and_goes_on(
    ahead: Path, tmp_path: Path, which: int, options: tuple[str, ...]
) -> None:
    starts = known_starts()
    if not starts:
        pytest.skip("this clone has no history")
    root = projects.start(tmp_path, projects.template(), starts[which], *options)
    own: dict[str, str | None] = {
        "churn_lab/own.py": "ANSWER = 42\n",
        "LICENSE": text(root, "LICENSE") + "\nMine.\n",
        "requirements.txt": text(root, "requirements.txt") + "packaging>=20\n",
    }
    commit(root, own)
    task(root, "update", "--source", str(projects.template()))
    assert git(root, "status", "--porcelain") == ""
    assert "version" not in json.loads(text(root, record.FILE))
    assert "Committed: Update from the template" in update(root, ahead)
    assert json.loads(text(root, record.FILE))["version"] == 2
    for name, mine in own.items():
        assert str(mine).splitlines()[-1] in text(root, name)
    fresh = contents(projects.start(tmp_path / "f", ahead, "HEAD", "--python=>=3.7", *options))
    now = contents(root)
    assert [n for n, body in fresh.items() if n not in (*own, record.FILE) if now[n] != body] == []
    assert {*now} - {*fresh} == {"churn_lab/own.py"}
