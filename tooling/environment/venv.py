"""venv/ itself: which Python it has, and how it is made; what was there is back if that fails."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple, NoReturn, Sequence

from tooling import processes, project, start

_PROBE = """
import importlib.util, json, sys, sysconfig
path = getattr(sys, "_base_executable", "") or sys.executable
has_pip = sys.prefix == sys.base_prefix and importlib.util.find_spec("pip") is not None
print(json.dumps([path, sys.version_info[:3], sysconfig.get_path("stdlib"), has_pip]))
"""
_MINORS = range(project.NEWEST[1], project.OLDEST[1] - 1, -1)


class Python(NamedTuple):
    """An interpreter that answered; `path` is the base's, if it was an environment's."""

    path: str
    version: Sequence[int]
    stdlib: str
    has_pip: bool

    def __str__(self) -> str:
        return f"Python {'.'.join(map(str, self.version))}"


def make(python: str = "", clear: bool = False) -> None:
    """Make venv/ with nothing in it; `clear` does so even where it is there already."""
    with processes.alone("venv"):
        if not clear and start.state() >= start.INTACT and present(python):
            return project.say(f"venv/ is there. To make it again: {project.typed('venv --clear')}")
        with made(choose(python)):
            start.write_stamp(start.facts(())[:3])  # no project and no locks
        return project.say(f"venv/ is ready, with no packages yet. {project.ACTIVATION}")


def present(python: str) -> Python | None:
    """Return the Python that venv/ has, if it is the one that was asked for, if one was."""
    own = probe(project.program("python"))
    return own if own and (not python or own.version == choose(python).version) else None


@contextlib.contextmanager
def made(base: Python) -> Iterator[None]:
    """Make venv/ with `base`, to be filled in the context; if that fails, the old one is back."""
    venv, aside, root = project.VENV, project.VENV.with_name("venv.old"), str(project.ROOT)
    signs = [sign for sign in (os.pathsep, *'"$`{}\n') if sign in root]
    if signs:  # programs in it, and activating it, need the path
        reason = f"No environment works in {root!r}, as {signs[0]!r} has a meaning there."
        project.fail(f"{reason} Rename the folder.", then="setup")
    shutil.rmtree(aside, ignore_errors=True)
    if is_there():
        if sys.platform == "win32" and Path(sys.prefix).resolve() == venv:  # it would be in use
            project.fail("venv/ has to be made again. Leave it (`deactivate`).", then="setup")
        venv.replace(aside)
    try:
        project.say(f"Creating venv/ with {base} ({base.path})")
        failure = f"{base} could not make venv/. Fix that, or choose another Python."
        done = processes.run([base.path, "-m", "venv", "--without-pip", venv])
        done.checked(failure, "setup --python 3.12")
        yield
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        if aside.exists():
            aside.replace(venv)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def is_there() -> bool:
    """Return whether there is a venv/. Ends the task if it is anything but an environment."""
    venv = project.VENV
    # One that was killed as it was made may have folders, and no settings yet.
    strange = (path for path in (venv, *venv.rglob("*")) if path.is_file())
    if venv.is_symlink() or (not (venv / "pyvenv.cfg").exists() and any(strange)):
        project.fail("venv is no environment. Move it away, then run this again.")
    return venv.exists()


def probe(*command: str | Path) -> Python | None:
    """Return the Python that `command` starts; None if it doesn't answer, as some shims."""
    program = Path(shutil.which(command[0]) or command[0]).absolute()
    try:
        return Python(*json.loads(processes.run([program, *command[1:], "-I", "-c", _PROBE]).text))
    except (OSError, ValueError):
        return None


def choose(wanted: str = "") -> Python:
    """Return the Python that is wanted; by default the one that runs, or the newest that fits."""
    running = getattr(sys, "_base_executable", "") or sys.executable
    if re.fullmatch(r"\d+(\.\d+)*", wanted):
        python = _find(wanted)
    else:
        python = probe(wanted) if wanted else probe(running) or probe(sys.executable)
    fit = python and project.OLDEST <= tuple(python.version[:2]) <= project.NEWEST
    found = python if fit else None if wanted else _find("3")
    if found:
        return found
    reason = f"{python} isn't one that the locks serve" if python else "no Python answers there"
    project.fail(
        f"{wanted or sys.executable}: {reason}. The tools need Python 3.{_MINORS[-1]} to "
        f"3.{_MINORS[0]}. Install one (such as pyenv install 3.{_MINORS[1]}), or name one: "
        f"{project.typed('setup --python 3.12')} (a version, a path, or a name on the PATH)."
    )


def _find(version: str) -> Python | None:
    parts = [*map(int, version.split("."))]
    for minor in parts[1:2] or _MINORS:
        for command in project.interpreter_commands(f"{parts[0]}.{minor}", os.environ):
            python = probe(*command)
            if python and python.version[: len(parts)] == parts:
                return python
    return None


def relaunch(arguments: list[str]) -> NoReturn:
    """Start tasks.py again with a Python that is served, and say which."""
    python, here = choose(), ".".join(map(str, sys.version_info[:3]))
    project.say(f"Python {here} is too old for the tools; going on with {python} ({python.path}).")
    raise SystemExit(subprocess.call([python.path, str(project.ROOT / "tasks.py"), *arguments]))
