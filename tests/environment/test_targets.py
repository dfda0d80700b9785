"""`targets` tells which lock can't be installed on which system and Python, and what closes the gap."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests import index, small
from tests.support import Clone
from tooling import targets

NEWEST = targets.PYTHONS[-1]
FILES = [
    index.wheel("alpha", "1.0", "only-windows; sys_platform == 'win32'", "only-mac; sys_platform == 'darwin'"),
    index.wheel("only-windows", "1.0"),
    index.wheel("only-mac", "1.0"),
    index.wheel("beta", "1.0", tag="py3-none-manylinux_2_17_x86_64"),
    index.wheel("beta", "1.0", tag="py3-none-manylinux_2_17_aarch64"),
    index.wheel("beta", "1.0", tag="py3-none-win_amd64"),
    index.wheel("beta", "1.0", tag="py3-none-macosx_11_0_universal2"),
    index.wheel("gamma", "1.0", requires_python=f"!={NEWEST}.*"),
    index.wheel("delta", "1.0", tag="py3-none-manylinux_2_17_x86_64"),
]
ALL = "alpha\nonly-windows\nonly-mac\nbeta\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A small project that can be installed everywhere."""
    with small.made(tmp_path_factory.mktemp("targets"), FILES, with_uv, ALL) as clone:
        yield clone


@pytest.fixture
def project(made: Clone) -> Iterator[Clone]:
    """The same; what a test does to its files is undone."""
    kept = {path: path.read_bytes() for path in made.root.glob("requirements*")}
    yield made
    for path, content in kept.items():
        path.write_bytes(content)


def table(output: str) -> dict[str, str]:
    """Give the marks of each row of the table that is in an output: "✓✓✗✓"."""
    rows = re.findall(r"^(\w+ +\S+ \S+) +([✓✗][✓✗ ]*)$", output, re.MULTILINE)
    return {re.sub(" +", "  ", name, count=1): marks.replace(" ", "") for name, marks in rows}


def rows(mark: dict[str, str]) -> dict[str, str]:
    """Give the rows of production, all of ticks but for those in `mark`."""
    ticks = "✓" * len(targets.PYTHONS)
    return {f"prod  {system}": mark.get(system, ticks) for system in targets.SYSTEMS}


def test_a_lock_that_can_be_installed_everywhere_has_ticks_alone(project: Clone) -> None:
    done = project.task("targets", "--layer", "prod")
    assert table(done.stdout) == rows({})
    assert done.stdout.endswith("Each lock can be installed on all of them.\n")


def test_what_one_system_alone_needs_is_named_where_it_lacks_with_who_needs_it(project: Clone) -> None:
    project.write("requirements.txt", "alpha\nbeta\nonly-mac\n")
    project.task("freeze")
    done = project.task("targets", "--layer", "prod", ok=False)
    assert done.returncode == 1
    assert table(done.stdout) == rows({"Windows x86-64": "✗" * len(targets.PYTHONS)})
    assert done.stderr == (
        f"prod, Windows x86-64, Python {', '.join(targets.PYTHONS)}: the lock lacks only-windows (alpha needs it). "
        "Name only-windows in requirements-prod.in, then: python3 tasks.py freeze\n"
    )
    project.write("requirements-prod.in", "only-windows\n")
    try:
        project.task("freeze")
        assert table(project.task("targets", "--layer", "prod").stdout) == rows({})
    finally:
        (project.root / "requirements-prod.in").unlink()


@pytest.mark.parametrize(
    ("requirement", "marks", "said"),
    [
        (
            "gamma",
            {system: "✓" * (len(targets.PYTHONS) - 1) + "✗" for system in targets.SYSTEMS},
            f"Python {NEWEST}: gamma 1.0 needs Python!={NEWEST}.*",
        ),
        (
            "delta",
            {system: "✗" * len(targets.PYTHONS) for system in targets.SYSTEMS if system != "Linux x86-64"},
            "delta 1.0 has no wheel for it.",
        ),
    ],
)
def test_where_there_is_no_wheel_or_the_python_is_excluded_the_package_is_named(
    project: Clone, requirement: str, marks: dict[str, str], said: str
) -> None:
    project.write("requirements.txt", requirement + "\n")
    project.task("freeze")
    done = project.task("targets", "--layer", "prod", ok=False)
    assert done.returncode == 1
    assert table(done.stdout) == rows(marks)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_hash_that_no_file_for_the_system_has_is_a_gap(project: Clone) -> None:
    lock = project.root / "requirements-prod.txt"
    windows = next(file for file in FILES if file.name.endswith("win_amd64.whl"))
    text = lock.read_text(encoding="utf-8").replace(windows.sha256, "0" * 64)
    project.write(lock.name, text)
    done = project.task("targets", "--layer", "prod", ok=False)
    assert table(done.stdout) == rows({"Windows x86-64": "✗" * len(targets.PYTHONS)})
    assert "the index has no file of beta 1.0 with a hash that the lock has." in done.stderr
    assert "tasks.py freeze --package beta" in done.stderr


def test_where_no_index_answers_that_is_said_and_no_gap(project: Clone) -> None:
    env = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_RETRIES": "0", "UV_NO_CACHE": "1"}
    done = project.task("targets", "--layer", "prod", ok=False, env=env)
    assert done.returncode == 1
    assert done.stderr.startswith("No index answers (")
    assert len(done.stderr.splitlines()) == 1
    assert "✗" not in done.stdout


def test_a_layer_that_is_not_there_is_named(project: Clone) -> None:
    assert "There is no requirements-nope.txt" in project.task("targets", "--layer", "nope", ok=False).stderr


@pytest.mark.usefixtures("online")
def test_the_projects_own_locks_serve_all_that_they_are_for(ready: Clone) -> None:
    done = ready.task("targets", ok=False)
    assert done.returncode == 0, done.stdout + done.stderr
    marks = table(done.stdout)
    assert len(marks) == len(targets.SYSTEMS) * len(list(ready.root.glob("requirements-*.txt")))
    assert set("".join(marks.values())) == {"✓"}


@pytest.mark.usefixtures("online")
def test_without_colorama_windows_is_red(own: Clone) -> None:
    for path in own.root.glob("requirements-*.in"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        own.write(path.name, "".join(line for line in lines if not line.startswith("colorama")))
    own.task("freeze")
    assert "colorama" not in own.locked("dev")
    done = own.task("targets", "--layer", "dev", ok=False)
    assert done.returncode == 1
    ticks = "✓" * len(targets.PYTHONS)
    assert table(done.stdout) == {
        f"dev  {system}": ticks if "Windows" not in system else ticks.replace("✓", "✗") for system in targets.SYSTEMS
    }
    assert "the lock lacks colorama (" in done.stderr
    assert "Add it: python3 tasks.py add colorama --layer dev" in done.stderr
