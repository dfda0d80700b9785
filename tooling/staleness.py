"""Tells a lock that doesn't fit its hand-written files, from nothing but those: no network, in an instant.

What it can't see, `freeze --check` asks the index for: the extras of a package, and what a lock holds beyond what was
asked for.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker

from tooling import interpreters, lockfile, project, requirements, resolving
from tooling.lockfile import Pin
from tooling.requirements import Line

# What markers ask about the systems that the locks serve. The rest is what this machine says.
_SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)
_MACHINES = ("x86_64", "aarch64", "arm64", "AMD64")


class Direct(NamedTuple):
    """A line that asks for a package, in a hand-written file that a layer is locked from."""

    file: str  # as it is named from the root
    line: Line  # without a requirement where it names none, as a bare URL doesn't
    binding: bool  # asks for the package (-r); else it only bounds it (-c)
    applies: bool | None  # its marker, on the Python of the locks; None: that depends on the system

    def __str__(self) -> str:
        return f"{self.file}, line {self.line.number}"


def problems(layers: Sequence[str] = ()) -> list[str]:
    """Say, a sentence each, where the locks of `layers` (default: all) don't fit the hand-written files, or each other.

    Each requirement must be pinned within its bounds, and each package that a lock says a file asks for must stand
    there still; what is there for another package needs that one; all is hashed. Ends the task where a file can't be
    read.
    """
    found: list[str] = []
    pinned: dict[str, tuple[str, str]] = {}
    for layer in layers or lockfile.layers():
        lock = lockfile.lock(layer)
        if not lock.exists():
            found.append(f"{resolving.sources(layer)[-1]} has no {lock.name} yet.")
            continue
        pins = lockfile.read(lock)
        asked = list(direct(layer))
        found += [said for each in asked for said in _unmet(each, pins, lock.name)]
        found += [said for pin in pins.values() for said in _unasked(pin, pins, asked, lock.name)]
        for pin in pins.values():
            version, other = pinned.setdefault(pin.name, (pin.version, lock.name))
            if version != pin.version:
                found.append(f"{other} has {pin.name} {version}, and {lock.name} {pin.version}.")
    return list(dict.fromkeys(found))


def direct(layer: str, root: Path = project.ROOT) -> Iterator[Direct]:
    """List what the hand-written files of a layer ask for, those included that they name with -r and -c."""
    waiting = [(name, True) for name in resolving.sources(layer, root)]
    done: set[tuple[str, bool]] = set()
    while waiting:
        file, binding = waiting.pop(0)
        if (file, binding) in done:
            continue
        done.add((file, binding))
        for line in requirements.read(root / file):
            option, included = line.included
            if included:
                waiting.append((_path(included, posixpath.dirname(file)), binding and option == "-r"))
            elif line.requirement or _may_ask(line.said):
                yield Direct(file, line, binding, _applies(line.requirement.marker if line.requirement else None))


def _unmet(direct: Direct, pins: dict[str, Pin], lock: str) -> Iterator[str]:
    wanted, pin = direct.line.requirement, pins.get(direct.line.name)
    if wanted is None or direct.applies is False or (pin is None and not (direct.binding and direct.applies)):
        return
    if pin is None:
        yield f"{direct}: {wanted.name} isn't in {lock}."
    elif wanted.url and f"@ {wanted.url.partition('#')[0]}" not in pin.text:
        yield f"{direct}: {lock} has {wanted.name} from elsewhere."
    elif not wanted.specifier.contains(pin.version, prereleases=True):
        yield f"{direct}: {wanted.name}{wanted.specifier} isn't what {lock} has: {pin.version}."
    elif direct.binding and direct.file not in map(_asking, pin.via):
        yield f"{direct}: {wanted.name} is new to {lock}."


def _unasked(pin: Pin, pins: dict[str, Pin], asked: Sequence[Direct], lock: str) -> Iterator[str]:
    if not pin.hashes:
        yield f"{lock} has no hash for {pin.name}."
    for via in sorted(pin.via):
        file = _asking(via)
        lines = [each for each in asked if each.file == file and each.applies is not False]
        if file and not any(each.line.name in (pin.name, "") for each in lines):
            yield f"{lock} has {pin.name} for {file}, which doesn't ask for it."
        other = via.split()[0].split("[")[0]
        if not via.startswith("-") and lockfile.normalized(other) not in pins:
            yield f"{lock} has {pin.name} for {other}, which it doesn't have."


def _asking(via: str) -> str:
    """Give the file that a lock's comment names with -r; "" if it names a package, or a constraint."""
    return _path(via[2:].strip(), "") if via.startswith("-r") else ""


def _path(named: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, named.replace(os.sep, "/")))


def _may_ask(said: str) -> bool:
    return bool(said) and (not said.startswith("-") or said.startswith(("-e", "--editable")))


def _applies(marker: Marker | None) -> bool | None:
    """Tell whether a marker holds on the Python of the locks; None if it holds on some systems and not on others."""
    if marker is None:
        return True
    version = interpreters.pinned_version()
    answers = {
        marker.evaluate(
            {
                "extra": "",
                "python_version": version,
                "python_full_version": f"{version}.{patch}",
                "implementation_version": f"{version}.{patch}",
                "platform_machine": machine,
                **system,
            }
        )
        for system in _SYSTEMS
        for machine in _MACHINES
        for patch in ("0", "99")
    }
    return answers.pop() if len(answers) == 1 else None
