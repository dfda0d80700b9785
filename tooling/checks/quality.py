"""Tests, lint and audit, with the tools of venv/."""

import tempfile
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from tooling import files, lockfile, processes, project
from tooling.environment import setup

_AUDIT = "-m pip_audit --no-deps --disable-pip --strict --aliases --progress-spinner off".split()


def test(all: bool, arguments: Sequence[str]) -> None:
    """Run the tests with pytest and `arguments` on several cores; `all` takes all of tests/.

    Ends the task with pytest's exit code, if that isn't 0.
    """
    options = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
    options += ["--hypothesis-profile=search", "tests"] if all else []  # with fresh examples
    code = processes.run([setup.python(), "-m", "pytest", *options, *arguments], shown=True).code
    if code:
        raise SystemExit(code)


def lint(fix: bool) -> None:
    """Check style, types and imports, and what git knows with the hooks of a commit.

    Nothing is changed; with `fix`, what can be fixed is, before the checks. Ends the task with exit
    code 1 if anything is wrong.
    """
    python, package = setup.python(), project.PACKAGE
    fixes = [["ruff", "check", "--fix-only"], ["ruff", "format"]]
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    checks.append(["deptry", package, "--known-first-party", package])
    project.say("This checks Python files, and of the others those that git knows (git add)")
    if (project.ROOT / ".git").exists():
        git = processes.run(["git", "rev-parse", "--git-dir"])
        if git.code:  # its words name the folder, pre-commit's don't
            project.fail(git.words)
        checks.append(["pre_commit", "run", "--all-files"])
        fixes.append([*checks[-1], "--hook-stage", "manual"])
    codes, env = [], {"SKIP": "ruff-check,ruff-format"}  # hooks of a commit, which ruff itself is
    for command in [*(fixes if fix else []), *checks]:
        project.say(" ".join(command))
        codes.append(processes.run([python, "-m", *command], env=env, shown=True).code)
    if any(codes[-len(checks) :]):
        fixing, add, remove = map(project.typed, ("lint --fix", "add NAME", "remove NAME"))
        project.fail(f"What tools can fix: {fixing}. What deptry names: {add}, or {remove}")


def audit(layers: Sequence[str], service: str, osv_url: str) -> None:
    """Look the pins of `layers` (default: all) up with pip-audit at `service`, or at `osv_url`.

    Ends the task with exit code 1 where a vulnerability is known, or a pin isn't looked up.
    """
    versions: dict[str, dict[str, None]] = {}  # public ones: services know no others
    for layer in layers or files.layers():
        for pin in lockfile.read(files.lock(layer)):
            versions.setdefault(pin.name, {})[pin.version.partition("+")[0]] = None
    python, codes = setup.python(), []
    where = ["osv", "--osv-url", osv_url] if osv_url else [service]
    for row in zip_longest(*versions.values()):  # it takes one version of a package at a time
        pins = [f"{name}=={version}\n" for name, version in zip(versions, row) if version]
        project.say(f"Looking up {len(pins)} packages")
        with tempfile.TemporaryDirectory() as folder:  # for a cache, too: nothing of yesterday
            asked = Path(folder) / "pins.txt"
            asked.write_text("".join(pins), encoding="utf-8")
            command = [python, *_AUDIT, "--cache-dir", folder, "-r", asked, "-s", *where]
            done = processes.run(command)
        codes.append(done.code)
        project.say("\n".join([*done.text.splitlines(), *done.errors.splitlines()[-1:]]))
    if any(codes):
        newer, again = project.typed("freeze --package NAME"), project.typed("audit")
        project.fail(f"For a newer version: {newer}. To look up what wasn't: {again}")
