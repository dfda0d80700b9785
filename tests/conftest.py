"""Fixtures: environments and distributions, made once for all workers; no test changes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests import support
from tests.support import Clone

with contextlib.suppress(ImportError):  # nothing but property tests needs it
    import hypothesis

    # The same examples each time; `--hypothesis-profile=search` looks for others.
    hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
    hypothesis.settings.register_profile("search", deadline=None)
    hypothesis.settings.load_profile("same")

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """Return a function that fills a folder by name, and does it once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def fill(name: str, make: Callable[[Path], None]) -> Path:
        folder, ready = shared / name, shared / f"{name}.ready"
        with FileLock(shared / f"{name}.lock"):
            if not ready.exists():
                make(folder)
                ready.touch()
        return folder

    return fill


@pytest.fixture(scope="session")
def ready(once: Once) -> Clone:
    """A copy after `python3 tasks.py setup`, with the default installer."""
    return _set_up(once, "ready")


@pytest.fixture(scope="session")
def by_pip(once: Once) -> Clone:
    """A copy with production's packages, installed with pip."""
    return _set_up(once, "by-pip", "--installer", "pip", "--layer", "prod")


@pytest.fixture(scope="session")
def dist(once: Once, ready: Clone) -> Path:
    """A folder with the sdist and its wheel, built where there are other folders as well."""

    def build(folder: Path) -> None:
        clone = support.copy(folder)
        for name in ("tests", "docs", "notebooks", "build/lib", "venv/lib"):
            (clone.root / name).mkdir(parents=True)
            for file in ("__init__.py", "beside.py"):
                (clone.root / name / file).touch()
        options = ["--no-isolation", "--outdir", str(folder / "dist")]
        ready.in_venv("-m", "build", *options, cwd=clone.root)

    return once("built", build) / "dist"


def _set_up(once: Once, name: str, *options: str) -> Clone:
    def make(folder: Path) -> None:
        support.copy(folder).task("setup", *options)

    return Clone(once(name, make) / support.AWKWARD / "clone")
