"""What only the template has, and what a project of somebody's own gets in its place. Standard library only."""

from __future__ import annotations

import re

from tooling.naming import Name

# What a renamed project does without: files and folders, sections of README.md and CONTRIBUTING.md, tasks.
FOLDERS = ("tests/template", "benchmarks")
SECTIONS = ("Make it yours", "Differences from the lesson", "What it costs", "The template's own tests")
TASKS = ("new",)
LICENSES = ("MIT", "Proprietary", "custom")  # the last stands in for a text of somebody's own
ON_PYTHON = (".python-version", ".github/workflows/ci.yml", "README.md", "pyproject.toml", "tooling/project.py")

CHANGELOG = """\
# Changelog

The format is [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## [Unreleased]
"""
PROPRIETARY = """\
Copyright (c) {year} {holder}

All rights reserved. No part of this software may be used, copied or changed without permission of the copyright holder.
"""
OWN = """\
Copyright (c) {year} {holder}

The terms are the project's own.
"""


def readme(text: str, name: Name, description: str) -> str:
    """Give README.md with a head of the project's own, without the template's sections and lines."""
    head = f"# {name.title}\n\n" + (f"{_markdown(description)}\n\n" if description else "")
    body = text[text.index("\n## ") + 1 :] if "\n## " in text else ""
    layout = re.compile(rf"^((?:tests/)?{name.package}/) +", re.MULTILINE)
    return head + layout.sub(lambda line: f"{line[1]:26} ", without_template(body))


def without_template(text: str) -> str:
    """Give a text less the template's own sections, and less the lines that are about its own files and tasks."""
    text = without_sections(text, SECTIONS)
    gone = "|".join(re.escape(folder) + r"\b/?" for folder in FOLDERS)
    text = re.sub(rf"^(?:\| `(?:{'|'.join(TASKS)})` |(?:prune |\"|- )?(?:{gone})).*\n", "", text, flags=re.MULTILINE)
    return re.sub(rf", \"(?:{gone})\"", "", text)


def without_sections(text: str, titles: tuple[str, ...]) -> str:
    """Give a Markdown text without the sections (of the second level) of these titles."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [part for part in parts if not part.startswith(tuple(f"## {title}\n" for title in titles))]
    return "".join(kept).rstrip("\n") + "\n"


def licence(text: str, kind: str, holder: str, year: str) -> str:
    """Give LICENSE, of one of the kinds in LICENSES: the MIT text with another holder and year, or another text."""
    if kind == "MIT":
        line = f"Copyright (c) {year} {holder}"
        return re.sub(r"^Copyright \(c\) .*$", lambda _: line, text, count=1, flags=re.MULTILINE)
    return (PROPRIETARY if kind == "Proprietary" else OWN).format(year=year, holder=holder)


def supporting(text: str, minor: int) -> str:
    """Give README.md's text with 3.`minor` as the lowest Python that the package supports."""
    return re.sub(r"(package itself supports Python )3\.\d+", rf"\g<1>3.{minor}", text)


def on_python(path: str, text: str, oldest: int, minor: int) -> str:
    """Give a file's text with 3.`minor` as the lowest Python of the tools in the place of 3.`oldest`."""
    if path == "tooling/project.py":
        return text.replace(f"OLDEST, NEWEST = (3, {oldest})", f"OLDEST, NEWEST = (3, {minor})")
    if path == ".github/workflows/ci.yml":
        for gone in range(oldest, minor):
            text = text.replace(f'"3.{gone}", ', "")
    return re.sub(rf"(?<![\d.])3\.{oldest}(?![\d.]*\d)", f"3.{minor}", text)


def _markdown(value: str) -> str:
    escaped = re.sub(r"([\\`*_<>\[\]])", r"\\\1", value)
    return re.sub(r"^(#|[-+]\s|\d+(?=[.)]\s))", r"\\\1" if not value[:1].isdigit() else r"\1\\", escaped)


def holder(author: str, name: Name) -> str:
    """Give who holds the copyright, of what is known."""
    return author or f"the {name.distribution} authors"
