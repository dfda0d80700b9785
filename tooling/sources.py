"""Builds the packages that are taken as source, each with what the locks hold and nothing else.

Standard library only.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from typing import NoReturn

from tooling import downloads, formats, lockfile, processes, project, scrubbing
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin, normalized

_NOTE = "built-from"  # beside a package's metadata: the hashes, one of which is that of what it was built from
# pip's words.
_MISSING = re.compile(r"Some build dependencies for .* are missing: (.*)\.$", re.MULTILINE)
_CONFLICT = re.compile(r"Some build dependencies for .* conflict with .*: (\S+) is incompatible with (.*?)[,.]", re.M)
_NO_MODULE = re.compile(r"^\s*ModuleNotFoundError: No module named '([\w.]+)'", re.MULTILINE)


def built(interpreter: Interpreter) -> dict[str, str]:
    """Give what `build` has left in venv/: by name, the hashes that it was built by."""
    notes = project.site_packages(project.VENV, interpreter.version).glob(f"*.dist-info/{_NOTE}")
    return {normalized(note.parent.name.split("-")[0]): note.read_text(encoding="utf-8") for note in notes}


def kept(interpreter: Interpreter, pins: Mapping[str, Pin]) -> dict[str, Pin]:
    """Give those of `pins` that needn't be built again: venv/ has them, built from what the lock says."""
    there = built(interpreter)
    return {name: pin for name, pin in pins.items() if there.get(name) == _hashes(pin)}


def build(interpreter: Interpreter, pins: Mapping[str, Pin]) -> None:
    """Build `pins` from their source distributions and install them into venv/, which has all the other packages.

    Their code runs only after its hash was checked, and finds the locked setuptools and what is installed: nothing is
    fetched to build with. Ends the task where one can't be fetched or built, or needs to build what isn't there.
    """
    pip = downloads.pip_command(interpreter)
    tools = [downloads.tool(name, pip, interpreter) for name in formats.BUILDERS]
    env = processes.environment_variables(PYTHONPATH=os.pathsep.join(map(str, tools)))
    how = [*pip, "install", "-q", "--no-deps", "--no-compile", "--require-hashes", *formats.WHEELS_ONLY]
    # pip's cache may have a wheel that was made of the same source elsewhere, with whatever was at hand there.
    how += ["--no-cache-dir", "--no-build-isolation", "--check-build-dependencies", "--no-binary"]
    waiting = dict(pins)
    while waiting:
        missing: dict[str, str] = {}
        for name, pin in waiting.items():
            project.say(f"Building {name} {pin.version} from source")
            with downloads.requirements({name: pin}) as file:
                code, output = processes.quietly([*how, name, "-r", file], env=env)
            if code == 0:
                _note(interpreter, pin)
            elif _MISSING.search(output):
                missing[name] = output  # maybe another one of these, that comes after it
            else:
                _give_up(pin, output)
        if len(missing) == len(waiting):
            name, output = next(iter(missing.items()))
            _give_up(pins[name], output)
        waiting = {name: pins[name] for name in missing}


def _note(interpreter: Interpreter, pin: Pin) -> None:
    folders = project.site_packages(project.VENV, interpreter.version).glob(f"*-{pin.version}.dist-info")
    for folder in folders:
        if normalized(folder.name.split("-")[0]) == pin.name:
            (folder / _NOTE).write_text(_hashes(pin), encoding="utf-8")
            with (folder / "RECORD").open("a", encoding="utf-8", newline="") as record:  # so that it goes with the rest
                record.write(f"{folder.name}/{_NOTE},,\n")


def _hashes(pin: Pin) -> str:
    return " ".join(sorted(pin.hashes))


def _give_up(pin: Pin, output: str) -> NoReturn:
    """End the task: say in a sentence why a package was not built, and what to type."""
    what = f"{pin.name} {pin.version}"
    missing, conflict, module = (pattern.search(output) for pattern in (_MISSING, _CONFLICT, _NO_MODULE))
    if missing:
        needed = [each.partition(";")[0].strip() for each in ast.literal_eval(f"[{missing[1]}]")]
        project.fail(
            f"{what} can't be built without {' and '.join(needed)}, and nothing else is fetched. {_add(needed)}"
        )
    if conflict:
        project.fail(f"{what} can't be built with {conflict[1]}, which is locked. {_add([conflict[2]])}")
    if "No matching distribution" in output:
        project.fail(
            f"No source of {what} was found: the index has none, or wasn't reached. Take --no-binary {pin.name} out of "
            f"pip-args, or check the network and pip's settings (pip config list). Then: {project.typed('setup')}"
        )
    if "subprocess-exited-with-error" not in output:
        downloads.give_up(output, f"The source of {what} could not be fetched.")
    project.say(scrubbing.last_words(output))
    if module:
        needs = f"its code wants the module {module[1]}. Lock the package that has it"
        project.fail(f"{what} could not be built: {needs}: {project.typed('add PACKAGE --layer dev')}")
    project.fail(f"{what} could not be built. See above what it needs, then: {project.typed('setup')}")


def _add(needed: list[str]) -> str:
    """Say how to have requirements locked and installed: by adding them, or by naming the layer that has them."""
    names = [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in needed]
    lock = lockfile.lock("dev")
    there = lockfile.read(lock)
    if names == needed and all(normalized(name) in there for name in names):
        return f"{lock.name} has that: name the layer, too, with --layer dev."
    words = [each if each == name else f'"{each}"' for each, name in zip(needed, names)]
    return f"Lock what it needs: {project.typed(' '.join(['add', *words, '--layer dev']))}"
