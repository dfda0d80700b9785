"""Fixtures: clones of this working tree, real environments, real interpreters."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from tests.support import BASE_PYTHON, Clone, environment, find_python, make_clone, run
from tooling import lockfile, project

TOO_OLD = f"import sys; sys.exit(sys.version_info < {project.OLDEST})"

# A slow moment of the machine is no failure: nothing here is timed.
hypothesis.settings.register_profile("unhurried", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A fresh git clone of this working tree, nothing set up."""
    if not shutil.which("git"):
        pytest.skip("git is not on the PATH")
    return make_clone(tmp_path)


@pytest.fixture
def unpacked(tmp_path: Path) -> Clone:
    """A fresh copy of this working tree without git: an unpacked ZIP."""
    return make_clone(tmp_path, git=False)


@pytest.fixture(scope="session")
def uv_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the PATH that holds the locked uv and nothing else."""
    folder = tmp_path_factory.mktemp("uv")
    found = shutil.which("uv", path=str(Path(sys.executable).parent))
    assert found, "the locked uv is not in the environment that runs the tests"
    shutil.copy2(found, folder)
    return folder


@pytest.fixture(scope="session")
def system_python() -> str:
    """The system's own Python, if the tools run on it."""
    found = "/usr/bin/python3"
    if not Path(found).exists():
        pytest.skip("this system has no /usr/bin/python3")
    if run(found, "-c", TOO_OLD, ok=False).returncode:
        pytest.skip("/usr/bin/python3 is too old for the tools")
    return found


@pytest.fixture(scope="session")
def python_of() -> Callable[[str], str]:
    """Find a real Python by its version, or skip the test."""

    def find(version: str) -> str:
        found = find_python(version)
        if not found:
            pytest.skip(f"there is no Python {version} on this machine")
        return found

    return find


@pytest.fixture(scope="session")
def with_uv(uv_folder: Path) -> dict[str, str]:
    """The variables with which the locked uv is on the PATH: set-ups that are not about pip are quicker so."""
    return {"PATH": os.pathsep.join([str(uv_folder), environment()["PATH"]])}


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """One full `python3 tasks.py setup` with pip, shared: tests that use it change nothing in it."""
    made = make_clone(tmp_path_factory.mktemp("ready"), git=bool(shutil.which("git")))
    system = Path("/usr/bin/python3")
    fit = system.exists() and run(system, "-c", TOO_OLD, ok=False).returncode == 0
    python = str(system) if fit else BASE_PYTHON
    made.output = made.task("setup", "--installer", "pip", python=python).stdout
    return made


@pytest.fixture
def own(tmp_path: Path, with_uv: dict[str, str]) -> Clone:
    """A full environment of the test's own, to be changed; uv may have linked its files from a cache."""
    made = make_clone(tmp_path, git=bool(shutil.which("git")))
    made.output = made.task("setup", "--installer", "uv", env=with_uv).stdout
    return made


@pytest.fixture(scope="session")
def online() -> None:
    """Skip the test where no index can be reached."""
    done = run(sys.executable, "-m", "pip", "index", "versions", "pip", "--retries", "0", ok=False)
    if done.returncode:
        pytest.skip("no package index can be reached")


@pytest.fixture(scope="session")
def pip_wheel(ready: Clone) -> Path:
    """The locked pip's wheel, as the shared set-up left it in the download cache."""
    version = lockfile.read(ready.root / "requirements-dev.txt")["pip"].version
    found = sorted((project.cache() / "wheels").rglob(f"pip-{version}-*.whl"))
    assert found, "the set-up with pip left no wheel of pip in the cache"
    return found[0]
