"""`build` refuses what lacks something or doesn't work; what git ignores doesn't matter."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.template.support import Repository
from tooling import processes, project
from tooling.checks import distributions
from tooling.environment import setup

P = project.PACKAGE


@pytest.fixture
def built(clone: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clone in which `build` works with our tools."""
    python = project.program("python")
    run = processes.run
    monkeypatch.setattr(setup, "python", lambda: python)
    monkeypatch.setattr(project, "ROOT", clone.root)

    def run_there(
        command: list[str | Path], cwd: Path = clone.root, env: Mapping[str, str] = {}
    ) -> processes.Done:
        return run(command, cwd=cwd, env=env)

    monkeypatch.setattr(processes, "run", run_there)
    return clone


def test_what_git_ignores_and_what_manifest_in_names_is_no_problem(
    built: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    built.write(f"{P}/.DS_Store", "")
    built.write(f"{P}/.ipynb_checkpoints/data-checkpoint.py", "")
    built.append("MANIFEST.in", "include CHANGELOG.md\n")
    distributions.build()
    sdist, wheel = sorted((built.root / "dist").iterdir(), key=lambda path: path.suffix)
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("CHANGELOG.md") for name in archive.getnames())
    with zipfile.ZipFile(wheel) as archive:
        assert not any("/." in name for name in archive.namelist())
    distributions.clean(False)
    assert not (built.root / "dist").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            "setup.py",
            "__main__:run",
            "__main__:gone",
            f"{P}.__main__:gone, an entry point in setup.py",
        ),
        ("setup.py", '"datasets/*.csv"', "", f"The wheel lacks {P}/datasets/projects.csv."),
        ("MANIFEST.in", "prune tests", "exclude README.md", "Nothing was built. Fix setup.py"),
        ("MANIFEST.in", "prune tests", "include secret.env", "The sdist holds secret.env"),
        ("setup.py", "version=", "version=nonsense", "Nothing was built. Fix setup.py"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    built: Repository,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    problem: str,
) -> None:
    built.write("secret.env", "")
    built.append(".gitignore", "secret.env\n")
    assert old in built.read(file)
    built.write(file, built.read(file).replace(old, new))
    with pytest.raises(SystemExit):
        distributions.build()
    assert problem in capsys.readouterr().err
    assert not (built.root / "dist").exists()


def test_without_git_what_is_shipped_is_not_compared(
    built: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(built.root / ".git")
    distributions.build()
    assert len(list((built.root / "dist").iterdir())) == 2
    assert "this is no repository" in capsys.readouterr().out


@pytest.mark.parametrize("time", ["soon", "-1", "1e9", "99999999999"])
def test_a_time_that_is_none_is_a_sentence(
    time: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", time)
    with pytest.raises(SystemExit):
        distributions.made(tmp_path, tmp_path / "dist")
    assert f"not “{time}”. Unset it." in capsys.readouterr().err


def test_the_bytes_are_the_same_whoever_builds_when_and_where(
    built: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = distributions.made(built.root, tmp_path / "one" / "dist")
    other = Path(shutil.copytree(built.root, tmp_path / "a longer path" / "clone"))
    for path in (*other.glob("*"), *(other / P).rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    sdist, wheel = second = distributions.made(other, tmp_path / "two" / "dist")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with tarfile.open(sdist) as archive:
        assert {(each.mtime, each.uid, each.uname) for each in archive} == {(1_700_000_000, 0, "")}
        assert {each.mode for each in archive} == {0o755, 0o644}
    with zipfile.ZipFile(wheel) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
