"""The lesson's own starting point: a package with nothing in it, and nothing required. Standard library only."""

from __future__ import annotations

import re

from tooling import template
from tooling.naming import Name

SECTIONS = ("The package",)
_GONE = (
    "tests/environment/test_command_line.py",
    "tests/environment/test_interpreters.py",
    "tests/environment/test_plot_layer.py",
    "requirements-plot.in",
    "requirements-prod.in",
    "requirements-plot.txt",
)
_OF_PROD = {"-r requirements.txt", "-r requirements-prod.in"}
_REQUIREMENTS = """\
# What the package needs, one requirement a line, each with its lowest version: numpy>=1.20
"""
_PACKAGE = '''\
"""{title}."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Give `__version__`: what is installed, or "0+unknown" where nothing is. Looked up only when asked for."""
    if name != "__version__":
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    try:
        from importlib import metadata

        return metadata.version(__name__)
    except ImportError:  # not installed; or Python 3.7, which has no such module
        return "0+unknown"
'''
_TEST = '''\
"""The package imports, and knows its version."""

from __future__ import annotations

from importlib.metadata import version

import pytest

import {package}


def test_version_is_the_installed_one() -> None:
    assert {package}.__version__ == version("{distribution}")
    with pytest.raises(AttributeError, match="nonsense"):
        {package}.nonsense  # noqa: B018
'''


def is_gone(path: str, package: str) -> bool:
    """Tell whether a file goes with the worked example."""
    if path.startswith(f"{package}/"):
        return path not in (f"{package}/__init__.py", f"{package}/py.typed")
    return path in _GONE or path.startswith(f"tests/{package}/")


def added(name: Name) -> dict[str, bytes]:
    """Give the files that stand in for the worked example."""
    files = {
        f"{name.package}/__init__.py": _PACKAGE.format(title=name.title),
        f"tests/{name.package}/test_import.py": _TEST.format(**name._asdict()),
        "requirements.txt": _REQUIREMENTS,
    }
    return {path: text.encode() for path, text in files.items()}


def edited(path: str, text: str, name: Name) -> str:
    """Give a file's text without what is about the worked example."""
    if path == "setup.py":
        text = re.sub(r"^ +entry_points=.*\n", "", text, flags=re.MULTILINE)
        return re.sub(r"(package_data=\{.*: \[\"py\.typed\").*\]", r"\1]", text)
    if path == "pyproject.toml":
        text = re.sub(r", \"(?:sklearn|scipy|matplotlib)\.\*\"", "", text)
        text = re.sub(r"^# Of the layer plot.*\n|^\[.*package_module_name_map\]\n.*\n\n", "", text, flags=re.MULTILINE)
        return text.replace('["matplotlib"]', "[]")
    if path == "README.md":
        text = template.without_sections(text, SECTIONS)
        return re.sub(rf"^(?: +{re.escape(name.distribution)} \w.*|.*`plot`.*)\n", "", text, flags=re.MULTILINE)
    return text


def pruned(lock: str) -> str:
    """Give a lock's text without what production alone asks for: what pip-compile writes where it asks for nothing.

    It goes by pip-compile's own notes on each pin, which say what it came by.
    """
    head, *entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    kept = {entry.partition("==")[0]: entry for entry in entries}
    came_by = {name: _came_by(entry) - _OF_PROD for name, entry in kept.items()}
    while True:
        gone = {name for name, sources in came_by.items() if not sources}
        if not gone:
            break
        came_by = {name: sources - gone for name, sources in came_by.items() if sources}
    return head + "".join(_noted(entry, came_by[name]) for name, entry in kept.items() if name in came_by)


def _came_by(entry: str) -> set[str]:
    _, _, notes = entry.partition("    # via")
    lines = [line.strip(" #") for line in notes.splitlines() if line.startswith(("    #", " "))]
    return {line for line in lines if line}


def _noted(entry: str, sources: set[str]) -> str:
    pin, _, notes = entry.partition("    # via")
    rest = "".join(line for line in notes.splitlines(keepends=True)[1:] if not line.startswith("    #"))
    noted = sorted(sources)
    lines = (
        f"    # via {noted[0]}\n" if len(noted) == 1 else "".join(["    # via\n", *(f"    #   {n}\n" for n in noted)])
    )
    return pin + lines + rest
