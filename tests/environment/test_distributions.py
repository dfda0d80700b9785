"""The sdist and the wheel hold the package and what builds it, and nothing else."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

from tests.support import ROOT
from tooling import project

# A hidden folder, such as .ipynb_checkpoints/, is no part of the package.
PYTHON_FILES = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / project.PACKAGE).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
}


def in_sdist(dist: Path) -> set[str]:
    """Return the files of the sdist, below its one folder."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def in_wheel(dist: Path) -> dict[str, bytes]:
    """Return the files of the wheel, with what is in them."""
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_its_metadata(dist: Path) -> None:
    names = set(in_wheel(dist))
    assert names >= PYTHON_FILES
    own = (f"{project.PACKAGE}/", f"{project.PACKAGE}-")
    assert [name for name in names if not name.startswith(own)] == []


def test_the_sdist_holds_what_builds_it(dist: Path) -> None:
    names = in_sdist(dist)
    assert names >= {*PYTHON_FILES, "setup.py", "pyproject.toml", "requirements.txt"}
    stray = ("tests/", "tooling/", "docs/", "notebooks/", "build/", "venv/", "tasks.py")
    assert [name for name in names if name.startswith(stray)] == []


def test_the_metadata_names_what_requirements_txt_names(dist: Path) -> None:
    (metadata,) = (text for name, text in in_wheel(dist).items() if name.endswith("/METADATA"))
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8-sig").splitlines()
    required = filter(None, (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines))
    fields = Parser().parsestr(metadata.decode("utf-8")).get_all("Requires-Dist") or []
    assert set(map(Requirement, required)) <= set(map(Requirement, fields))
