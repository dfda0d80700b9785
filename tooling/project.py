"""Names and places, what differs between systems, and how a task speaks to its user.

Standard library only: it is imported before anything is installed. Whatever depends on the system takes
`platform` (a value of sys.platform) as a parameter, so that every system's answer can be tested on any.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from tooling import stamp

PACKAGE = "tagifai"
DISTRIBUTION = PACKAGE.replace("_", "-")  # what is installed; the command is called so, too
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / stamp.VENV
HOME = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the locks and the tools serve
# Where Debian and Fedora keep pip's wheel.
WHEEL_FOLDERS = (Path("/usr/share/python-wheels"), Path("/usr/share/python3-wheels"))


def fail(message: str, code: int = 1) -> NoReturn:
    """End the task: `message` on stderr (what happened, what to type next), exit code `code`."""
    say(message, sys.stderr)
    raise SystemExit(code)


def say(message: str, stream: TextIO | None = None) -> None:
    """Print a line at once; what the stream's encoding lacks is escaped rather than fatal, a URL's login left out."""
    out = stream or sys.stdout
    message = re.sub(r"(?<=://)[^\s/]*@", "", message)
    encoding = out.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), file=out, flush=True)


def typed(task: str, platform: str = sys.platform) -> str:
    """Give what a user types for `task`: it must work where nothing is installed yet."""
    return f"{'py' if platform == 'win32' else 'python3'} tasks.py {task}"


def activation(platform: str = sys.platform) -> str:
    """Give the line that activates venv/ in the system's usual shell."""
    return rf"{VENV.name}\Scripts\activate" if platform == "win32" else f"source {VENV.name}/bin/activate"


def scripts(venv: Path, platform: str = sys.platform) -> Path:
    """Give the folder of an environment's programs."""
    return venv / stamp.program_names(platform)[0]


def venv_python(venv: Path = VENV, platform: str = sys.platform) -> Path:
    """Give the path of an environment's interpreter."""
    return scripts(venv, platform) / stamp.program_names(platform)[1]


def site_packages(venv: Path, version: tuple[int, ...], platform: str = sys.platform) -> Path:
    """Give the folder that an environment of Python `version` installs packages to."""
    if platform == "win32":
        return venv / "Lib" / "site-packages"
    return venv / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"


def interpreter_commands(version: str, platform: str = sys.platform) -> list[list[str]]:
    """List the commands by which Python `version` (such as "3.12") usually answers on a system."""
    launcher = [["py", f"-{version}"]] if platform == "win32" else []
    return [*launcher, [f"python{version}"]]


def pyenv_pythons(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """List the interpreters that pyenv (or pyenv-win) keeps, newest first, whichever of them is selected."""
    windows = platform == "win32"
    default = home / ".pyenv" / "pyenv-win" if windows else home / ".pyenv"
    versions = Path(env.get("PYENV_ROOT") or env.get("PYENV") or default) / "versions"
    found = sorted(versions.glob("3.*"), key=lambda path: [int(n) for n in path.name.split(".") if n.isdigit()])
    return [path / ("python.exe" if windows else "bin/python") for path in reversed(found)]


def pip_settings(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """List pip's configuration files, the strongest first."""
    if env.get("PIP_CONFIG_FILE") == os.devnull:
        return []  # pip's own way to say: none
    site = VENV / ("pip.ini" if platform == "win32" else "pip.conf")
    named = [Path(env["PIP_CONFIG_FILE"])] if env.get("PIP_CONFIG_FILE") else []
    named.append(site)
    if platform == "win32":
        return [
            *named,
            Path(env.get("APPDATA") or home / "AppData" / "Roaming") / "pip" / "pip.ini",
            home / "pip" / "pip.ini",
        ]
    support = [home / "Library" / "Application Support" / "pip" / "pip.conf"] if platform == "darwin" else []
    user = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    return [*named, *support, user, home / ".pip" / "pip.conf", Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]


def package_with_pip(os_release: str, version: tuple[int, ...]) -> str:
    """Give the command that installs pip for the system's Python, by the text of its os-release file."""
    named = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    system = f"{named.get('ID', '')} {named.get('ID_LIKE', '')}".replace('"', "").split()
    for likes, command in (
        (("debian", "ubuntu"), f"sudo apt install python{version[0]}.{version[1]}-venv"),
        (("alpine",), "apk add py3-pip"),
        (("arch",), "sudo pacman -S python-pip"),
        (("suse", "opensuse"), f"sudo zypper install python{version[0]}{version[1]}-pip"),
        (("fedora", "rhel"), f"sudo dnf install python{version[0]}.{version[1]}-pip"),
    ):
        if set(likes) & set(system):
            return command
    return "your system's package with pip for this Python"


def cache_folder(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> Path:
    """Give the folder for downloads, in the place that the system has for such; all clones share it, renamed or not."""
    if platform == "win32":
        base = Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "locked-wheels"


def cache() -> Path:
    """Make and give the download cache; a folder of this clone's own where the user's can't be written."""
    for folder in (cache_folder(os.environ, HOME), ROOT / "build" / "cache"):
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    fail(f"{ROOT} can't be written to. Make it yours, or clone the repository into a folder that is.")


def replace_process(command: Sequence[str], platform: str = sys.platform) -> NoReturn:
    """Go on as another program. (Windows' exec returns to the shell at once, so there a child is waited for.)"""
    if platform == "win32":
        raise SystemExit(subprocess.call(list(command)))
    os.execv(command[0], list(command))


def lock_file(descriptor: int, platform: str = sys.platform) -> None:
    """Lock an open file for this process alone. Raises BlockingIOError while another has it, OSError if none can."""
    if platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # past the end: the lock is mandatory, and others read the file
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
