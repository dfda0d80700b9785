"""Everything that can be done here: `python3 tasks.py TASK` with nothing installed, or `invoke TASK`."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # Python leaves it out when told to (-P)

from tooling import stamp

stamp.leave_if_nothing_to_do(__name__, sys.argv[1:])  # before the imports below: they take longer than it does

from typing import TYPE_CHECKING

from tooling import interpreters, runner

interpreters.relaunch_if_too_old(sys.argv[1:])

from tooling import distributions, environment, locks, quality

if TYPE_CHECKING or __name__ != "__main__":
    from invoke.context import Context
    from invoke.tasks import task
else:
    from tooling.runner import task

PYTHON = "the Python to use: a version (3.12), a path, or a name on the PATH"
INSTALLER = "pip or uv (default: uv where it is on the PATH, else pip)"
LAYER = "the layer to install: the NAME of requirements-NAME.txt; repeatable (default: dev)"


@task(help={"python": PYTHON, "installer": INSTALLER, "layer": LAYER, "hooks": "leave git alone"}, iterable=["layer"])
def setup(c: Context, python: str = "", installer: str = "", layer: list[str] = [], hooks: bool = True) -> None:
    """Set everything up: venv/, the locked packages, the project itself (editable), the git hook."""
    environment.setup(python, installer, layer, hooks)


@task(help={"python": PYTHON, "clear": "make it anew"})
def venv(c: Context, python: str = "", clear: bool = False) -> None:
    """Make venv/ alone, with no packages."""
    environment.make(python, clear)


@task(help={"installer": INSTALLER, "layer": LAYER}, iterable=["layer"])
def install(c: Context, installer: str = "", layer: list[str] = []) -> None:
    """Install what the lock says, remove what it doesn't, then the project itself (editable)."""
    environment.install(installer, layer)


@task(
    help={
        "upgrade": "take the newest version of everything",
        "package": "take the newest version of this package alone; repeatable",
        "check": "write nothing: show what would change, and exit 1 if anything would",
    },
    iterable=["package"],
)
def freeze(c: Context, upgrade: bool = False, package: list[str] = [], check: bool = False) -> None:
    """Lock requirements.txt and each requirements-*.in with pip-compile."""
    locks.freeze(upgrade, package, check)


@task(help={"fast": "the package's own tests alone"})
def test(c: Context, fast: bool = False) -> None:
    """Run the tests; what follows -- goes to pytest."""
    quality.test(fast, runner.passed_through())


@task(help={"fix": "mend what can be mended"})
def lint(c: Context, fix: bool = False) -> None:
    """Check the code's style and types, and every file as a commit would."""
    quality.lint(fix)


@task()
def build(c: Context) -> None:
    """Build the sdist and the wheel into dist/, and verify them."""
    distributions.build()


@task(help={"venv": "remove venv/ and the project's .egg-info too"})
def clean(c: Context, venv: bool = False) -> None:
    """Remove what building and testing leave behind."""
    distributions.clean(venv)


if __name__ == "__main__":
    runner.main(sys.argv[1:])
