"""The stamp in venv/ holds for the environment that was built, and for nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import WINDOWS
from tooling import stamp

NEEDED = ("requirements-dev.txt", "requirements-prod.txt", "setup.py", "requirements.txt")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with locks and something like an environment, stamped as built from the layer dev."""
    made = tmp_path / "clone"
    made.mkdir()
    for name in NEEDED:
        (made / name).write_text(name)
    python = made / "venv" / stamp.BIN / stamp.PYTHON
    python.parent.mkdir(parents=True)
    if WINDOWS:
        shutil.copyfile(sys.executable, python)
    else:
        python.symlink_to(sys.executable)
    (made / "venv" / "pyvenv.cfg").write_text(f"home = {made}\n", encoding="utf-8")
    stamp.write(str(made), ("dev",))
    return made


def test_what_was_stamped_is_intact_and_current(root: Path) -> None:
    assert stamp.is_intact(str(root))
    assert stamp.is_current(str(root))
    assert stamp.is_current(str(root), ("dev",))
    assert stamp.is_current(str(root), None)


@pytest.mark.parametrize("name", ["requirements-dev.txt", "setup.py", "requirements.txt"])
def test_a_changed_or_missing_file_makes_it_stale_but_leaves_it_intact(root: Path, name: str) -> None:
    (root / name).write_text("changed")
    assert not stamp.is_current(str(root))
    assert stamp.is_intact(str(root))
    (root / name).unlink()
    assert not stamp.is_current(str(root))
    (root / name).write_text(name)
    assert stamp.is_current(str(root))


def test_of_pyproject_toml_only_what_pip_is_told_of_binaries_matters(root: Path) -> None:
    (root / "pyproject.toml").write_text('pip-args = "--only-binary :all: --no-binary numpy"\n')
    assert not stamp.is_current(str(root))
    stamp.write(str(root), ("dev",))
    (root / "pyproject.toml").write_text('[x]\npip-args = "--only-binary :all: --no-binary numpy"\ny = 1\n')
    assert stamp.is_current(str(root))


def test_what_is_unfinished_is_intact_but_not_current(root: Path) -> None:
    stamp.write_unfinished(str(root), ("dev",))
    assert stamp.is_intact(str(root))
    assert stamp.stamped_layers(str(root)) == ("dev",)
    assert not stamp.is_current(str(root))


def test_a_file_that_was_only_touched_changes_nothing(root: Path) -> None:
    os.utime(root / "setup.py", (0, 0))
    assert stamp.is_current(str(root))


def test_another_layers_lock_does_not_matter(root: Path) -> None:
    (root / "requirements-prod.txt").write_text("changed")
    assert stamp.is_current(str(root))
    assert not stamp.is_current(str(root), ("prod",))
    assert not stamp.is_current(str(root), ("dev", "prod"))


def test_without_its_stamp_an_environment_counts_as_not_built(root: Path) -> None:
    stamp.take(str(root))
    assert not stamp.is_intact(str(root))
    assert not stamp.is_current(str(root), None)
    stamp.take(str(root))


@pytest.mark.parametrize("text", ["", "one line\n", "a\nb\nc\nd\n", "é\nb\nc\n"])
def test_a_stamp_that_is_not_ours_counts_as_none(root: Path, text: str) -> None:
    (root / "venv" / "setup.stamp").write_text(text, encoding="utf-8")
    assert not stamp.is_intact(str(root))
    assert not stamp.is_current(str(root), None)


def test_a_moved_environment_is_not_intact_and_back_again_it_is(root: Path) -> None:
    moved = root.rename(root.with_name("moved"))
    assert not stamp.is_intact(str(moved))
    moved.rename(root)
    assert stamp.is_intact(str(root))


def test_an_environment_reached_by_a_link_is_the_same(root: Path) -> None:
    link = root.with_name("link")
    try:
        link.symlink_to(root, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links here")
    assert stamp.is_current(str(link))


@pytest.mark.skipif(WINDOWS, reason="environments on Windows hold no links")
def test_a_dangling_or_another_interpreter_is_not_intact(root: Path) -> None:
    python = root / "venv" / stamp.BIN / stamp.PYTHON
    python.unlink()
    assert not stamp.is_intact(str(root))
    python.symlink_to(root / "gone")
    assert not stamp.is_intact(str(root))
    python.unlink()
    other = root / "other"
    other.touch()
    python.symlink_to(other)
    assert not stamp.is_intact(str(root))


def test_another_pyvenv_cfg_or_none_is_not_intact(root: Path) -> None:
    (root / "venv" / "pyvenv.cfg").write_text(f"home = {root / 'venv'}\n", encoding="utf-8")
    assert not stamp.is_intact(str(root))
    (root / "venv" / "pyvenv.cfg").unlink()
    assert not stamp.is_intact(str(root))


def test_an_environment_with_no_packages_is_current_for_no_layer(root: Path) -> None:
    stamp.write(str(root), ())
    assert stamp.is_intact(str(root))
    assert stamp.is_current(str(root), ())
    assert not stamp.is_current(str(root))
    (root / "requirements-dev.txt").write_text("changed")
    assert stamp.is_current(str(root), None)


def test_an_environment_whose_python_was_removed_cannot_run(root: Path) -> None:
    (root / "venv" / "pyvenv.cfg").write_text(f"home = {root / 'gone'}\n", encoding="utf-8")
    assert stamp.identity(str(root)) == ""
