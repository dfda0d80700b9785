"""The locks are complete, hashed, agree, fit what is written by hand, and name no machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tooling import files, project
from tooling.locking import requirements

LAYERS = files.layers()
OF_A_MACHINE = r"\bfile:/|://[^\s/]*@|(^|\s)(-r |-c )?(/|~|[A-Za-z]:[\\/])"


def test_the_locks_fit_what_is_written_by_hand_and_each_other() -> None:
    assert requirements.stale() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_every_pin_is_hashed(layer: str) -> None:
    for pin in files.pins(files.lock(layer)):
        assert pin.hashes, pin.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in pin.hashes), pin.name


def test_the_build_tools_are_locked_like_anything_else() -> None:
    names = {pin.name for pin in files.pins(files.lock("dev"))}
    assert {"pip", "setuptools", "wheel"} <= names


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_of_a_machine_is_in_a_lock(layer: str) -> None:
    text = files.lock(layer).read_bytes().decode("utf-8")
    lines = text.splitlines()
    assert "\r" not in text
    assert str(Path.home()) not in text
    assert [line for line in lines if re.search(OF_A_MACHINE, line)] == []
    written = [files.read(project.ROOT / name) for each in LAYERS for name in files.sources(each)]
    options = [line for line in lines if line.startswith("-")]
    assert set(options) <= set("\n".join(written).splitlines())
