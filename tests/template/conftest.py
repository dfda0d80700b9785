"""Fixtures for the tests of `update`: a small template, and a project made from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import AWKWARD, Clone, run
from tests.template import small_template as small


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A small template, whose tasks are the real ones: v1, and main, which is ahead."""
    return small.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def started(template: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made from v1, for copying."""
    root = tmp_path_factory.mktemp("started") / "churn-lab"
    run("git", "clone", "-q", "-b", "main", template.root, root)
    made = Clone(root)
    made.git("reset", "-q", "--hard", "v1")
    made.task(*small.RENAME)
    small.commit(made, {})
    return root


@pytest.fixture
def project(started: Path, tmp_path: Path) -> Clone:
    """A project made from v1, with nothing changed yet."""
    return small.at(shutil.copytree(started, tmp_path / AWKWARD / "churn-lab", symlinks=True))


@pytest.fixture
def ahead(template: Clone, tmp_path: Path) -> Clone:
    """The template, to be changed by the test."""
    return Clone(shutil.copytree(template.root, tmp_path / "template", symlinks=True))
