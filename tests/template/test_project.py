"""What differs between systems is right for each, whichever one the tests run on."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from tooling import project

HOME = Path("/home/somebody")
VENV = Path("clone") / "venv"


@pytest.mark.parametrize(
    ("platform", "python", "scripts", "packages"),
    [
        ("win32", "Scripts/python.exe", "Scripts", "Lib/site-packages"),
        ("darwin", "bin/python", "bin", "lib/python3.12/site-packages"),
        ("linux", "bin/python", "bin", "lib/python3.12/site-packages"),
    ],
)
def test_an_environments_places(platform: str, python: str, scripts: str, packages: str) -> None:
    assert project.venv_python(VENV, platform) == VENV / python
    assert project.scripts(VENV, platform) == VENV / scripts
    assert project.site_packages(VENV, (3, 12, 1), platform) == VENV / packages


def test_this_systems_places_are_where_this_environment_has_them() -> None:
    import sysconfig

    prefix = Path(sys.prefix)
    assert project.scripts(prefix) == Path(sysconfig.get_path("scripts"))
    assert project.site_packages(prefix, sys.version_info[:3]) == Path(sysconfig.get_path("purelib"))
    assert project.venv_python(prefix).exists()


@pytest.mark.parametrize(
    ("platform", "command", "line"),
    [
        ("win32", "py tasks.py setup", r"venv\Scripts\activate"),
        ("darwin", "python3 tasks.py setup", "source venv/bin/activate"),
        ("linux", "python3 tasks.py setup", "source venv/bin/activate"),
    ],
)
def test_what_a_user_is_told_to_type(platform: str, command: str, line: str) -> None:
    assert project.typed("setup", platform) == command
    assert project.activation(platform) == line


@pytest.mark.parametrize(
    ("platform", "commands"),
    [
        ("win32", [["py", "-3.12"], ["python3.12"]]),
        ("darwin", [["python3.12"]]),
        ("linux", [["python3.12"]]),
    ],
)
def test_the_commands_that_start_a_python(platform: str, commands: list[list[str]]) -> None:
    assert project.interpreter_commands("3.12", platform) == commands


@pytest.mark.parametrize(
    ("platform", "where", "python"),
    [
        ("win32", ".pyenv/pyenv-win/versions", "python.exe"),
        ("darwin", ".pyenv/versions", "bin/python"),
        ("linux", ".pyenv/versions", "bin/python"),
    ],
)
def test_pyenvs_pythons_are_found_newest_first(tmp_path: Path, platform: str, where: str, python: str) -> None:
    for version in ("3.9.18", "3.12.1", "3.11.7", "2.7.18"):
        (tmp_path / where / version).mkdir(parents=True)
    found = project.pyenv_pythons({}, tmp_path, platform)
    assert found == [tmp_path / where / version / python for version in ("3.12.1", "3.11.7", "3.9.18")]


def test_pyenvs_root_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "versions" / "3.12.1").mkdir(parents=True)
    found = project.pyenv_pythons({"PYENV_ROOT": str(tmp_path)}, HOME, "linux")
    assert found == [tmp_path / "versions" / "3.12.1" / "bin" / "python"]


@pytest.mark.parametrize(
    ("platform", "env", "last"),
    [
        ("win32", {"APPDATA": "/roaming"}, "/roaming/pip/pip.ini"),
        ("win32", {}, "/home/somebody/AppData/Roaming/pip/pip.ini"),
        ("darwin", {}, "/home/somebody/Library/Application Support/pip/pip.conf"),
        ("linux", {}, "/home/somebody/.config/pip/pip.conf"),
        ("linux", {"XDG_CONFIG_HOME": "/xdg"}, "/xdg/pip/pip.conf"),
    ],
)
def test_pips_settings_are_looked_for_where_pip_looks(platform: str, env: dict[str, str], last: str) -> None:
    own = project.VENV / ("pip.ini" if platform == "win32" else "pip.conf")
    assert project.pip_settings(env, HOME, platform)[:2] == [own, Path(last)]
    named = project.pip_settings({**env, "PIP_CONFIG_FILE": "/named"}, HOME, platform)
    assert named[:3] == [Path("/named"), own, Path(last)]
    assert project.pip_settings({**env, "PIP_CONFIG_FILE": os.devnull}, HOME, platform) == []


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/locked-wheels"),
        ("win32", {}, "/home/somebody/AppData/Local/locked-wheels"),
        ("darwin", {}, "/home/somebody/Library/Caches/locked-wheels"),
        ("linux", {}, "/home/somebody/.cache/locked-wheels"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/locked-wheels"),
    ],
)
def test_downloads_are_kept_where_the_system_keeps_such_things(platform: str, env: dict[str, str], folder: str) -> None:
    assert project.cache_folder(env, HOME, platform).as_posix() == PurePosixPath(folder).as_posix()


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=debian", "sudo apt install python3.11-venv"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', "sudo apt install python3.11-venv"),
        ("ID=fedora", "sudo dnf install python3.11-pip"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "sudo dnf install python3.11-pip"),
        ("ID=alpine", "apk add py3-pip"),
        ("ID=arch", "sudo pacman -S python-pip"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "sudo zypper install python311-pip"),
        ("", "your system's package with pip for this Python"),
        ("nonsense", "your system's package with pip for this Python"),
    ],
)
def test_the_package_that_brings_pip_is_named_for_each_system(release: str, command: str) -> None:
    assert project.package_with_pip(release, (3, 11, 2)) == command
