"""Says in two lines why no versions go together: who wants what, and which bound to relax.

Which requirements are at odds isn't read out of uv's words but tried out: they are the least set that still fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from tooling import interpreters, lockfile, project, resolving, scrubbing, staleness
from tooling.staleness import Direct

_NEEDS = re.compile(r"(?P<who>[\w.-]+)\S* depends? on (?P<what>[\w.-]+)(?P<bound>[^\s,]*(?:,[<>=!~][^\s,]*)*)")


def give_up(scratch: Path, said: str, cooldown: int) -> NoReturn:
    """End the task with what is wrong with the hand-written files in `scratch`, for which uv `said` there is no answer.

    `cooldown` is the age in days that was asked of what is upgraded.
    """
    young = resolving.TOO_YOUNG.search(said)
    if cooldown and young:
        _too_young(young[1], young[2], young[3], cooldown)
    unbuilt = re.search(r"Failed to build `([\w.-]+)==(\S+?)`", said)
    if unbuilt:
        _unbuilt(unbuilt[1], unbuilt[2], said)
    asked = list(dict.fromkeys(each for layer in lockfile.layers(scratch) for each in staleness.direct(layer, scratch)))
    named = [each for each in asked if re.search(rf"(?<![\w.-]){re.escape(each.line.name)}(?![\w-])", said)]
    fails = _Trial(scratch)
    if not fails(asked):
        project.fail(
            f"With releases that are {cooldown} days old no versions go together, and with younger ones they do. "
            f"To take these: {project.typed('freeze --upgrade --cooldown 0')}"
        )
    least = _least(named if fails(named) else asked, fails)
    project.say("No versions go together; the locks are as they were.")
    words = re.sub(r"\s*\n\s*(?:cause: )?", " ", fails(least))
    project.fail(f"{_wants(least, words)}\n{_remedy(least, asked, words, fails)}")


def needs(words: str) -> list[tuple[str, str, str]]:
    """List what uv's `words` say, where nothing answers: who needs what, and how that is bounded."""
    words = re.sub(r"\s*\n\s*(?:cause: )?", " ", words)
    premises = re.sub(r",? we can conclude that .*?(?= And because |\. *hint: |$)", "", words)
    return [(found["who"], found["what"], found["bound"].rstrip(".,")) for found in _NEEDS.finditer(premises)]


class _Trial:
    """Tries requirements out in a scratch folder: gives uv's words where nothing answers to them, else ""."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    def __call__(self, asked: Iterable[Direct]) -> str:
        asked = list(asked)
        for file, binding in (("some.in", True), ("bounds.in", False)):
            lines = [each.line.said for each in asked if each.binding == binding]
            (self.scratch / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        code, said = resolving.uv(self.scratch, "", ["--constraint", "bounds.in"], "some.in")
        return said if code else ""

    def chosen(self) -> dict[str, str]:
        """Give the versions of the last trial, which found an answer."""
        pins = lockfile.parse((self.scratch / resolving.SEED).read_text(encoding="utf-8"), resolving.SEED)
        return {name: pin.version for name, pin in pins.items()}


def _least(asked: Sequence[Direct], fails: Callable[[Iterable[Direct]], str]) -> list[Direct]:
    """Give a least set of `asked` that has no answer (QuickXplain: Junker, AAAI 2004)."""

    def search(background: list[Direct], is_new: bool, rest: list[Direct]) -> list[Direct]:
        if is_new and fails(background):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        second = search(background + rest[:half], True, rest[half:])
        first = search(background + second, bool(second), rest[:half])
        return first + second

    return search([], False, list(asked))


def _wants(least: Sequence[Direct], words: str) -> str:
    """Write who wants what: of packages, as uv has it, and of the hand-written lines."""
    said = needs(words)
    names = [what for _, what, _ in said] + [each.line.name for each in least if bound(each)]
    # What two parties want something of, each something else.
    contested = next((name for name in names if names.count(name) > 1), "")
    wants = [
        f"{_place(who, least)} needs {what}{bound}" for who, what, bound in dict.fromkeys(said) if what == contested
    ]
    wants += [f"{each} asks for {each.line.said}" for each in least if each.line.name == contested and bound(each)]
    if contested and len(wants) > 1:
        return ", and ".join(dict.fromkeys(wants)) + "."
    if len(least) == 1:
        return _alone(least[0], words)
    return "These don't go together: " + "; ".join(f"{each.line.said} ({each})" for each in least) + "."


def _alone(asked: Direct, words: str) -> str:
    """Write why a single requirement has no answer."""
    name = asked.line.said
    missing = re.search(r"Because ([\w.-]+) was not found in the (?:package registry|provided)", words)
    if missing:
        who = name if lockfile.normalized(missing[1]) == asked.line.name else f"{name} needs {missing[1]}, which"
        return f"{asked}: no index has {who}." if who == name else f"{asked}: {who} no index has."
    if _from_source(words):
        return f"{asked}: {_from_source(words)} has no wheel, and a source distribution would run its code."
    others = re.search(r"([\w.-]+)==\S+ has no wheels with a matching", words)
    if others:
        tags = re.findall(r"following (?:platform|Python \w+ tag)s?: ([^:]+?)(?= *hint|$)", words)
        only = f", only for {tags[0].strip().replace('`', '')}" if tags else ""
        return f"{asked}: {others[1]} has no wheel for Python {interpreters.pinned_version()} on this system{only}."
    python = re.search(r"([\w.-]+==\S+) depends on Python(\S+?),", words)
    if python:
        return f"{asked}: {python[1]} needs Python{python[2]}, and the locks serve {interpreters.pinned_version()} too."
    yanked = re.search(r"([\w.-]+==\S+) was yanked(?: \(reason: ([^)]*)\))?", words)
    if yanked:
        return f"{asked}: what fits {name} was withdrawn (yanked)."
    newest = re.search(rf"only {re.escape(asked.line.name)}(?:<|=)=(\S+?) is available", words)
    if newest:
        return f"{asked}: no release fits {name}; the newest is {newest[1].rstrip(',')}."
    return f"{asked}: {name} has no answer: {scrubbing.scrubbed(words[:300])}"


def _remedy(least: Sequence[Direct], asked: Sequence[Direct], words: str, fails: _Trial) -> str:
    """Write which bound to relax, tried out, or what else to do."""
    again = project.typed("freeze")
    if _from_source(words):
        return (
            'To build it all the same, name it in pyproject.toml: pip-args = "--only-binary :all: '
            f'--no-binary {_from_source(words)}". Then: {again}'
        )
    for each in reversed(least):
        if not bound(each):
            continue
        open_ = each._replace(line=each.line._replace(said=unbound(each)))
        if not fails([open_ if one == each else one for one in asked]):
            version = fails.chosen().get(each.line.name, "")
            fit = f": {version} goes with everything else" if version else ""
            return f"Relax “{bound(each)}” of {each.line.name} in {each}{fit}. Then: {again}"
    where = " or ".join(f"{each.line.name or each.line.said} ({each})" for each in least)
    return f"Take out, or replace, {where}. Then: {again}"


def _from_source(words: str) -> str:
    """Give the package that has no wheels at all; "" if that isn't why there is no answer."""
    found = re.search(r"Wheels are required for `([^`]+)`", words)
    return found[1] if found else ""


def _unbuilt(name: str, version: str, said: str) -> NoReturn:
    lacking = re.search(r"No module named '([\w.]+)'", said)
    why = f", as that takes the module {lacking[1]}" if lacking else ""
    project.fail(
        f"{name} {version} can't be built to learn what it needs{why}. Only what is locked is there to build with: "
        f"take {name} out, type {project.typed('add PACKAGE --layer dev')} for what it takes, then bring it back."
    )


def _too_young(name: str, version: str, date: str | None, days: int) -> NoReturn:
    if not date:
        project.fail(
            f"The index doesn't tell when {name} was uploaded, so no cooldown of {days} days can hold. "
            f"Without one: {project.typed('freeze --upgrade --cooldown 0')}"
        )
    project.fail(
        f"No release of {name} that fits is {days} days old: {version} is of {date}. "
        f"To take it all the same: {project.typed(f'freeze --package {name} --cooldown 0')}"
    )


def _place(who: str, least: Sequence[Direct]) -> str:
    name = lockfile.normalized(who.split("[")[0])
    return next((f"{name} ({each})" for each in least if each.line.name == name), name)


def bound(each: Direct) -> str:
    """Give the bound of a requirement; "" if it has none."""
    return str(each.line.requirement.specifier) if each.line.requirement else ""


def unbound(each: Direct) -> str:
    """Write a requirement without its bound: the name, the extras, the marker."""
    wanted = each.line.requirement
    if wanted is None:
        return each.line.said
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return wanted.name + extras + (f"; {wanted.marker}" if wanted.marker else "")
