"""Fixtures of the template's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import small
from tests.template.small import Small
from tests.template.support import Repository, whole


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A fresh git clone of this working tree, nothing set up."""
    return whole(tmp_path, git=True)


@pytest.fixture
def unpacked(tmp_path: Path) -> Repository:
    """A fresh copy of this working tree without git, as from a ZIP; nothing set up."""
    return whole(tmp_path)


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Small]:
    """A project whose index serves the FILES of the test's module."""
    with small.made(tmp_path_factory.mktemp("served"), request.module.FILES) as project:
        yield project


@pytest.fixture
def project(request: pytest.FixtureRequest, served: Small) -> Small:
    """The same without locks; it requires what the test's module has as REQUIRED."""
    for path in served.root.glob("requirements*"):
        path.unlink()
    served.settings("cooldown = 7")
    served.write(**{"requirements.txt": request.module.REQUIRED})
    return served
