"""Locks the layers: each lock holds on every system, and uv and pip's own resolver agree on it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tooling import files, project
from tooling.files import Pin
from tooling.locking import held_back, proof, requirements, resolver
from tooling.locking.resolver import Unresolved, named


def freeze(upgrade: bool, packages: Sequence[str], check: bool, age: str, offline: bool) -> None:
    """Lock every layer from its hand-written files; what is locked stays if it can.

    With `check` it ends with exit code 1 where it would write, and with 3 if no index answers;
    `offline` compares the locks with the hand-written files.
    """
    flags = ["--upgrade"] if upgrade else [f"--package {name}" for name in packages]
    again = project.typed(" ".join(["freeze", *flags, *([f"--cooldown {age}"] if age else [])]))
    if offline and not check:
        project.fail("--offline goes with --check: to lock takes an index.", 2)
    if offline:
        problems = requirements.stale()
        if problems:
            project.fail("\n".join([*problems, f"Lock again: {again}"]))
        return project.say("The locks fit the hand-written files.")
    new = locked({}, upgrade, packages, age)
    for line in moves(new):
        project.say(line)
    stale = {path: content for path, content in new.items() if content != _content(path)}
    names = ", ".join(path.name for path in stale)
    if not stale:
        return project.say("The locks are as they should be.")
    if check:
        project.fail(f"Not as they should be: {names}. Lock again: {again}")
    project.write(stale)
    more = "name all layers if one is new: --layer dev --layer NAME"
    project.say(f"Written: {names}. To install: {project.typed('setup')} ({more})")


def locked(
    changed: Mapping[Path, str], upgrade: bool = False, packages: Sequence[str] = (), age: str = ""
) -> dict[Path, bytes]:
    """Return each lock's new content by its path, as `freeze` has it; nothing is written.

    `changed` are hand-written files as they would be. Ends the task where it can't be locked.
    """
    paths = {layer: files.lock(layer) for layer in files.layers()}
    before = {layer: files.pins(path) for layer, path in paths.items() if path.exists()}
    unlocked = {files.normalized(name) for name in packages}
    unknown = unlocked - {pin.name for pins in before.values() for pin in pins}
    if unknown:
        project.fail(f"No lock has {', '.join(unknown)}: --package takes what is locked.", 2)
    texts: dict[str, str] = {}
    with resolver.scratch(changed) as scratch:
        for group in resolver.groups():
            new = [layer for layer in group if layer not in texts]
            project.say(f"Locking for every system: {', '.join(new)}")
            lines, old = scratch.lines(group), [p for each in group for p in before.get(each, [])]
            # Then what only layers have that it excludes.
            names = {pin.name for pin in old}
            old += [pin for pins in before.values() for pin in pins if pin.name not in names]
            stays = [pin for pin in old if not upgrade and pin.name not in unlocked]
            # The layers of a group agree with those of it that are locked by now.
            scratch.bound(_pins(texts[layer] for layer in group if layer in texts))
            try:
                pins, bounded = held_back.resolved(scratch, lines, stays, old, age)
                taken = named(pins) - named([] if upgrade else old)
                held_back.note_old(bounded, lines, taken)
                texts.update(proof.locks(bounded, new, pins, old))
            except Unresolved as error:
                held_back.give_up(scratch, lines, error)
    return {paths[layer]: text.encode() for layer, text in texts.items()}


def moves(locks: Mapping[Path, bytes]) -> list[str]:
    """Return a line for each package that writing `locks` moves to another version, in or out."""
    old = {(pin.name, pin.version) for pin in _pins(_content(path).decode() for path in locks)}
    new = {(pin.name, pin.version) for pin in _pins(text.decode() for text in locks.values())}
    lines = []
    for moved in sorted({name for name, _ in old ^ new}):
        before, after = (
            " and ".join(sorted(version for name, version in pins if name == moved))
            for pins in (old, new)
        )
        way = f"{before} → {after}" if before and after else f"new: {after}" if after else "gone"
        lines.append(f"{moved} {way}")
    return lines


def _pins(texts: Iterable[str]) -> list[Pin]:
    return [pin for text in texts for pin in files.parse(text, "a lock")]


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
