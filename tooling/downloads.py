"""The download cache: the locked pip, and the wheels of the locks, all checked against their hashes.

pip's wheel is fetched once and unpacked, and run from there by the environment's interpreter. That costs a fraction
of ensurepip, works on a Python without it, and never depends on what the environment holds. Standard library only.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from tooling import formats, index, lockfile, processes, project, scrubbing
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin, normalized

KEEP_DAYS = 60  # what no set-up used for so long is deleted


def pip_command(interpreter: Interpreter) -> list[str | Path]:
    """Give the command that runs the locked pip on the environment's interpreter."""
    pin = lockfile.tool("pip")
    # The same file that `pip --python` starts: it needs no pip in the environment.
    runner = Path("pip") / "__pip-runner__.py"
    return [project.venv_python(), _unpacked(pin, lambda scratch: index.fetch_pip(interpreter, pin, scratch)) / runner]


def tool(name: str, pip: list[str | Path], interpreter: Interpreter, there: Sequence[Path] = ()) -> Path:
    """Give a folder with a locked tool, to build with, such as setuptools; its wheel is one of `there`, or fetched."""
    pin = lockfile.tool(name)
    wheel = next((wheel for wheel in there if wheel.name.startswith(f"{name}-")), None)
    return _unpacked(pin, lambda scratch: wheel or wheels(pip, interpreter, {pin.name: pin})[0])


def wheels(pip: list[str | Path], interpreter: Interpreter, pins: Mapping[str, Pin]) -> list[Path]:
    """Give the wheels of `pins` for this interpreter, all in one folder; each was checked against its hash.

    Installing from a folder spares pip the index's pages, nearly half its time, and works with no network. The folder
    serves all locks, so that a wheel is downloaded once; which of them a lock takes is listed beside them.
    """
    house = _house("wheels")
    listing = house / (_key(interpreter, pins) + ".txt")
    if listing.exists():
        found = [house / name for name in listing.read_text(encoding="utf-8").splitlines()]
        if all(wheel.exists() for wheel in found):
            for used in (listing, *found):
                os.utime(used)
            return found
    project.say(f"Downloading {packages(pins)}")
    with tempfile.TemporaryDirectory(dir=house) as folder, requirements(pins) as file:
        scratch = Path(folder)
        for wheel in house.glob("*.whl"):  # pip checks what it finds in place, and fetches only what differs
            _link(wheel, scratch / wheel.name)
        command = [*pip, "download", "--no-deps", "--require-hashes", *formats.WHEELS_ONLY, "--progress-bar", "off"]
        with _progress(len(pins)) as on_line:
            code, output = processes.run([*command, "-d", scratch, "-r", file], on_line=on_line)
        if code != 0:
            _give_up_without_wheel(command, pins, output)
            give_up(output, "pip could not download what is locked.")
        said = re.findall(r"^\s*(?:Saved|File was already downloaded) .*?([^/\\]+\.whl)$", output, re.MULTILINE)
        names = list(dict.fromkeys(said))  # of a damaged file it says both
        for name in names:
            (scratch / name).replace(house / name)
        new = scratch / listing.name
        new.write_text("\n".join(names), encoding="utf-8")
        new.replace(listing)
    _prune(house)
    return [house / name for name in names]


def forget(interpreter: Interpreter, pins: Mapping[str, Pin]) -> None:
    """Have the wheels of `pins` checked again: one of them was damaged since."""
    (_house("wheels") / (_key(interpreter, pins) + ".txt")).unlink()


def halves(pins: Mapping[str, Pin], there: list[Path]) -> list[dict[str, Pin]]:
    """Share `pins` out to two pips that install side by side, by the size of their wheels.

    pip unpacks one file after the other, and that is most of its time: two take little more than half of it.
    """
    sizes = {normalized(wheel.name.split("-")[0]): wheel.stat().st_size for wheel in there}
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
    refused = re.search(r"requirements\.txt, line \d+: .*", output)  # setup.py's own sentence, deep inside pip's words
    if refused:
        project.fail(f"{refused[0]} Then: {project.typed(instead)}")
    lacking = re.search(r"([\w.-]+)==(\S+) has no usable wheels", output)  # uv's words
    if lacking:
        project.fail(_without_wheel(lacking[1], lacking[2]))
    project.say(scrubbing.last_words(output))
    project.fail(f"{sentence} {_advice(output)} Then: {project.typed(instead)}")


def _give_up_without_wheel(command: list[str | Path], pins: Mapping[str, Pin], output: str) -> None:
    """End the task if pip found no wheel of a package that the index has as a source distribution."""
    found = re.search(r"No matching distribution found for ([\w.-]+)", output)
    pin = pins.get(normalized(found[1])) if found else None
    if pin:
        with requirements({pin.name: pin}) as file:  # pip says what it passed over only when asked for every detail
            said = processes.quietly([*command, "-vv", "-d", file.parent, "-r", file])[1]
        if "No sources permitted" in said:
            project.fail(_without_wheel(pin.name, pin.version))


def _without_wheel(name: str, version: str) -> str:
    return (
        f"There is no wheel of {name} {version} for this Python and system, only its source, and to build that runs "
        f"its code. {_served()} Or, if you trust it, add --no-binary {name} to the end of pip-args in pyproject.toml. "
        f"Then: {project.typed('setup')}"
    )


def _served() -> str:
    oldest, newest = (".".join(map(str, version)) for version in (project.OLDEST, project.NEWEST))
    return f"The locks serve Python {oldest} to {newest}: another one may find no wheels; --python chooses."


def _advice(output: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return "A file differs from the one that was locked: take a good lock (git checkout), or lock again (freeze)."
    if "metadata-generation-failed" in output or "Failed to build" in output:
        return "Mend setup.py or requirements.txt."
    if "No matching distribution" in output or "no wheels" in output:
        return _served()
    if "No space left" in output:
        return "The disk is full: free some space."
    return "Check the network, and pip's settings for the index (pip config list)."


def _house(name: str) -> Path:
    house = project.cache() / name
    house.mkdir(parents=True, exist_ok=True)
    return house


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _key(interpreter: Interpreter, pins: Mapping[str, Pin]) -> str:
    texts = "".join(pin.text for _, pin in sorted(pins.items()))
    return _digest(f"{interpreter.platform} {interpreter.version[:2]} {texts}")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _unpacked(pin: Pin, wheel: Callable[[Path], Path]) -> Path:
    """Give the folder that a wheel was unpacked to; `wheel` puts it into a folder it is given, the first time."""
    house = _house("unpacked")
    folder = house / f"{pin.name}-{pin.version}-{_digest(' '.join(sorted(pin.hashes)))}"
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
    for old in house.iterdir():
        with contextlib.suppress(OSError):  # another set-up's, gone meanwhile
            if time.time() - old.stat().st_mtime > KEEP_DAYS * 86400:
                shutil.rmtree(old) if old.is_dir() else old.unlink()


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
