"""What `setup` and `install` do: venv/ is filled from the locks, and stamped when it is done."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Sequence

from tooling import files, lockfile, processes, project, start
from tooling.environment import installer, venv

_CALL = "import sys; sys.path.insert(0, sys.argv[1]); "
_CALL += "from tooling.environment import setup; setup.answer(*sys.argv[2:])"


def setup(
    python: str = "",
    installed_by: str = "",
    layers: Sequence[str] = (),
    hooks: bool = True,
    always: bool = False,
) -> None:
    """Bring everything to what the locks say: venv/, its packages, the project, the git hook.

    `python` and `installed_by` choose as `venv.choose` and `installer.choose` say; `layers` are
    locks (default: what is installed, else dev). `always` does so whatever the stamp says.
    """
    started = time.monotonic()
    with processes.alone("setup"):
        names = tuple(sorted({*layers})) or start.layers() or ("dev",)
        for group in files.settings("freeze").get("exclusive", []) if layers else []:
            both = sorted({*group} & {*names})
            if both[1:]:
                project.fail(f"The layers {' and '.join(both)} exclude each other: choose one.", 2)
        done = "" if always or not venv.is_of(python) else start.nothing_to_do(names)
        if not done:
            _fill(names, python, installed_by)
        seconds = f"{time.monotonic() - started:.0f} s"
        project.say(done or f"venv/ is ready after {seconds}. {project.ACTIVATION}")
        if "dev" in names and not done:
            call("tooling.locking.requirements", "note")
    if hooks and "dev" in names:
        use_hook()


def _fill(layers: tuple[str, ...], python: str, installed_by: str) -> None:
    """Bring the venv/ that is there to the locks; one that isn't as it was left is made again."""
    every = ["prod", *layers]
    pins, options, source = lockfile.merged(every), lockfile.options(every), files.from_source()
    for gone in sorted({*start.layers()} - {*layers}):
        project.say(f"Leaving out what was installed before: layer {gone}")
    fit = start.state(layers) >= start.UNTOUCHED and venv.is_of(python)
    base = venv.probe(project.program("python")) if fit else None
    base = base or venv.choose(python)
    with contextlib.nullcontext() if fit else venv.made(base):
        chosen = installer.choose(installed_by, base)
        if "setuptools" in installer.installed():
            installer.check_setup_py()  # before anything is changed, as is all that can be checked
        before = start.stamp()
        start.write_stamp([])  # being killed is noticed
        try:
            installer.install(chosen, options, pins, source)
        except BaseException:
            start.write_stamp(before)  # the names in venv/ tell what was changed
            raise
    start.write_stamp(start.facts(layers))


def use_hook() -> None:
    """Have git use the hook in .githooks/; say why where that can't be."""
    git, how = project.ROOT / ".git", ["git", "config", "core.hooksPath"]
    own = git / "hooks" / "pre-commit"
    try:
        present = processes.run(how).text.strip()
        if present == ".githooks":
            return
        problem = f"core.hooksPath is {present}" if present else ""
        if not git.exists():
            problem = "this is no git repository of its own (git init)"
        elif own.is_file() and b"pre-commit.com" not in own.read_bytes():
            problem = ".git/hooks/pre-commit is one of your own"
        problem = problem or processes.run([*how, ".githooks"]).words
    except FileNotFoundError:
        problem = "git is not on the PATH"
    again = f"No git hook: {problem}. To use it all the same: {' '.join(how)} .githooks"
    project.say(again if problem else "Git hook in use: each commit is checked with pre-commit")


def python(note: bool = True) -> Path:
    """Return venv/'s interpreter; with `note`, say if the locks moved on since it was filled.

    Ends the task if there is none, or it hasn't the tools.
    """
    layers = start.layers()
    state = start.state(layers)
    if state < start.INTACT:
        project.fail("There is no working environment yet.", then="setup")
    if "dev" not in layers:
        again = " --layer ".join(["setup", *sorted({"dev", *layers})])
        project.fail("The tools are not in venv/, which has no layer dev.", then=again)
    if note and state < start.CURRENT:
        again = f"To bring it there: {project.typed('setup')}"
        project.say(f"Note: venv/ is older than the locks or requirements. {again}", sys.stderr)
    return project.program("python")


def call(module: str, function: str, *arguments: Any) -> None:
    """Call a function of the tooling with what JSON can hold, in venv/, where the packages are.

    Ends the task as the function does. Makes venv/ if need be: the locks may have to be changed.
    """
    if start.state() < start.INTACT:
        setup()
    # It reads pip's settings, so it gets their variables, and sees to what its children get.
    own = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    asked = [module, function, json.dumps(arguments)]
    command = [python(note=False), "-c", _CALL, project.ROOT, *asked]
    done = processes.run(command, env=own, cwd=Path.cwd(), shown=True)
    if done.code:
        raise SystemExit(done.code)


def answer(module: str, function: str, arguments: str) -> None:
    """Do what `call` asked for."""
    try:
        getattr(importlib.import_module(module), function)(*json.loads(arguments))
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # whoever called says it
