"""Fixtures of the template's own tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Once
from tests.support import run
from tests.template import index, small, support
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


@pytest.fixture(scope="session")
def wheels(once: Once) -> list[index.File]:
    """The wheels of what a small project is locked to, with what locking takes."""

    def download(folder: Path) -> None:
        lock = support.small(folder, *support.RESOLVING).root / "requirements-dev.txt"
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-d", str(folder)]
        run(sys.executable, "-m", "pip", "-q", "download", *options, "-r", lock)

    return index.read_wheels(once("wheels", download))
