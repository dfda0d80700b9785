"""`outdated` lists what has a newer release than the locked one, and what holds each back; it changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import index, small
from tests.support import WINDOWS, Clone

OLD = [
    index.wheel("alpha", "1.0"),
    index.wheel("beta", "1.0"),
    index.wheel("gamma", "1.0"),
    index.wheel("delta", "1.0"),
    index.wheel("user", "1.0", "delta<2"),
    index.wheel("epsilon", "1.0"),
    index.wheel("zeta", "1.0", extras=["more"]),
    index.wheel("deep", "1.0"),
]
NEW = [
    *OLD,
    index.wheel("alpha", "1.1", "deep>=1.1"),
    index.wheel("beta", "1.5"),
    index.wheel("beta", "2.0"),
    index.wheel("gamma", "1.1", days=9),
    index.wheel("gamma", "2.0", days=2),
    index.wheel("delta", "2.0"),
    index.wheel("deep", "1.1"),
    index.wheel("epsilon", "1.1rc1"),
    index.wheel("epsilon", "1.1", yanked="broken"),
    index.wheel("epsilon", "1.2", requires_python=">=3.99"),
    index.wheel("epsilon", "1.3", tag="cp27-none-any"),
]
THETA = index.wheel("theta", "1.0", "alpha<2; extra == 'more'", extras=["more"])
REQUIREMENTS = "deep\nalpha\n\nBeta<2  # why\ngamma\ndelta>=1\nuser\nepsilon\nzeta[more]; python_version >= '3.8'\n"
TAKE = "tasks.py freeze --package"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A project that was locked when there were old releases alone."""
    with small.made(tmp_path_factory.mktemp("outdated"), OLD, with_uv, REQUIREMENTS) as clone:
        yield clone


@pytest.fixture
def project(made: Clone) -> Iterator[Clone]:
    """The same; what a test does to its files is undone."""
    kept = {path: path.read_bytes() for path in made.root.iterdir() if path.is_file()}
    env = dict(made.env)
    yield made
    made.env.clear()
    made.env.update(env)
    for path, content in kept.items():
        path.write_bytes(content)


def listed(project: Clone, folder: Path, files: list[index.File], as_json: bool = True, ok: bool = True) -> str:
    """Run the task with an index of `files` and the tools, and give what it prints."""
    with index.serve([*small.tools(), *files], as_json=as_json) as served:
        done = project.task("outdated", env=small.at(served, folder), ok=ok)
    return done.stdout + done.stderr


def rows(printed: str) -> dict[str, tuple[str, str, str]]:
    """Read the table: locked, newest and the last column, by name."""
    table = [re.split(r"  +", line, maxsplit=3) for line in printed.splitlines()]
    assert printed.count("Package  ") == 1
    return {name: (locked, newest, said) for name, locked, newest, said in (row for row in table if len(row) == 4)}


def typed(said: str) -> list[str]:
    """Give the task that is there to type."""
    return said.split("tasks.py ")[-1].split()


def test_each_newer_release_is_listed_with_what_holds_it_back(project: Clone, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in project.root.iterdir() if path.is_file()}
    printed = listed(project, tmp_path, NEW)
    found = rows(printed)
    # Nothing for a pre-release, a withdrawn one, one for another Python or without a fit wheel.
    assert set(found) == {"Package", "alpha", "beta", "gamma", "deep", "delta"}
    assert found["alpha"][:2] == ("1.0", "1.1")
    assert re.fullmatch(rf"\w+ {TAKE} alpha --package deep", found["alpha"][2])
    assert found["beta"][:2] == ("1.0", "2.0")
    assert re.fullmatch(rf"<2 in requirements\.txt, line 4; 1\.5: \w+ {TAKE} beta", found["beta"][2])
    assert found["gamma"][:2] == ("1.0", "2.0")
    held, take = found["gamma"][2].split("; ")
    assert re.fullmatch(rf"the cooldown of 7 days: \w+ {TAKE} gamma --cooldown 0", held)
    assert re.fullmatch(rf"1\.1: \w+ {TAKE} gamma", take)
    assert found["delta"] == ("1.0", "2.0", "user 1.0 needs delta<2")
    assert printed.splitlines()[-1].endswith("tasks.py freeze --upgrade")
    assert {path: path.read_bytes() for path in project.root.iterdir() if path.is_file()} == before


def test_what_it_says_to_type_takes_what_it_says(project: Clone, tmp_path: Path) -> None:
    with index.serve([*small.tools(), *NEW]) as served:
        project.env.update(small.at(served, tmp_path))
        found = rows(project.task("outdated").stdout)
        project.task(*typed(found["alpha"][2]))
        project.task(*typed(found["beta"][2]))
        project.task(*typed(found["gamma"][2].split("; ")[0]))
        locked = project.locked("prod")
        assert [locked[name] for name in ("alpha", "deep", "beta", "gamma")] == ["1.1", "1.1", "1.5", "2.0"]
        printed = project.task("outdated").stdout
        assert set(rows(printed)) == {"Package", "beta", "delta"}
        assert rows(printed)["beta"] == ("1.5", "2.0", "<2 in requirements.txt, line 4")
        assert "--upgrade" not in printed


@pytest.mark.parametrize(
    ("requirements", "files", "said"),
    [
        ("alpha\nbeta\n", [index.wheel("alpha", "2.0", "beta<1")], "alpha 2.0 needs beta<1"),
        (
            "alpha\nbeta<2\n",
            [index.wheel("alpha", "2.0", "between"), index.wheel("between", "1", "beta>=2")],
            "between needs beta>=2",
        ),
        (
            "user\nalpha\n",
            [index.wheel("alpha", "2.0"), index.wheel("user", "2.0", "alpha<2")],
            "user 2.0 needs alpha<2",
        ),
        ("theta[more]\nalpha\n", [index.wheel("alpha", "2.0"), THETA], "theta 1.0 needs alpha<2"),
        ("alpha\n", [index.wheel("alpha", "2.0", "nowhere")], "another requirement"),
        ("alpha\n-c bounds.txt\n", [index.wheel("alpha", "2.0")], "<2 in bounds.txt, line 2"),
        ("alpha>=1\nalpha>=1,!=2\n", [index.wheel("alpha", "2.0")], "!=2 in requirements.txt, line 2"),
        (
            "alpha<2\nalpha<=1\n",
            [index.wheel("alpha", "2.0")],
            "<2 in requirements.txt, line 1, <=1 in requirements.txt, line 2",
        ),
    ],
)
def test_who_forbids_a_release_is_named(
    project: Clone, tmp_path: Path, requirements: str, files: list[index.File], said: str
) -> None:
    project.write("bounds.txt", "# why\nalpha<2\n")
    project.write("requirements.txt", requirements)
    found = rows(listed(project, tmp_path, [*OLD, *files]))
    assert found["alpha"][:2] == ("1.0", "2.0")
    assert found["alpha"][2] == said


def test_what_is_required_from_a_url_or_by_another_system_is_not_listed(project: Clone, tmp_path: Path) -> None:
    with index.serve([*small.tools(), *NEW]) as served:
        url = served.url.replace("/simple/", "/files/alpha-1.0-py3-none-any.whl")
        system = "linux" if WINDOWS else "win32"
        project.write("requirements.txt", f"alpha @ {url}\nbeta; sys_platform == '{system}'\ndelta\n")
        found = rows(project.task("outdated", env=small.at(served, tmp_path)).stdout)
    assert set(found) == {"Package", "delta"}


def test_where_nothing_is_newer_that_is_said(project: Clone, tmp_path: Path) -> None:
    printed = listed(project, tmp_path, OLD)
    assert printed.splitlines()[-1] == "No direct requirement has a newer release than the one that is locked."


def test_without_a_cooldown_young_releases_are_there_to_take(project: Clone, tmp_path: Path) -> None:
    text = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    project.write("pyproject.toml", text.replace("cooldown = 7", "cooldown = 0"))
    for as_json in (True, False):
        found = rows(listed(project, tmp_path / str(as_json), NEW, as_json))
        assert found["gamma"][:2] == ("1.0", "2.0")
        assert found["gamma"][2].endswith(f"{TAKE} gamma")


def test_where_no_upload_times_are_told_the_cooldown_is_unknown(project: Clone, tmp_path: Path) -> None:
    printed = listed(project, tmp_path, NEW, as_json=False)
    found = rows(printed)
    assert found["alpha"][2].startswith("cooldown unknown, as the index tells no upload times: ")
    assert found["alpha"][2].endswith(f"{TAKE} alpha --package deep --cooldown 0")
    assert "; 1.5: cooldown unknown, as" in found["beta"][2]
    assert found["delta"][2] == "user 1.0 needs delta<2"
    assert "--upgrade" not in printed  # it would end with an error


def test_of_two_indexes_only_the_one_without_upload_times_has_an_unknown_cooldown(
    project: Clone, tmp_path: Path
) -> None:
    times = [file for file in NEW if not file.name.startswith("alpha")]
    without = [file for file in NEW if file.name.startswith("alpha")]
    with index.serve([*small.tools(), *times]) as served, index.serve(without, as_json=False) as extra:
        done = project.task("outdated", env={**small.at(served, tmp_path), "PIP_EXTRA_INDEX_URL": extra.url})
    found = rows(done.stdout)
    assert found["alpha"][2].startswith("cooldown unknown")
    assert found["gamma"][2].startswith("the cooldown of 7 days: ")
    assert "unknown" not in found["beta"][2]


def test_a_bound_that_the_cooldown_leaves_nothing_of_does_not_hide_the_rest(project: Clone, tmp_path: Path) -> None:
    project.write("requirements.txt", "alpha\ngamma>=2\n")
    printed = listed(project, tmp_path, NEW)
    found = rows(printed)
    assert found["alpha"][2].endswith(f"{TAKE} alpha")
    assert found["gamma"][2].startswith("the cooldown of 7 days: ")
    assert "--upgrade" not in printed


def test_a_package_whose_releases_were_all_withdrawn_does_not_hide_the_rest(project: Clone, tmp_path: Path) -> None:
    project.write("requirements.txt", "alpha\nepsilon==1.0\n")
    withdrawn = [replace(file, yanked="broken") if file.name.startswith("epsilon") else file for file in NEW]
    assert set(rows(listed(project, tmp_path, withdrawn))) == {"Package", "alpha"}


def test_a_pre_release_that_is_asked_for_counts(project: Clone, tmp_path: Path) -> None:
    project.write("requirements.txt", "alpha\nepsilon>=1.1rc1\n")
    found = rows(listed(project, tmp_path, NEW))
    assert found["epsilon"][:2] == ("1.0", "1.1rc1")
    assert found["alpha"][2].endswith(f"{TAKE} alpha")


def test_where_no_index_answers_it_ends_with_a_sentence(project: Clone, tmp_path: Path) -> None:
    with index.serve([]) as served:
        env = {**small.at(served, tmp_path), "UV_HTTP_RETRIES": "0", "PIP_RETRIES": "0"}
    done = project.task("outdated", env=env, ok=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No index answers (")
    assert len(done.stderr.splitlines()) == 1
    assert served.url not in done.stderr
    assert "Package" not in done.stdout


def test_requirements_that_do_not_go_together_are_explained(project: Clone, tmp_path: Path) -> None:
    project.write("requirements.txt", "delta>=2\nuser\n")
    printed = listed(project, tmp_path, NEW, ok=False)
    assert "user (requirements.txt, line 2) needs delta<2" in printed


def test_packages_that_go_up_together_alone_are_named_together(project: Clone, tmp_path: Path) -> None:
    together = [index.wheel("alpha", "3.0", "gamma>=3"), index.wheel("gamma", "3.0", "alpha>=3")]
    with index.serve([*small.tools(), *OLD, *together]) as served:
        project.env.update(small.at(served, tmp_path))
        found = rows(project.task("outdated").stdout)
        assert found["gamma"][2].endswith(f"{TAKE} gamma --package alpha")
        assert found["alpha"][2].endswith(f"{TAKE} alpha --package gamma")
        project.task(*typed(found["alpha"][2]))
    assert [project.locked("prod")[name] for name in ("alpha", "gamma")] == ["3.0", "3.0"]
