"""Finds a Python for the environment: the one that runs, the one asked for, or a fit one on the machine.

Standard library only, Python 3.7 syntax: an older Python that starts tasks.py gets as far as this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tooling import processes, project

_PROBE = """
import sys, sysconfig
print(*sys.version_info[:3], sep=".")
print(getattr(sys, "_base_executable", "") or sys.executable)
print(sysconfig.get_platform())
print(sysconfig.get_path("stdlib"))
"""


class Interpreter(NamedTuple):
    """A Python that answered: its own path (the base's, if it was a virtual environment's) and what it is."""

    path: str
    version: tuple[int, ...]
    platform: str  # as sysconfig names it: "linux-x86_64"
    stdlib: str

    @property
    def is_fit(self) -> bool:
        """Whether the tools run on it."""
        return self.version[:2] >= project.OLDEST

    def __str__(self) -> str:
        return f"Python {dotted(self.version)}"


def dotted(version: tuple[int, ...]) -> str:
    """Write a version as people do: (3, 12) is "3.12"."""
    return ".".join(map(str, version))


def probe(command: list[str]) -> Interpreter | None:
    """Ask the Python that `command` starts what it is; None if it doesn't answer (a pyenv shim may not)."""
    path = shutil.which(command[0])
    if not path:
        return None
    env = processes.environment_variables()
    try:
        done = subprocess.run(
            [path, *command[1:], "-I", "-c", _PROBE], env=env, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode != 0 or len(lines) != 4:
        return None
    return Interpreter(lines[1], tuple(map(int, lines[0].split("."))), lines[2], lines[3])


def choose(wanted: str = "") -> Interpreter:
    """Give the interpreter to build the environment with.

    `wanted` is a version ("3.12"), a path, or a name on the PATH; "" takes the Python that runs, or, if that
    is too old, the fittest one found. Ends the task with one sentence if there is none, or it isn't fit.
    """
    if wanted:
        found = _named(wanted)
        if found is None:
            project.fail(
                f"No Python answers to “{wanted}”. {_how_to_get(wanted if _is_version(wanted) else '')} "
                f"--python takes a version (3.12), a path, or a name on the PATH."
            )
        if not found.is_fit:
            project.fail(f"{found} ({found.path}) is too old: {_needed()}. {_how_to_get()}")
        return found
    if sys.version_info[:2] >= project.OLDEST:
        running = probe([getattr(sys, "_base_executable", "") or sys.executable]) or probe([sys.executable])
        if running:
            return running
    found = next((candidate for candidate in candidates() if candidate.is_fit), None)
    if found is None:
        here = dotted(sys.version_info[:3])
        project.fail(f"This is Python {here} ({sys.executable}), and {_needed()}. {_how_to_get()} {_how_to_choose()}")
    return found


def candidates() -> Iterator[Interpreter]:
    """Look for Pythons where systems keep them: .python-version's first, then the newest supported one down."""
    pinned = pinned_version()
    supported = [f"{project.OLDEST[0]}.{minor}" for minor in range(project.NEWEST[1], project.OLDEST[1] - 1, -1)]
    for version in [pinned, *(other for other in supported if other != pinned)]:
        found = find(version)
        if found:
            yield found
    for name in ("python3", "python"):
        found = probe([name])
        if found:
            yield found


def find(version: str) -> Interpreter | None:
    """Find a Python of `version` ("3.12" or "3.12.1"): on the PATH, by the py launcher, at pyenv's or uv's."""
    minor = ".".join(version.split(".")[:2])
    commands = project.interpreter_commands(minor)
    commands += [[str(path)] for path in project.pyenv_pythons(os.environ, project.HOME)]
    if shutil.which("uv"):
        commands.append(_uv_python(version))
    for command in commands:
        pyenv = command[0].endswith(("python", "python.exe")) and Path(command[0]).is_absolute()
        if pyenv and not _matches(Path(command[0]).parts, version):
            continue  # read off its folder: starting each would take a second
        found = probe(command) if command else None
        if found and dotted(found.version[: len(version.split("."))]) == version:
            return found
    return None


def pinned_version() -> str:
    """Read .python-version: the Python that the locks are compiled on."""
    return (project.ROOT / ".python-version").read_text(encoding="utf-8").strip()


def relaunch_if_too_old(arguments: list[str]) -> None:
    """Start tasks.py again with a fit Python, if this one isn't; say which."""
    if sys.version_info[:2] >= project.OLDEST:
        return
    wanted = ""
    for option, value in zip(arguments, [*arguments[1:], ""]):
        if option == "--python":
            wanted = value
        elif option.startswith("--python="):
            wanted = option.split("=", 1)[1]
    found = choose(wanted)
    if not wanted:
        project.say(
            f"Python {dotted(sys.version_info[:3])} is too old for the tools; going on with {found} ({found.path})."
        )
    project.replace_process([found.path, str(project.ROOT / "tasks.py"), *arguments])


def _named(wanted: str) -> Interpreter | None:
    if _is_version(wanted):
        return find(wanted)
    path = Path(wanted).expanduser()
    if wanted.startswith("python") and _is_version(wanted[len("python") :]) and not shutil.which(wanted):
        return find(wanted[len("python") :])
    if path.is_dir():  # an environment, or one of pyenv's versions
        inside = (project.venv_python(path), path / "bin" / "python3", path / "python.exe")
        path = next((python for python in inside if python.exists()), path)
    if path.exists():
        return probe([str(path.absolute())])
    return probe([wanted])


def _is_version(text: str) -> bool:
    return "." in text and all(part.isdigit() for part in text.split("."))


def _matches(parts: tuple[str, ...], version: str) -> bool:
    return any(part == version or part.startswith(version + ".") for part in parts)


def _uv_python(version: str) -> list[str]:
    try:
        done = subprocess.run(
            ["uv", "python", "find", "--no-project", version],
            env=processes.environment_variables(),
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    path = done.stdout.decode("utf-8", "replace").strip()
    return [path] if done.returncode == 0 and path else []


def _needed() -> str:
    return f"the tools need Python {dotted(project.OLDEST)} or later"


def _how_to_get(version: str = "") -> str:
    return f"Install one with `pyenv install {version or pinned_version()}` (pyenv-win on Windows)."


def _how_to_choose() -> str:
    return f"Or choose one: {project.typed('setup --python 3.12')} (a version, a path, or a name on the PATH)."
