"""What the tests share: a copy of this project to work in, and the one way to run a program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement

from tooling import files, project

ROOT = project.ROOT
BASE_PYTHON = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
# A path with all that breaks scripts: a space, a quote, a letter beyond ASCII.
AWKWARD = "it's a déjà vu"
SAFETY = 400  # seconds: no assertion, only what keeps a hanging program from hanging the tests
_INSTALLED = (
    "import json; from importlib.metadata import distributions as found;"
    "print(json.dumps([[each.metadata['Name'], each.version] for each in found()]))"
)

Done = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    """Return the caller's variables, less what steers git and Python, and less this venv/."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PYTHON", "VIRTUAL_ENV", "INVOKE_", "PRE_COMMIT"))
    }
    own = {str(project.program("python").parent), str(Path(sys.executable).parent)}
    folders = env.get("PATH", os.defpath).split(os.pathsep)
    env["PATH"] = os.pathsep.join(folder for folder in folders if folder not in own)
    return {**env, **changes}


def run(
    *command: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    ok: bool = True,
) -> Done:
    """Run a program and return its code and output as text; with `ok` it must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SAFETY,
    )
    assert not ok or done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done


@dataclass
class Clone:
    """A copy of this project, with its tasks."""

    root: Path
    env: dict[str, str] = field(default_factory=environment)

    @property
    def venv(self) -> Path:
        """The environment's folder."""
        return self.root / project.VENV.name

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return project.program("python", self.venv)

    def task(
        self,
        *arguments: str,
        python: str = BASE_PYTHON,
        env: Mapping[str, str] | None = None,
        ok: bool = True,
    ) -> Done:
        """Run `python3 tasks.py ARGUMENTS`; `env` is added to the clone's variables."""
        both = {**self.env, **(env or {})}
        return run(python, "tasks.py", *arguments, cwd=self.root, env=both, ok=ok)

    def in_venv(self, *arguments: str | Path, cwd: Path | None = None, ok: bool = True) -> Done:
        """Run the environment's interpreter."""
        return run(self.python, *arguments, cwd=cwd or self.root, env=self.env, ok=ok)

    def installed(self) -> dict[str, str]:
        """Return the versions of what is installed beside the project, by normalized name."""
        # -I: otherwise the .egg-info folder beside the code counts as well.
        pairs = json.loads(self.in_venv("-I", "-c", _INSTALLED).stdout)
        versions = {files.normalized(name): version for name, version in pairs}
        del versions[files.normalized(project.DISTRIBUTION)]
        return versions

    def locked(self, layer: str) -> dict[str, str]:
        """Return the versions that production's lock and a layer's have for this system."""
        pins = [pin for name in ("prod", layer) for pin in files.pins(files.lock(name, self.root))]
        markers = {pin: Requirement(pin.requirement).marker for pin in pins}
        return {
            pin.name: pin.version
            for pin, marker in markers.items()
            if not marker or marker.evaluate()
        }


def copy(folder: Path) -> Clone:
    """Copy what set-up and building need to an awkward path below `folder`, without git."""
    target = folder / AWKWARD / "clone"
    target.mkdir(parents=True)
    for name in ("tooling", project.PACKAGE):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and path.stat().st_size < 1_000_000:
            shutil.copy2(path, target)
    return Clone(target)
