"""venv/: made, filled from the locks, stamped when it is done, and never left half-built unnoticed.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling import hooks, installers, interpreters, lockfile, processes, project, stamp
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin

ROOT = str(project.ROOT)
# What `python -m venv` makes: a folder that holds more than this, and no pyvenv.cfg, is somebody's own.
_OF_VENV = {"bin", "lib", "lib64", "include", "Scripts", "Lib", "Include", ".gitignore", "setup.stamp"}


def setup(python: str = "", installer: str = "", layers: Sequence[str] = (), with_hooks: bool = True) -> None:
    """Bring everything to what the locks say: venv/, its packages, the project, the git hooks.

    `python` and `installer` choose as `interpreters.choose` and `installers.choose` say; `layers` are names
    of locks (default: dev). Does nothing where the stamp says that nothing is to be done.
    """
    layers = tuple(layers) or stamp.DEFAULT_LAYERS
    tools = installers.choose(installer)
    wanted = interpreters.choose(python) if python else None
    with processes.alone("setup"):
        if stamp.is_current(ROOT, layers) and _is(wanted):
            project.say(stamp.up_to_date(layers))
        else:
            pins = lockfile.merged(["prod", *layers])
            base = _made(wanted)
            _fill(base, tools, pins, layers)
            project.say(f"{project.VENV.name}/ is ready. In this shell: {project.activation()}")
    if with_hooks and "dev" in layers:
        hooks.install()


def make(python: str = "", clear: bool = False) -> None:
    """Make venv/ with nothing in it but the locked pip; `clear` does so even where it is there already."""
    wanted = interpreters.choose(python) if python else None
    with processes.alone("venv"):
        if not clear and stamp.is_intact(ROOT) and _is(wanted):
            project.say(f"{project.VENV.name}/ is there. To make it anew: {project.typed('venv --clear')}")
            return
        base = _rebuilt(wanted or interpreters.choose())
        pins = {name: pin for name, pin in lockfile.merged(["dev"]).items() if name == "pip"}
        installers.with_pip(base, pins, and_project=False)
        stamp.write(ROOT, ())
        project.say(f"{project.VENV.name}/ is ready, with no packages yet. In this shell: {project.activation()}")


def install(installer: str = "", layers: Sequence[str] = ()) -> None:
    """Make venv/ hold what the locks of `layers` say and nothing else, then the project, whatever the stamp says."""
    layers = tuple(layers) or stamp.DEFAULT_LAYERS
    tools = installers.choose(installer)
    with processes.alone("install"):
        pins = lockfile.merged(["prod", *layers])
        _fill(_made(None), tools, pins, layers)


def python() -> Path:
    """Give the interpreter of venv/. Ends the task if there is none to use; notes it if the locks have moved on."""
    if not stamp.is_intact(ROOT):
        project.fail(
            f"There is no working environment in {project.VENV.name}/ yet. Set it up: {project.typed('setup')}"
        )
    layers = stamp.stamped_layers(ROOT)
    if "dev" not in layers:
        again = project.typed(" --layer ".join(["setup", "dev", *layers]))
        project.fail(f"The tools are not in {project.VENV.name}/, which has no dev layer. To add it: {again}")
    if not stamp.is_current(ROOT, layers):
        again = project.typed("setup" if layers == stamp.DEFAULT_LAYERS else " --layer ".join(["setup", *layers]))
        project.say(f"Note: {project.VENV.name}/ is not what the locks say. To bring it there: {again}", sys.stderr)
    return project.venv_python()


def _is(wanted: Interpreter | None) -> bool:
    """Tell whether venv/ is of the Python that was asked for, if one was."""
    there = interpreters.probe([str(project.venv_python())]) if wanted else None
    return wanted is None or (there is not None and there.version == wanted.version)


def _made(wanted: Interpreter | None) -> Interpreter:
    """Give the interpreter of a venv/ that is fit to be filled: the one there, or a new one."""
    if stamp.is_intact(ROOT) and _is(wanted):
        there = interpreters.probe([str(project.venv_python())])
        if there:
            return there
    return _rebuilt(wanted or interpreters.choose())


def _rebuilt(base: Interpreter) -> Interpreter:
    """Make venv/ anew with `base`, without pip. Ends the task where venv/ isn't an environment, or can't be made."""
    venv = project.VENV
    if os.pathsep in str(project.ROOT):
        project.fail(
            f"An environment can't stand in {project.ROOT}: a “{os.pathsep}” in the path would cut the PATH in two. "
            f"Rename the folder, then: {project.typed('setup')}"
        )
    if venv.is_symlink() or (venv.exists() and not venv.is_dir()):
        project.fail(f"{venv.name} is not a folder. Move it away, then: {project.typed('setup')}")
    if venv.exists():
        if not (venv / "pyvenv.cfg").exists() and {entry.name for entry in venv.iterdir()} - _OF_VENV:
            project.fail(
                f"{venv.name}/ holds something else than an environment. Move it away, then: {project.typed('setup')}"
            )
        if Path(sys.prefix).resolve() == venv:
            _go_on_outside(base)
        _remove(venv)
    project.say(f"Creating {venv.name}/ with {base} ({base.path})")
    code, output = processes.quietly([base.path, "-m", "venv", "--without-pip", venv])
    if code != 0:
        project.say(output.strip())
        project.fail(f"{base} could not make an environment. Choose another: {project.typed('setup --python 3.12')}")
    return base


def _fill(base: Interpreter, tools: list[str], pins: Mapping[str, Pin], layers: tuple[str, ...]) -> None:
    stamp.remove(ROOT)
    installers.bring(base, pins, tools)
    stamp.write(ROOT, layers)


def _remove(venv: Path) -> None:
    """Remove an environment: out of the way in one step first, so that none is left in part."""
    project.say(f"Removing the old {venv.name}/")
    aside = project.ROOT / "build" / "old-venv"
    shutil.rmtree(aside, ignore_errors=True)
    aside.parent.mkdir(exist_ok=True)
    try:
        venv.replace(aside)
    except OSError as error:
        project.fail(
            f"{venv.name}/ can't be replaced ({error.strerror}). Close what uses it, then: {project.typed('setup')}"
        )
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(OSError):
        aside.parent.rmdir()


def _go_on_outside(base: Interpreter) -> None:
    """Leave the environment that is about to be made anew: this very process runs in it."""
    if sys.platform == "win32":  # a running program can't be removed there
        project.fail(
            f"{project.VENV.name}/ has to be made anew. Leave it (`deactivate`), then: {project.typed('setup')}"
        )
    project.replace_process([base.path, str(project.ROOT / "tasks.py"), *sys.argv[1:]])
