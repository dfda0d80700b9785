"""What `setup` and `install` do: venv/ is filled from the locks, and stamped when it is done."""

import contextlib
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Sequence

from tooling import files, processes, project, start
from tooling.environment import installer, venv

_CALL = """
import importlib, json, sys
root, module, function, arguments = sys.argv[1:]
sys.path.insert(0, root)
try:
    getattr(importlib.import_module(module), function)(*json.loads(arguments))
except KeyboardInterrupt:
    sys.exit(130)  # whoever called says it
"""


def setup(python: str, installed_by: str, layers: Sequence[str], hooks: bool, always: bool) -> None:
    """Bring venv/ to the locks of `layers`; `always` does so whatever the stamp says."""
    started = time.monotonic()
    with processes.alone("setup"):
        names = tuple(sorted({*layers})) or start.layers() or ("dev",)
        for group in files.settings("freeze").get("exclusive", []) if layers else []:
            both = sorted({*group} & {*names})
            if both[1:]:
                project.fail(f"The layers {' and '.join(both)} exclude each other: choose one.", 2)
        present = venv.present(python)
        done = start.nothing_to_do(names) if present and not always else ""
        if not done:
            fit = present if start.state(names) >= start.UNTOUCHED else None
            _fill(names, fit, python, installed_by, always)
        seconds = f"{time.monotonic() - started:.0f} s"
        project.say(done or f"venv/ is ready after {seconds}. {project.ACTIVATION}")
        if "dev" in names and not done:
            call("tooling.locking.requirements", "note")
    if hooks and "dev" in names:
        use_hook()


def _fill(
    layers: tuple[str, ...], fit: venv.Python | None, python: str, installed_by: str, always: bool
) -> None:
    """Bring venv/ to the locks; unless its Python is `fit` to stay, it is made again."""
    pins, options = files.merged(["prod", *layers]), files.options(["prod", *layers])
    for gone in sorted({*start.layers()} - {*layers}):
        project.say(f"Leaving out what was installed before: layer {gone}")
    base = (fit and venv.probe(fit.path)) or venv.choose(python)  # which knows of its own pip
    with contextlib.nullcontext() if fit else venv.made(base):
        chosen = installer.choose(installed_by, base)
        before, whole = start.stamp(), always or start.state(layers) < start.INSTALLED
        start.write_stamp([])  # being killed is noticed
        try:
            installer.install(chosen, options, pins, whole)
        except BaseException:
            start.write_stamp(before)  # the names in venv/ tell what was changed
            raise
    start.write_stamp(start.facts(layers))


def use_hook() -> None:
    """Have git use the hook in .githooks/; say why where that can't be."""
    git, how = project.ROOT / ".git", ["git", "config", "core.hooksPath"]
    own = git / "hooks" / "pre-commit"
    present = processes.run(how).text.strip() if shutil.which("git") else None
    if present == ".githooks":
        return
    if present is None:
        problem = "git is not on the PATH"
    elif not git.exists():
        problem = "this is no git repository of its own (git init)"
    elif own.is_file() and b"pre-commit.com" not in own.read_bytes():
        problem = ".git/hooks/pre-commit is one of your own"
    else:
        set_already = f"core.hooksPath is {present}" if present else ""
        problem = set_already or processes.run([*how, ".githooks"]).words
    again = f"No git hook: {problem}. To use it all the same: {' '.join(how)} .githooks"
    project.say(again if problem else "Git hook in use: each commit is checked with pre-commit")


def python(note: bool = True) -> Path:
    """Return venv/'s interpreter, if the tools are there; `note` says if the locks moved on."""
    layers = start.layers()
    if "dev" not in layers:
        again = " --layer ".join(["setup", *sorted({"dev", *layers})])
        project.fail("The tools are not in venv/, which has no layer dev.", then=again)
    if note and start.state(layers) < start.CURRENT:
        again = project.typed("setup")
        project.say(f"Note: venv/ is older than the locks or requirements: {again}", sys.stderr)
    return project.program("python")


def call(module: str, function: str, *arguments: Any) -> None:
    """Call a function of the tooling with what JSON can hold in venv/, which is made if need be."""
    if start.state() < start.INTACT:
        setup("", "", (), hooks=True, always=False)
    # It reads pip's settings, so it gets their variables, and sees to what its children get.
    own = processes.inherited("PIP_", "UV_")
    asked = [project.ROOT, module, function, json.dumps(arguments)]
    command = [python(note=False), "-c", _CALL, *asked]
    code = processes.run(command, env=own, cwd=Path.cwd(), shown=True).code
    if code:
        raise SystemExit(code)
