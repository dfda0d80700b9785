"""Locking asks every index that pip would, takes nothing on trust from one, and downloads no more than it must."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import index, small
from tests.support import Clone

BETA = index.wheel("beta", "1.0", "alpha")
FILES = [index.wheel("alpha", "1.0"), BETA, index.wheel("gamma", "1.0")]
LOCK = "requirements-prod.txt"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A small project that needs alpha and beta."""
    with small.made(tmp_path_factory.mktemp("indexes"), FILES, with_uv, "alpha\nbeta\n") as clone:
        yield clone


@pytest.fixture
def project(made: Clone) -> Iterator[Clone]:
    """The same; what a test does to its files is undone."""
    kept = {path: path.read_bytes() for path in made.root.glob("requirements*")}
    yield made
    for path, content in kept.items():
        path.write_bytes(content)


def bare(project: Clone, env: dict[str, str], *arguments: str) -> bytes:
    """Give the bytes that pip-compile itself writes for production."""
    clone = Clone(project.root, {**project.env, **env, "CUSTOM_COMPILE_COMMAND": "invoke freeze"})
    clone.in_venv("-m", "piptools", "compile", "-q", *arguments, "-o", LOCK, "requirements.txt")
    return (project.root / LOCK).read_bytes()


def test_what_an_extra_index_offers_in_a_higher_version_is_taken_as_pip_does_and_said(project: Clone) -> None:
    with index.serve([index.wheel("alpha", "9.0"), index.wheel("gamma", "9.0")]) as extra:
        env = {"PIP_EXTRA_INDEX_URL": extra.url}
        assert "The locks are as they were." in project.task("freeze", env=env).stdout
        done = project.task("freeze", "--upgrade", env=env)
        assert project.locked("prod") == {"alpha": "9.0", "beta": "1.0"}
        assert "From an extra index: alpha 9.0. If that isn't meant, take extra-index-url out" in done.stdout
        assert extra.url not in done.stdout
        assert (project.root / LOCK).read_bytes() == bare(project, env, "--upgrade")


def test_the_hashes_of_what_two_indexes_have_are_those_of_both(project: Clone) -> None:
    other = index.wheel("alpha", "1.0", module="other", build="1")
    for path in project.root.glob("requirements-*.txt"):
        path.unlink()
    with index.serve([other]) as extra:
        env = {"PIP_EXTRA_INDEX_URL": extra.url}
        project.task("freeze", env=env)
        lock = (project.root / LOCK).read_bytes()
        (project.root / LOCK).unlink()
        assert lock == bare(project, env)
    for file in (FILES[0], other):
        assert f"--hash=sha256:{file.sha256}" in lock.decode()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_first_lock_is_pip_compiles_own_and_no_file_is_downloaded_to_hash_it(
    project: Clone, tmp_path: Path, as_json: bool
) -> None:
    for path in project.root.glob("requirements-*.txt"):
        path.unlink()
    with index.serve([*small.tools(), *FILES], as_json=as_json, caching=False) as mirror:
        env = small.at(mirror, tmp_path)
        project.task("freeze", env={**env, "PIP_CACHE_DIR": str(tmp_path / "pip")})
        assert not [path for path in mirror.requests if path.endswith(".whl")]
        lock = (project.root / LOCK).read_bytes()
        (project.root / LOCK).unlink()
        assert lock == bare(project, env)


def test_a_hash_that_the_index_does_not_know_makes_a_lock_stale(project: Clone) -> None:
    lock = (project.root / LOCK).read_text(encoding="utf-8")
    forged = f"    --hash=sha256:{'0' * 64}"
    project.write(LOCK, re.sub(r"^beta==1.0 \\\n", f"beta==1.0 \\\\\n{forged} \\\\\n", lock, flags=re.MULTILINE))
    done = project.task("freeze", "--check", ok=False)
    assert done.returncode == 1
    assert f"-{forged}" in done.stdout
    project.task("freeze")
    assert (project.root / LOCK).read_text(encoding="utf-8") == lock


def test_what_the_index_serves_in_the_place_of_what_was_locked_is_not_installed(project: Clone, tmp_path: Path) -> None:
    swapped = replace(index.wheel("beta", "1.0", "alpha", module="evil"), name=BETA.name)
    with index.serve([*small.tools(), FILES[0], swapped]) as other:
        env = {**small.at(other, tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PIP_CACHE_DIR": str(tmp_path / "pip")}
        done = project.task("install", "--installer", "pip", ok=False, env=env)
    assert done.returncode == 1
    assert "A file differs from the one that was locked" in done.stderr
    assert other.url.split("/")[2] not in done.stdout + done.stderr
