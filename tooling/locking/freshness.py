"""Compares the locks with the hand-written files: no network, in an instant."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tooling import files, lockfile, project
from tooling.lockfile import Pin
from tooling.locking.requirements import Line, lines


def note() -> None:
    """Say in a line on stderr if a lock is stale."""
    stale = problems()
    if stale:
        again = f"Lock again: {project.typed('freeze')}"
        project.say(f"Note: a lock is stale. {stale[0]} {again}", sys.stderr)


def problems(root: Path = project.ROOT) -> list[str]:
    """Return, a sentence each, where a lock lacks what a line asks for, or has what none does."""
    result = []
    for layer in files.layers(root):
        lock = files.lock(layer, root)
        if not lock.exists():
            result.append(f"There is no {lock.name} yet.")
            continue
        pins, asked = lockfile.read(lock), [*lines(layer, root)]
        unmet = (line for line in asked if not _is_met(line, pins))
        result += [f"{line}: {lock.name} doesn't fit “{line.content}”." for line in unmet]
        gone = {(pin.name, file) for pin in pins for file in pin.files}
        gone -= {(line.name, line.file) for line in asked}
        result += [f"{lock.name} has {name}, and {file} doesn't ask for it." for name, file in gone]
    return result


def _is_met(line: Line, pins: Sequence[Pin]) -> bool:
    wanted = line.requirement
    own = [pin for pin in pins if pin.name == line.name and line.file in pin.files]
    if wanted is None or (wanted.marker and not own):  # no Python or system may need it
        return True
    url, bound = (wanted.url or "").partition("#")[0], wanted.specifier
    return any(url in pin.requirement and bound.contains(pin.version, True) for pin in own)
