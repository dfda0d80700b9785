"""Reads a lock: the pins, the hashes and the reasons that pip-compile wrote."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tooling import project, stamp

# NAME==VERSION, or NAME @ URL: the version is then in the wheel's name.
_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?"
    r"(?:==(?P<version>[^\s;\\]+)| @ (?:[^\s#]*/)?[^\s/#-]+-(?P<of_wheel>[^\s/#-]+)-[^\s/#]+\.whl\b)"
)


class Pin(NamedTuple):
    """One locked package."""

    name: str  # normalized
    version: str
    hashes: frozenset[str]  # "sha256:…"
    text: str  # its lines in the lock, without comments
    via: frozenset[str]  # what it is there for: names of packages, and "-r FILE" or "-c FILE"


def normalized(name: str) -> str:
    """Write a package's name as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> dict[str, Pin]:
    """Read the pins of a lock by normalized name. Ends the task if there is no such lock, or it isn't text."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        layer = path.name[len("requirements-") : -len(".txt")]
        project.fail(
            f"There is no {path.name}, the lock of layer “{layer}”. Layers here: {', '.join(layers())}. "
            f"A new one is a file requirements-{layer}.in, locked by: {project.typed('freeze')}"
        )
    except UnicodeDecodeError:
        project.fail(f"{path.name} is not UTF-8 text. Delete it and lock again: {project.typed('freeze')}")
    return parse(text, path.name)


def parse(text: str, name: str) -> dict[str, Pin]:
    """Read the pins in a lock's text by normalized name. Ends the task, naming the file, at what is no pin."""
    if re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE):
        project.fail(
            f"{name} holds an unresolved merge. Take either side whole (git checkout --ours {name}), "
            f"then: {project.typed('freeze')}"
        )
    pins = {}
    # An entry is its first line and the indented or continued lines that follow it.
    for entry in re.split(r"\n(?=\S)", text):
        found = _PIN.match(entry)
        if found:
            lines = [line for line in entry.splitlines() if not line.strip().startswith("#")]
            hashes = frozenset(re.findall(r"--hash=(\S+)", entry))
            version = found["version"] or urllib.parse.unquote(found["of_wheel"])
            via = frozenset(re.findall(r"^ +# +(?:via )?((?!via$).+)$", entry, re.MULTILINE))
            pin = Pin(normalized(found["name"]), version, hashes, "\n".join(lines).rstrip(), via)
            pins[pin.name] = pin
        elif entry.strip() and not entry.startswith("#"):
            line = entry.splitlines()[0]
            project.fail(f"{name} holds “{line}”, which is no pin. Lock it again: {project.typed('freeze')}")
    return pins


def merged(names: Iterable[str]) -> dict[str, Pin]:
    """Read the locks of several layers as one. Ends the task where two of them pin a package differently."""
    pins: dict[str, Pin] = {}
    for layer in names:
        for name, pin in read(lock(layer)).items():
            if name in pins and pins[name].version != pin.version:
                project.fail(
                    f"The locks disagree on {name}: {pins[name].version} and {pin.version} ({lock(layer).name}). "
                    f"Lock them together: {project.typed('freeze')}"
                )
            pins[name] = pin
    return pins


def tool(name: str) -> Pin:
    """Give the pin of a tool that set-up itself works with. Ends the task if the development lock lacks it."""
    pins = read(lock("dev"))
    if name not in pins:
        project.fail(f"{lock('dev').name} has no {name}, which set-up needs. Lock again: {project.typed('freeze')}")
    return pins[name]


def lock(layer: str) -> Path:
    """Give the path of a layer's lock."""
    return project.ROOT / stamp.lock_name(layer)


def layers(root: Path = project.ROOT) -> list[str]:
    """List the layers: `prod`, which is requirements.txt itself, and every hand-written requirements-NAME.in."""
    names = {path.name[len("requirements-") : -len(".in")] for path in root.glob("requirements-*.in")}
    return sorted(names | {"prod"}, key=lambda name: (name != "prod", name))
