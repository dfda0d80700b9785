"""The pages say what is so: links lead somewhere, tasks and options exist, and none is too long."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, run

PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
]
LONGEST = {"README.md": 120, "project-readme.md": 50}
PROJECT = ROOT / "tooling" / "starter" / "project-readme.md"
ELSEWHERE = ("http://", "https://", "../../actions/")  # the last is the repository's page


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options(task: str) -> set[str]:
    """Return a task's options, as its help lists them."""
    return set(
        re.findall(r"--[a-z][a-z-]*", run(sys.executable, "tasks.py", task, "--help").stdout)
    )


def rows() -> dict[str, set[str]]:
    """Return the tasks that docs/tasks.md lists, each with the options that it names."""
    text = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-z]+)[^`]*` \| .* \|(.*)\|$", text, re.MULTILINE)
    return {task: set(re.findall(r"--[a-z][a-z-]*", named)) for task, named in table}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"(?:\]\(|src(?:set)?=\")([^)\"\s]+)", text):
        if not link.startswith(ELSEWHERE):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_pages_that_are_read_first_are_short() -> None:
    for page in (ROOT / "README.md", PROJECT):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST[page.name]


def test_each_task_is_documented_with_the_options_it_has() -> None:
    listing = run(sys.executable, "tasks.py").stdout
    assert {*rows()} == set(re.findall(r"^ *([a-z]+)  +\S", listing, re.MULTILINE))
    for task, named in rows().items():
        assert named <= options(task), task


def test_what_the_pages_tell_to_type_exists() -> None:
    for page in [*PAGES, PROJECT]:
        text = page.read_text(encoding="utf-8")
        typed = set(re.findall(r"tasks\.py ([a-z]+)", text))
        assert typed <= {*rows()}, page.name
