"""Where a project came from: .template.json, which `rename` writes and `update` moves on.

An interface, as projects are of any age. A record without "version" has the same form.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tooling import project

FILE = ".template.json"
VERSION = 2


class Record(NamedTuple):
    """Where a project came from, and the rename that made it of that."""

    source: str  # the address of the template's repository, "" if it isn't known
    commit: str  # the template's commit, "" if there was no git
    contents: str  # see `contents`: finds the commit where the histories have nothing in common
    rename: Mapping[str, Any]  # name, author, email, url, description, version, python, license …


def read(root: Path) -> Record:
    """Return the record. Ends the task if there is none, or it isn't one."""
    try:
        content = json.loads((root / FILE).read_text(encoding="utf-8"))
        record = Record(*(content[name] for name in Record._fields))
        texts = [*record[:3], record.rename["name"], *{**record.rename, "bare": ""}.values()]
        if content.get("version", 1) <= VERSION and all(isinstance(text, str) for text in texts):
            return record
    except (OSError, ValueError, KeyError, TypeError):
        pass
    project.fail(f"{FILE} is missing, damaged, or of a later template. Is it as you committed it?")


def text(record: Record) -> str:
    """Return the record as it is written to the file; a licence's text isn't kept."""
    rename = {key: value for key, value in record.rename.items() if key != "text"}
    content = {"version": VERSION, **record._asdict(), "rename": rename}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def contents(lines: Iterable[str]) -> str:
    """Return a digest of a tree's files, each given as "<git's blob> <path>", in any order."""
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def blob(content: bytes) -> str:
    """Return the sha1 by which git knows a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
