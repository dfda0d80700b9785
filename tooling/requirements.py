"""The hand-written requirements files: read as pip reads them, and edited so that all else stays as it is, to the byte.

It needs `packaging`, which the development layer has: it is imported where it is used, in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from tooling import project
from tooling.lockfile import Pin, normalized

_BOM = "\ufeff"
_COMMENT = re.compile(r"(^|\s+)#.*")
_OPTIONS = re.compile(r"\s+--?[A-Za-z].*")  # such as --hash, behind a requirement
_INCLUDED = re.compile(r"(-r|-c|--requirement|--constraint)[ =]?\s*(.+)")
# Takes apart what `packaging` has found right, in the spelling that it has. A semicolon may be part of a URL.
_PARTS = re.compile(r"(?P<name>[\w.-]+)\s*(?P<extras>\[.*?\])?\s*(?P<bound>@\s*\S+|[^;]*?)\s*(?P<marker>;.*)?")


class Line(NamedTuple):
    """A line of a requirements file, together with those that it continues on."""

    number: int
    text: str  # as it stands, with its line ending
    said: str  # without comment, line ending and continuation
    requirement: Requirement | None  # None for a comment, a blank, an option, and what requires nothing by name

    @property
    def name(self) -> str:
        """The normalized name of what it requires; "" if it requires nothing by name."""
        return normalized(self.requirement.name) if self.requirement else ""

    @property
    def marker(self) -> str:
        """Its marker in the one spelling that `packaging` gives them; "" if it has none."""
        return str(self.requirement.marker or "") if self.requirement else ""

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but a requirement by name and maybe a comment: it can be written anew."""
        one = len(self.text.splitlines()) == 1
        return self.requirement is not None and one and not _OPTIONS.search(self.said)

    @property
    def included(self) -> tuple[str, str]:
        """The file that it includes: ("-r" or "-c", the file); ("", "") if it doesn't."""
        found = _INCLUDED.fullmatch(self.said)
        return ("-c" if "c" in found[1][:3] else "-r", found[2]) if found else ("", "")


def read(path: Path) -> list[Line]:
    """Read a requirements file; one that isn't there has no lines. Ends the task if it isn't UTF-8 text."""
    return lines(path.read_bytes() if path.exists() else b"", path.name)


def lines(content: bytes, name: str) -> list[Line]:
    """Split a file's content into lines as pip does. Ends the task, naming the file, if it isn't UTF-8 text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        project.fail(f"{name} is UTF-16 (PowerShell's `>` writes that): save it as UTF-8.")
    try:
        physical = content.decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        project.fail(f"{name}, line {number}: not UTF-8: save the file as UTF-8.")
    found: list[Line] = []
    held: list[str] = []
    for number, text in enumerate(physical, start=1):
        held.append(text)
        if not _goes_on(text) or number == len(physical):
            joined = "".join(_split(part)[0].rstrip("\\") if _goes_on(part) else _split(part)[0] for part in held)
            said = _COMMENT.sub("", joined).strip()
            found.append(Line(number - len(held) + 1, "".join(held), said, _requirement(said)))
            held = []
    return found


def parse(text: str) -> Requirement:
    """Read one requirement. Raises ValueError, with a sentence, if it isn't one."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        raise ValueError(f"“{text}” is no requirement: write NAME, NAME>=1.0 or NAME==1.0.") from None


def locked(pin: Pin) -> Requirement:
    """Give what a lock's entry installs: a name, its version or URL, and its marker."""
    return Requirement(re.split(r"\s--hash=", pin.text)[0].strip(" \\\n"))


def added(content: bytes, requirement: str, name: str) -> bytes:
    """Add a line to the content of file `name`: in order where lines are sorted, else behind the last requirement."""
    there = lines(content, name)
    if there and _goes_on(there[-1].text):
        project.fail(
            f"{name}, line {there[-1].number}: the “\\” at the end would join it with what comes next. Mend it."
        )
    at = _place(there, normalized(parse(requirement).name))
    texts = [line.text for line in there]
    ending = next((ending for _, ending in map(_split, texts) if ending in ("\n", "\r\n", "\r")), "\n")
    if texts and at == len(texts) and not _split(texts[-1])[1]:  # a file without a last line ending stays one
        texts[-1] += ending
        ending = ""
    return _joined(content, [*texts[:at], requirement + ending, *texts[at:]])


def replaced(content: bytes, number: int, requirement: str, name: str) -> bytes:
    """Write another requirement on the line `number`; its comment stays, in its column if there is room for that."""
    texts = [line.text for line in lines(content, name)]
    numbers = [line.number for line in lines(content, name)]
    body, ending = _split(texts[numbers.index(number)])
    indent = body[: len(body) - len(body.lstrip())]
    comment = _COMMENT.search(body, len(indent))
    note = comment[0].lstrip() if comment else ""
    gap = comment[0][: -len(note)] if comment else ""
    if gap.isspace() and "\t" not in gap:
        column = body.index(note, len(indent))
        gap = " " * max(column - len(indent + requirement), min(len(gap), 2))
    texts[numbers.index(number)] = indent + requirement + gap + note + ending
    return _joined(content, texts)


def removed(content: bytes, package: str, name: str) -> bytes:
    """Take every line that requires `package`, in whatever spelling, out of the content of file `name`."""
    there = lines(content, name)
    kept = [line.text for line in there if line.name != normalized(package)]
    if kept and there[-1].name == normalized(package) and not _split(there[-1].text)[1]:
        kept[-1] = kept[-1][: -len(_split(kept[-1])[1]) or None]
    return _joined(content, kept)


def bounded(requirement: str, version: str, exact: bool = False) -> str:
    """Bound a requirement by the version that was chosen for it. One with a bound or a URL stays as it is.

    A bound from below leaves out what is local in a version (+cu126): the standard has it so (PEP 440).
    """
    parsed = parse(requirement)
    if parsed.specifier or parsed.url:
        return requirement
    bound = f"=={version}" if exact else f">={Version(version).public}"
    parts = _parts(requirement)
    return parts["name"] + (parts["extras"] or "") + bound + (parts["marker"] or "")


def merged(there: str, new: str) -> str:
    """Write a requirement with the extras of `new` beside its own, and the bound or URL of `new` if that has one.

    Name and marker stay as they are spelled.
    """
    old, parts = _parts(there), _parts(new)
    extras, more = parse(there).extras, parse(new).extras
    spelled = old["extras"] or "" if more <= extras else f"[{','.join(sorted(extras | more))}]"
    bound = (parts["bound"] or old["bound"]).strip()
    space = " " if bound.startswith("@") else ""
    marker = old["marker"] or ""
    return old["name"] + spelled + space + bound + (space if marker else "") + marker


def _parts(requirement: str) -> dict[str, str]:
    found = _PARTS.fullmatch(requirement.strip())
    return found.groupdict() if found else {}


def _requirement(said: str) -> Requirement | None:
    try:
        return None if said.startswith("-") else Requirement(_OPTIONS.sub("", said))
    except InvalidRequirement:
        return None


def _place(there: Sequence[Line], name: str) -> int:
    """Give where a line for `name` goes: its place in the longest sorted block, else behind the last requirement.

    A block is a run of requirements. What stands under a comment may be what that is about, unless it is all there is.
    """
    blocks: list[list[int]] = []
    for at in (at for at, line in enumerate(there) if line.requirement):
        if blocks and blocks[-1][-1] == at - 1:
            blocks[-1].append(at)
        else:
            blocks.append([at])
    if not blocks:
        return len(there)
    fit = [block for block in blocks if _is_sorted(there, block) and (len(blocks) == 1 or not _is_headed(there, block))]
    block = max(fit, key=len, default=[])
    return next((at for at in block if there[at].name > name), (block or blocks[-1])[-1] + 1)


def _is_sorted(there: Sequence[Line], block: list[int]) -> bool:
    names = [there[at].name for at in block]
    return len(set(names)) > 1 and names == sorted(names)


def _is_headed(there: Sequence[Line], block: list[int]) -> bool:
    return block[0] > 0 and there[block[0] - 1].text.lstrip().startswith("#")


def _goes_on(text: str) -> bool:
    body = _split(text)[0]
    return body.endswith("\\") and not body.lstrip().startswith("#")


def _split(text: str) -> tuple[str, str]:
    """Give the last physical line of a text, and its line ending."""
    last = text.splitlines(keepends=True)[-1]
    body = last.splitlines()[0]
    return body, last[len(body) :]


def _joined(content: bytes, texts: Sequence[str]) -> bytes:
    bom = _BOM if content.startswith(_BOM.encode()) else ""
    return (bom + "".join(texts)).encode("utf-8")
