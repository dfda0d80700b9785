"""venv/: made, filled from the locks, stamped when it is done, and never left half-built unnoticed.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tooling import (
    formats,
    hooks,
    installers,
    interpreters,
    lockfile,
    processes,
    project,
    runner,
    scrubbing,
    sources,
    stamp,
)
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin

ROOT = str(project.ROOT)
# Run by venv/'s own interpreter, where `packaging` is.
_STALE = """
import sys
sys.path.insert(0, sys.argv[1])
from tooling import staleness
print(*staleness.problems(), sep="\\n")
"""
# What `python -m venv` makes: a folder that holds more than this, and no pyvenv.cfg, is somebody's own.
_OF_VENV = {"bin", "lib", "lib64", "include", "Scripts", "Lib", "Include", ".gitignore", "setup.stamp"}


def setup(python: str = "", installer: str = "", layers: Sequence[str] = (), with_hooks: bool = True) -> None:
    """Bring everything to what the locks say: venv/, its packages, the project, the git hooks.

    `python` and `installer` choose as `interpreters.choose` and `installers.choose` say; `layers` are names
    of locks (default: dev). Does nothing where the stamp says that nothing is to be done.
    """
    layers = named(layers)
    tools = installers.choose(installer)
    wanted = interpreters.choose(python) if python else None
    with processes.alone("setup"):
        if stamp.is_current(ROOT, layers) and _is(wanted):
            project.say(stamp.up_to_date(layers))
        else:
            _build(wanted, tools, layers)
            project.say(f"{project.VENV.name}/ is ready. In this shell: {project.activation()}")
        _note_if_stale()
    if with_hooks and "dev" in layers:
        hooks.install()


def make(python: str = "", clear: bool = False) -> None:
    """Make venv/ with nothing in it but the locked pip; `clear` does so even where it is there already."""
    wanted = interpreters.choose(python) if python else None
    with processes.alone("venv"):
        if not clear and stamp.is_intact(ROOT) and _is(wanted):
            project.say(f"{project.VENV.name}/ is there. To make it anew: {project.typed('venv --clear')}")
            return
        base = wanted or interpreters.choose()
        with _made_anew(base):
            installers.with_pip(base, {"pip": lockfile.tool("pip")}, {}, and_project=False)
            stamp.write(ROOT, ())
        project.say(f"{project.VENV.name}/ is ready, with no packages yet. In this shell: {project.activation()}")


def install(installer: str = "", layers: Sequence[str] = ()) -> None:
    """Make venv/ hold what the locks of `layers` say and nothing else, then the project, whatever the stamp says."""
    layers = named(layers)
    tools = installers.choose(installer)
    with processes.alone("install"):
        _build(None, tools, layers)


def python(note: bool = True) -> Path:
    """Give the interpreter of venv/. Ends the task if there is none to use; with `note`, says if the locks moved on."""
    if not stamp.is_intact(ROOT):
        project.fail(
            f"There is no working environment in {project.VENV.name}/ yet. Set it up: {project.typed('setup')}"
        )
    layers = stamp.stamped_layers(ROOT)
    if "dev" not in layers:
        again = project.typed(" --layer ".join(["setup", *sorted({"dev", *layers})]))
        project.fail(f"The tools are not in {project.VENV.name}/, which has no dev layer. To add it: {again}")
    if note and not stamp.is_current(ROOT, layers):
        again = project.typed("setup" if layers == stamp.DEFAULT_LAYERS else " --layer ".join(["setup", *layers]))
        project.say(f"Note: {project.VENV.name}/ is not what the locks say. To bring it there: {again}", sys.stderr)
    return project.venv_python()


def in_venv() -> None:
    """Go on with the same command in venv/'s own interpreter, if this isn't it: tasks that import packages need it.

    Ends the task if there is no environment with the tools. Under invoke all of its command line starts again.
    """
    inside = python(note=False)
    if Path(sys.prefix).resolve() != project.VENV.resolve():
        start = ["-m", "invoke"] if runner.by_invoke() else [str(project.ROOT / "tasks.py")]
        project.replace_process([str(inside), *start, *sys.argv[1:]])


def named(layers: Sequence[str]) -> tuple[str, ...]:
    """Give `layers` sorted, or the default for none. Ends the task where one of them can't be a layer's name."""
    for layer in layers:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", layer):
            known = ", ".join(lockfile.layers())
            project.fail(f"--layer takes the NAME of a requirements-NAME.txt, not “{layer}”. Layers here: {known}.")
    return tuple(sorted(set(layers))) or stamp.DEFAULT_LAYERS


def _is(wanted: Interpreter | None) -> bool:
    """Tell whether venv/ is of the Python that was asked for, if one was."""
    there = interpreters.probe([str(project.venv_python())]) if wanted else None
    return wanted is None or (there is not None and there.version == wanted.version)


def _build(wanted: Interpreter | None, tools: list[str], layers: tuple[str, ...]) -> None:
    """Bring the venv/ that is there to the locks, or a new one if that isn't fit for it.

    What is taken as source comes last. If that fails, the task ends, and venv/ has the rest.
    """
    pins = lockfile.merged(["prod", *layers])
    source = {name: pin for name, pin in pins.items() if name in formats.from_source()}
    wheels = {name: pin for name, pin in pins.items() if name not in source}
    there = interpreters.probe([str(project.venv_python())]) if stamp.is_intact(ROOT) and _is(wanted) else None
    base = there or wanted or interpreters.choose()
    with contextlib.nullcontext() if there else _made_anew(base):
        _fill(base, tools, wheels, source)
    kept = sources.kept(base, source)
    waiting = {name: pin for name, pin in source.items() if name not in kept}
    if waiting:
        stamp.write_unfinished(ROOT, layers)  # the tools are there: what a build lacks can be added with them
        sources.build(base, waiting)
    stamp.write(ROOT, layers)


def _fill(base: Interpreter, tools: list[str], wheels: Mapping[str, Pin], source: Mapping[str, Pin]) -> None:
    """Install the wheels and the project; meanwhile venv/ has no stamp, so that being killed is noticed."""
    before, packages = stamp.take(ROOT), stamp.installed(ROOT)
    try:
        installers.bring(base, wheels, source, tools)
    except BaseException:
        if stamp.installed(ROOT) == packages:  # nothing was changed: it is as good as it was
            stamp.put_back(ROOT, before)
        raise


def _note_if_stale() -> None:
    """Say in one line if a lock doesn't fit the hand-written files; if all do, the stamp remembers it.

    An environment without `packaging` can't tell, and says nothing.
    """
    if stamp.is_fresh(ROOT):
        return
    digest = stamp.hand_written(ROOT)
    code, output = processes.quietly([project.venv_python(), "-c", _STALE, ROOT])
    found = output.strip().splitlines()
    if code == 0 and found:
        more = f" (and {len(found) - 1} more)" if found[1:] else ""
        project.say(f"Note: a lock is stale. {found[0]}{more} Lock again: {project.typed('freeze')}", sys.stderr)
    elif code == 0:
        stamp.write_fresh(ROOT, digest)


@contextlib.contextmanager
def _made_anew(base: Interpreter) -> Iterator[None]:
    """Make venv/ with `base`, without pip, to be filled in the context; if that fails, the old one is back.

    Ends the task where venv/ is something else than an environment, or none can be made.
    """
    venv, aside = project.VENV, project.ROOT / "build" / "old-venv"
    if not os.access(project.ROOT, os.W_OK):
        project.fail(f"{project.ROOT} can't be written to. Make it yours, or clone the project into a folder that is.")
    if os.pathsep in str(project.ROOT):
        project.fail(
            f"An environment can't stand in {project.ROOT}: a “{os.pathsep}” in the path would cut the PATH in two. "
            f"Rename the folder, then: {project.typed('setup')}"
        )
    if is_there():
        if Path(sys.prefix).resolve() == venv:
            _go_on_outside(base)
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(exist_ok=True)
        try:
            venv.replace(aside)
        except OSError as error:
            project.fail(
                f"{venv.name}/ can't be replaced ({error.strerror}). Close what uses it, then: {project.typed('setup')}"
            )
    try:
        project.say(f"Creating {venv.name}/ with {base} ({base.path})")
        code, output = processes.quietly([base.path, "-m", "venv", "--without-pip", venv])
        if code != 0:
            project.say(scrubbing.last_words(output))
            project.fail(
                f"{base} could not make an environment. Choose another: {project.typed('setup --python 3.12')}"
            )
        yield
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        if aside.exists():
            aside.replace(venv)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        with contextlib.suppress(OSError):
            aside.parent.rmdir()


def is_there() -> bool:
    """Tell whether there is a venv/. Ends the task if it is anything but an environment: that isn't ours to remove."""
    venv = project.VENV
    if venv.is_symlink() or (venv.exists() and not venv.is_dir()):
        project.fail(f"{venv.name} is not a folder. Move it away, then type the same again.")
    if not venv.exists():
        return False
    if not (venv / "pyvenv.cfg").exists() and {entry.name for entry in venv.iterdir()} - _OF_VENV:
        project.fail(f"{venv.name}/ holds something else than an environment. Move it away, then type the same again.")
    return True


def _go_on_outside(base: Interpreter) -> None:
    """Leave the environment that is about to be made anew: this very process runs in it."""
    if sys.platform == "win32":  # a running program can't be removed there
        project.fail(
            f"{project.VENV.name}/ has to be made anew. Leave it (`deactivate`), then: {project.typed('setup')}"
        )
    project.replace_process([base.path, str(project.ROOT / "tasks.py"), *sys.argv[1:]])
