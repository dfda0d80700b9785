"""pip and uv: each brings an environment to a lock, hashes checked, wheels only.

pip is the one of the lock: its wheel is fetched once, checked and unpacked in the download cache, and run
from there by the environment's interpreter. That costs a fraction of ensurepip, works on a Python without it,
and never depends on what the environment holds. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tooling import index, lockfile, project
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin, normalized

WHEELS_ONLY = ["--only-binary", ":all:"]
KEEP_DAYS = 60  # a downloaded wheel that no set-up used for so long is deleted


def choose(name: str) -> list[str]:
    """Give what installs, in the order to try: pip or uv as named, for "" uv first where it is on the PATH."""
    if name not in ("", "pip", "uv"):
        project.fail(f"--installer takes pip or uv, not “{name}”.")
    if name == "uv" and not shutil.which("uv"):
        project.fail(f"There is no uv on the PATH. Install it, or use pip: {project.typed('setup --installer pip')}")
    if name:
        return [name]
    return ["uv", "pip"] if shutil.which("uv") else ["pip"]


def bring(interpreter: Interpreter, pins: Mapping[str, Pin], tools: list[str]) -> None:
    """Bring venv/ to `pins`, then install the project into it. Ends the task if the last of `tools` fails."""
    for tool in tools:
        if tool == "pip":
            with_pip(interpreter, pins)
        else:
            code, output = _with_uv(interpreter, pins)
            if code != 0 and "pip" not in tools:
                _give_up(output, "uv could not install what is locked.", "setup --installer pip")
            if code != 0:  # uv doesn't read pip's settings: pip may still know the way to the index
                project.say(f"uv could not install what is locked ({_last_line(output)}); trying pip.")
                continue
        return _install_project(interpreter, pins, tool)


def with_pip(interpreter: Interpreter, pins: Mapping[str, Pin]) -> None:
    """Bring venv/ to `pins` with pip. Ends the task if pip fails."""
    pip = pip_command(interpreter, pins)
    _remove_unlocked(interpreter, pins, [*pip, "uninstall", "-q", "-y"])
    with _requirements(pins) as file:
        for first in (True, False):
            wheels = _download(pip, interpreter, pins, file, reuse=first)
            project.say(f"Installing {_packages(pins)} with pip")
            # --no-compile: compiling all of scikit-learn takes longer than the rest together; imports do it as needed.
            command = [*pip, "install", "-q", "--no-deps", "--no-compile", "--require-hashes", *WHEELS_ONLY]
            code, output = project.quietly([*command, "--no-index", "--find-links", wheels, "-r", file])
            if code == 0:
                return
            if not first:
                _give_up(output, "pip could not install what is locked.")
            shutil.rmtree(wheels)  # a damaged download: once more, all of it from the index


def _with_uv(interpreter: Interpreter, pins: Mapping[str, Pin]) -> tuple[int, str]:
    there: list[str | Path] = ["--python", project.venv_python()]
    # `uv pip sync` leaves pip, setuptools, wheel and uv where they are.
    _remove_unlocked(interpreter, pins, ["uv", "pip", "uninstall", "-q", *there])
    project.say(f"Installing {_packages(pins)} with uv")
    with _requirements(pins) as file:
        return project.quietly(["uv", "pip", "sync", "-q", "--require-hashes", *WHEELS_ONLY, *there, file])


def _remove_unlocked(interpreter: Interpreter, pins: Mapping[str, Pin], uninstall: list[str | Path]) -> None:
    unlocked = sorted(_installed(interpreter) - set(pins) - {project.PACKAGE})
    if unlocked:
        project.say(f"Removing what isn't locked: {', '.join(unlocked)}")
        _must([*uninstall, *unlocked], "Packages could not be removed from venv/.")


def _install_project(interpreter: Interpreter, pins: Mapping[str, Pin], tool: str) -> None:
    """Install the project itself, editable, built with the locked setuptools."""
    setuptools = {name: pin for name, pin in lockfile.merged(["dev"]).items() if name == "setuptools"}
    with _requirements(setuptools) as file:
        build = ["--no-build-isolation"] if "setuptools" in pins else ["--build-constraint", file]
        command: list[str | Path] = ["uv", "pip", "install", "--color", "never", "--python", project.venv_python()]
        if tool == "pip":
            command = [*pip_command(interpreter, pins), "install", "--no-compile"]
        code, output = project.quietly([*command, "--no-deps", *build, "-e", "."])
    if code != 0:
        _give_up(output, "The project itself could not be installed; see setup.py and requirements.txt.")
    version = re.search(rf"{project.PACKAGE}(?:-|==)(\S+)(?: \(from.*)?$", output, re.MULTILINE)
    project.say(f"Successfully installed {project.PACKAGE}-{version[1]}" if version else output.strip())
    if "setuptools" in pins:  # editable installs no longer leave the .egg-info folder that the lesson shows
        _must([project.venv_python(), "setup.py", "-q", "egg_info"], "The project's metadata could not be written.")


def pip_command(interpreter: Interpreter, pins: Mapping[str, Pin]) -> list[str | Path]:
    """Give the command that runs the locked pip on the environment's interpreter."""
    pin = pins.get("pip") or lockfile.merged(["dev"])["pip"]
    short = hashlib.sha256(" ".join(sorted(pin.hashes)).encode()).hexdigest()[:12]
    folder = project.cache() / "pip" / f"{pin.version}-{short}"
    runner = folder / "pip" / "__pip-runner__.py"  # what `pip --python` starts, too
    if not runner.exists():
        project.say(f"Fetching pip {pin.version}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            wheel = index.fetch_pip(interpreter, pin, Path(scratch))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(Path(scratch) / "unpacked")
            with contextlib.suppress(OSError):  # another set-up may have been first
                (Path(scratch) / "unpacked").replace(folder)
    return [project.venv_python(), runner]


def _download(
    pip: list[str | Path], interpreter: Interpreter, pins: Mapping[str, Pin], file: Path, reuse: bool
) -> Path:
    """Give a folder with the wheels of this lock for this interpreter, each checked against its hash.

    Installing from a folder spares pip the index's pages, nearly half its time, and works with no network.
    Of a changed lock only the changed wheels are downloaded: `reuse` looks for the others in earlier folders.
    """
    house = project.cache() / "wheels"
    house.mkdir(parents=True, exist_ok=True)
    key = "".join(pin.text for _, pin in sorted(pins.items())) + interpreter.platform + str(interpreter.version[:2])
    folder = house / hashlib.sha256(key.encode()).hexdigest()[:16]
    if folder.exists():
        os.utime(folder)
        return folder
    project.say(f"Downloading {_packages(pins)}")
    command = [*pip, "download", "--no-deps", "--require-hashes", *WHEELS_ONLY, "--progress-bar", "off"]
    with tempfile.TemporaryDirectory(dir=house) as scratch:
        earlier = [other for other in house.iterdir() if reuse and not Path(scratch).samefile(other)]
        for other in earlier:
            command += ["--find-links", other]
        with _progress(len(pins)) as on_line:
            code, output = project.run([*command, "-d", Path(scratch) / "wheels", "-r", file], on_line=on_line)
        if code != 0:
            _give_up(output, "pip could not download what is locked.")
        with contextlib.suppress(OSError):
            (Path(scratch) / "wheels").replace(folder)
    for other in house.iterdir():
        if time.time() - other.stat().st_mtime > KEEP_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)
    return folder


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Count pip's “Collecting” lines on one line of a terminal; elsewhere show nothing."""
    done = 0

    def on_line(line: str) -> None:
        nonlocal done
        if line.startswith("Collecting ") and sys.stdout.isatty():
            done += 1
            print(f"\r  {done}/{total} {line.split()[1].split('==')[0]:40.40}", end="", flush=True)

    yield on_line
    if done:
        print("\r" + " " * 60 + "\r", end="", flush=True)


@contextlib.contextmanager
def _requirements(pins: Mapping[str, Pin]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(pin.text for pin in pins.values()) + "\n", encoding="utf-8")
        yield file


def _installed(interpreter: Interpreter) -> set[str]:
    from importlib import metadata  # not in Python 3.7, which has to import this file

    folder = project.site_packages(project.VENV, interpreter.version)
    names = (each.metadata["Name"] for each in metadata.distributions(path=[str(folder)]))
    return {normalized(name) for name in names if name}  # half an uninstall leaves metadata without a name


def _packages(pins: Mapping[str, Pin]) -> str:
    return f"{len(pins)} packages" if len(pins) != 1 else f"{next(iter(pins))} {next(iter(pins.values())).version}"


def _must(command: list[str | Path], sentence: str) -> None:
    code, output = project.quietly(command)
    if code != 0:
        _give_up(output, sentence)


def _give_up(output: str, sentence: str, instead: str = "setup") -> None:
    project.say("\n".join(output.strip().splitlines()[-15:]))
    project.fail(f"{sentence} {_advice(output)} Then: {project.typed(instead)}")


def _advice(output: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return "A file differs from the one that was locked; if the index is one you trust, lock again: invoke freeze."
    if "No matching distribution" in output or "no wheels" in output:
        oldest, newest = (".".join(map(str, version)) for version in (project.OLDEST, project.NEWEST))
        return f"The locks serve Python {oldest} to {newest}: another one may find no wheels; --python chooses."
    if "No space left" in output:
        return "The disk is full: free some space."
    return "Check the network, and pip's settings for the index (pip config list)."


def _last_line(output: str) -> str:
    lines = [line.strip(" ×╰─▶·") for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
