"""Keeps what is new out of the locks until it is some days old: by then most bad ones are found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from tooling import files, project
from tooling.lockfile import Pin
from tooling.locking.requirements import Line
from tooling.locking.resolver import Scratch, Unresolved


def days(given: str = "") -> int:
    """Return how many days old a new release has to be: as given, or as pyproject.toml says."""
    value = str(given or files.settings("freeze").get("cooldown", 7))
    if not value.isdecimal():
        project.fail(f"A cooldown is a number of days, 0 for any age, not “{value}”.", 2)
    return int(value)


def resolved(
    scratch: Scratch, lines: Sequence[Line], start: Iterable[Pin], old: Sequence[Pin], age: int
) -> tuple[list[Pin], list[str]]:
    """Return the pins that go for all of `lines`, as near to `start` as can be, and uv's flags.

    What is not among `old` is `age` days old; with the flags uv takes no younger file of it. Ends
    the task where that leaves nothing that goes together. Raises Unresolved.
    """
    pins = scratch.pins(lines, start)
    new = named(pins) - named(old)
    if not new or not age:
        return pins, []
    cutoff = datetime.now(timezone.utc) - timedelta(days=age)
    options = dict.fromkeys(line.content for line in lines if not line.requirement)
    packages = scratch.releases([*options, *(pin.requirement for pin in pins if not pin.url)])
    of = {f"{each['name']} {each['version']}": files_of(each) for each in packages}
    local = {name for name in of if of[name][0].get("url", "file:").startswith("file:")}
    # An index may not tell when a file was uploaded.
    young = {n for n in of if any(file.get("upload-time", cutoff) >= cutoff for file in of[n])}
    for name in sorted(new & local):
        project.say(f"Note: {name} is from a folder, so of any age.")
    wanted = new & young - local
    if not wanted:
        return pins, []
    # What is locked stays, however young: a lock doesn't go back because of the clock.
    names = {each.split()[0] for each in young}
    stays = [f"{pin.name}<={pin.version.split('+')[0]}" for pin in old if pin.name in names]
    free = {each.partition("<")[0] for each in stays} | {each.split()[0] for each in local}
    scratch.write("stays.in", stays)
    flags = [f"--exclude-newer={cutoff:%Y-%m-%dT%H:%M:%SZ}"]
    flags += [f"--exclude-newer-package={name}=false" for name in sorted(free)]
    bounds = ["--constraint=stays.in"] if stays else []
    try:
        pins = scratch.pins(lines, start, *bounds, *flags)
    except Unresolved as error:
        needed = f"Needed, and not known to be {age} days old: {', '.join(sorted(wanted))}."
        again = f"To lock all the same: {project.typed('freeze --cooldown 0')}"
        project.fail(f"{error}\n{needed} {again}")
    for name in sorted(wanted - named(pins)):
        task = project.typed(f"freeze --package {name.split()[0]} --cooldown 0")
        project.say(f"Not {age} days old, so not taken: {name}. To take it: {task}")
    return pins, flags


def files_of(package: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the files that pylock.toml has of a package."""
    return [*package.get("wheels", []), *(package[k] for k in ("sdist", "archive") if k in package)]


def named(pins: Iterable[Pin]) -> set[str]:
    """Return "NAME VERSION" of each pin without a URL."""
    return {f"{pin.name} {pin.version}" for pin in pins if not pin.url}
