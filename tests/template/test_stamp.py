"""The stamp in venv/ holds for the environment that was built, and for nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.template.support import WINDOWS
from tooling import start

FILES = [f"requirements-{name}" for name in ("dev.in", "dev.txt", "prod.txt")]
FILES += ["setup.py", "requirements.txt"]
PACKAGES = Path("Lib" if WINDOWS else "lib/python3.12") / "site-packages"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with locks and something like an environment, stamped as built from the layer dev."""
    root = tmp_path / "clone"
    program = root.joinpath("venv", *start.program_names())
    for folder in (program.parent, root / "venv" / PACKAGES / "rich"):
        folder.mkdir(parents=True)
    for name in FILES:
        (root / name).write_text(name)
    if WINDOWS:
        shutil.copyfile(sys.executable, program)
    else:
        program.symlink_to(sys.executable)
    (root / "venv" / PACKAGES / "editable.pth").touch()
    (program.parent / "invoke").touch()
    (root / "venv" / "pyvenv.cfg").write_text(f"home = {root}\n", encoding="utf-8")
    start.write_stamp(start.facts(("dev",), str(root)), str(root))
    return root


def state(root: Path, *layers: str) -> int:
    """Return how far the environment agrees with its stamp."""
    return start.state(layers or ("dev",), str(root))


def test_what_was_stamped_agrees_with_it_and_by_a_link_too(root: Path) -> None:
    assert state(root) == start.CURRENT
    assert start.layers(str(root)) == ("dev",)
    os.utime(root / "setup.py", (0, 0))  # only touched
    assert state(root) == start.CURRENT
    link = root.with_name("link")
    try:
        link.symlink_to(root, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links here")
    assert state(link) == start.CURRENT


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("requirements-dev.in", start.INSTALLED),
        ("requirements-dev.txt", start.INSTALLED),
        ("requirements-prod.txt", start.INSTALLED),
        ("setup.py", start.UNTOUCHED),
        ("requirements.txt", start.UNTOUCHED),
        (f"venv/{PACKAGES.as_posix()}/editable.pth", start.INTACT),
        (f"venv/{start.program_names()[0]}/invoke", start.INTACT),
        ("venv/pyvenv.cfg", 0),
        ("venv/setup.stamp", 0),
    ],
)
def test_a_file_that_is_gone_is_noticed(root: Path, name: str, level: int) -> None:
    (root / name).rename(root.with_name("aside"))
    assert state(root) == level
    root.with_name("aside").rename(root / name)
    assert state(root) == start.CURRENT


def test_what_is_added_or_changed_is_noticed(root: Path) -> None:
    (root / "venv" / PACKAGES / "rich").rename(root / "venv" / PACKAGES / "stray")
    assert state(root) == start.INTACT
    start.write_stamp(start.facts(("dev",), str(root)), str(root))
    assert state(root) == start.CURRENT
    (root / "pyproject.toml").write_text('pip-args = "--only-binary :all: --no-binary numpy"\n')
    assert state(root) == start.INSTALLED
    start.write_stamp(start.facts(("dev",), str(root)), str(root))
    (root / "pyproject.toml").write_text(
        '[x]\npip-args = "--only-binary :all: --no-binary numpy"\n'
    )
    assert state(root) == start.CURRENT  # of this file nothing else matters


def test_other_layers_are_not_what_it_was_built_from(root: Path) -> None:
    assert state(root, "prod") == state(root, "dev", "prod") == start.INSTALLED
    start.write_stamp(start.facts((), str(root)), str(root))
    assert start.layers(str(root)) == ()


def test_a_moved_environment_is_another_and_back_again_it_is_not(root: Path) -> None:
    moved = root.rename(root.with_name("moved"))
    assert state(moved) == 0
    assert state(moved.rename(root)) == start.CURRENT


@pytest.mark.skipif(WINDOWS, reason="environments on Windows hold no links")
def test_a_dangling_or_another_interpreter_is_noticed(root: Path) -> None:
    program = root.joinpath("venv", *start.program_names())
    for target in (root / "gone", root / "setup.py"):
        program.unlink()
        program.symlink_to(target)
        assert state(root) == 0
    (root / "venv" / "pyvenv.cfg").write_text(f"home = {root / 'gone'}\n", encoding="utf-8")
    assert state(root) == 0


@pytest.mark.parametrize("text", ["", "one line\n", "\n\n\n\n\n", "a\nb\nc\nd\n", "é\nb\nc\nd\n"])
def test_a_stamp_that_is_not_ours_counts_as_none(root: Path, text: str) -> None:
    (root / "venv" / "setup.stamp").write_text(text, encoding="utf-8")
    assert state(root) == 0


def test_a_stamp_that_was_taken_can_be_put_back(root: Path) -> None:
    before = start.stamp(str(root))
    start.write_stamp([], str(root))
    assert state(root) == 0
    start.write_stamp(before, str(root))
    assert state(root) == start.CURRENT
