"""`reproduce` proves that all comes out the same twice, and a receipt that it does elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import BASE_PYTHON, ROOT, environment, run
from tests.template.support import WINDOWS, Repository, small
from tooling import project
from tooling.checks import reproduce
from tooling.environment import installer

CALL = (
    "import sys; sys.path.insert(0, '.'); from tooling.checks import reproduce;"
    "reproduce.reproduce(False, '')"
)
ENTRY: dict[str, Any] = {
    "zlib": "1.3",
    "sources": "5",
    "locks": {"requirements-prod.txt": "1"},
    "packages": {"numpy==2.0": "2"},
    "results": {"line 1": "f1 0.95", "line 2": ""},
    "distributions": {"it-0.1.tar.gz": "3"},
}
OTHERS = [
    ("locks", {"requirements-prod.txt": "9"}, "other locks: requirements-prod.txt"),
    ("packages", {"numpy==2.1": "2"}, "other packages: numpy==2.0"),
    ("packages", {"numpy==2.0": "9"}, "other packages: numpy==2.0"),
    ("results", {"line 1": "f1 0.94", "line 2": ""}, "other results: line 1"),
    ("results", {"line 1": "f1 0.95"}, "other results: line 2"),
    ("distributions", {"it-0.1.tar.gz": "9"}, "other distributions: it-0.1.tar.gz"),
]


def test_this_machine_gets_what_the_committed_receipt_says() -> None:
    arguments = ("reproduce", "--json", "--against", "receipt.json")
    done = run(BASE_PYTHON, "tasks.py", *arguments, env=environment())
    (entry,) = json.loads(done.stdout).values()
    kept = json.loads((ROOT / "receipt.json").read_text(encoding="utf-8"))
    assert all(entry["results"] == each["results"] for each in kept.values())
    assert '"f1"' in "".join(entry["results"].values())
    names = {name.partition("==")[0] for name in entry["packages"]}
    assert {"scikit-learn", "numpy", "typer"} <= names


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project with few packages, in git, that uses the environment that runs the tests."""
    if WINDOWS:
        pytest.skip("links need a privilege there")
    clone = small(tmp_path)
    clone.git("init", "-q")
    (clone.root / "receipt.json").unlink(missing_ok=True)
    (clone.root / "venv").symlink_to(sys.prefix, target_is_directory=True)
    return clone


def test_what_depends_on_the_surroundings_is_found(repository: Repository) -> None:
    settings, old = repository.read("pyproject.toml"), f'"{project.DISTRIBUTION} evaluate --json"'
    assert old in settings
    own = """python -c "import click, os; print('é', os.environ['TZ'])\""""
    repository.write("pyproject.toml", settings.replace(old, f"'''{own}'''"))
    program = project.program("python", repository.venv)
    env = {**repository.env, "PATH": f"{program.parent}:{repository.env['PATH']}"}
    done = run(program, "-c", CALL, cwd=repository.root, env=env, ok=False)
    assert "has other results: line 1. It was made by pip" in done.stderr
    assert "- é UTC-14\n+ é UTC\n" in done.stderr
    assert not (repository.root / "receipt.json").exists()


def test_what_came_out_is_written_beside_what_others_got_from_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(reproduce, "_entry", lambda scratch, copy: dict(ENTRY))
    path, another = tmp_path / "receipt.json", "Windows AMD64, Python 3.12"
    for other, kept in (
        ({}, {another, reproduce.PLATFORM}),
        ({"sources": "4"}, {reproduce.PLATFORM}),
    ):
        path.write_text(json.dumps({another: {**ENTRY, **other}}))
        reproduce.reproduce(False, "")
        assert {*json.loads(path.read_text())} == kept
        assert "2  numpy==2.0" in capsys.readouterr().out
    before = path.read_bytes()
    reproduce.reproduce(False, str(path))
    assert "The same as in receipt.json" in capsys.readouterr().out
    path.write_bytes(before.replace(b"0.95", b"0.94"))
    with pytest.raises(SystemExit):
        reproduce.reproduce(False, str(path))
    assert "- f1 0.94\n+ f1 0.95\nreceipt.json has other results" in capsys.readouterr().err
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program --now", "no-such-program"),
        ("python -c 'raise SystemExit(9)'", "failed"),
        ("echo 'it", "No closing quotation"),
        (["echo", "it"], "['echo', 'it']"),
        (" ", "There is no  "),
    ],
)
def test_a_command_that_fails_is_a_sentence(
    command: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        reproduce._output(command, project.ROOT, {})
    errors = capsys.readouterr().err
    assert words in errors
    assert "[tool.reproduce]" in errors


def test_each_variable_of_the_copies_has_two_values() -> None:
    one, other = ({*variables.split()} for _installer, _folder, variables in reproduce._COPIES)
    assert not one & other
    names = ({each.split("=")[0] for each in variables} for variables in (one, other))
    assert next(names) == next(names)


@pytest.mark.parametrize(("part", "value", "words"), OTHERS)
def test_the_first_difference_is_named_and_its_kind(
    part: str, value: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        reproduce.compare(ENTRY, {**ENTRY, part: value}, "It", "Do this.")
    assert f"It has {words}. Do this." in capsys.readouterr().err
    reproduce.compare(ENTRY, dict(ENTRY), "It", "")


@pytest.mark.parametrize(
    ("entries", "ignored"),
    [
        ({reproduce.PLATFORM: ENTRY}, {"zlib", "sources"}),
        ({reproduce.PLATFORM: {**ENTRY, "sources": "6"}}, {"distributions"}),
        ({reproduce.PLATFORM: {**ENTRY, "zlib": "1.2"}}, {"distributions"}),
        ({"Windows AMD64, Python 3.12": ENTRY}, {"packages", "distributions"}),
    ],
)
def test_only_what_must_be_the_same_is_compared(
    entries: dict[str, reproduce.Entry], ignored: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for part, value, words in OTHERS:
        changed = {name: {**entry, part: value} for name, entry in entries.items()}
        there = reproduce.comparable(ENTRY, changed)
        if part in ignored:
            reproduce.compare(ENTRY, there, "It", "")
            assert "alone are compared" in capsys.readouterr().out
        else:
            with pytest.raises(SystemExit):
                reproduce.compare(ENTRY, there, "It", "")
            assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"a": {}}', '{"a": 1}', '"text"', "\0"])
def test_what_is_no_receipt_is_a_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "receipt.json"
    with pytest.raises(SystemExit):
        reproduce.read(path)
    assert "tasks.py reproduce` writes one" in capsys.readouterr().err
    path.write_text(text)
    with pytest.raises(SystemExit):
        reproduce.read(path)
    assert "receipt.json is no receipt" in capsys.readouterr().err


def test_each_installed_file_must_be_as_its_wheel_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = small(tmp_path)
    clone.task("setup")
    assert {name.split("==")[0] for name in installer.digests(clone.venv, tmp_path.name)} == {
        *clone.locked("dev")
    }
    site = project.site_packages(clone.venv)
    for change, words in (
        (lambda: (site / "stray.py").touch(), "stray.py is in no wheel's RECORD"),
        (lambda: (site / "click" / "py.typed").unlink(), "isn't what the RECORD of click"),
        (lambda: (site / "click" / "core.py").write_text("#"), "isn't what the RECORD of click"),
        (lambda: (site / "click" / "core.py").unlink(), "isn't what the RECORD of click"),
    ):
        change()
        with pytest.raises(SystemExit):
            installer.digests(clone.venv, tmp_path.name)
        assert words in capsys.readouterr().err
