"""What a project says of itself: the values given on the command line, and setup.py's. Standard library only."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tooling import processes, project, template

if TYPE_CHECKING:  # Python 3.7 has no such alias, and has to import this file
    Options = Mapping[str, "str | None"]  # as given on the command line: None is “not given”
ASKED = {
    "author": "Author",
    "email": "Author's e-mail address",
    "url": "The project's address on the web",
    "description": "What it does, in a sentence",
}
_VERSION = re.compile(
    r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+([._-][a-z0-9]+)*)?", re.IGNORECASE
)
_BOUND = re.compile(r"\s*(>=|<=|<|>|!=|==|~=)\s*\d+(\.\d+)*(\.\*)?\s*")
OLDEST_PACKAGE = 7  # setup.py and the package are tested from Python 3.7
# setup.py's name for each value.
FIELDS = {
    "author": "author",
    "email": "author_email",
    "url": "url",
    "description": "description",
    "version": "version",
    "python": "python_requires",
}


def checked(options: Options) -> dict[str, Any]:
    """Give the options that were given, cleaned. Ends the task where one won't do.

    A licence of somebody's own is called “custom”, and its text is in there as “text”.
    """
    given = {key: cleaned(value) for key, value in options.items() if value is not None}
    version, python = given.get("version"), given.get("python")
    if version is not None and not _VERSION.fullmatch(version):
        project.fail(f"“{version}” is no version. Write one such as 0.1, 1.0rc1 or 2026.11.")
    if python is not None:
        lowest = lowest_python(python) if all(map(_BOUND.fullmatch, python.split(","))) else 0
        newest = project.NEWEST[1]
        if not OLDEST_PACKAGE <= lowest <= newest:
            project.fail(f"--python takes a lower bound from >=3.{OLDEST_PACKAGE} to >=3.{newest}, not “{python}”.")
    if "year" in given and not re.fullmatch(r"\d{4}", given["year"]):
        project.fail(f"--year takes a year of four digits, not “{given['year']}”.")
    license_ = given.get("license")
    if license_ is not None and license_ not in template.LICENSES:
        try:
            given["text"] = Path(license_).expanduser().read_text(encoding="utf-8")
            given["license"] = "custom"
        except (OSError, UnicodeDecodeError):
            project.fail(
                f"--license takes {', '.join(template.LICENSES[:2])} or a file with the text, not “{license_}”."
            )
    return given


def lowest_python(python: str) -> int:
    """Give the 3.N that a specifier such as ">=3.10,<4" starts from; 0 if it names none."""
    found = re.search(r"(?:>=|~=)\s*3\.(\d+)", python)
    return int(found[1]) if found else 0


def defaults(root: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give all values of a first rename: asked for on a terminal, else what git says, and the template's version."""
    setup = read((root / "setup.py").read_text(encoding="utf-8"))
    values = {"author": _git_setting("user.name"), "email": _git_setting("user.email"), "url": "", "description": ""}
    asked = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    for key in values:
        if asked and key not in given:
            values[key] = _ask(ASKED[key], values[key])
    others = {"version": setup["version"], "python": setup["python_requires"], "license": "MIT"}
    return {**values, **others, "year": time.strftime("%Y"), **given}


def _ask(question: str, default: str) -> str:
    try:
        answer = input(f"{question} [{default}]: " if default else f"{question} (may stay empty): ")
    except EOFError:
        answer = ""
    return cleaned(answer) or default


def _git_setting(name: str) -> str:
    if not shutil.which("git"):
        return ""
    code, output = processes.quietly(["git", "config", "--get", name])
    return cleaned(output) if code == 0 else ""


def cleaned(value: str) -> str:
    """Give a value of a single line: white space in one piece, and nothing that only steers a terminal."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value).split())


def literal(value: str) -> str:
    """Write a string as Python code, in the quotes that ruff would choose."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + value.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def written(setup: str, values: Mapping[str, str]) -> str:
    """Give the text of setup.py with these arguments of its call of setup() replaced; those it hasn't stay out."""
    call = next(
        (
            node
            for node in ast.walk(_parsed(setup))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setup"
        ),
        None,
    )
    lines = re.findall(r"[^\n]*\n|[^\n]+$", setup)
    for argument in reversed(call.keywords if call else []):
        node = argument.value
        if argument.arg and argument.arg in values and node.end_lineno and isinstance(node, ast.Constant):
            first, last = lines[argument.lineno - 1], lines[node.end_lineno - 1]
            indent = first[: len(first) - len(first.lstrip())]
            tail = last.encode()[node.end_col_offset :].decode()
            if argument.lineno != node.lineno:  # its own parentheses
                while ")" not in tail:
                    node.end_lineno += 1
                    tail = lines[node.end_lineno - 1]
                tail = tail.split(")", 1)[1]
            lines[argument.lineno - 1 : node.end_lineno] = [
                f"{indent}{argument.arg}={literal(values[argument.arg])}{tail.lstrip()}"
            ]
    return "".join(lines)


def read(setup: str) -> dict[str, str]:
    """Read the string arguments in setup.py's call of setup()."""
    found = {}
    for node in ast.walk(_parsed(setup)):
        if isinstance(node, ast.keyword) and node.arg and isinstance(node.value, ast.Constant):
            found[node.arg] = str(node.value.value)
    return found


def _parsed(setup: str) -> ast.Module:
    try:
        return ast.parse(setup)
    except SyntaxError as error:
        project.fail(f"setup.py, line {error.lineno}: {error.msg}. Mend that, then type the same again.")
