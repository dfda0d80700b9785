"""What a project says of itself: the values that are given, asked for, or git's."""

import json
import re
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tooling import project
from tooling.starter import git
from tooling.starter.options import OWN

Given = Mapping[str, str | None]  # as on the command line: None is “not given”
LICENSES = ("MIT", "Proprietary", "custom")  # the last stands for a text of somebody's own
_ASKED = {
    "author": "Author",
    "email": "Author's e-mail address",
    "url": "The project's address on the web",
    "description": "What it does, in a sentence",
}
_GIT = {"author": "user.name", "email": "user.email"}
_VERSION = r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+(\.[a-z0-9]+)*)?"
_PYTHON = r"\s*(?:>=|~=)\s*3\.(\d+)(?:\.\d+)*\s*(?:,\s*(?:<=|<|>|!=)\s*\d+(?:\.\d+)*(?:\.\*)?\s*)*"
# setup.py's arguments that aren't called as the values are.
_ARGUMENTS = {"email": "author_email", "python": "python_requires"}


def checked(own: Given) -> dict[str, Any]:
    """Return the values that were given, cleaned, with a licence's own text as “text”."""
    given = {key: cleaned(value) for key, value in own.items() if value is not None}
    for key in {*given} - {"name", *OWN}:
        project.fail(f"A project has no “{key}”. It has {', '.join(OWN)}.")
    version, license_ = given.get("version", "0"), given.get("license", "MIT")
    if not re.fullmatch(_VERSION, version, re.ASCII):
        project.fail(f"“{version}” is no version. Write one such as 0.1, 1.0rc1 or 2026.11.")
    newest, python = project.NEWEST[1], given.get("python", ">=3.7")
    if not 7 <= lowest_python(python) <= newest:  # setup.py is tested from 3.7
        project.fail(f"--python takes a lower bound, >=3.7 to >=3.{newest}, not “{python}”.")
    if not re.fullmatch("[0-9]{4}", given.get("year", "2000")):
        project.fail(f"--year takes a year of four digits, not “{given['year']}”.")
    if license_ not in LICENSES:
        try:
            given["text"] = Path(license_).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError):
            project.fail(f"--license takes MIT, Proprietary or a text's file, not “{license_}”.")
        given["license"] = "custom"
    return given


def lowest_python(python: str) -> int:
    """Return the 3.N that a specifier such as ">=3.10,<4" starts from; 0 if it is no such."""
    match = re.fullmatch(_PYTHON, python, re.ASCII)
    return int(match[1]) if match else 0


def completed(given: Mapping[str, Any], root: Path) -> tuple[dict[str, Any], list[str]]:
    """Return all values, given, asked for or by default, and a line for each that is git's."""
    asks = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    values, taken = {}, []
    for key in [key for key in _ASKED if key not in given]:
        default = cleaned(git.ask(root, "config", _GIT[key])) if key in _GIT else ""
        values[key] = _ask(_ASKED[key], default) if asks else default
        if default and values[key] == default:
            taken.append(f"The {key} is {default} (git's {_GIT[key]})")
    python = ">={}.{}".format(*project.OLDEST)
    others = {"version": "0.1", "python": python, "license": "MIT", "year": time.strftime("%Y")}
    return {**values, **others, **given}, taken


def _ask(question: str, default: str) -> str:
    try:
        return cleaned(input(f"{question} [{default or 'may stay empty'}]: ")) or default
    except EOFError:
        return default


def cleaned(value: str) -> str:
    """Return a value as one line: spaces in one piece, nothing that only steers a terminal."""
    steering = ("Cc", "Cs", "Zl", "Zp")
    words = "".join(" " if unicodedata.category(c) in steering else c for c in value).split()
    return " ".join(words)


def written(setup: str, values: Mapping[str, Any]) -> str:
    """Return setup.py's text with these values as its arguments, each on a line of its own."""
    for key, value in values.items():
        argument = _ARGUMENTS.get(key, key)
        line = f"        {argument}={json.dumps(value, ensure_ascii=False)},"
        setup = re.sub(rf"^ {{8}}{argument}=.*$", line.replace("\\", r"\\"), setup, flags=re.M)
    return setup
