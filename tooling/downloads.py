"""The download cache: the locked pip, and a folder of wheels for each lock, all checked against their hashes.

pip's wheel is fetched once and unpacked, and run from there by the environment's interpreter. That costs a fraction
of ensurepip, works on a Python without it, and never depends on what the environment holds. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from tooling import index, lockfile, project
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin, normalized

WHEELS_ONLY = ["--only-binary", ":all:"]
KEEP_DAYS = 60  # what no set-up used for so long is deleted


def pip_command(interpreter: Interpreter) -> list[str | Path]:
    """Give the command that runs the locked pip on the environment's interpreter."""
    pin = lockfile.tool("pip")
    # The same file that `pip --python` starts: it needs no pip in the environment.
    runner = Path("pip") / "__pip-runner__.py"
    return [project.venv_python(), _unpacked(pin, lambda scratch: index.fetch_pip(interpreter, pin, scratch)) / runner]


def setuptools(pip: list[str | Path], interpreter: Interpreter, folder: Path) -> Path:
    """Give a folder with the locked setuptools, to build the project with; its wheel is in `folder` or fetched."""
    pin = lockfile.tool("setuptools")

    def wheel(scratch: Path) -> Path:
        there = folder if list(folder.glob("setuptools-*.whl")) else wheels(pip, interpreter, {pin.name: pin})
        return next(there.glob("setuptools-*.whl"))

    return _unpacked(pin, wheel)


def wheels(pip: list[str | Path], interpreter: Interpreter, pins: Mapping[str, Pin], reuse: bool = True) -> Path:
    """Give a folder with the wheels of `pins` for this interpreter, each checked against its hash.

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
    project.say(f"Downloading {packages(pins)}")
    command = [*pip, "download", "--no-deps", "--require-hashes", *WHEELS_ONLY, "--progress-bar", "off"]
    for earlier in house.iterdir() if reuse else ():
        command += ["--find-links", earlier]
    with tempfile.TemporaryDirectory(dir=house) as scratch, requirements(pins) as file:
        with _progress(len(pins)) as on_line:
            code, output = project.run([*command, "-d", Path(scratch) / "wheels", "-r", file], on_line=on_line)
        if code != 0:
            give_up(output, "pip could not download what is locked.")
        with contextlib.suppress(OSError):  # another set-up may have been first
            (Path(scratch) / "wheels").replace(folder)
    _prune(house)
    return folder


def halves(pins: Mapping[str, Pin], folder: Path) -> list[dict[str, Pin]]:
    """Share `pins` out to two pips that install side by side, by the size of their wheels in `folder`.

    pip unpacks one file after the other, and that is most of its time: two take little more than half of it.
    """
    sizes = {normalized(wheel.name.split("-")[0]): wheel.stat().st_size for wheel in folder.glob("*.whl")}
    shares: list[dict[str, Pin]] = [{}, {}]
    totals = [0, 0]
    for name in sorted(pins, key=lambda name: -sizes.get(name, 0)):
        least = totals.index(min(totals))
        shares[least][name] = pins[name]
        totals[least] += sizes.get(name, 0)
    return [share for share in shares if share]


@contextlib.contextmanager
def requirements(pins: Mapping[str, Pin]) -> Iterator[Path]:
    """Write `pins` to a requirements file that lasts as long as the context."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(pin.text for pin in pins.values()) + "\n", encoding="utf-8")
        yield file


def packages(pins: Mapping[str, Pin]) -> str:
    """Write how many packages there are, or which one."""
    return f"{len(pins)} packages" if len(pins) != 1 else " ".join(next(iter(pins.values()))[:2])


def give_up(output: str, sentence: str, instead: str = "setup") -> NoReturn:
    """End the task after a failure of pip or uv: their last words, `sentence`, and what to type next."""
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


def _unpacked(pin: Pin, wheel: Callable[[Path], Path]) -> Path:
    """Give the folder that a wheel was unpacked to; `wheel` puts it into a folder it is given, the first time."""
    house = project.cache() / "unpacked"
    house.mkdir(parents=True, exist_ok=True)
    folder = (
        house / f"{pin.name}-{pin.version}-{hashlib.sha256(' '.join(sorted(pin.hashes)).encode()).hexdigest()[:12]}"
    )
    if folder.exists():
        os.utime(folder)
        return folder
    with tempfile.TemporaryDirectory(dir=house) as scratch:
        found = wheel(Path(scratch))
        if f"sha256:{hashlib.sha256(found.read_bytes()).hexdigest()}" not in pin.hashes:
            project.fail(f"{found.name} is not the file that was locked. Type the same again to fetch it anew.")
        with zipfile.ZipFile(found) as archive:
            archive.extractall(Path(scratch) / "unpacked")
        with contextlib.suppress(OSError):  # another set-up may have been first
            (Path(scratch) / "unpacked").replace(folder)
    _prune(house)
    return folder


def _prune(house: Path) -> None:
    for folder in house.iterdir():
        if time.time() - folder.stat().st_mtime > KEEP_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)


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
