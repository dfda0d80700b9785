"""Adds packages to the hand-written files and removes them, then locks and installs."""

import functools
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from setup import problem_of
from tooling import files, processes, project, start
from tooling.files import normalized
from tooling.locking import freeze, requirements


def add(words: Sequence[str], layer: str = "") -> None:
    """Add requirements to the file of `layer` (default: prod), lock all layers, and install.

    What has no bound gets the version that was chosen as the lowest. Failing, it changes nothing.
    """
    layer = layer or "prod"
    for problem in filter(None, map(problem_of, words)):
        project.fail(problem)
    if layer not in files.layers():
        project.fail(f"There is no layer “{layer}”: requirements-{layer}.in comes first.")
    path, lock = project.ROOT / files.sources(layer)[0], files.lock(layer)
    wanted = {normalized(Requirement(word).name): Requirement(word) for word in words}
    before = requirements.text(path)
    locks = freeze.locked({path: functools.reduce(edited, wanted.values(), before)})
    known = {line.name for line in requirements.parse(before)}
    for pin in files.parse(locks[lock].decode(), lock.name):
        new = wanted.get(pin.name)
        if new and pin.name not in known and not new.specifier and not new.url:
            # A bound from below leaves out what is local (+cu126), as the standard has it.
            new.specifier = SpecifierSet(f">={Version(pin.version).public}")
    _carry_out({path: before}, {path: functools.reduce(edited, wanted.values(), before)}, locks)
    if layer not in ("prod", *start.layers()):
        setup = project.typed(f"setup --layer dev --layer {layer}")
        project.say(f"The layer {layer} isn't installed. To have it, too: {setup}")


def remove(words: Sequence[str], layer: str = "") -> None:
    """Remove requirements by name from the files of `layer` (default: all), lock, and install."""
    layers = [layer] if layer else files.layers()
    paths = [project.ROOT / name for each in layers for name in files.sources(each)]
    before = texts = {path: requirements.text(path) for path in paths}
    unfinished = start.state(start.layers()) < start.CURRENT  # as when it was killed
    for word in words:
        name = normalized(word)
        after = {
            path: "".join(line.text for line in requirements.parse(text) if line.name != name)
            for path, text in texts.items()
        }
        if after == texts and not unfinished:
            project.fail(f"No line asks for {word}. If a lock has it, “# via” there says for whom.")
        texts = after
    _carry_out(before, texts, freeze.locked(texts))


def edited(text: str, wanted: Requirement) -> str:
    """Return a file's text with a requirement: in the line of its name and marker, or a new one."""
    lines = requirements.parse(text)
    texts = [line.text for line in lines]
    for at, line in enumerate(lines):
        if line.requirement is None or line.name != normalized(wanted.name):
            continue
        if str(wanted) == wanted.name:
            return text
        if line.requirement.marker == wanted.marker:
            new = Requirement(line.content)
            new.extras |= wanted.extras
            if wanted.specifier or wanted.url:
                new.specifier, new.url = wanted.specifier, wanted.url
            if new != line.requirement:
                texts[at] = line.text.replace(line.content, str(new), 1)
            return "".join(texts)
    ending = "\r\n" if "\r\n" in text else "\n"
    last = max((at for at, line in enumerate(lines, 1) if line.name), default=len(lines))
    if last and not texts[last - 1].endswith(("\n", "\r")):
        texts[last - 1] += ending
    return "".join([*texts[:last], f"{wanted}{ending}", *texts[last:]])


def _carry_out(
    before: Mapping[Path, str], texts: Mapping[Path, str], locks: Mapping[Path, bytes]
) -> None:
    if any(requirements.text(path) != text for path, text in before.items()):
        project.fail("A file was changed meanwhile: nothing was written. Run this again.")
    project.say("\n  ".join(["What moves:", *(freeze.moves(locks) or ["nothing"])]))
    # The hand-written files come last: killed before, the same task again does it all.
    project.write({**locks, **{path: text.encode() for path, text in texts.items()}})
    command = [sys.executable, project.ROOT / "tasks.py", "setup", "--no-hooks"]
    done = processes.run(command, env=os.environ, shown=True)
    done.checked("That is locked, and not installed. Fix what it says above.", "setup")
