"""The package imports from any folder: editable, and from wheel and sdist once installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import Clone
from tooling import project

# Imports the package, from a folder first if one is given, and whatever its programs start.
IMPORT = """
import importlib, json, sys
from importlib.metadata import distribution
folder, package, name = sys.argv[1:]
if folder:
    sys.path.insert(0, folder)
for entry in distribution(name).entry_points:
    assert callable(entry.load()), entry
print(json.dumps([importlib.import_module(package).__file__, distribution(name).version]))
"""


def import_in(clone: Clone, folder: str, cwd: Path) -> tuple[Path, str]:
    """Return the file and the version of the package that is imported."""
    names = [project.PACKAGE, project.DISTRIBUTION]
    done = clone.in_venv("-I", "-c", IMPORT, folder, *names, cwd=cwd)
    file, version = json.loads(done.stdout.splitlines()[-1])
    return Path(file), version


@pytest.mark.parametrize("made", ["ready", "by_pip"])
def test_the_editable_package_is_the_projects_own(
    made: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    clone: Clone = request.getfixturevalue(made)
    file, _ = import_in(clone, "", tmp_path)
    assert file == clone.root / project.PACKAGE / "__init__.py"


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_what_is_built_imports_where_it_is_installed(
    ready: Clone, dist: Path, tmp_path: Path, pattern: str
) -> None:
    (built,) = dist.glob(pattern)
    target = tmp_path / "installed"
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    ready.in_venv("-m", "pip", "--isolated", "install", *options, built, cwd=tmp_path)
    file, version = import_in(ready, str(target), tmp_path)
    assert file == target / project.PACKAGE / "__init__.py"
    assert f"-{version}" in built.name
