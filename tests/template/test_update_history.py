"""Projects made from any earlier commit of this repository are brought up to date, and their own tests pass."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, Clone, copy_tree, run
from tests.template.small_template import commit, head, text
from tooling import quality, record


def starts() -> list[str]:
    """List the commits here that know `rename`, newest first; in CI only the first and the last of them."""
    if not ((ROOT / ".git").exists() and shutil.which("git")):
        return []
    commits = run("git", "rev-list", "HEAD", "--", ok=False).stdout.split()
    known = [
        each
        for each in commits
        if "\ndef rename(" in run("git", "cat-file", "blob", f"{each}:tasks.py", ok=False).stdout
    ]
    return [known[0], known[-1]] if os.environ.get("CI") and known[1:] else known


STARTS = starts()


@pytest.fixture(scope="module")
def whole_template(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone of this repository, with a commit of the working tree as it stands upon its history."""
    folder = tmp_path_factory.mktemp("history") / "template"
    run("git", "clone", "-q", ROOT, folder)
    made = Clone(folder)
    made.git("checkout", "-q", "-B", "main")
    for path in folder.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy_tree(folder)
    commit(made, {})
    return made


@pytest.fixture(scope="module")
def place(whole_template: Clone, tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """A clone in which one project is made after the other, so that they share an environment."""
    folder = tmp_path_factory.mktemp("projects") / "churn lab é"
    run("git", "clone", "-q", whole_template.root, folder)
    made = Clone(folder)
    made.env.update(with_uv)
    return made


@pytest.mark.skipif(not shutil.which("git"), reason="git is not on the PATH")
@pytest.mark.skipif((ROOT / ".git" / "shallow").exists(), reason="a shallow clone has no earlier commits")
@pytest.mark.parametrize("start", STARTS or [pytest.param("", marks=pytest.mark.skip(reason="there is no history"))])
def test_a_project_from_this_commit_is_brought_up_to_date(whole_template: Clone, place: Clone, start: str) -> None:
    place.git("checkout", "-q", "-f", "-B", "main", start)
    place.git("clean", "-q", "-f", "-d", "-x", "-e", "venv")
    place.task("rename", "churn-lab", "--author=Me", "--email=", "--year=2031", "--no-setup")
    own = {
        "churn_lab/own.py": '"""Mine."""\n\nANSWER = 42\n',
        "tests/churn_lab/test_own.py": "from churn_lab.own import ANSWER\n\n\ndef test() -> None:\n    assert ANSWER\n",
        "README.md": text(place, "README.md") + "\n## Mine\n\nMine.\n",
        "requirements.txt": text(place, "requirements.txt") + "packaging>=20\n",
    }
    commit(place, own)
    place.task("update")
    now = record.read(place.root)
    assert now
    assert now.commit == head(whole_template)
    for name, mine in own.items():
        assert mine.splitlines()[-1] in text(place, name)
    assert place.git("status", "--porcelain").stdout == ""

    again = Clone(Path(shutil.copytree(whole_template.root, place.root.with_name("anew"), dirs_exist_ok=True)))
    again.git("checkout", "-q", "-f", "main")
    again.git("clean", "-q", "-f", "-d")
    again.task("rename", "churn-lab", "--author=Me", "--email=", "--year=2031", "--no-setup")
    for each in (place, again):  # what a name's place in the alphabet decides, whenever it was tidied
        quality.tidy(each.root, Path(sys.executable).with_name("ruff"))
    for path in again.git("ls-files", "-co", "--exclude-standard").stdout.split():
        if (again.root / path).is_file() and path not in (*own, record.FILE):
            assert (place.root / path).read_bytes() == (again.root / path).read_bytes(), path
    shutil.rmtree(again.root)

    place.task("setup")
    done = place.task("test", "--fast")
    assert " passed" in done.stdout
    place.in_venv("-c", "import churn_lab.own, churn_lab.main")
