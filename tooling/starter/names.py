"""A project's name: how it is spelled where, and which names can't be one."""

import builtins
import keyword
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tooling import files, project
from tooling.starter import git

LONGEST = 60  # paths stay under Windows' 260 characters
# Modules that come with what is locked, under another name than the package's own.
_IMPORTED = """
    _distutils_hack _pytest attr boolean cyclonedx dateutil markdown_it mpl_toolkits mypyc
    packageurl packaging_legacy_version pil piptools pkg_resources py py_serializable pylab
    requirements rpds ruamel sklearn xdist yaml
""".split()
# Programs of what is locked, and what the tasks, the hooks or a shell start: venv/ hides those.
_PROGRAMS = """
    activate bash cat cd cmd deactivate destroyed-symlinks dmypy doesitcache env f2py git
    identify-cli inv jsonschema less markdown-it name-tests-test no-commit-to-branch nodeenv
    normalizer numpy-config pip-compile pip-sync pip3 ps py pyenv pyftmerge pyftsubset pygmentize
    pyproject-build python python3 pythonw sh sort-simple-yaml ssh stubgen stubtest sudo tar ttx uvx
""".split()
_OF_HOOKS = r"(check|detect|forbid|pre-commit|pretty)-.*|.*-(fixer|hook|marker|line-ending|sorter)"
_OURS = "benchmarks build conftest dist docs environment setup support tasks template tooling venv"
# Modules that some of the supported Pythons have and others haven't.
_STANDARD = "annotationlib asynchat asyncore compression distutils imp lib2to3 smtpd".split()
_PORTS = [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]


class Name(NamedTuple):
    """A name in each of its spellings: “churn-lab”, “churn_lab”, “Churn Lab”."""

    distribution: str  # what is installed and typed
    package: str  # what is imported, and its folder
    title: str


def spelled(name: str) -> Name:
    """Return a name in all spellings; the distribution's is the one by which installers compare."""
    words = re.split(r"[-_.]+", name)
    distribution = "-".join(words).lower()
    title = " ".join(word[:1].upper() + word[1:] for word in words)
    return Name(distribution, distribution.replace("-", "_"), title)


def refusal(typed: str, required: Iterable[str] = (), taken: Iterable[str] = ()) -> str:
    """Return why a project can't be called so, and what to do instead; "" if it can.

    `required` are the names of the locked packages, `taken` those of files beside the package.
    """
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?", typed):
        letters = "a package's name is of the letters a to z, digits and hyphens"
        return f"{letters}, with a letter first and no hyphen last, such as churn-lab"
    if len(typed) > LONGEST:
        return f"it has {len(typed)} characters, and {LONGEST} is the most; shorten it"
    name = spelled(typed)
    of_hooks = [typed] if re.fullmatch(_OF_HOOKS, name.distribution) else []
    hides = "is called so, and would be hidden"
    owners = {
        "it is a word of Python's own language, which can't be imported": keyword.kwlist,
        f"a module of Python's standard library {hides}": [*sys.stdlib_module_names, *_STANDARD],
        f"one of Python's built-in names {hides}": dir(builtins),
        "that is where the tests are": ["test", "tests"],
        "Windows keeps that for a device": ["aux", "con", "nul", "prn", *_PORTS],
        "a package of that name is required here already": required,
        "a package that is required here is imported under that name": _IMPORTED,
        f"a program that is used here {hides}": [*_PROGRAMS, *of_hooks],
        "a file or folder here is called so, or git ignores it": [*_OURS.split(), *taken],
    }
    for reason, words in owners.items():
        if name.package in {spelled(word).package for word in words}:
            return f"{reason}; call it something like {name.distribution}-lab"
    return ""


def refuse(root: Path, typed: str, paths: list[str], present: str) -> None:
    """End the task where the project in `root`, with the package `present`, can't be called so."""
    required = {pin.name for lock in root.glob("requirements-*.txt") for pin in files.pins(lock)}
    taken = {re.split("[/.]", path.removeprefix("tests/"))[0] for path in paths} - {present, ""}
    reason = refusal(typed, required, taken)
    if not reason and git.is_ignored(spelled(typed).package, git.ignored(root)):
        reason = "git ignores what is called so (.gitignore); choose another"
    if reason:
        project.fail(f"“{typed}” can't be a project's name here: {reason}.")
