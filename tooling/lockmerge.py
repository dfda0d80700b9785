"""Merges what two sides did to a lock: package by package, as lines of hashes are nobody's to merge by hand."""

from __future__ import annotations

import re

from tooling import lockfile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Each line that isn't indented begins something: a pin, whose hashes and notes follow it, or a comment.
_BEGINNING = re.compile(r"\n(?=\S)")


def merge(base: str, ours: str, theirs: str) -> str | None:
    """Merge the texts of a lock; `base` is what both sides began with, "" if there was none.

    A pin that one side changed is taken from there. One that both changed is theirs, and so are the header and the
    order. One that a side removed is gone, unless the other changed it. Gives None if one of them isn't a lock.
    """
    read = [_read(text) for text in (base, ours, theirs)]
    known = [pins for _, pins in read]
    if not all(pins is not None for pins in known):
        return None
    began, mine, new = (pins or {} for pins in known)
    chosen = {name: _choose(began.get(name), mine.get(name), new.get(name)) for name in {**new, **mine}}
    order = list(new)
    for name in (name for name in mine if name not in new):
        order.insert(next((at for at, other in enumerate(order) if other > name), len(order)), name)
    return "\n".join([read[2][0], *(text for text in map(chosen.get, order) if text is not None)]).strip("\n") + "\n"


def _choose(base: str | None, ours: str | None, theirs: str | None) -> str | None:
    if _pin(theirs) == _pin(base):
        return ours if _pin(ours) != _pin(base) else theirs
    return theirs if theirs is not None or _pin(ours) == _pin(base) else ours


def _pin(text: str | None) -> str | None:
    """Give an entry without its comments: which packages want it is no reason to take it."""
    if text is None:
        return None
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")).strip()


def _read(text: str) -> tuple[str, dict[str, str] | None]:
    """Give what stands above the first pin, and the pins by name, each with the comments above it; None: no lock."""
    header, above = "", list[str]()
    pins: dict[str, str] = {}
    for entry in _BEGINNING.split(text.replace("\r\n", "\n").strip("\n")):
        if entry.startswith("#") or not entry.strip():
            above.append(entry)
            continue
        name = _NAME.match(entry)
        if not name or "==" not in entry.splitlines()[0]:
            return "", None
        if not pins:
            header, above = "\n".join(above), []
        pins[lockfile.normalized(name[0])] = "\n".join([*above, entry])
        above = []
    return header if pins else "\n".join(above), pins
