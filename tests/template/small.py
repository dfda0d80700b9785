"""A small project to lock: a few hand-written files, this tooling, an index of this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.template import index

ROOT = Path(__file__).resolve().parent.parent.parent
_SETTINGS = """\
[build-system]
requires = ["setuptools>=61"]

[tool.pip-tools]
generate-hashes = true
allow-unsafe = true
strip-extras = true
newline = "lf"
emit-index-url = false
emit-find-links = false
emit-trusted-host = false
emit-options = false
pip-args = "--only-binary :all:"
build-isolation = false

"""
_CALL = (
    "import json, sys; sys.path.insert(0, '.'); import importlib; "
    "module, function, arguments = json.loads(sys.argv[1]); "
    "getattr(importlib.import_module('tooling.locking.' + module), function)(*arguments)"
)
_MODULES = {"freeze": "freeze", "outdated": "held_back", "targets": "proof"}


class Small:
    """A project without an environment of its own: it uses the one that runs the tests."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        self.env = {n: v for n, v in os.environ.items() if not n.startswith(("PIP_", "UV_"))}
        self.env.update(PIP_CONFIG_FILE=os.devnull, PYTHONPYCACHEPREFIX=f"{root}.pyc")
        (root / "venv").symlink_to(sys.prefix, target_is_directory=True)
        bytecode = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "tooling", root / "tooling", ignore=bytecode)
        shutil.copy(ROOT / "setup.py", root)
        self.write(**{"pyproject.toml": _SETTINGS, "requirements.txt": ""})

    def write(self, **texts: str) -> None:
        """Write files of the project by name; `nb` stands for requirements-nb.in."""
        for name, text in texts.items():
            file = name if "." in name else f"requirements-{name}.in"
            (self.root / file).write_text(text, encoding="utf-8", newline="\n")

    def settings(self, freeze: str, *, pip_args: str = "") -> None:
        """Write pyproject.toml with the lines `freeze` in [tool.freeze]."""
        text = _SETTINGS.replace(":all:", f":all: {pip_args}".strip())
        self.write(**{"pyproject.toml": f"{text}[tool.freeze]\n{freeze}\n"})

    def lock(self, layer: str) -> str:
        """Return a lock's text."""
        return (self.root / f"requirements-{layer}.txt").read_text(encoding="utf-8")

    def pins(self, layer: str) -> list[str]:
        """Return what a lock installs: name, version, marker."""
        lines = self.lock(layer).splitlines()
        return [line.rstrip(" \\") for line in lines if line[:1].isalnum()]

    def call(
        self, task: str, *arguments: object, code: int = 0, python: str = "", **env: str
    ) -> str:
        """Call a task of tooling.locking, which ends with `code`; return all that it said."""
        asked = json.dumps([_MODULES[task], task, arguments])
        done = subprocess.run(
            [python or sys.executable, "-c", _CALL, asked],
            cwd=self.root,
            env={**self.env, **env},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=200,
        )
        output = done.stdout + done.stderr
        assert done.returncode == code, output
        assert "Traceback" not in output
        return output

    def freeze(self, *flags: str, code: int = 0, **env: str) -> str:
        """Run the task freeze, with `python` as the interpreter if that is given."""
        packages = [flag.partition("=")[2] for flag in flags if flag.startswith("--package=")]
        age = "".join(flag.partition("=")[2] for flag in flags if flag.startswith("--cooldown="))
        how = ("--upgrade" in flags, packages, "--check" in flags, age, "--offline" in flags)
        return self.call("freeze", *how, code=code, **env)


@contextmanager
def made(folder: Path, files: Iterable[index.File]) -> Iterator[Small]:
    """Yield a project in `folder` whose only index serves `files`."""
    small = Small(folder / "a project")
    with index.serve(files) as served:
        small.env.update(PIP_INDEX_URL=served.url, UV_CACHE_DIR=str(folder / "uv"))
        yield small
