"""Lists the direct requirements that have a newer release, and what holds each of them back."""

from packaging.requirements import Requirement
from packaging.version import Version

from tooling import files, lockfile, project
from tooling.locking import conflicts, cooldown, freeze, resolver
from tooling.locking.resolver import Unresolved


def outdated() -> None:
    """Print a table of what is outdated: package, locked, newest, and why, or what to run.

    Ends the task where nothing goes together, with exit code 3 where no index answers.
    """
    layers = files.layers()
    locked = {pin.name: pin.version for layer in layers for pin in lockfile.read(files.lock(layer))}
    rows = [("Package", "Locked", "Newest", "Held back by, or what to run")]
    project.say("Asking the index for newer releases")
    with resolver.scratch({}) as scratch:
        lines = scratch.lines(layers)
        try:
            answers = [scratch.pins(scratch.lines(group), []) for group in freeze.groups()]
            pins = {pin.name: pin for each in answers for pin in each if not pin.url}
        except Unresolved as error:
            conflicts.give_up(scratch, lines, error)
        conflicts.note_old(scratch, lines, cooldown.named(pins.values()))
        for name in sorted({line.name for line in lines} & locked.keys() & pins.keys()):
            now, newest = locked[name], conflicts.newest(scratch, lines, name, "--no-deps")
            own = [(line, Requirement(line.content)) for line in lines if line.name == name]
            why = [f"“{line.content}” in {line}" for line, r in own if newest not in r.specifier]
            if Version(now) < Version(pins[name].version):
                why.append(project.typed(f"freeze --package {name}"))
            if Version(now) < newest:
                why = why or ["what other packages need"]
                rows.append((name, now, str(newest), "; ".join(why)))
    if len(rows) == 1:
        return project.say("No direct requirement has a newer release than the one that is locked.")
    widths = [max(map(len, column)) for column in [*zip(*rows, strict=True)][:-1]]
    for *cells, last in rows:
        project.say("  ".join([*map(str.ljust, cells, widths), last]))
    project.say(f"All that nothing holds back: {project.typed('freeze --upgrade')}")
