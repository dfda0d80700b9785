"""What was changed by hand is mended, and what fails leaves things as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import LIGHT, Clone, make_clone


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Clone:
    """An environment with few packages; each test leaves it, or makes it, right again."""
    made = make_clone(tmp_path_factory.mktemp("light"), git=False)
    made.env.update(with_uv)
    made.task("setup", "--layer", LIGHT)
    return made


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_package_uninstalled_by_hand_is_noticed_and_installed(light: Clone, installer: str) -> None:
    shutil.rmtree(next(light.site_packages.glob("rich-*.dist-info")))
    shutil.rmtree(light.site_packages / "rich")
    light.task("setup", "--layer", LIGHT, "--installer", installer)
    assert light.installed() == light.locked(LIGHT)
    light.in_venv("-c", "import rich.console")


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_package_with_files_missing_is_installed_again(light: Clone, installer: str) -> None:
    shutil.rmtree(light.site_packages / "rich")
    light.task("install", "--layer", LIGHT, "--installer", installer)
    light.in_venv("-c", "import rich.console")


def test_a_package_installed_by_hand_is_noticed_and_removed(light: Clone) -> None:
    (light.site_packages / "extra-1.0.dist-info").mkdir()
    (light.site_packages / "extra-1.0.dist-info" / "METADATA").write_text("Name: extra\nVersion: 1.0\n")
    (light.site_packages / "extra-1.0.dist-info" / "RECORD").write_text("extra.py,,\nextra-1.0.dist-info/RECORD,,\n")
    (light.site_packages / "extra.py").touch()
    light.task("setup", "--layer", LIGHT)
    assert light.installed() == light.locked(LIGHT)
    assert not (light.site_packages / "extra.py").exists()


def test_a_rebuild_that_fails_leaves_the_environment_that_was_there(light: Clone, tmp_path: Path) -> None:
    light.task("setup", "--layer", LIGHT)
    before = light.snapshot("venv")
    nowhere = {"XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path), "PIP_FIND_LINKS": ""}
    unreachable = {**nowhere, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    (light.venv / "setup.stamp").rename(tmp_path / "stamp")  # so that it has to be made anew
    done = light.task("setup", "--layer", LIGHT, "--installer", "pip", env=unreachable, ok=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (tmp_path / "stamp").rename(light.venv / "setup.stamp")
    assert light.snapshot("venv") == before
    assert "nothing to do" in light.task("setup", "--layer", LIGHT).stdout


def test_an_update_that_fails_before_it_changed_anything_leaves_the_stamp(light: Clone) -> None:
    lock = light.root / f"requirements-{LIGHT}.txt"
    good = lock.read_text(encoding="utf-8")
    try:
        light.write(lock.name, good.replace("rich==", "rich==0.0.0.dev"))
        assert light.task("setup", "--layer", LIGHT, ok=False).returncode == 1
    finally:
        light.write(lock.name, good)
    assert "nothing to do" in light.task("setup", "--layer", LIGHT).stdout


def test_tools_that_are_not_installed_are_said_to_be_missing(unpacked: Clone, with_uv: dict[str, str]) -> None:
    unpacked.task("setup", "--layer", "prod", env=with_uv)
    for task in ("test", "lint", "freeze", "build"):
        done = unpacked.task(task, ok=False)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "setup --layer dev --layer prod" in line


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "=======", ">>>>>>> theirs", "-e .", "numpy>=2"])
def test_a_lock_with_what_is_no_pin_is_refused(light: Clone, line: str) -> None:
    lock = light.root / f"requirements-{LIGHT}.txt"
    good = lock.read_text(encoding="utf-8")
    try:
        light.write(lock.name, f"{good}{line}\n")
        done = light.task("setup", "--layer", LIGHT, ok=False)
    finally:
        light.write(lock.name, good)
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert lock.name in said
    assert "freeze" in said


def test_clean_spares_a_folder_that_is_no_environment(tmp_path: Path) -> None:
    made = make_clone(tmp_path, git=False)
    made.write("venv/thesis.txt", "years of work")
    for arguments in (("clean", "--venv"), ("setup",), ("venv", "--clear")):
        done = made.task(*arguments, ok=False)
        assert done.returncode == 1
        assert "something else than an environment" in done.stderr
    assert (made.venv / "thesis.txt").read_text() == "years of work"


def test_locking_refuses_what_setup_py_would_refuse(own: Clone) -> None:
    own.append("requirements.txt", "nump y\n")
    done = own.task("freeze", ok=False)
    assert done.returncode == 1
    assert "requirements.txt, line " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
