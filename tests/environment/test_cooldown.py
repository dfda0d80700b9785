"""`freeze --upgrade` and `--package` take only releases of a certain age, and say what they hold back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import index, small
from tests.support import Clone

OLD = [index.wheel("alpha", "1.0"), index.wheel("beta", "1.0", "gamma"), index.wheel("gamma", "1.0")]
NEW = [
    *OLD,
    index.wheel("alpha", "1.1", days=8),
    index.wheel("alpha", "2.0", days=6),
    index.wheel("beta", "1.1", "gamma>=1.1", days=30),
    index.wheel("gamma", "1.1", days=20),
    index.wheel("gamma", "1.2", days=9, yanked="broken"),
    index.wheel("gamma", "1.3rc1", days=9),
    index.wheel("gamma", "2.0", days=0.01),
]


def timeless() -> list[index.File]:
    """The new releases, of which nobody knows when they were uploaded."""
    return [replace(file, days=None) for file in [*small.tools(), *NEW]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A project that was locked when there were old releases alone."""
    with small.made(tmp_path_factory.mktemp("cooldown"), OLD, with_uv, "alpha\nbeta\n") as clone:
        yield clone


@pytest.fixture
def project(made: Clone, tmp_path: Path) -> Iterator[Clone]:
    """The same, now that there are new releases; what a test does to its files is undone."""
    kept = {path: path.read_bytes() for path in made.root.iterdir() if path.is_file()}
    env = dict(made.env)
    with index.serve([*small.tools(), *NEW]) as served:
        made.env.update(small.at(served, tmp_path))
        yield made
    made.env.clear()
    made.env.update(env)
    for path, content in kept.items():
        path.write_bytes(content)


def test_an_upgrade_takes_what_is_a_week_old_and_says_what_it_holds_back(project: Clone) -> None:
    done = project.task("freeze", "--upgrade")
    assert project.locked("prod") == {"alpha": "1.1", "beta": "1.1", "gamma": "1.1"}
    assert "Held back, as they are not 7 days old: alpha 2.0, gamma 2.0\n" in done.stdout
    assert "tasks.py freeze --package alpha --cooldown 0\n" in done.stdout


@pytest.mark.parametrize(
    ("days", "alpha", "held"), [("5", "2.0", "gamma 2.0"), ("0", "2.0", ""), ("100", "1.0", "alpha 2.0, beta 1.1,")]
)
def test_another_age_is_chosen_by_option(project: Clone, days: str, alpha: str, held: str) -> None:
    done = project.task("freeze", "--upgrade", "--cooldown", days)
    assert project.locked("prod")["alpha"] == alpha
    assert held in done.stdout
    assert ("Held back" in done.stdout) == bool(held)


def test_another_age_is_set_in_pyproject_toml(project: Clone) -> None:
    text = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    project.write("pyproject.toml", text.replace("cooldown = 7", "cooldown = 0"))
    project.task("freeze", "--upgrade")
    assert project.locked("prod")["gamma"] == "2.0"
    project.write("pyproject.toml", text.replace("cooldown = 7", 'cooldown = "soon"'))
    assert "takes a number of days" in project.task("freeze", "--upgrade", ok=False).stderr


def test_one_package_is_upgraded_with_the_same_care_and_a_young_one_that_is_locked_stays(project: Clone) -> None:
    done = project.task("freeze", "--package", "alpha")
    assert project.locked("prod") == {"alpha": "1.1", "beta": "1.0", "gamma": "1.0"}
    assert "alpha 2.0" in done.stdout
    project.task("freeze", "--package", "alpha", "--cooldown", "0")
    assert project.locked("prod")["alpha"] == "2.0"
    for line in ("freeze", "freeze --package alpha", "freeze --upgrade"):
        project.task(*line.split())
        assert project.locked("prod")["alpha"] == "2.0", line
    assert project.locked("prod")["gamma"] == "1.1"


def test_what_an_upgraded_package_brings_along_is_old_enough_too(project: Clone) -> None:
    project.task("freeze", "--package", "beta")
    assert project.locked("prod") == {"alpha": "1.0", "beta": "1.1", "gamma": "1.1"}


def test_what_is_too_young_altogether_is_named_with_its_date(project: Clone) -> None:
    before = (project.root / "requirements-prod.txt").read_bytes()
    project.write("requirements.txt", "alpha>=2\n")
    done = project.task("freeze", "--upgrade", ok=False)
    assert done.returncode == 1
    assert "No release of alpha that fits is 7 days old: 2.0 is of 20" in done.stderr
    assert "freeze --package alpha --cooldown 0" in done.stderr
    assert (project.root / "requirements-prod.txt").read_bytes() == before
    for line in ("freeze --package alpha --cooldown 0", "freeze --upgrade"):
        project.task(*line.split())
        assert project.locked("prod") == {"alpha": "2.0"}, line


def test_an_index_that_tells_no_upload_times_is_said_in_a_sentence(project: Clone, tmp_path: Path) -> None:
    before = project.locked("prod")
    for files, as_json in ((timeless(), True), ([*small.tools(), *NEW], False)):
        with index.serve(files, as_json=as_json) as served:
            done = project.task("freeze", "--upgrade", ok=False, env=small.at(served, tmp_path / str(as_json)))
        assert done.returncode == 1
        assert "doesn't tell when" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert project.locked("prod") == before


def test_without_a_cooldown_such_an_index_serves(project: Clone, tmp_path: Path) -> None:
    with index.serve(timeless()) as served:
        project.task("freeze", "--upgrade", "--cooldown", "0", env=small.at(served, tmp_path / "timeless"))
    assert project.locked("prod")["alpha"] == "2.0"


@pytest.mark.parametrize("setting", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"])
def test_a_file_index_has_no_cooldown_and_that_is_said(project: Clone, tmp_path: Path, setting: str) -> None:
    files = [index.wheel("alpha", "3.0"), *(small.tools() if setting == "PIP_INDEX_URL" else [])]
    files += NEW if setting == "PIP_INDEX_URL" else []
    url = index.written(tmp_path / "an index", files)
    place = url.replace("/simple", "/files") if setting == "PIP_FIND_LINKS" else url
    done = project.task("freeze", "--upgrade", env={setting: place})
    assert project.locked("prod")["alpha"] == "3.0"
    assert project.locked("prod")["gamma"] == ("2.0" if setting == "PIP_INDEX_URL" else "1.1")
    assert "No cooldown for what a file: index has, which tells no upload times: alpha" in done.stdout
    assert str(tmp_path) not in done.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("freeze --cooldown 7", "--cooldown goes with --upgrade or --package"),
        ("freeze --upgrade --cooldown soon", "takes a number of days, or 0 for none, not “soon”"),
        ("freeze --upgrade --cooldown -1", "-1"),
        ("freeze --package nope", "No lock has nope"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(project: Clone, line: str, said: str) -> None:
    done = project.task(*line.split(), ok=False)
    assert done.returncode
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
