"""Says why nothing can be locked: uv's words, then the line that is in the way, found by trying."""

import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tooling import project
from tooling.locking import requirements
from tooling.locking.requirements import Line
from tooling.locking.resolver import Scratch, Unresolved

_BUILT = "What has no wheel is built if pip-args in pyproject.toml names it: --no-binary NAME"


def give_up(scratch: Scratch, lines: Sequence[Line], error: Unresolved) -> NoReturn:
    """End the task, as no versions go with all of `lines`, naming one that is in the way."""
    project.say(f"{error}\nLooking for the line that is in the way", sys.stderr)
    for line in [line for line in lines if line.requirement][::-1]:
        free = Requirement(line.content)
        free.specifier = SpecifierSet()
        instead = requirements.parse(str(free)) if free != line.requirement else []
        try:
            pins = scratch.pins([each for each in lines if each != line] + instead)
        except Unresolved:
            continue
        version = next((pin.version for pin in pins if pin.name == line.name), "none")
        way = f"Relax it (to {version})" if instead else "Take it out"
        where = f"In the way: “{line.content}” in {line}."
        project.fail(f"{where} {way}, and the rest goes together. Nothing was written.")
    project.fail("More than one line is in the way: see what uv says. Nothing was written.")


def note_old(
    scratch: Scratch, lines: Sequence[Line], taken: Iterable[str], flags: Sequence[str] = ()
) -> None:
    """Say which direct requirements are old in `taken` as what newer ones need has no wheel."""
    versions = dict(each.split() for each in taken)
    for line in (line for line in lines if line.name in versions):
        best, now = newest(scratch, lines, line.content, "--no-deps", *flags), versions[line.name]
        if best > Version(now):
            try:
                newest(scratch, lines, f"{line.name}=={best}", *flags)
            except Unresolved as error:
                project.say(f"{error}\nNote: hence {line.name} is {now} and not {best}. {_BUILT}")


def newest(scratch: Scratch, lines: Iterable[Line], wanted: str, *flags: str) -> Version:
    """Return the version that a requirement comes to by itself, 0 for none. Raises Unresolved."""
    options = [line for line in lines if not line.requirement]
    one = requirements.parse(wanted)
    pins = scratch.pins([*options, *one], (), *flags)
    return max((Version(p.version) for p in pins if p.name == one[0].name), default=Version("0"))
