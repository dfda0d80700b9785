"""Fixtures of the template's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.support import Repository, whole


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A fresh git clone of this working tree, nothing set up."""
    return whole(tmp_path, git=True)


@pytest.fixture
def unpacked(tmp_path: Path) -> Repository:
    """A fresh copy of this working tree without git, as from a ZIP; nothing set up."""
    return whole(tmp_path)
