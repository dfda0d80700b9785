"""The checks check and change nothing; `test` runs what it is asked for, on all cores."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.template.support import Repository
from tooling import processes, project
from tooling.checks import quality
from tooling.environment import setup

PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
LARGE = "1234567\n" * 200_000
BAD, GOOD = '"""Bad."""\nimport os\nx=1\n', '"""Bad."""\n\nx = 1\n'


@pytest.mark.parametrize(
    ("all_", "arguments", "expected"),
    [
        (False, [], PARALLEL),
        (True, [], [*PARALLEL, "--hypothesis-profile=search", "tests"]),
        (False, ["-k", "x", "-n0"], [*PARALLEL, "-k", "x", "-n0"]),
    ],
)
def test_pytest_gets_its_arguments_and_stays_parallel(
    all_: bool, arguments: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **options: object) -> processes.Done:
        commands.append(command)
        return processes.Done(0)

    monkeypatch.setattr(setup, "python", lambda: "python")
    monkeypatch.setattr(processes, "run", run)
    quality.test(all_, arguments)
    assert commands == [["python", "-m", "pytest", *expected]]


@pytest.fixture
def linted(clone: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clone that has no types and imports to be checked; `lint` runs there with our tools."""
    python = project.program("python")
    run = processes.run
    quick = ("mypy", "deptry")

    def run_there(command: list[str], cwd: Path = clone.root, **options: object) -> processes.Done:
        if any(name in command for name in quick):
            return processes.Done(0)
        return run(command, cwd=cwd, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(setup, "python", lambda: python)
    monkeypatch.setattr(processes, "run", run_there)
    monkeypatch.setattr(project, "ROOT", clone.root)
    for name, value in clone.env.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    clone.git("rm", "-rq", "tooling", "tests", "benchmarks")  # it's about other files
    clone.write("large.csv", LARGE)
    clone.commit()
    return clone


def test_lint_counts_what_is_committed_as_that_and_changes_nothing_without_fix(
    linted: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    quality.lint(False)
    bad = {"end.txt": "no end", "ends.txt": "two\n\n", "space.md": "space \n", "larger.csv": LARGE}
    for name, text in {**bad, "bad.py": BAD}.items():
        linted.write(name, text)
    linted.git("add", *bad)
    before = linted.git("status", "--porcelain")
    with pytest.raises(SystemExit):
        quality.lint(False)
    output, errors = capfd.readouterr()
    for words in ("end.txt:1:no end", "ends.txt:2:", "space.md:1:space", "larger.csv (", "bad.py"):
        assert words in output
    assert "large.csv (" not in output.replace("larger.csv", "")
    assert "modified by this hook" not in output
    assert "What tools can fix: " in errors
    assert {name: linted.read(name) for name in bad} == bad
    assert linted.git("status", "--porcelain") == before
    with pytest.raises(SystemExit):
        quality.lint(True)
    assert "larger.csv (" in capfd.readouterr().out
    linted.git("rm", "-q", "-f", "larger.csv")
    quality.lint(False)
    fixed = {"end.txt": "no end\n", "ends.txt": "two\n", "space.md": "space\n", "bad.py": GOOD}
    assert {name: linted.read(name) for name in fixed} == fixed


def test_without_git_python_files_are_checked(
    linted: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(linted.root / ".git")
    linted.write("bad.py", BAD)
    with pytest.raises(SystemExit):
        quality.lint(False)
    assert "of the others those that git knows" in capfd.readouterr().out
    quality.lint(True)
    assert linted.read("bad.py") == GOOD
