"""The hand-written requirements files: their lines, what no lock can hold, what a lock lacks."""

import contextlib
import posixpath
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from setup import decoded, problem_of, read_requirements  # it has the sentences for most faults
from tooling import files, project
from tooling.files import Pin, normalized

_INCLUDED = re.compile(r"(?:-([rc])\s*|--(requirement|constraint)[\s=]\s*)(.+)")
_INDEX = re.compile(r"--((extra-)?index-url|find-links)[\s=]+https?://.+")
_UNFIT = re.compile(r".*(\b(git|hg|svn|bzr)\+|://[^/\s]*@|\$\{|\bfile:)", re.IGNORECASE)


class Line(NamedTuple):
    """A line of a requirements file."""

    file: str  # as it is named from the root
    number: int
    text: str  # as it stands, with its line ending
    content: str  # without comment and line ending
    requirement: Requirement | None  # None for a comment, a blank, an option, and what is none

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}"

    @property
    def name(self) -> str:
        """The normalized name of the package that it requires; "" if it requires none."""
        return normalized(self.requirement.name) if self.requirement else ""

    @property
    def included(self) -> tuple[str, str]:
        """The file that it names: ("-r" or "-c", the file from the root), or ("", "")."""
        match = _INCLUDED.fullmatch(self.content)
        named = match[3].strip("'\"").replace("\\", "/") if match else ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), named))
        return (f"-{(match[1] or match[2])[0]}", path) if match else ("", "")


def text(path: Path) -> str:
    """Return a file's text, to the byte. Ends the task if it isn't UTF-8."""
    content = path.read_bytes() if path.is_file() else b""
    decoded(content, path.name)
    return content.decode("utf-8")


def parse(text: str, file: str = "") -> list[Line]:
    """Return the lines in a file's text."""
    result = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        content = re.sub(r"(^|\s)#.*", "", line.lstrip("\ufeff")).strip()
        requirement = None
        with contextlib.suppress(InvalidRequirement):
            requirement = Requirement(content)
        result.append(Line(file, number, line, content, requirement))
    return result


def lines(layer: str, root: Path = project.ROOT) -> Iterator[Line]:
    """Yield the lines of a layer's files and of what they include (-r)."""
    waiting = files.sources(layer, root)
    for file in waiting:  # which grows meanwhile
        for line in parse(text(root / file), file):
            yield line
            option, included = line.included
            if option == "-r" and included not in waiting:
                waiting.append(included)


def check(root: Path = project.ROOT) -> None:
    """End the task at a line of a hand-written or included file that can't be locked."""
    locks = {files.lock(layer, root).name for layer in files.layers(root)}
    for layer in files.layers(root):
        for line in lines(layer, root):
            content, included = line.content, line.included[1]
            problem = "" if content[:1] in ("", "-") else problem_of(content)
            if included:
                inside = included[0] not in "/." and (root / included).is_file()
                if not inside or included in {*locks, *files.sources(layer, root)}:
                    problem = f"“{content}” names no other hand-written file: take it out."
            elif content[:1] == "-" and not _INDEX.fullmatch(content):
                problem = f"“{content}” can't be locked: take it out. What can: -r, -c, "
                problem += "and --index-url, --extra-index-url or --find-links with a URL."
            if _UNFIT.match(content):
                reason = "a repository has no hash, file: is of one machine, a login is your own"
                problem = f"“{content}” can't be locked: {reason}. Write NAME @ URL of a wheel."
            if problem:
                project.fail(f"{line}: {problem}")
    read_requirements(root / "requirements.txt")


def stale(root: Path = project.ROOT) -> list[str]:
    """Return, a sentence each, where a lock lacks what a line asks for, or has what none does."""
    result = []
    for layer in files.layers(root):
        lock = files.lock(layer, root)
        if not lock.exists():
            result.append(f"There is no {lock.name} yet.")
            continue
        pins, asked = files.pins(lock), [*lines(layer, root)]
        unmet = (line for line in asked if not _is_met(line, pins))
        result += [f"{line}: {lock.name} doesn't fit “{line.content}”." for line in unmet]
        gone = {(pin.name, file) for pin in pins for file in pin.files}
        gone -= {(line.name, line.file) for line in asked}
        result += [f"{lock.name} has {name}, and {file} doesn't ask for it." for name, file in gone]
    return result


def note() -> None:
    """Say in a line on stderr if a lock is stale."""
    for problem in stale()[:1]:
        project.say(f"Note: a lock is stale. {problem} Then: {project.typed('freeze')}", sys.stderr)


def _is_met(line: Line, pins: Sequence[Pin]) -> bool:
    wanted = line.requirement
    own = [pin for pin in pins if pin.name == line.name and line.file in pin.files]
    if wanted is None or (wanted.marker and not own):  # no Python or system may need it
        return True
    url, bound = (wanted.url or "").partition("#")[0], wanted.specifier
    return any(url in pin.requirement and bound.contains(pin.version, True) for pin in own)
