"""What holds a version back: its age, a line that is in the way, a wheel that isn't there."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import NoReturn

from packaging.requirements import Requirement
from packaging.version import Version

from tooling import files, project
from tooling.files import Pin
from tooling.locking import requirements, resolver
from tooling.locking.requirements import Line
from tooling.locking.resolver import Scratch, Unresolved, named


def resolved(
    scratch: Scratch, lines: Sequence[Line], start: Iterable[Pin], old: Sequence[Pin], age: str
) -> tuple[list[Pin], Scratch]:
    """Return the pins that go for all of `lines`, near to `start`, and a folder with their bounds.

    What is not among `old` is `age` days old (default: pyproject.toml's); in the folder uv takes no
    younger file of it. Ends the task where that leaves nothing. Raises Unresolved.
    """
    days = age or str(files.settings("freeze").get("cooldown", 7))
    if not days.isdecimal():
        project.fail(f"A cooldown is a number of days, 0 for any age, not “{days}”.", 2)
    pins = scratch.pins(lines, start, "--generate-hashes")
    new = named(pins) - named(old)
    if not new or not int(days):
        return pins, scratch
    cutoff = datetime.now(timezone.utc) - timedelta(days=int(days))
    options = dict.fromkeys(line.content for line in lines if not line.requirement)
    of = scratch.releases([*options, *(pin.requirement for pin in pins if not pin.url)])
    # An index may not tell when a file was uploaded, and a folder doesn't.
    young = {n for n in of if any(file.get("upload-time", cutoff) >= cutoff for file in of[n])}
    wanted = new & young
    if not wanted:
        return pins, scratch
    # What is locked stays, however young: a lock doesn't go back because of the clock.
    names = {each.split()[0] for each in young}
    stays = [f"{pin.name}<={pin.version.split('+')[0]}" for pin in old if pin.name in names]
    scratch.write("stays.in", stays)
    flags = [f"--exclude-newer-package={each.partition('<')[0]}=false" for each in stays]
    flags += [f"--exclude-newer={cutoff:%Y-%m-%dT%H:%M:%SZ}", *scratch.flags]
    scratch = scratch._replace(flags=flags)
    try:
        pins = scratch.pins(lines, start, "--generate-hashes", "--constraint=stays.in")
    except Unresolved as error:
        needed = f"Needed, and not known to be {days} days old: {', '.join(sorted(wanted))}."
        again = f"To lock all the same: {project.typed('freeze --cooldown 0')}"
        project.fail(f"{error}\n{needed} {again}")
    for name in sorted(wanted - named(pins)):
        task = project.typed(f"freeze --package {name.split()[0]} --cooldown 0")
        project.say(f"Not {days} days old, so not taken: {name}. To take it: {task}")
    return pins, scratch


def give_up(scratch: Scratch, lines: Sequence[Line], error: Unresolved) -> NoReturn:
    """End the task, as no versions go with all of `lines`, naming one that is in the way."""
    project.say(f"{error}\nLooking for the line that is in the way", sys.stderr)
    for line in [line for line in lines if line.requirement][::-1]:
        try:
            pins = scratch.pins([each for each in lines if each != line])
        except Unresolved:
            continue
        version = next((pin.version for pin in pins if pin.name == line.name), "")
        way = f"Relax it (to {version})" if version else "Relax it, or take it out"
        where = f"In the way: “{line.content}” in {line}."
        project.fail(f"{where} {way}, and the rest goes together. Nothing was written.")
    project.fail("More than one line is in the way: see what uv says. Nothing was written.")


def note_old(scratch: Scratch, lines: Sequence[Line], taken: Iterable[str]) -> None:
    """Say which direct requirements are old in `taken` as what newer ones need has no wheel."""
    versions = dict(each.split() for each in taken)
    for line in (line for line in lines if line.name in versions):
        best, now = _newest(scratch, lines, line.content, "--no-deps"), versions[line.name]
        if best > Version(now):
            try:
                _newest(scratch, lines, f"{line.name}=={best}")
            except Unresolved as error:
                way = "To build it, name it in pip-args (pyproject.toml): --no-binary NAME"
                project.say(f"{error}\nNote: hence {line.name} is {now} and not {best}. {way}")


def outdated() -> None:
    """Print a table of what is outdated: package, locked, newest, and why, or what to run."""
    layers = files.layers()
    locked = {pin.name: pin.version for layer in layers for pin in files.pins(files.lock(layer))}
    rows = [("Package", "Locked", "Newest", "Held back by, or what to run")]
    project.say("Asking the index for newer releases")
    with resolver.scratch({}) as scratch:
        lines = scratch.lines(layers)
        try:
            answers = [scratch.pins(scratch.lines(group)) for group in resolver.groups()]
        except Unresolved as error:
            give_up(scratch, lines, error)
        pins = {pin.name: pin for each in answers for pin in each if not pin.url}
        note_old(scratch, lines, named(pins.values()))
        for name in sorted({line.name for line in lines} & locked.keys() & pins.keys()):
            now, newest = locked[name], _newest(scratch, lines, name, "--no-deps")
            own = [(line, Requirement(line.content)) for line in lines if line.name == name]
            why = [f"“{line.content}” in {line}" for line, r in own if newest not in r.specifier]
            if Version(now) < Version(pins[name].version):
                why.append(project.typed(f"freeze --package {name}"))
            if Version(now) < newest:
                rows.append((name, now, str(newest), "; ".join(why) or "what other packages need"))
    if len(rows) == 1:
        return project.say("No direct requirement has a newer release than the one that is locked.")
    widths = [max(map(len, column)) for column in [*zip(*rows, strict=True)][:-1]]
    for *cells, last in rows:
        project.say("  ".join([*map(str.ljust, cells, widths), last]))
    project.say(f"All that nothing holds back: {project.typed('freeze --upgrade')}")


def _newest(scratch: Scratch, lines: Iterable[Line], wanted: str, *flags: str) -> Version:
    """Return the version that a requirement comes to by itself, 0 for none. Raises Unresolved."""
    options = [line for line in lines if not line.requirement]
    one = requirements.parse(wanted)
    pins = scratch.pins([*options, *one], (), *flags)
    return max((Version(p.version) for p in pins if p.name == one[0].name), default=Version("0"))
