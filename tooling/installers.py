"""pip and uv: each brings an environment to a lock, hashes checked, wheels only, nothing else left in it.

What is taken as source is built afterwards, by `sources`.

Standard library only.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tooling import downloads, formats, lockfile, pipsettings, processes, project, scrubbing, sources
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin, normalized

# Editable installs no longer leave the .egg-info folder that the lesson shows.
EGG_INFO: list[str | Path] = [project.venv_python(), "setup.py", "-q", "egg_info"]


def choose(name: str) -> list[str]:
    """Give what installs, in the order to try: pip or uv as named, for "" uv first where it is on the PATH."""
    if name not in ("", "pip", "uv"):
        project.fail(f"--installer takes pip or uv, not “{name}”.")
    if name == "uv" and not shutil.which("uv"):
        project.fail(f"There is no uv on the PATH. Install it, or use pip: {project.typed('setup --installer pip')}")
    if name:
        return [name]
    return ["uv", "pip"] if shutil.which("uv") else ["pip"]


def bring(interpreter: Interpreter, pins: Mapping[str, Pin], source: Mapping[str, Pin], tools: list[str]) -> None:
    """Bring venv/ to the wheels of `pins`, then install the project. Ends the task if the last of `tools` fails.

    What was built from `source` before stays; whatever else is in venv/ goes.
    """
    if source:
        _whole(interpreter)  # what is damaged isn't kept
    kept = sources.kept(interpreter, source)
    for tool in tools:
        if tool == "pip":
            return with_pip(interpreter, pins, kept, and_project=True)
        code, output = _with_uv(interpreter, pins, kept)
        if code == 0:
            return
        if "pip" not in tools:
            downloads.give_up(output, "uv could not install what is locked.", "setup --installer pip")
        # pip may still know a way to the index that uv doesn't.
        why = scrubbing.scrubbed(_last_line(output))
        project.say(f"uv could not install what is locked ({why}); trying pip.")


def with_pip(interpreter: Interpreter, pins: Mapping[str, Pin], kept: Mapping[str, Pin], and_project: bool) -> None:
    """Bring venv/ to `pins` and `kept` with pip, and the project too if asked for. Ends the task if pip fails."""
    pip = downloads.pip_command(interpreter)
    for first in (True, False):
        wheels = downloads.wheels(pip, interpreter, pins)
        _remove_unlocked(interpreter, pins, kept, [*pip, "uninstall", "-q", "-y"])
        project.say(f"Installing {downloads.packages(pins)} with pip")
        with contextlib.ExitStack() as stack:
            # --no-compile: compiling all of scikit-learn takes longer than the rest together; imports do it as needed.
            how: list[str | Path] = [
                "--no-deps",
                "--no-compile",
                "--require-hashes",
                *formats.WHEELS_ONLY,
                "--no-index",
                "--find-links",
                wheels[0].parent if wheels else project.ROOT,
            ]
            commands: list[tuple[list[str | Path], dict[str, str]]] = []
            for half in downloads.halves(pins, wheels):
                file = stack.enter_context(downloads.requirements(half))
                commands.append(([*pip, "install", "-q", *how, "-r", file], processes.environment_variables()))
            if and_project:
                # Built from an unpacked setuptools: it needn't wait for the packages, nor be one of them. What it
                # brings along comes before the same packages in venv/, which are being written at this moment.
                setuptools = downloads.tool("setuptools", pip, interpreter, wheels)
                path = os.pathsep.join([str(setuptools), str(setuptools / "setuptools" / "_vendor")])
                env = processes.environment_variables(PYTHONPATH=path)
                editable = [*pip, "install", "--no-deps", "--no-compile", "--no-build-isolation", "-e", "."]
                commands.append((editable, env))
            results = processes.together(commands)
            if and_project:
                if results[-1][0]:  # a plugin of setuptools may have been there in part only: once more, alone
                    results[-1] = processes.quietly(editable, env=env)
                # Not side by side with the build, which reads the same folder.
                results.append(processes.quietly(EGG_INFO, env=env))
        failed = [output for code, output in results if code]
        if not failed:
            if and_project:
                _say_installed(results[-2][1])
            return
        if not first or not _is_damaged(failed[0]):
            downloads.give_up(failed[0], "pip could not install what is locked, or the project itself.")
        downloads.forget(interpreter, pins)  # once more, with every wheel checked anew


def _with_uv(interpreter: Interpreter, pins: Mapping[str, Pin], kept: Mapping[str, Pin]) -> tuple[int, str]:
    there: list[str | Path] = ["--python", project.venv_python()]
    _whole(interpreter)  # takes the metadata of what is damaged away: uv goes by that
    project.say(f"Installing {downloads.packages(pins)} with uv")
    with downloads.requirements({**pins, **kept}) as file:
        settings = pipsettings.read("install")
        how = ["-q", "--require-hashes", *formats.WHEELS_ONLY, *pipsettings.uv_flags(settings)]
        how += [f"--reinstall-package={name}" for name in _stale(interpreter, kept) & set(pins)]
        env = processes.environment_variables(**pipsettings.for_uv(settings))
        code, output = processes.quietly(["uv", "pip", "sync", *how, *there, file], env=env)
    if code:
        return code, output
    # It leaves pip, setuptools, wheel and uv where they are.
    _remove_unlocked(interpreter, pins, kept, ["uv", "pip", "uninstall", "-q", *there])
    with downloads.requirements({"setuptools": lockfile.tool("setuptools")}) as file:
        build: list[str | Path] = ["--no-build-isolation"] if "setuptools" in pins else ["--build-constraint", file]
        editable = ["uv", "pip", "install", "--color", "never", *there, "--no-deps", *build, "-e", "."]
        code, output = processes.quietly(editable)
    if code:
        return code, output
    _say_installed(output)
    return processes.quietly(EGG_INFO) if "setuptools" in pins else (0, "")


def _say_installed(output: str) -> None:
    version = re.search(rf"(?:Successfully installed |[+~] ){project.DISTRIBUTION}(?:-|==)(\S+)", output)
    project.say(
        f"Successfully installed {project.DISTRIBUTION}-{version[1]}" if version else scrubbing.last_words(output)
    )


def _remove_unlocked(
    interpreter: Interpreter, pins: Mapping[str, Pin], kept: Mapping[str, Pin], uninstall: list[str | Path]
) -> None:
    """Remove what isn't locked, and the metadata of what is damaged, so that it counts as not installed."""
    locked = {*pins, *kept, project.DISTRIBUTION} - _stale(interpreter, kept)
    unlocked = sorted(_whole(interpreter) - locked)
    if unlocked:
        project.say(f"Removing what isn't locked: {', '.join(unlocked)}")
        _must([*uninstall, *unlocked], "Packages could not be removed from venv/.")


def _stale(interpreter: Interpreter, kept: Mapping[str, Pin]) -> set[str]:
    """Give the names of packages that were built from another source than is locked, or are taken as wheels now."""
    return set(sources.built(interpreter)) - set(kept)


def _whole(interpreter: Interpreter) -> set[str]:
    """Give the names of the packages in venv/; one with files missing loses its metadata, and isn't among them."""
    from importlib import metadata  # not in Python 3.7, which has to import this file

    names = set()
    for folder in project.site_packages(project.VENV, interpreter.version).glob("*.dist-info"):
        found = metadata.PathDistribution(folder)
        name = found.metadata["Name"]
        # Not found.files: since Python 3.12 that leaves out what is missing.
        rows = csv.reader((found.read_text("RECORD") or "").splitlines())
        files = [row[0] for row in rows if row and not row[0].endswith(".pyc")]
        if name and files and all((folder.parent / file).exists() for file in files):
            names.add(normalized(name))
        else:
            shutil.rmtree(folder)
    return names


def _must(command: list[str | Path], sentence: str) -> None:
    code, output = processes.quietly(command)
    if code != 0:
        downloads.give_up(output, sentence)


def _is_damaged(output: str) -> bool:
    return any(
        sign in output for sign in ("DO NOT MATCH THE HASHES", "No matching distribution", "is invalid", "BadZipFile")
    )


def _last_line(output: str) -> str:
    lines = [line.strip(" ×╰─▶·") for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
