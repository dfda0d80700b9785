"""Which packages may be built from source: pip's own words in pip-args, the setting that pip-compile reads, too.

Standard library only, Python 3.7 syntax: set-up imports it.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NoReturn

from tooling import project
from tooling.lockfile import normalized

ALL = ":all:"
WHEELS_ONLY = ["--only-binary", ALL]
BUILDERS = ("setuptools", "wheel")  # what the others are built with, whatever the layer


def from_source(root: Path = project.ROOT) -> frozenset[str]:
    """Give the normalized names of the packages that pip-args in `root`'s pyproject.toml names with --no-binary.

    All others are taken as wheels alone. Ends the task where pip-args doesn't say so, or can't be read.
    """
    import tomllib  # not before Python 3.11, and older ones import this file

    try:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        project.fail(f"pyproject.toml can't be read ({error}). Mend it, then type the same again.")
    tool = settings.get("tool", {}).get("pip-tools", {})
    return named(str({**tool, **tool.get("compile", {})}.get("pip-args", "")))


def named(pip_args: str) -> frozenset[str]:
    """Give the normalized names that pip, called with `pip_args`, takes as source alone.

    Ends the task where these let pip take source distributions of packages that they don't name.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    for flag in ("--only-binary", "--no-binary"):
        parser.add_argument(flag, dest="given", action="append", type=partial(_given, flag))
    try:
        given = parser.parse_known_args(shlex.split(pip_args))[0].given
    except ValueError as error:
        parser.error(str(error))
    wheels, source = _read(given or ())
    if ALL in source:
        _refuse(f"“--no-binary {ALL}” would have every package run its code: name the packages")
    if ALL not in wheels:
        _refuse(f"{' '.join(WHEELS_ONLY)} has to be there, before any --no-binary: else any package may run its code")
    for name in sorted(source.intersection(("pip", *BUILDERS))):
        _refuse(f"{name} is what the others are built with, and can't be built from source itself")
    return frozenset(source)


def _given(flag: str, value: str) -> tuple[str, list[str]]:
    return flag, value.split(",")


def _read(given: Iterable[tuple[str, list[str]]]) -> tuple[set[str], set[str]]:
    """Give what is taken as wheels alone and what as source alone, by pip's rules: the later word takes it back."""
    wheels: set[str] = set()
    source: set[str] = set()
    for flag, names in given:
        mine, other = (wheels, source) if flag == "--only-binary" else (source, wheels)
        for name in map(normalized, names):
            if name in (ALL, ":none:"):
                mine.clear()
            if name == ALL:
                other.clear()
            if name != ":none:":
                other.discard(name)
                mine.add(name)
    return wheels, source


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message)


def _refuse(reason: str) -> NoReturn:
    project.fail(f"pip-args in pyproject.toml, [tool.pip-tools]: {reason}. Mend it, then type the same again.")
