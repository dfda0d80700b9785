"""Whatever state venv/ is in, `setup` brings it to the lock, and does nothing where nothing is to be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tests.support import AWKWARD, BASE_PYTHON, DISTRIBUTION, LIGHT, PACKAGE, WINDOWS, Clone, make_clone

NOTHING = "venv/ is what requirements-dev.txt says: nothing to do."
# Prints the files that a package says it has and hasn't.
TORN = """
from importlib.metadata import distributions
for distribution in distributions():
    for file in distribution.files or ():
        if not file.locate().exists() and file.suffix != ".pyc":
            print(distribution.metadata["Name"], file)
"""


@pytest.fixture
def light(tmp_path: Path, with_uv: dict[str, str]) -> Clone:
    """An environment of the test's own with few packages, quickly made."""
    made = make_clone(tmp_path, git=False)
    made.env.update(with_uv)
    made.task("setup", "--layer", LIGHT)
    return made


def assert_right(clone: Clone, layer: str = LIGHT) -> None:
    """The environment holds the lock, whole, and imports, and a further set-up has nothing to do."""
    assert clone.installed() == clone.locked(layer)
    assert clone.in_venv("-I", "-c", TORN).stdout == ""
    done = clone.in_venv("-c", f"import sys, {PACKAGE} as package; print(sys.prefix); print(package.__file__)")
    assert [Path(line) for line in done.stdout.splitlines()] == [clone.venv, clone.root / PACKAGE / "__init__.py"]
    assert "nothing to do" in clone.task("setup", "--layer", layer).stdout


def test_a_second_setup_says_that_there_is_nothing_to_do_and_changes_nothing(ready: Clone) -> None:
    before = ready.snapshot("venv", f"{PACKAGE}.egg-info")
    assert ready.task("setup").stdout.splitlines() == [NOTHING]
    assert ready.snapshot("venv", f"{PACKAGE}.egg-info") == before


def test_a_second_setup_through_another_option_says_the_same(ready: Clone) -> None:
    before = ready.snapshot("venv", f"{PACKAGE}.egg-info")
    assert NOTHING in ready.task("setup", "--layer", "dev", "--installer", "pip").stdout.splitlines()
    assert ready.snapshot("venv", f"{PACKAGE}.egg-info") == before


def test_a_second_setup_by_invoke_says_the_same(ready: Clone) -> None:
    assert NOTHING in ready.in_venv("-m", "invoke", "setup").stdout.splitlines()


def test_install_removes_what_is_not_locked_and_restores_a_changed_version(own: Clone) -> None:
    folder = own.root.parent
    others = [_wheel(folder, "stray", "1.0"), _wheel(folder, "pluggy", "0.1")]
    own.in_venv("-m", "pip", "install", "-q", "--no-deps", "--no-index", *others)
    own.in_venv("-m", "pip", "uninstall", "-q", "-y", "iniconfig")
    found = own.installed()
    assert (found["stray"], found["pluggy"], "iniconfig" in found) == ("1.0", "0.1", False)
    done = own.task("install", "--installer", "pip")
    assert "Removing what isn't locked: stray" in done.stdout
    assert own.installed() == own.locked()
    own.in_venv("-m", "pytest", "--version")


def _wheel(folder: Path, name: str, version: str) -> Path:
    """Write a wheel of an empty package that no lock knows."""
    wheel, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/RECORD,,\n")
    return wheel


@pytest.mark.parametrize(("moment", "installer"), [("Creating", "uv"), ("Installing", "pip")])
def test_a_setup_that_was_killed_is_brought_to_its_end_by_the_next(
    unpacked: Clone, with_uv: dict[str, str], moment: str, installer: str
) -> None:
    unpacked.env.update(with_uv)
    command = [BASE_PYTHON, "tasks.py", "setup", "--layer", LIGHT, "--installer", installer]
    child = subprocess.Popen(command, cwd=unpacked.root, env=unpacked.env, stdout=subprocess.PIPE, encoding="utf-8")
    assert child.stdout
    for line in child.stdout:
        if line.startswith(moment):
            break
    while moment == "Installing" and not list(unpacked.venv.glob("lib/*/site-packages/rich")):
        assert child.poll() is None, "the set-up ended before it could be killed"
        time.sleep(0.01)
    child.kill()
    child.wait()
    child.stdout.close()
    done = unpacked.task("setup", "--layer", LIGHT, "--installer", installer)
    assert "is ready" in done.stdout
    assert_right(unpacked)


def test_a_package_torn_in_half_is_mended_once_the_stamp_is_gone(light: Clone) -> None:
    (light.venv / "setup.stamp").unlink()
    metadata = next(light.site_packages.glob("rich-*.dist-info"))
    (metadata / "METADATA").unlink()
    (metadata / "RECORD").unlink()
    light.task("setup", "--layer", LIGHT)
    assert_right(light)


def test_a_moved_clone_is_set_up_anew(light: Clone) -> None:
    light.root = light.root.rename(light.root.with_name("moved"))
    assert "is ready" in light.task("setup", "--layer", LIGHT).stdout
    assert_right(light)


def test_a_copied_venv_is_set_up_anew_and_the_original_is_left_alone(light: Clone, tmp_path: Path) -> None:
    other = make_clone(tmp_path / "other", git=False)
    other.env = light.env
    shutil.copytree(light.venv, other.venv, symlinks=True, copy_function=os.link)
    before = light.snapshot("venv")
    assert "is ready" in other.task("setup", "--layer", LIGHT).stdout
    assert_right(other)
    assert light.snapshot("venv") == before


@pytest.mark.skipif(WINDOWS, reason="environments on Windows hold no links")
def test_an_environment_whose_interpreter_is_gone_is_made_anew(light: Clone) -> None:
    for name in ("python", "python3"):
        link = light.venv / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(light.root / "gone" / "python3")
    assert "is ready" in light.task("setup", "--layer", LIGHT).stdout
    assert_right(light)


def test_a_venv_without_packages_becomes_a_full_one(light: Clone) -> None:
    light.task("venv", "--clear")
    assert "is ready" in light.task("setup", "--layer", LIGHT).stdout
    assert_right(light)


def test_another_layer_replaces_the_one_that_was_there(light: Clone) -> None:
    light.task("setup", "--no-hooks")
    assert_right(light, "dev")


def test_a_lock_that_changed_is_installed_by_the_next_setup(light: Clone) -> None:
    lock = (light.root / f"requirements-{LIGHT}.txt").read_text(encoding="utf-8")
    entry = lock[lock.index("\nmdurl==") :]
    entry = entry[: entry.index("\n", entry.index("# via")) + 1]
    for name in ("prod", "dev"):
        path = light.root / f"requirements-{name}.txt"
        light.write(path.name, path.read_text(encoding="utf-8").replace(entry, "\n"))
    assert "mdurl" in light.installed()
    light.task("setup", "--layer", LIGHT)
    assert "mdurl" not in light.installed()
    assert light.installed() == light.locked(LIGHT)


def test_changed_requirements_reach_the_installed_metadata(light: Clone) -> None:
    light.append("requirements.txt", "rich>=1\n")
    assert "is ready" in light.task("setup", "--layer", LIGHT).stdout
    code = "from importlib.metadata import requires; print(requires('NAME'))".replace("NAME", DISTRIBUTION)
    assert "rich>=1" in light.in_venv("-I", "-c", code).stdout
    assert_right(light)


def test_a_folder_called_venv_that_is_no_environment_is_left_alone(unpacked: Clone) -> None:
    mine = unpacked.write("venv/thesis.txt", "mine")
    done = unpacked.task("setup", ok=False)
    assert done.returncode != 0
    assert "Move it away" in done.stderr
    assert mine.read_text(encoding="utf-8") == "mine"


def test_two_setups_at_once_both_succeed(unpacked: Clone, with_uv: dict[str, str]) -> None:
    command = [BASE_PYTHON, "tasks.py", "setup", "--layer", LIGHT]
    env = {**unpacked.env, **with_uv}
    both = [
        subprocess.Popen(command, cwd=unpacked.root, env=env, stdout=subprocess.PIPE, encoding="utf-8") for _ in "12"
    ]
    outputs = [child.communicate()[0] for child in both]
    assert [child.returncode for child in both] == [0, 0], outputs
    assert sum("nothing to do" in output for output in outputs) == 1, outputs
    assert_right(unpacked)


def test_the_clone_stands_in_an_awkward_path(clone: Clone) -> None:
    assert AWKWARD in str(clone.root)
    assert {" ", "'", "é"} <= set(str(clone.root))
