"""Adds packages to the hand-written files and removes them, with all that follows: the locks and the environment."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tooling import environment, lockfile, locks, project, requirements, resolving, stamp
from tooling.lockfile import Pin, normalized


def add(words: Sequence[str], layer: str = "", exact: bool = False) -> None:
    """Add requirements to the hand-written file of `layer` (default: prod), lock all layers, and install.

    A word is a requirement as in a requirements file. One without a bound gets that of the version that was chosen for
    it: from there on, or `exact`ly that. What is there already gets the word's bound and extras. Ends the task, all
    files as before, where a word is no requirement, no versions go together, or the installation fails.
    """
    file = _file(layer)
    lock = lockfile.lock(layer or "prod")
    before = file.read_bytes() if file.exists() else b""
    for word in words:
        _refuse(word, file)
    given, new = _edited(before, words, file.name)
    if given == before and not exact:
        return project.say(f"{file.name} has {' and '.join(words)} already: nothing to do.")
    made = locks.compiled({file: given})
    pins = lockfile.parse(made[lock].decode("utf-8"), lock.name)
    content = _edited(before, [_bounded(word, pins, exact, word in new) for word in words], file.name)[0]
    names = {normalized(requirements.parse(word).name) for word in words}
    lines = [line for line in requirements.lines(content, file.name) if line.name in names]
    for line in lines:
        project.say(f"{file.name}, line {line.number}: {line.said}")
    _carry_out({file: content}, made, {file: before} if file.exists() else {})
    for name in sorted(names):
        if file.name == "requirements.txt" and name in pins:
            _note_python(pins[name])
        if name not in pins:
            project.say(
                f"{name} is in no lock: its marker doesn't hold on the Python and system that locks are made on."
            )
    if (layer or "prod") not in {"prod", *stamp.stamped_layers(environment.ROOT)}:
        layers = " --layer ".join(["setup", *stamp.stamped_layers(environment.ROOT), layer])
        project.say(f"The layer {layer} isn't installed. To install it: {project.typed(layers)}")


def remove(words: Sequence[str], layer: str = "") -> None:
    """Remove requirements, by name, from the hand-written files (of `layer`, or all), lock all layers, and install.

    Comments above a line stay. Ends the task, all files as before, where no file names such a package, no versions go
    together without it, or the installation fails.
    """
    files = [_file(layer)] if layer else hand_written()
    before = {file: file.read_bytes() for file in files if file.exists()}
    after = dict(before)
    try:
        names = [normalized(requirements.parse(word).name) for word in words]
    except ValueError as error:
        project.fail(str(error))
    for name in dict.fromkeys(names):
        gone = [_say_removed(requirements.lines(content, file.name), name, file) for file, content in after.items()]
        if not any(gone):
            project.fail(_not_there(name, files))
        after = {file: requirements.removed(content, name, file.name) for file, content in after.items()}
    after = {file: content for file, content in after.items() if content != before[file]}
    made = locks.compiled(after)
    _carry_out(after, made, before)
    for name in names:
        for lock, content in made.items():
            pins = lockfile.parse(content.decode("utf-8"), lock.name)
            if name in pins:
                project.say(f"{name} stays: {_for_whom(pins[name])}.")
                break


def hand_written() -> list[Path]:
    """List the hand-written files that there are: requirements.txt, and each layer's."""
    names = [name for layer in lockfile.layers() for name in resolving.sources(layer)]
    return [project.ROOT / name for name in dict.fromkeys(names)]


def _file(layer: str) -> Path:
    """Give the hand-written file of a layer, which may be a new one. Ends the task if that looks like a slip."""
    environment.named([layer] if layer else [])
    known = lockfile.layers()
    near = difflib.get_close_matches(layer, known, 1)
    if layer and layer not in known and near:
        project.fail(
            f"There is no layer “{layer}”. Did you mean {near[0]}? If not, make a file requirements-{layer}.in first."
        )
    return project.ROOT / ("requirements.txt" if layer in ("", "prod") else f"requirements-{layer}.in")


def _refuse(word: str, file: Path) -> None:
    """End the task if a word is no requirement by name, with setup.py's own advice."""
    from setup import REFUSED

    for pattern, remedy in REFUSED:
        if re.match(pattern, word.strip()):
            project.fail(f"“{word}” can't be added to {file.name}: {remedy}.")
    try:
        parsed = requirements.parse(word)
    except ValueError as error:
        project.fail(str(error))
    if parsed.url and "+" in parsed.url.partition(":")[0]:
        project.fail(f"“{word}” can't be locked: a repository has no hash. Take the URL of a wheel.")
    if normalized(parsed.name) == normalized(project.PACKAGE):
        project.fail(f"{project.PACKAGE} is this project itself: `setup` installs it.")


def _edited(content: bytes, words: Sequence[str], name: str) -> tuple[bytes, set[str]]:
    """Write `words` into the content of file `name`: new lines, or what changes in those that are there.

    Gives the content and the words that are new lines. Ends the task where it isn't clear which line is meant.
    """
    new = set()
    for word in words:
        wanted = requirements.parse(word)
        there = requirements.lines(content, name)
        same = [line for line in there if line.requirement and line.name == normalized(wanted.name)]
        line = next((line for line in same if line.marker == str(wanted.marker or "")), None)
        if line and line.requirement:
            merged = requirements.merged(line.said, word)
            if requirements.parse(merged) == line.requirement:
                continue
            if not line.is_plain:
                project.fail(f"{name}, line {line.number}, has more than a requirement: edit it by hand.")
            content = requirements.replaced(content, line.number, merged, name)
        elif not same or wanted.marker:
            content = requirements.added(content, word.strip(), name)
            new.add(word)
        elif (
            wanted.specifier
            or wanted.url
            or any(wanted.extras - line.requirement.extras for line in same if line.requirement)
        ):
            numbers = " and ".join(str(line.number) for line in same)
            project.fail(
                f"{name} has {wanted.name} with markers, line {numbers}. Say which is meant: "
                f"{project.typed('add')} '{wanted.name}{wanted.specifier}; {same[-1].marker}'"
            )
    return content, new


def _bounded(word: str, pins: Mapping[str, Pin], exact: bool, is_new: bool) -> str:
    pin = pins.get(normalized(requirements.parse(word).name))
    return requirements.bounded(word, pin.version, exact) if pin and (is_new or exact) else word


def _carry_out(edited: Mapping[Path, bytes], made: Mapping[Path, bytes], before: Mapping[Path, bytes]) -> None:
    """Write hand-written files and locks, and bring venv/ to them; if that fails, all files are as they were.

    `before` is what the hand-written ones were when they were read.
    """
    for path, content in before.items():
        if path.read_bytes() != content:
            project.fail(f"{path.name} was changed meanwhile; nothing was written. Type the same again.")
    changed = {path: content for path, content in {**edited, **made}.items() if _bytes(path) != content}
    moved = dict(_moved(made))
    with _restored_on_failure(changed):
        locks.write(changed)
        project.say(f"Changed: {', '.join(path.name for path in changed)}")
        if moved:
            project.say(f"Locked: {', '.join(moved.values())}")
        environment.setup(layers=stamp.stamped_layers(environment.ROOT), with_hooks=False)


def _moved(made: Mapping[Path, bytes]) -> Iterator[tuple[str, str]]:
    """Say, by name, what the locks take in, let go and move."""
    for path, content in made.items():
        old = lockfile.read(path) if path.exists() else {}
        new = lockfile.parse(content.decode("utf-8"), path.name)
        for name in sorted(old.keys() | new.keys()):
            if name not in old:
                yield name, f"+ {name} {new[name].version}"
            elif name not in new:
                yield name, f"- {name} {old[name].version}"
            elif old[name].version != new[name].version:
                yield name, f"{name} {old[name].version} → {new[name].version}"


@contextlib.contextmanager
def _restored_on_failure(files: Mapping[Path, bytes]) -> Iterator[None]:
    before = {path: _bytes(path) for path in files}
    try:
        yield
    except BaseException:
        there = {path: content for path, content in before.items() if content is not None and _bytes(path) != content}
        locks.write(there)
        for path in (path for path, content in before.items() if content is None):
            path.unlink(missing_ok=True)
        project.say("All files are as they were.")
        raise


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _say_removed(there: Sequence[requirements.Line], name: str, file: Path) -> bool:
    """Say which lines go, and of the comment right above one, if it may have been about that alone, that it stays."""
    gone = [at for at, line in enumerate(there) if line.name == name]
    for at in gone:
        project.say(f"{file.name}, line {there[at].number}: {there[at].said} goes.")
        above = there[at - 1] if at else None
        alone = at + 1 == len(there) or not there[at + 1].said
        if above and above.text.lstrip().startswith("#") and alone:
            project.say(f"The comment above it stays: delete it if it was about {name} alone.")
    return bool(gone)


def _not_there(name: str, files: Sequence[Path]) -> str:
    """Say why there is nothing to remove: for whom the package is locked, or which name may have been meant."""
    names = {line.name for file in files for line in requirements.read(file) if line.name}
    here = f"{' and '.join(file.name for file in files)} {'name' if len(files) > 1 else 'names'} no {name}"
    for lock in map(lockfile.lock, lockfile.layers()):
        pins = lockfile.read(lock) if lock.exists() else {}
        if name in pins:
            return f"{here}: {lock.name} has it because {_for_whom(pins[name])}."
    near = difflib.get_close_matches(name, names, 1)
    return f"{here}. Did you mean {near[0]}?" if near else f"{here}."


def _for_whom(pin: Pin) -> str:
    via = sorted(pin.via)
    packages = [each for each in via if not each.startswith("-")] or [each[2:].strip() for each in via]
    return f"{' and '.join(packages)} {'need' if len(packages) > 1 else 'needs'} it"


def _note_python(pin: Pin) -> None:
    """Say if the version that was chosen needs a newer Python than setup.py promises, by what is installed."""
    from importlib import metadata

    from packaging.specifiers import SpecifierSet

    with contextlib.suppress(metadata.PackageNotFoundError):
        needs = metadata.metadata(pin.name)["Requires-Python"]
        promised = metadata.metadata(project.PACKAGE)["Requires-Python"]
        minors = [f"3.{minor}" for minor in range(project.NEWEST[1] + 1) if f"3.{minor}" in SpecifierSet(promised)]
        if needs and not all(f"{minor}.99" in SpecifierSet(needs) for minor in minors):
            project.say(
                f"Note: {pin.name} {pin.version} needs Python {needs}, and setup.py says {promised}. "
                f"Lower the bound in requirements.txt, or raise python_requires."
            )
