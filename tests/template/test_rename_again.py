"""A project that has a name of its own can be given another: tokens and what was given change, nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support import Clone, copy_tree
from tests.template.test_rename import ME, contents, imports_only_what_is_there, leftovers, rename
from tooling import record


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this working tree, for copying."""
    return copy_tree(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Clone:
    """A fresh copy without git, nothing set up."""
    return Clone(shutil.copytree(pristine, tmp_path / "clone", symlinks=True))


def test_what_is_the_users_by_now_stays(project: Clone) -> None:
    rename(project, "churn-lab", *ME)
    project.append("CHANGELOG.md", "\n- churn-lab learned to count.\n")
    project.write("README.md", "# Churn Lab\n\nMine.\n\n## What it costs\n\n    churn-lab predict\n")
    project.write("LICENSE", "Mine.\n")
    project.write("benchmarks/mine.py", "from churn_lab import data\n")
    rename(project, "taxi", "--version=0.2")
    assert (project.root / "README.md").read_text() == "# Taxi\n\nMine.\n\n## What it costs\n\n    taxi predict\n"
    assert (project.root / "CHANGELOG.md").read_text().endswith("\n- taxi learned to count.\n")
    assert (project.root / "LICENSE").read_text() == "Mine.\n"
    assert (project.root / "benchmarks/mine.py").read_text() == "from taxi import data\n"
    setup = (project.root / "setup.py").read_text(encoding="utf-8")
    assert 'version="0.2"' in setup
    assert 'author="Zoë Ünal"' in setup
    found = record.read(project.root)
    assert found
    assert (found.rename["name"], found.rename["version"], found.rename["year"]) == ("taxi", "0.2", "2031")
    assert leftovers(project.root, ["churn-lab", "churn_lab", "Churn Lab"]) == []


def test_there_and_back_is_the_same(project: Clone) -> None:
    rename(project, "churn-lab", *ME)
    before = contents(project.root)
    rename(project, "taxi-rides")
    rename(project, "churn-lab")
    assert contents(project.root) == before


@pytest.mark.parametrize("word", ["a", "data", "model", "predict"])
def test_an_ordinary_word_is_replaced_only_where_it_means_the_project(project: Clone, word: str) -> None:
    rename(project, word, *ME)
    before = contents(project.root)
    said = rename(project, "churn-lab")
    assert re.search(rf"Left alone: \d+ places where “{word}” may be an ordinary word", said)
    assert imports_only_what_is_there(project.root)
    after = contents(project.root)
    # Not one line of the tooling changes but the one that has the name.
    for name in before:
        if name.startswith("tooling/") and name != "tooling/project.py":
            assert after[name] == before[name], name
    code = "\n".join(content.decode() for name, content in after.items() if name.endswith(".py"))
    assert not re.search(rf"^(from {word}\b|import {word}\b)", code, re.MULTILINE)
    assert f'name="{word}"' not in code
    assert 'entry_points={"console_scripts": ["churn-lab = churn_lab.__main__:run"]}' in code
    readme = after["README.md"].decode()
    assert readme.startswith("# Churn Lab\n")
    assert "    $ churn-lab evaluate\n" in readme
    assert "\nchurn_lab/ " in readme
    assert "\ntests/churn_lab/ " in readme


def test_the_same_name_again_changes_nothing(project: Clone) -> None:
    rename(project, "churn-lab", *ME)
    before = contents(project.root)
    assert "nothing to change" in rename(project, "churn-lab")
    assert contents(project.root) == before


def test_bare_is_for_the_first_time(project: Clone) -> None:
    rename(project, "churn-lab", *ME)
    assert "first rename" in rename(project, "taxi", "--bare", ok=False)


def test_an_odd_state_is_said_in_a_sentence(project: Clone) -> None:
    rename(project, "churn-lab", *ME)
    (project.root / record.FILE).unlink()
    assert record.FILE in rename(project, "taxi", ok=False)
    (project.root / record.FILE).write_text("{")
    assert "damaged" in rename(project, "taxi", ok=False)
    (project.root / record.FILE).unlink()
    shutil.rmtree(project.root / "churn_lab")
    assert "churn_lab/" in rename(project, "taxi", ok=False)
