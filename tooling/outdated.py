"""Lists the direct requirements that have a newer release than the lock's, and what holds each of them back.

What would be locked isn't guessed but tried out with uv, in a scratch folder.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from tooling import explaining, lockfile, locks, project, resolving, settings, staleness
from tooling.lockfile import Pin
from tooling.staleness import Direct


class _Locking(NamedTuple):
    """A scratch folder with the hand-written files, and the pins that they lead to."""

    scratch: Path
    kept: Mapping[str, Pin]  # where nothing is upgraded
    taken: Mapping[str, Pin]  # where everything is, without a cooldown


class _Steps(NamedTuple):
    """A package's versions, each as new as the one before it or newer."""

    locked: str
    aged: str  # what an upgrade takes
    taken: str  # what it takes without a cooldown
    newest: str  # whatever bounds it


def outdated() -> None:
    """Print what is outdated as a table: package, locked and newest version, what holds it back or what to type.

    Ends the task where no index answers, where no versions go together, and where a file can't be read.
    """
    days = settings.cooldown()
    compile_, env = resolving.compiler()
    locked = lockfile.merged(lockfile.layers())
    asked = _asked(locked)
    project.say("Asking the index for newer releases")
    rows = [("Package", "Locked", "Newest", "Held back by, or what to type")]
    upgrades = False
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        resolving.copy_sources(scratch, {})
        try:
            newest = _newest(scratch, asked)
            taken = lockfile.parse(resolving.seed(scratch, compile_, env, upgrade=True), resolving.SEED)
        except resolving.Unreachable as error:
            locks.give_up(error)
        except resolving.Unresolved as error:
            explaining.give_up(scratch, str(error), cooldown=0)
        aged, why = _aged(scratch, taken, locked, days)
        locking = _Locking(scratch, _resolved(scratch, locked), taken)
        for name in sorted({each.line.name for each in asked} & set(taken)):
            steps = _steps(locked[name].version, aged.get(name, ""), taken[name].version, newest.get(name, ""))
            # Where the cooldown leaves nothing of some package, or isn't known, upgrading everything is an error.
            upgrades = upgrades or (steps.aged != steps.locked and set(taken) <= set(aged))
            if steps.newest != steps.locked:
                own = [each for each in asked if each.line.name == name]
                said = "; ".join(_said(locking, own, steps, why[name]))
                rows.append((name, steps.locked, steps.newest, said))
    if len(rows) == 1:
        return project.say("No direct requirement has a newer release than the one that is locked.")
    widths = [max(map(len, column)) for column in list(zip(*rows))[:-1]]
    for *cells, last in rows:
        project.say("  ".join([*map(str.ljust, cells, widths), last]))
    if upgrades:
        project.say(f"All that nothing holds back: {project.typed('freeze --upgrade')}")


def _asked(locked: Mapping[str, Pin]) -> list[Direct]:
    """List what the hand-written files want of locked packages; one that has a URL has no releases."""
    asked = dict.fromkeys(each for layer in lockfile.layers() for each in staleness.direct(layer))
    elsewhere = {each.line.name for each in asked if each.line.requirement and each.line.requirement.url}
    names = set(locked) - elsewhere
    return [each for each in asked if each.line.name in names and _applies(each)]


def _applies(each: Direct) -> bool:
    """Tell whether a line counts for uv: on the Python of the locks, and on this system."""
    marker = each.line.requirement.marker if each.line.requirement else None
    return bool(each.applies or (each.applies is None and marker and marker.evaluate()))


def _steps(*versions: str) -> _Steps:
    return _Steps(*(max(versions[:end], key=_order) for end in range(1, 5)))


def _newest(scratch: Path, asked: Sequence[Direct]) -> dict[str, str]:
    """Give the newest release of each package by name, whatever bounds it. Raises Unreachable where no index answers.

    One by one where there is no answer for all: a package of which all releases were withdrawn is left out.
    """
    lines = list(dict.fromkeys(explaining.unbound(each) for each in asked))
    found: dict[str, str] = {}
    if not _ask(scratch, lines, found):
        for line in lines:
            _ask(scratch, [line], found)
    return found


def _ask(scratch: Path, lines: Sequence[str], found: dict[str, str]) -> bool:
    (scratch / "newest.in").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    code, said = resolving.uv(scratch, "", ["--no-deps"], "newest.in")
    if code and "Failed to fetch" in said:
        raise resolving.Unreachable(said)
    if code == 0:
        found.update({name: pin.version for name, pin in resolving.read(scratch).items()})
    return code == 0


def _aged(
    scratch: Path, taken: Mapping[str, Pin], locked: Mapping[str, Pin], days: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the versions that a cooldown of `days` allows of what is `taken` without one, and why no more, by name.

    What the cooldown leaves no release of, or the index tells no upload times of, is taken out of it until there is an
    answer: nothing of that is allowed.
    """
    versions = {name: pin.version for name, pin in taken.items()}
    why = dict.fromkeys(versions, f"the cooldown of {days} days")
    if not days:
        return versions, why
    indexes = resolving.indexes(scratch)
    free = [name for name, index in indexes.items() if index.startswith("file:")]
    stuck: list[str] = []
    while True:
        try:
            resolving.aged(scratch, "", locked, ["--upgrade"], (), days, free)
            break
        except resolving.Unresolved as error:
            young = resolving.TOO_YOUNG.search(str(error))
            name = lockfile.normalized(young[1]) if young else ""
            if young is None or name in free:
                return {}, dict.fromkeys(versions, "cooldown unknown")
            # An index tells all upload times, or none.
            same = [] if young[3] else [other for other in indexes if indexes[other] == indexes.get(name)]
            more = {name, *same} - {*free}
            if not young[3]:
                why.update(dict.fromkeys(more, "cooldown unknown, as the index tells no upload times"))
            free += more
            stuck += more
    aged = {name: pin.version for name, pin in resolving.read(scratch).items() if name not in stuck}
    return aged, why


def _resolved(scratch: Path, pins: Mapping[str, Pin], *flags: str) -> dict[str, Pin]:
    """Resolve from `pins`, which stay as far as can be; where there is no answer they all do."""
    start = "".join(f"{pin.name}=={pin.version}\n" for pin in pins.values() if " @ " not in pin.text)
    resolving.uv(scratch, start, flags)
    return resolving.read(scratch)


def _said(locking: _Locking, own: Sequence[Direct], steps: _Steps, why: str) -> Iterator[str]:
    """Say what holds a package's newest release back, what to type for the newest that can be taken, or both."""
    name = own[0].line.name
    if steps.taken != steps.newest:
        bounds = [f"{_excluding(each, steps.newest)} in {each}" for each in own if _excluding(each, steps.newest)]
        yield ", ".join(bounds) or _forbidding(locking, name, steps.newest) or "another requirement"
    if steps.aged != steps.taken:
        version = f"{steps.taken}: " if steps.taken != steps.newest else ""
        yield f"{version}{why}: {project.typed(_freeze(locking, name, steps.taken) + ' --cooldown 0')}"
    if steps.locked != steps.aged:
        version = f"{steps.aged}: " if steps.aged != steps.newest else ""
        yield version + project.typed(_freeze(locking, name, steps.aged))


def _excluding(each: Direct, version: str) -> str:
    """Give the part of a requirement's bound that excludes a version; "" if none does."""
    parts = SpecifierSet(explaining.bound(each))
    return ",".join(str(part) for part in parts if not part.contains(version, prereleases=True))


def _freeze(locking: _Locking, name: str, version: str) -> str:
    """Give the task that takes a version of a package, with all the locked ones that have to move along."""
    scratch, kept, _ = locking
    (scratch / "moved.in").write_text(f"{name}=={version}\n", encoding="utf-8")
    pins = _resolved(scratch, kept, "--constraint", "moved.in").values()
    moved = [pin.name for pin in pins if pin.name in kept and pin.version != kept[pin.name].version]
    return " ".join(["freeze", *(f"--package {each}" for each in dict.fromkeys([name, *moved]))])


def _forbidding(locking: _Locking, name: str, newest: str) -> str:
    """Name the package that forbids the newest release of another, where all the rest is as taken; "" if unsure."""
    pins = {pin.name: pin.version for pin in locking.taken.values() if " @ " not in pin.text} | {name: newest}
    lines = "".join(f"{other}=={version}\n" for other, version in pins.items())
    (locking.scratch / "held.in").write_text(lines, encoding="utf-8")
    code, words = resolving.uv(locking.scratch, "", ["--constraint", "held.in"])
    for who, what, bound in explaining.needs(words) if code else ():
        other = lockfile.normalized(what)
        with contextlib.suppress(InvalidSpecifier):
            if other in pins and not SpecifierSet(bound).contains(pins[other], prereleases=True):
                return f"{who} {pins.get(lockfile.normalized(who), '')}".rstrip() + f" needs {what}{bound}"
    return ""


def _order(version: str) -> Version:
    return Version(version or "0")
