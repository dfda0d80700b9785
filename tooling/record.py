"""The record of where a renamed project came from: .template.json, which `rename` writes and `update` reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tooling import project

FILE = ".template.json"


class Record(NamedTuple):
    """Where a project came from, and the rename that made it of that."""

    source: str  # the address of the template's repository, "" if it isn't known
    commit: str  # the template's commit, "" if there was no git
    contents: str  # see `contents`: tells the template's commit where the histories have nothing in common
    rename: Mapping[str, Any]  # name, author, email, url, description, version, python, license, year, bare


def read(root: Path) -> Record | None:
    """Read the record; None if there is none. Ends the task if it isn't one."""
    try:
        found = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Record(*(found[name] for name in Record._fields))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        project.fail(f"{FILE} is damaged. Take it from the last commit: git checkout {FILE}")


def text(record: Record) -> str:
    """Give the record as it is written to the file."""
    return json.dumps(record._asdict(), indent=2, ensure_ascii=False) + "\n"


def write(root: Path, record: Record) -> None:
    """Write the record, whole or not at all."""
    new = root / (FILE + ".new")
    new.write_text(text(record), encoding="utf-8", newline="\n")
    new.replace(root / FILE)


def contents(lines: Iterable[str]) -> str:
    """Digest the files of a tree, each given as "<git blob sha1> <path>"; their order and modes don't count."""
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def blob(content: bytes) -> str:
    """Give the sha1 by which git knows a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
