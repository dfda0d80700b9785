"""All that can be done here: `python3 tasks.py TASK` with nothing installed, or `invoke TASK`."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # python -P leaves it out

from tooling import start

# template: begin
interrupted = os.path.join(start.ROOT, "build", "rename", "finish.py")
if os.path.exists(interrupted) and (__name__ == "__main__" or start.by_invoke()):
    import subprocess  # a rename was killed: this finishes it, then does what was asked for

    words = getattr(sys, "orig_argv", [sys.executable, *sys.argv])
    raise SystemExit(subprocess.call([sys.executable, interrupted, *words[1:]]))
# template: end
start.begin(__name__)  # before the other imports: they take longer than it does

from typing import Any as Context  # invoke's, of which the tasks take nothing

from tooling.runner import main, passed_through, task


def call(module: str, function: str, *arguments: object) -> None:
    """Call a function of the tooling in venv/, where the packages are."""
    from tooling.environment import setup

    setup.call(module, function, *arguments)


@task(group="Start")
def setup(
    c: Context, python: str = "", installer: str = "", layer: list[str] = [], hooks: bool = True
) -> None:
    """Set up venv/, the locked packages, the project and the git hook."""
    from tooling.environment import setup

    setup.setup(python, installer, layer, hooks, always=False)


@task()
def venv(c: Context, python: str = "", clear: bool = False) -> None:
    """Make venv/ alone, with no packages."""
    from tooling.environment import venv

    venv.make(python, clear)


@task()
def install(c: Context, installer: str = "", layer: list[str] = []) -> None:
    """Install what is locked, remove what isn't; then the project itself."""
    from tooling.environment import setup

    setup.setup("", installer, layer, hooks=False, always=True)


# template: begin
@task(help={"all": "the template's own tests, too"}, group="Work")
def test(c: Context, all: bool = False) -> None:
    """Run the tests; what follows -- goes to pytest."""
    call("tooling.checks.quality", "test", all, passed_through())


# template: end
# project: begin
# @task(group="Work")
# def test(c: Context) -> None:
#     """Run the tests; what follows -- goes to pytest."""
#     call("tooling.checks.quality", "test", False, passed_through())
#
#
# project: end
@task()
def lint(c: Context, fix: bool = False) -> None:
    """Check style, types and imports, and every file as a commit would."""
    call("tooling.checks.quality", "lint", fix)


@task()
def build(c: Context) -> None:
    """Build the sdist and the wheel into dist/, and verify them."""
    call("tooling.checks.distributions", "build")


@task(help={"json": "print it as JSON alone", "against": "compare with this receipt instead"})
def reproduce(c: Context, json: bool = False, against: str = "") -> None:
    """Prove that the locks give the same again; write receipt.json."""
    call("tooling.checks.reproduce", "reproduce", json, against)


@task()
def clean(c: Context, venv: bool = False) -> None:
    """Remove what building and testing leave behind."""
    from tooling.checks import distributions

    distributions.clean(venv)


@task(help={"layer": "the NAME of requirements-NAME.in (default: prod)"}, group="Requirements")
def add(c: Context, package: list[str], layer: str = "") -> None:
    """Add packages to requirements.txt (or a layer); lock, install."""
    call("tooling.locking.dependencies", "add", package, layer)


@task(help={"package": "its name; several", "layer": "from this layer alone (default: any)"})
def remove(c: Context, package: list[str], layer: str = "") -> None:
    """Remove packages from the requirements; lock, uninstall."""
    call("tooling.locking.dependencies", "remove", package, layer)


@task(help={"package": "take the newest version of this alone; repeatable"})
def freeze(
    c: Context,
    upgrade: bool = False,
    package: list[str] = [],
    check: bool = False,
    cooldown: str = "",
    offline: bool = False,
) -> None:
    """Lock requirements.txt and each requirements-*.in, for every system."""
    call("tooling.locking.freeze", "freeze", upgrade, package, check, cooldown, offline)


@task()
def outdated(c: Context) -> None:
    """List requirements with a newer release, and what holds each back."""
    call("tooling.locking.held_back", "outdated")


@task()
def targets(c: Context, layer: list[str] = []) -> None:
    """Check that the locks install on every system and Python they serve."""
    call("tooling.locking.proof", "targets", layer)


@task()
def audit(c: Context, layer: list[str] = []) -> None:
    """Look for known vulnerabilities; what follows -- goes to pip-audit."""
    call("tooling.checks.quality", "audit", layer, passed_through())


@task(help={"layer": "the NAME of requirements-NAME.txt (default: prod)"})
def sbom(c: Context, layer: str = "prod", output: str = "") -> None:
    """Write a layer's lock as an SBOM (CycloneDX JSON)."""
    call("tooling.checks.distributions", "sbom", layer, output)


@task(group="Project")
def update(
    c: Context,
    source: str = "",
    to: str = "",
    dry_run: bool = False,
    rename: str = "",
    set: list[str] = [],
) -> None:
    """Take the template's changes; or change the project's name or values."""
    from tooling import update

    update.update(source, to, dry_run, rename, set)


# template: begin
from tooling.starter.options import HELP, with_own


@task(help=HELP)
@with_own
def rename(
    c: Context,
    name: str,
    bare: bool = False,
    dry_run: bool = False,
    force: bool = False,
    setup: bool = True,
    **own: str | None,
) -> None:
    """Make this a project of your own, with a name of its own."""
    from tooling.starter import rename

    rename.make(start.ROOT, None, name, own, bare, dry_run, force, setup)


@task(help=HELP)
@with_own
def new(
    c: Context,
    path: str,
    name: str,
    bare: bool = False,
    dry_run: bool = False,
    force: bool = False,
    setup: bool = True,
    **own: str | None,
) -> None:
    """Make a project of your own in another folder; this clone stays."""
    from tooling.starter import rename

    rename.make(start.ROOT, path, name, own, bare, dry_run, force, setup)


# template: end
main(__name__)
