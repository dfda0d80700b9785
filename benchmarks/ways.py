"""The ways from a clone to an environment: each tool with a lock of its own of the same pins."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import PYTHON, Command, Failed, must, timed
from tooling import files, project

TASKS = (PYTHON, "tasks.py")
# By name, what is installed; pdm names what it was tried with, and fails with newer ones.
TOOLS = {"poetry": "poetry", "pdm": "pdm[locked]", "pipenv": "pipenv"}
LEAF = "iniconfig"  # a small package of the lock that setting up doesn't need
_TEST = "def test_import():\n    import sklearn.linear_model\n    import tagifai\n"
_PYTEST = ("-m", "pytest", "-q", "-c", os.devnull, "--rootdir=.", "test_import.py")
_GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.invalid")
_PROJECT = """\
[project]
name = "{name}"
version = "0.1"
requires-python = "=={python}.*"
dependencies = {dependencies}
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
packages = ["{package}"]
[[tool.poetry.source]]
name = "here"
url = "{index}"
[[tool.pdm.source]]
name = "pypi"
url = "{index}"
verify_ssl = false
"""
_PIPFILE = """\
[[source]]
name = "here"
url = "{index}"
verify_ssl = false
[packages]
{name} = {{path = ".", editable = true}}
"""


@dataclass
class Way:
    """A way from a clone of `source` to an environment."""

    source: Path
    first: list[Command]  # make the environment
    again: dict[str, Command] = field(default_factory=dict)  # brings it to the lock
    lock: dict[str, Command] = field(default_factory=dict)
    venv: str = ".venv"
    clone: Path = Path()  # the newest

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return project.program("python", self.clone / self.venv)

    def set_up(self, scratch: Path) -> float:
        """Return the seconds from nothing to an environment."""
        self.clone = Path(tempfile.mkdtemp(dir=scratch)) / project.PACKAGE
        cloned = timed(["git", "clone", "-q", self.source, self.clone], scratch)
        return cloned + sum(timed(command, self.clone) for command in self.first)

    def green_test(self, scratch: Path) -> float:
        """Return the seconds from nothing to a green test."""
        seconds = self.set_up(scratch)
        (self.clone / "test_import.py").write_text(_TEST, encoding="utf-8")
        return seconds + timed([self.python, *_PYTEST], self.clone)

    def one_more(self) -> float:
        """Return the seconds to bring in a package that the lock has and the environment hasn't."""
        (again,) = self.again.values()
        lock = self.clone / files.lock("dev").name
        if self.source == project.ROOT:  # as if it had been added to the lock
            text = lock.read_text(encoding="utf-8")
            lock.write_text(re.sub(rf"(?ms)^{LEAF}==.*?^(?=\S)", "", text), encoding="utf-8")
            must(again, self.clone)
            lock.write_text(text, encoding="utf-8")
        else:
            (self.clone / "pyproject.toml").touch()  # as adding it there would have
            uninstall = ["pip", "uninstall", "-q", "--python", self.python, LEAF]
            must([project.program("uv"), *uninstall], self.clone)
        packages = project.site_packages(self.clone / self.venv)
        before = (packages / LEAF).exists()
        seconds = timed(again, self.clone)
        if before or not (packages / LEAF).exists():
            raise Failed(f"{LEAF} wasn't what {again} brought in")
        return seconds


@contextlib.contextmanager
def attempted(name: str, left_out: dict[str, str]) -> Iterator[None]:
    """Note what fails in this context, and go on."""
    try:
        yield
    except Failed as problem:
        left_out[name] = str(problem)


def tool(name: str, folder: Path) -> Path:
    """Return the interpreter of an environment of its own that a tool was installed into."""
    must([PYTHON, "-m", "venv", folder], project.ROOT)
    python = project.program("python", folder)
    must([python, "-m", "pip", "install", "-q", TOOLS[name]], project.ROOT)
    return python


def version(name: str, python: Path) -> str:
    """Return the name and version of what is installed beside an interpreter."""
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return f"{name} {must([python, '-I', '-c', code, name], project.ROOT).strip()}"


def ours() -> dict[str, Way]:
    """Return this project's own ways, and the lesson's."""
    python = project.program("python", Path("venv"))
    pip = [python, "-m", "pip", "install", "-q"]
    lesson: list[Command] = [
        [PYTHON, "-m", "venv", "venv"],
        [*pip, "-U", "pip", "setuptools", "wheel"],
        [*pip, "-r", "requirements-dev.txt"],
        [*pip, "-e", "."],
    ]
    setup = [*TASKS, "setup"]
    locks: dict[str, Command] = {
        "freeze": [*TASKS, "freeze", "--cooldown", "0"],
        "pip-compile": [python, "-m", "piptools", "compile", "-q", "requirements-dev.in"],
    }
    return {
        "setup": Way(project.ROOT, [setup], {"setup": setup}, locks, "venv"),
        "setup --installer pip": Way(project.ROOT, [[*setup, "--installer", "pip"]], venv="venv"),
        "the lesson's commands": Way(project.ROOT, lesson, venv="venv"),
    }


def uv(scratch: Path, index: str) -> dict[str, Way]:
    """Return uv's ways: with links to its cache, as it does by itself, and with copies."""
    python = ["--python", PYTHON]
    sync, lock = ([project.program("uv"), word, *python] for word in ("sync", "lock"))
    frozen, source = [*sync, "--frozen"], _repository(scratch / "with uv", index, lock)
    return {
        "uv sync --frozen": Way(source, [frozen], {"uv sync": sync}, {"uv lock": lock}),
        "uv sync --link-mode copy": Way(source, [[*frozen, "--link-mode", "copy"]]),
    }


def other(name: str, python: Path, scratch: Path, index: str) -> dict[str, Way]:
    """Return the way of poetry, pdm or pipenv, which is installed beside `python`."""
    in_project = ("POETRY_VIRTUALENVS_IN_PROJECT", "PIPENV_VENV_IN_PROJECT")
    os.environ.update(dict.fromkeys(in_project, "1"), PDM_CHECK_UPDATE="0")
    own, install = [python, "-m", name], "install" if name == "poetry" else "sync"
    # The others take the first on the PATH. Where there is an environment, this makes it again.
    first = [*own, *(["--python", PYTHON] if name == "pipenv" else [])]
    source = _repository(scratch / f"with {name}", index, [*first, "lock"])
    way = Way(source, [[*first, install]])
    way.again[f"{name} {install}"], way.lock[f"{name} lock"] = [*own, install], [*own, "lock"]
    return {f"{name} {install}": way}


def _repository(folder: Path, index: str, lock: Command) -> Path:
    """Make a repository of this project as other tools take it, with the lock that one writes."""
    must(["git", "clone", "-q", project.ROOT, folder], project.ROOT)
    values = {
        "name": project.DISTRIBUTION,
        "package": project.PACKAGE,
        "python": "{}.{}".format(*sys.version_info),
        "dependencies": json.dumps([pin.requirement for pin in files.merged(["dev"])]),
        "index": index,
    }
    for file, text in (("pyproject.toml", _PROJECT), ("Pipfile", _PIPFILE)):
        (folder / file).write_text(text.format(**values), encoding="utf-8")
    (folder / "setup.py").unlink()
    must(lock, folder)
    must(["git", "add", "Pipfile", "*.lock"], folder)  # and no tool's notes of this folder
    must([*_GIT, "commit", "-q", "-a", "-m", "As other tools take it"], folder)
    return folder
