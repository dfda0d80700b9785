"""Reads locks: the pins, their hashes, and what each is there for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable, NamedTuple
from urllib.parse import unquote

from tooling import files, project

# NAME==VERSION, or NAME @ URL: the version is then in the wheel's name.
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?"
    r"(?:==(?P<version>[^\s;\\]+)| @ \S*/[^\s/#-]+-(?P<of_wheel>[^\s/#-]+)-[^\s/#]+\.whl\b)"
)


class Pin(NamedTuple):
    """A locked package. One may have several pins, with markers that exclude each other."""

    name: str  # normalized
    version: str
    requirement: str  # without hashes: name, version or URL, and marker
    hashes: frozenset[str]  # "sha256:…"
    packages: tuple[str, ...] = ()  # the normalized names of those that need it
    files: tuple[str, ...] = ()  # those that ask for it, as they are named from the root

    @property
    def marker(self) -> str:
        """When it is installed, such as 'sys_platform == "win32"'; "" for always."""
        return self.requirement.partition(" ;" if self.url else ";")[2].strip()

    @property
    def url(self) -> str:
        """Where it is from, if the lock names that."""
        return self.requirement.partition(" @ ")[2].split(" ")[0]

    @property
    def text(self) -> str:
        """The pin as a requirements file has it."""
        hashes = (f"--hash={each}" for each in sorted(self.hashes))
        return " \\\n    ".join([self.requirement, *hashes])


def normalized(name: str) -> str:
    """Return a package's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> list[Pin]:
    """Return the pins of a lock in its order. Ends the task if it can't be read."""
    if not path.exists():
        files.fail(path.name, f"isn't there (`{project.typed('freeze')}` writes it)")
    return parse(files.read(path), path.name)


def parse(text: str, file: str) -> list[Pin]:
    """Return the pins in a lock's text. Ends the task, naming the file, at what is no pin."""
    pins = []
    # An entry is its first line and the indented lines that follow it.
    for entry in re.split(r"\n(?=\S)", text.replace("\r\n", "\n")):
        match = _PIN.match(entry)
        if match:
            line = re.sub(r"\s*\\?\n *(#.*)?", " ", entry)
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            via = re.findall(r"^ +# +(?:via )?((?!via$).+)$", entry, re.MULTILINE)
            pin = Pin(
                normalized(match["name"]),
                match["version"] or unquote(match["of_wheel"]),
                requirement,
                frozenset(hashes),
                packages=tuple(normalized(each.split("[")[0]) for each in via if each[0] != "-"),
                files=tuple(each[3:] for each in via if each.startswith("-r ")),
            )
            pins.append(pin)
        elif entry.strip() and not entry.startswith(("#", "--")):
            files.fail(file, f"holds “{entry.splitlines()[0]}”, which is no pin")
    return pins


def merged(layers: Iterable[str]) -> list[Pin]:
    """Return the pins of several locks, each once. Ends the task where they have other hashes."""
    pins: dict[str, Pin] = {}
    for pin in (pin for layer in layers for pin in read(files.lock(layer))):
        if pins.setdefault(pin.requirement, pin).hashes != pin.hashes:
            project.fail(f"The locks disagree on the hashes of {pin.name}.", then="freeze")
    return list(pins.values())


def options(layers: Iterable[str]) -> list[str]:
    """Return pip's options in the locks, such as an index that a hand-written file names."""
    texts = [files.read(files.lock(layer)) for layer in layers]
    return list(dict.fromkeys(line for text in texts for line in re.findall(r"^--.+$", text, re.M)))


def tool(name: str) -> Pin:
    """Return the pin of a tool that set-up works with. Ends the task if the lock “dev” lacks it."""
    lock = files.lock("dev")
    pins = [pin for pin in read(lock) if pin.name == name]
    return pins[0] if pins else files.fail(lock.name, f"has no {name}, which set-up needs")
