"""A project's name: how it is spelled where, and which names can't be one. Standard library only."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

LONGEST = 60  # paths stay under Windows' 260 characters, and lines of code under 120

# Modules and programs that come with what is locked, under another name than the package's own.
_IMPORTED = frozenset(
    "_distutils_hack _pytest attr boolean cyclonedx dateutil markdown_it mpl_toolkits mypyc packageurl "
    "packaging_legacy_version pil piptools pkg_resources py pylab requirements rpds ruamel sklearn xdist yaml".split()
)
_PROGRAMS = frozenset(
    "activate deactivate check-added-large-files check-ast check-builtin-literals check-case-conflict "
    "check-docstring-first check-executables-have-shebangs check-json check-merge-conflict "
    "check-shebang-scripts-are-executable check-symlinks check-toml check-vcs-permalinks check-xml check-yaml "
    "debug-statement-hook destroyed-symlinks detect-aws-credentials detect-private-key dmypy doesitcache "
    "double-quote-string-fixer end-of-file-fixer f2py file-contents-sorter fix-byte-order-marker "
    "forbid-new-submodules identify-cli inv jsonschema markdown-it mixed-line-ending name-tests-test "
    "no-commit-to-branch nodeenv normalizer numpy-config pip-sync pip-compile pip3 pre-commit-hooks-removed "
    "pretty-format-json pyftmerge pyftsubset pygmentize pyproject-build python python3 pythonw "
    "requirements-txt-fixer sort-simple-yaml stubgen stubtest trailing-whitespace-fixer ttx uvx".split()
)
# What the tasks, the hooks and the tests start, or a shell needs: venv/ stands first on the PATH.
_SYSTEM = frozenset("bash cat cd cmd env git less ps py pyenv sh ssh sudo tar".split())
_OURS = frozenset(
    "benchmarks build conftest dist docs environment index setup support tasks template tooling venv".split()
)
# Modules that some of the supported Pythons have and others haven't.
_STANDARD = frozenset("annotationlib asynchat asyncore compression distutils imp lib2to3 smtpd".split())
_WINDOWS = frozenset(
    ["aux", "con", "nul", "prn", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)


class Name(NamedTuple):
    """A name in each of its spellings: “churn-lab”, “churn_lab”, “Churn Lab”, “CHURN_LAB”."""

    distribution: str  # what is installed and typed
    package: str  # what is imported, and its folder
    title: str
    upper: str  # variables of the environment


def spelled(name: str) -> Name:
    """Spell a name as typed in all ways; the distribution's is the normalized one, by which installers compare."""
    words = re.split(r"[-_.]+", name)
    distribution = "-".join(words).lower()
    package = distribution.replace("-", "_")
    return Name(distribution, package, " ".join(word[:1].upper() + word[1:] for word in words), package.upper())


def refusal(typed: str, required: Iterable[str] = (), there: Iterable[str] = ()) -> str:
    """Say why a project can't be called so, and what to do instead; "" if it can.

    `required` are the names of the locked packages, `there` those of the files beside the package and its tests.
    """
    name = spelled(typed)
    if not typed.isascii():
        return "a package's name is of the letters a to z, digits and hyphens alone; spell it with those"
    if "." in typed:
        return f"a dot would make it a package within another; use a hyphen: {typed.strip('.').replace('.', '-')}"
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", typed):
        return "a package's name is of letters, digits and hyphens, with a letter first and no hyphen last"
    if len(typed) > LONGEST:
        return f"it has {len(typed)} characters, and {LONGEST} is the most; shorten it"
    if not name.package.isidentifier():
        return f"Python can't import what starts with a digit; put a letter first: x{typed}"
    return _taken(typed, name, required, there)


def _taken(typed: str, name: Name, required: Iterable[str], there: Iterable[str]) -> str:
    longer = f"call it something like {name.distribution}-lab"
    if keyword.iskeyword(typed) or keyword.iskeyword(name.package):
        return f"it is a word of Python's own language, which can't be imported; {longer}"
    if name.package in getattr(sys, "stdlib_module_names", ()) or name.package in _STANDARD:
        return f"it is a module of Python's standard library, and would hide that; {longer}"
    if name.package in {word.lower() for word in dir(builtins)}:
        return f"it is one of Python's built-in names, and would hide that; {longer}"
    if name.package in ("test", "tests"):
        return f"that is where the tests are; {longer}"
    if name.distribution in _WINDOWS:
        return f"Windows keeps it for a device, and can have no folder of that name; {longer}"
    if name.distribution in {spelled(other).distribution for other in required}:
        return f"a package of that name is required here already; {longer}"
    if name.package in _IMPORTED:
        return f"a package that is required here is imported under that name; {longer}"
    if name.distribution in _PROGRAMS | _SYSTEM:
        return f"a program that is used here is called so, and would be hidden or overwritten; {longer}"
    if name.package in _OURS | {spelled(other).package for other in there}:
        return f"a file or folder here is called so, or git ignores it; {longer}"
    return ""
