"""Tests, lint and audit, with the tools of venv/."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tooling import files, processes, project
from tooling.environment import setup

_AUDIT = "-m pip_audit --no-deps --disable-pip --strict --aliases --progress-spinner off".split()


def test(all: bool, arguments: Sequence[str]) -> None:
    """Run the tests with pytest and `arguments` on several cores; `all` takes all of tests/."""
    options = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
    options += ["--hypothesis-profile=search", "tests"] if all else []  # with fresh examples
    code = processes.run([setup.python(), "-m", "pytest", *options, *arguments], shown=True).code
    if code:
        raise SystemExit(code)


def lint(fix: bool) -> None:
    """Check style, types, imports, and all files as a commit does; `fix` first what can be."""
    python, package = setup.python(), project.PACKAGE
    fixes = [["ruff", "check", "--fix-only"], ["ruff", "format"]]
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    checks.append(["deptry", package, "--known-first-party", package])
    project.say("This checks Python files, and of the others those that git knows (git add)")
    if (project.ROOT / ".git").exists():
        processes.run(["git", "rev-parse", "--git-dir"]).checked("")  # its words name the folder
        checks.append(["pre_commit", "run", "--all-files"])
        fixes.append([*checks[-1], "--hook-stage", "manual"])
    codes, env = [], {"SKIP": "ruff-check,ruff-format"}  # hooks of a commit, which ruff itself is
    for command in [*(fixes if fix else []), *checks]:
        project.say(" ".join(command))
        codes.append(processes.run([python, "-m", *command], env=env, shown=True).code)
    if any(codes[-len(checks) :]):
        fixing, add, remove = map(project.typed, ("lint --fix", "add NAME", "remove NAME"))
        project.fail(f"What tools can fix: {fixing}. What deptry names: {add}, or {remove}")


def audit(layers: Sequence[str], arguments: Sequence[str]) -> None:
    """Look up the pins of `layers` with pip-audit; fails if one is vulnerable or isn't found."""
    pins = [pin for layer in layers or files.layers() for pin in files.pins(files.lock(layer))]
    # Public versions: services know no others.
    left = sorted({(pin.name, pin.version.partition("+")[0]) for pin in pins})
    failed = False
    while left:
        asked = dict(left)  # one version of each package: it takes no more
        left = [pair for pair in left if pair not in asked.items()]
        project.say(f"Looking up {len(asked)} packages")
        with tempfile.TemporaryDirectory() as folder:  # for a cache, too: nothing of yesterday
            file = Path(folder) / "pins.txt"
            file.write_text("".join(f"{name}=={asked[name]}\n" for name in asked), encoding="utf-8")
            command = [setup.python(), *_AUDIT, "--cache-dir", folder, "-r", file, *arguments]
            done = processes.run(command)
        failed = failed or done.code != 0
        project.say("\n".join([*done.text.splitlines(), *done.errors.splitlines()[-1:]]))
    if failed:
        project.fail(f"Vulnerable, or not found. Newer: {project.typed('freeze --package NAME')}")
