"""A Python without ensurepip and pip works where any pip or index can be reached, and else names what to install."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import WINDOWS, Clone, find_python, pyenv_versions, run
from tooling import lockfile, pipsettings, project

pytestmark = pytest.mark.skipif(WINDOWS, reason="every Python for Windows brings ensurepip along")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python as Debian splits it: one of pyenv's, linked file by file, without ensurepip and site-packages."""
    found = next((python for python in map(find_python, ("3.11", "3.12", "3.13")) if ".pyenv" in python), "")
    if not found:
        pytest.skip(f"no fit Python in {pyenv_versions()}")
    folder = tmp_path_factory.mktemp("bare") / "python"
    left_out = shutil.ignore_patterns("ensurepip", "site-packages", "test", "__pycache__", "share", "*.a")
    try:
        shutil.copytree(Path(found).parents[1], folder, symlinks=True, ignore=left_out, copy_function=os.link)
    except (OSError, shutil.Error):  # another file system
        shutil.rmtree(folder)
        shutil.copytree(Path(found).parents[1], folder, symlinks=True, ignore=left_out)
    return str(folder / "bin" / "python3")


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """Variables of a machine with no pip on the PATH, no setting of an index, and an empty download cache."""
    for name in ("bin", "home"):
        (tmp_path / name).mkdir()
    home = str(tmp_path / "home")
    return {"PATH": str(tmp_path / "bin"), "HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home}


@pytest.fixture
def unaided(unpacked: Clone) -> Clone:
    """A clone on a system that keeps no wheel of pip for its Pythons, whether this one does or not."""
    unpacked.append("tooling/project.py", "\nWHEEL_FOLDERS = ()\n")
    return unpacked


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` on this machine alone; give the address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


def page(folder: Path, name: str, content: bytes, digest: str) -> None:
    """Write an index's page (PEP 503) with one file, and the file."""
    (folder / "simple" / "pip").mkdir(parents=True)
    (folder / "simple" / "pip" / name).write_bytes(content)
    (folder / "simple" / "pip" / "index.html").write_text(
        f'<!DOCTYPE html><html><body><a href="{name}#sha256={digest}">{name}</a></body></html>'
    )


def assert_only_pip(clone: Clone) -> None:
    assert clone.installed() == {"pip": lockfile.read(clone.root / "requirements-dev.txt")["pip"].version}
    assert clone.in_venv("-m", "pip", "freeze").stdout == ""


def test_with_a_pip_on_the_path_it_works(
    unaided: Clone, bare: str, alone: dict[str, str], pip_wheel: Path, ready: Clone
) -> None:
    script = Path(alone["PATH"]) / "pip"
    script.write_text(f'#!/bin/sh\nexec "{ready.python}" -m pip "$@"\n')
    script.chmod(0o755)
    # Of the wheel in a folder: that the index isn't asked keeps this test independent of the network.
    env = {**alone, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(pip_wheel.parent)}
    unaided.task("venv", python=bare, env=env)
    assert_only_pip(unaided)


def test_with_an_index_alone_the_locked_pip_is_fetched_and_checked(
    unaided: Clone, bare: str, alone: dict[str, str], pip_wheel: Path, tmp_path: Path
) -> None:
    content = pip_wheel.read_bytes()
    page(tmp_path / "index", pip_wheel.name, content, hashlib.sha256(content).hexdigest())
    with served(tmp_path / "index") as url:
        done = unaided.task("venv", python=bare, env={**alone, "PIP_INDEX_URL": url})
    assert "Fetching pip" in done.stdout
    assert_only_pip(unaided)


def test_an_index_named_in_pips_configuration_is_used(
    unaided: Clone, bare: str, alone: dict[str, str], pip_wheel: Path, tmp_path: Path
) -> None:
    content = pip_wheel.read_bytes()
    page(tmp_path / "index", pip_wheel.name, content, hashlib.sha256(content).hexdigest())
    with served(tmp_path / "index") as url:
        settings = tmp_path / "pip.conf"
        settings.write_text(f"[global]\nindex-url = {url}\n")
        unaided.task("venv", python=bare, env={**alone, "PIP_CONFIG_FILE": str(settings)})
    assert_only_pip(unaided)


@pytest.mark.parametrize("honest", [False, True], ids=["says the locked hash", "says its own hash"])
def test_a_file_that_is_not_the_locked_one_is_refused(
    unaided: Clone, bare: str, alone: dict[str, str], pip_wheel: Path, tmp_path: Path, honest: bool
) -> None:
    forged = pip_wheel.read_bytes() + b"forged"
    digest = hashlib.sha256(forged if honest else pip_wheel.read_bytes()).hexdigest()
    page(tmp_path / "index", pip_wheel.name, forged, digest)
    with served(tmp_path / "index") as url:
        done = unaided.task("setup", python=bare, env={**alone, "PIP_INDEX_URL": url}, ok=False)
    assert done.returncode == 1
    assert ("no file with the locked hashes" if honest else "does not match its hash") in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("home/**/*.whl"))
    assert not (unaided.venv / "setup.stamp").exists()


def test_an_index_that_does_not_answer_is_named_in_words(unaided: Clone, bare: str, alone: dict[str, str]) -> None:
    with served(Path(alone["HOME"])) as url:
        pass  # from here on nobody listens there
    done = unaided.task("setup", python=bare, env={**alone, "PIP_INDEX_URL": url}, ok=False)
    assert done.returncode == 1
    assert "could not be fetched" in done.stderr
    assert "Check the network" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_neither_the_package_to_install_is_named(unaided: Clone, bare: str, alone: dict[str, str]) -> None:
    if pipsettings.read("download", {}, project.pip_settings(alone, Path(alone["HOME"]))).get("index-url"):
        pytest.skip("pip's settings for this whole system name an index")
    done = unaided.task("setup", python=bare, env=alone, ok=False)
    assert done.returncode == 1
    release = Path("/etc/os-release")
    said = run(bare, "-c", "import sys; print(*sys.version_info[:3])").stdout
    version = tuple(map(int, said.split()))
    package = project.package_with_pip(release.read_text() if release.exists() else "", version)
    assert f"came without ensurepip and pip, and pip's settings name no index. Install it: {package}." in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_pip_that_does_not_run_on_this_python_counts_as_none(
    unaided: Clone, bare: str, alone: dict[str, str]
) -> None:
    if pipsettings.read("download", {}, project.pip_settings(alone, Path(alone["HOME"]))).get("index-url"):
        pytest.skip("pip's settings for this whole system name an index")
    script = Path(alone["PATH"]) / "pip"
    script.write_text("#!/bin/sh\necho 'Traceback (most recent call last):\nAttributeError: too old' >&2\nexit 1\n")
    script.chmod(0o755)
    done = unaided.task("setup", python=bare, env=alone, ok=False)
    assert done.returncode == 1
    assert "came without ensurepip and pip" in done.stderr
    assert "AttributeError" not in done.stderr


def test_the_wheel_of_pip_that_a_system_keeps_for_its_pythons_is_used(
    unpacked: Clone, bare: str, alone: dict[str, str], pip_wheel: Path
) -> None:
    if not any(list(folder.glob("pip-*.whl")) for folder in project.WHEEL_FOLDERS):
        pytest.skip("this system keeps no wheel of pip for its Pythons")
    unpacked.task("venv", python=bare, env={**alone, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(pip_wheel.parent)})
    assert_only_pip(unpacked)
