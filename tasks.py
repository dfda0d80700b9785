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
runner.take_over_from_invoke(__name__, "add", "remove")

from tooling import distributions, environment, locks, quality, renaming, starter
from tooling import update as updating

renaming.finish_if_interrupted()

if TYPE_CHECKING or __name__ != "__main__":
    from invoke.context import Context
    from invoke.tasks import task
else:
    from tooling.runner import task

PYTHON = "the Python to use: a version (3.12), a path, or a name on the PATH"
INSTALLER = "pip or uv (default: uv where it is on the PATH, else pip)"
OWN = {
    "author": "who wrote it (default: git's user.name)",
    "email": "the author's e-mail address (default: git's user.email)",
    "url": "its address on the web",
    "description": "what it does, in a sentence",
    "version": "its version (default: 0.1)",
    "python": "the Pythons that the package supports (default: >=3.7)",
    "license": "MIT (the default), Proprietary, or a file with the text",
    "year": "the year in LICENSE (default: this one)",
    "bare": "leave the worked example out: an empty package, nothing required",
    "dry_run": "only show each change",
    "force": "even if something isn't committed",
    "setup": "leave it at that: set nothing up, run no tests",
}
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
        "cooldown": "how many days old what they take must be; 0 for any (default: 7, in pyproject.toml)",
    },
    iterable=["package"],
)
def freeze(
    c: Context, upgrade: bool = False, package: list[str] = [], check: bool = False, cooldown: str | None = None
) -> None:
    """Lock requirements.txt and each requirements-*.in with pip-compile."""
    environment.in_venv()
    locks.freeze(upgrade, package, check, cooldown)


@task(help={"layer": "this layer's lock alone; repeatable (default: all)"}, iterable=["layer"])
def targets(c: Context, layer: list[str] = []) -> None:
    """Check that the locks can be installed on every system and Python that they serve."""
    environment.in_venv()
    from tooling import targets as checking

    checking.targets(layer)


@task()
def outdated(c: Context) -> None:
    """List the direct requirements that have a newer release than the locked one, and what holds each back."""
    environment.in_venv()
    from tooling import outdated

    outdated.outdated()


@task(
    help={
        "package": "NAME, NAME[extra], NAME>=1.0, 'NAME; marker' or 'NAME @ URL'; several at once",
        "layer": "the layer that needs it: the NAME of requirements-NAME.in (default: prod, requirements.txt)",
        "exact": "bound it by == instead of >=",
    },
    iterable=["package"],
)
def add(c: Context, package: list[str], layer: str = "", exact: bool = False) -> None:
    """Add packages to requirements.txt (or a layer), with the version that was chosen; lock and install."""
    environment.in_venv()
    from tooling import dependencies

    dependencies.add(package, layer, exact)


@task(
    help={"package": "its name, in any spelling; several at once", "layer": "from this layer alone (default: any)"},
    iterable=["package"],
)
def remove(c: Context, package: list[str], layer: str = "") -> None:
    """Remove packages from the hand-written requirements; lock, and remove what nothing needs any more."""
    environment.in_venv()
    from tooling import dependencies

    dependencies.remove(package, layer)


@task(help={"fast": "the package's own tests alone"})
def test(c: Context, fast: bool = False) -> None:
    """Run the tests; what follows -- goes to pytest."""
    quality.test(fast, runner.passed_through())


@task(help={"fix": "mend what can be mended"})
def lint(c: Context, fix: bool = False) -> None:
    """Check the code's style, types and imports, and every file as a commit would."""
    quality.lint(fix)


@task()
def build(c: Context) -> None:
    """Build the sdist and the wheel into dist/, and verify them."""
    distributions.build()


@task(
    help={
        "layer": "the layer to look up: the NAME of requirements-NAME.txt; repeatable (default: all)",
        "service": "who is asked: pypi (the default) or osv",
        "osv_url": "where another OSV service answers, such as a company's (default: PIP_AUDIT_OSV_URL's)",
    },
    iterable=["layer"],
)
def audit(c: Context, layer: list[str] = [], service: str = "", osv_url: str = "") -> None:
    """Look the locked versions up among known vulnerabilities with pip-audit."""
    environment.in_venv()
    from tooling import auditing

    auditing.audit(layer, service, osv_url)


@task(
    help={
        "layer": "the layer to list: the NAME of requirements-NAME.txt (default: prod)",
        "output": "the file to write (default: sbom-LAYER.cdx.json)",
    }
)
def sbom(c: Context, layer: str = "prod", output: str = "") -> None:
    """Write a layer's lock as an SBOM (CycloneDX JSON): each package, its hashes, and who needs it."""
    environment.in_venv()
    from tooling import sbom as writing

    writing.write(layer, output)


@task(help={"name": "what to call it: churn-lab, and the package is churn_lab", **OWN})
def rename(
    c: Context,
    name: str,
    author: str | None = None,
    email: str | None = None,
    url: str | None = None,
    description: str | None = None,
    version: str | None = None,
    python: str | None = None,
    license: str | None = None,
    year: str | None = None,
    bare: bool = False,
    dry_run: bool = False,
    force: bool = False,
    setup: bool = True,
) -> None:
    """Make this a project of your own, with a name of its own."""
    options = {"author": author, "email": email, "url": url, "description": description}
    options.update(version=version, python=python, license=license, year=year)
    starter.rename(name, options, bare, dry_run, force, setup)


@task(help={"path": "the folder to make", "name": "what to call it", **OWN})
def new(
    c: Context,
    path: str,
    name: str,
    author: str | None = None,
    email: str | None = None,
    url: str | None = None,
    description: str | None = None,
    version: str | None = None,
    python: str | None = None,
    license: str | None = None,
    year: str | None = None,
    bare: bool = False,
    dry_run: bool = False,
    force: bool = False,
    setup: bool = True,
) -> None:
    """Make a project of your own in another folder; this clone stays as it is."""
    options = {"author": author, "email": email, "url": url, "description": description}
    options.update(version=version, python=python, license=license, year=year)
    starter.new(path, name, options, bare, dry_run, force, setup)


@task(
    help={
        "source": "the template's address or path (default: the recorded one)",
        "to": "the branch, tag or commit to go to (default: the default branch)",
        "dry_run": "only show what would change",
    }
)
def update(c: Context, source: str = "", to: str = "", dry_run: bool = False) -> None:
    """Take the template's changes since this project was made from it, or last updated."""
    updating.update(source, to, dry_run)


@task(help={"venv": "remove venv/ and the project's .egg-info too"})
def clean(c: Context, venv: bool = False) -> None:
    """Remove what building and testing leave behind."""
    distributions.clean(venv)


if __name__ == "__main__":
    runner.main(sys.argv[1:])
