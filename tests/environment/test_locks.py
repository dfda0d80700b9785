"""The locks are hashed, in agreement, and of no machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support import ROOT
from tooling import interpreters, lockfile, locks, resolving

LAYERS = lockfile.layers()
PYTHON = interpreters.pinned_version()  # the one that they are compiled on


@pytest.mark.parametrize("layer", LAYERS)
def test_every_pin_is_hashed(layer: str) -> None:
    pins = lockfile.read(lockfile.lock(layer))
    sources = [ROOT / name for name in resolving.sources(layer)]
    asked = [line for file in sources for line in file.read_text("utf-8").splitlines() if line.split("#")[0].strip()]
    assert bool(pins) == bool(asked)
    for name, pin in pins.items():
        assert pin.hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in pin.hashes), name


def test_the_layers_agree_on_every_version_and_hash() -> None:
    dev = lockfile.read(lockfile.lock("dev"))
    for layer in LAYERS:
        for name, pin in lockfile.read(lockfile.lock(layer)).items():
            if name in dev:
                assert (pin.version, pin.hashes) == (dev[name].version, dev[name].hashes)


def test_the_tools_lock_holds_all_that_production_holds_and_pip_setuptools_and_wheel() -> None:
    prod, dev = (set(lockfile.read(lockfile.lock(layer))) for layer in ("prod", "dev"))
    assert prod < dev
    assert {"pip", "setuptools", "wheel"} <= dev


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lock_meets_every_bound_of_its_sources(layer: str) -> None:
    pins = lockfile.read(lockfile.lock(layer))
    for name in resolving.sources(layer):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            text = line.split("#")[0].strip()
            if text and not text.startswith("-"):
                wanted = Requirement(text)
                if wanted.marker is None or wanted.marker.evaluate({"python_version": PYTHON}):
                    assert wanted.specifier.contains(pins[lockfile.normalized(wanted.name)].version, prereleases=True)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lock_says_how_it_was_written_and_holds_nothing_of_a_machine(layer: str) -> None:
    text = lockfile.lock(layer).read_bytes().decode("utf-8")
    assert "#    invoke freeze\n" in text
    assert "\r" not in text
    assert locks.leaked(text) == ""
    assert str(Path.home()) not in text


@pytest.mark.parametrize(
    "line",
    [
        "six @ https://me:secret@example.invalid/six.whl",
        "six @ https://token@example.invalid/six.whl",
        "six @ git+ssh://git@example.invalid/six",
        "six @ file:///opt/six-1.0.whl",
        "    # from file:/opt/six",
        "-e /opt/six",
        "/opt/six",
        "six @ /opt/six",
        r"C:\Users\somebody\six",
        r"six @ D:\six",
        "    # via -r /opt/clone/requirements.txt",
        "    #   -r /opt/clone/requirements.txt",
        "--index-url https://example.invalid/simple",
        "--extra-index-url https://example.invalid/simple",
        "--find-links https://example.invalid/wheels",
        "--find-links=wheels",
        "--trusted-host example.invalid",
    ],
)
def test_what_belongs_to_a_machine_is_found_in_a_lock_and_named(line: str) -> None:
    lock = f"#\n# invoke freeze\nattrs==26.1.0 \\\n    --hash=sha256:00\n{line}\nsix==1.0\n"
    assert locks.leaked(lock) == line.strip()
    assert locks.leaked(f"{line}\n") == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        "six==1.0 ; sys_platform == 'win32'",
        "    # via -r requirements-dev.in",
        "six @ https://example.invalid/six.whl",
        "    --hash=sha256:" + "0f" * 32,
        "    #   rich (and/or others)",
    ],
)
def test_what_a_lock_may_hold_is_no_leak(line: str) -> None:
    assert locks.leaked(f"attrs==26.1.0\n{line}\n") == ""
