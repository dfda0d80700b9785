"""`add` and `remove` edit the hand-written files, lock and install; where that fails, every file is as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import index, small
from tests.support import Clone

FILES = [
    index.wheel("alpha", "1.0"),
    index.wheel("beta", "1.5", "gamma>=1"),
    index.wheel("gamma", "1.0"),
    index.wheel("delta", "1.0", "gamma<1"),
    index.wheel("epsilon", "1.0"),
    index.wheel("epsilon", "2.0", "gamma-extra; extra == 'more'", extras=["more"]),
    index.wheel("gamma-extra", "1.0"),
    index.corrupted(index.wheel("broken", "1.0")),
]
START = "# ours\nalpha>=1.0  # why\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """One small project, with beta added."""
    with small.made(tmp_path_factory.mktemp("small"), FILES, with_uv, START) as clone:
        clone.output = clone.task("add", "beta").stdout
        yield clone


def _files(clone: Clone) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in clone.root.glob("requirements*")}


def test_add_writes_the_version_that_was_chosen_locks_and_installs(project: Clone) -> None:
    assert _files(project)["requirements.txt"].decode() == START + "beta>=1.5\n"
    assert project.locked("prod") == {"alpha": "1.0", "beta": "1.5", "gamma": "1.0"}
    assert project.installed()["gamma"] == "1.0"


def test_what_is_there_already_is_left_alone(project: Clone) -> None:
    before = _files(project)
    assert "nothing to do" in project.task("add", "Beta").stdout
    assert _files(project) == before


@pytest.mark.parametrize("line", ["add nope", "add delta", "add ./folder", "remove gamma", "remove nope"])
def test_on_failure_every_file_is_as_before(project: Clone, line: str) -> None:
    before = _files(project)
    done = project.task(*line.split(), ok=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert _files(project) == before


def test_what_another_package_needs_is_named_with_that_one(project: Clone) -> None:
    assert "beta needs it" in project.task("remove", "gamma", ok=False).stderr


def test_setup_warns_of_an_edit_that_is_not_locked(project: Clone) -> None:
    before = (project.root / "requirements-dev.in").read_text(encoding="utf-8")
    project.append("requirements-dev.in", "delta\n")
    assert "a lock is stale. requirements-dev.in, line" in project.task("setup").stderr
    project.write("requirements-dev.in", before)
    assert "stale" not in project.task("setup").stderr


def test_exactly_into_a_layer_and_out_again_in_another_spelling(project: Clone) -> None:
    before = _files(project)
    project.task("add", "gamma", "--layer", "dev", "--exact")
    assert b"gamma==1.0\n" in _files(project)["requirements-dev.in"]
    project.task("remove", "GAMMA")
    assert _files(project) == before


def test_invoke_takes_several_words_too(project: Clone) -> None:
    before = _files(project)
    project.in_venv("-m", "invoke", "add", "gamma", "Epsilon", "--layer", "dev")
    added = _files(project)["requirements-dev.in"].decode()
    assert "gamma>=1.0\n" in added
    assert "Epsilon>=2.0\n" in added
    assert project.installed()["epsilon"] == "2.0"
    project.in_venv("-m", "invoke", "remove", "gamma", "epsilon")
    assert _files(project) == before


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("epsilon[more]", "epsilon[more]>=2.0\n"),
        ("epsilon<2", "epsilon<2\n"),
        ("epsilon; python_version >= '3.8'", "epsilon>=2.0; python_version >= '3.8'\n"),
    ],
)
def test_extras_markers_and_a_bound_of_the_users_stay(project: Clone, word: str, line: str) -> None:
    before = _files(project)
    project.task("add", word)
    assert line in _files(project)["requirements.txt"].decode()
    assert project.installed()["epsilon"] == ("1.0" if "<2" in word else "2.0")
    assert ("gamma-extra" in project.installed()) == ("more" in word)
    project.task("remove", "epsilon")
    assert _files(project) == before


def test_what_is_not_the_file_that_was_locked_is_not_installed_and_every_file_is_as_before(project: Clone) -> None:
    before, installed = _files(project), project.installed()
    done = project.task("add", "broken", ok=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "All files are as they were." in done.stdout
    assert _files(project) == before
    assert project.installed() == installed


def test_where_no_index_answers_every_file_is_as_before(project: Clone) -> None:
    before = _files(project)
    nowhere = dict.fromkeys(("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), "http://127.0.0.1:9/simple/")
    done = project.task("add", "epsilon", ok=False, env={**nowhere, "PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0"})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert _files(project) == before
