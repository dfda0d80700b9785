"""The sdist and the wheel hold the package and the licence, and import wherever they are installed."""

from __future__ import annotations

import os
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from tests.support import DISTRIBUTION, INSTALLED, PACKAGE, ROOT, VERSION, Clone, environment, make_clone, run
from tooling import metadata

STEM = f"{PACKAGE}-{VERSION}"
BESIDE = ("tests", "docs", "build/old", "notebooks", "scripts", "data", "venv/lib")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with other folders of Python files in it, and an sdist, and a wheel from that, built in it."""
    clone = make_clone(tmp_path_factory.mktemp("built"), git=False)
    for folder in BESIDE:
        clone.write(f"{folder}/beside.py", "")
        clone.write(f"{folder}/__init__.py", "")
    # Built by the locked tools from the environment that runs the tests; the clone itself has none.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", clone.root / "dist", cwd=clone.root)
    return clone


def _wheel(built: Clone) -> Path:
    (wheel,) = (built.root / "dist").glob("*.whl")
    return wheel


def _sdist(built: Clone) -> Path:
    (sdist,) = (built.root / "dist").glob("*.tar.gz")
    return sdist


def _package_files() -> set[str]:
    files = (path for path in (ROOT / PACKAGE).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in files}


def test_the_wheel_holds_the_package_and_the_licence_and_nothing_else(built: Clone) -> None:
    with zipfile.ZipFile(_wheel(built)) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    info = {name for name in names if name.startswith(f"{STEM}.dist-info/")}
    assert names - info == _package_files()
    assert any(name.endswith("/LICENSE") for name in info)


def test_the_sdist_holds_the_package_and_what_builds_it_and_nothing_else(built: Clone) -> None:
    with tarfile.open(_sdist(built)) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
        files = {name for name in names if archive.getmember(f"{STEM}/{name}").isfile()}
    ours = {name for name in files if not name.startswith(f"{PACKAGE}.egg-info/")}
    made = {"PKG-INFO", "setup.cfg"}
    needed = {"LICENSE", "README.md", "pyproject.toml", "requirements.txt", "setup.py"}
    assert ours - made - {"MANIFEST.in"} == _package_files() | needed


def test_the_names_are_those_that_an_index_takes(built: Clone) -> None:
    assert _wheel(built).name == f"{STEM}-py3-none-any.whl"
    assert _sdist(built).name == f"{STEM}.tar.gz"


def test_the_metadata_says_what_setup_py_says(built: Clone) -> None:
    found, said = _metadata(_wheel(built)), metadata.read((ROOT / "setup.py").read_text(encoding="utf-8"))
    assert (found["Name"], found["Version"]) == (DISTRIBUTION, VERSION)
    fields = {"Summary": "description", "Author": "author", "Author-email": "author_email"}
    for field, argument in {**fields, "Requires-Python": "python_requires"}.items():
        assert (found[field] or "") == said[argument]
    assert said["url"] in [found["Home-page"] or "", *(found.get_all("Project-URL") or [])]


def test_the_metadata_names_what_requirements_txt_names(built: Clone) -> None:
    lines = (line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    assert (_metadata(_wheel(built)).get_all("Requires-Dist") or []) == [line for line in lines if line]


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(f"{STEM}.dist-info/METADATA").decode("utf-8"))


@pytest.mark.parametrize("kind", ["wheel", "sdist", "folder"])
def test_what_is_installed_imports_from_another_folder(
    built: Clone, with_uv: dict[str, str], tmp_path: Path, kind: str
) -> None:
    source = {"wheel": _wheel, "sdist": _sdist}.get(kind, lambda made: made.root)(built)
    python = _environment(tmp_path, with_uv)
    run("uv", "pip", "install", "-q", "--python", python, source, env=built.env | with_uv, cwd=tmp_path)
    code = "import sys; from importlib import import_module, metadata;"
    code += "print(import_module(sys.argv[1]).__file__, metadata.version(sys.argv[2]))"
    file, version = run(python, "-I", "-c", code, PACKAGE, DISTRIBUTION, cwd=tmp_path).stdout.rsplit(maxsplit=1)
    assert Path(file).is_relative_to(tmp_path)
    assert version == VERSION
    run("uv", "pip", "check", "--python", python, env=built.env | with_uv, cwd=tmp_path)


def _environment(folder: Path, with_uv: dict[str, str]) -> Path:
    run("uv", "venv", "-q", "--python", sys.executable, folder / "env", env=environment() | with_uv, cwd=folder)
    return folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def test_pip_installs_the_clone_editable_and_edits_are_seen_at_once(unpacked: Clone, ready: Clone) -> None:
    target = unpacked.root.parent / "elsewhere"
    target.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", target / "env")
    python = target / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # The lesson's own command, but for the dependencies; its pip is the shared environment's.
    pip: list[str | Path] = [ready.python, "-m", "pip", "--python", python, "install", "--no-deps", "-e", "."]
    assert INSTALLED in run(*pip, cwd=unpacked.root, env=unpacked.env).stdout
    unpacked.append(f"{PACKAGE}/__init__.py", "\nEDITED = True\n")
    edited = f"from {PACKAGE} import EDITED; print(EDITED)"
    assert run(python, "-I", "-c", edited, cwd=target).stdout.strip() == "True"
    assert run(python, "-I", "-c", "import tests", cwd=target, ok=False).returncode != 0


def test_building_twice_leaves_the_first_builds_files_out(built: Clone) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", built.root / "again", cwd=built.root)
    (again,) = (built.root / "again").glob("*.whl")
    with zipfile.ZipFile(again) as second, zipfile.ZipFile(_wheel(built)) as first:
        assert sorted(second.namelist()) == sorted(first.namelist())


def test_the_sdist_builds_the_same_wheel_again(built: Clone, tmp_path: Path) -> None:
    with tarfile.open(_sdist(built)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # as a parameter it came in 3.11.4
        archive.extractall(tmp_path)  # noqa: S202 - an sdist of our own
    folder = tmp_path / STEM
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "dist", cwd=folder)
    (again,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(again) as second, zipfile.ZipFile(_wheel(built)) as first:
        assert {name: second.read(name) for name in second.namelist()} == {
            name: first.read(name) for name in first.namelist()
        }
