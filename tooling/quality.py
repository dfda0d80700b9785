"""Tests and lint, with the tools of venv/."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tooling import environment, processes, project


def test(fast: bool = False, arguments: Sequence[str] = ()) -> None:
    """Run pytest with `arguments`; `fast` runs the package's own tests alone. Ends with pytest's exit code.

    All tests at once run on all cores, a file at a time on each; with arguments it is pytest as it comes, so that
    --pdb and the like work.
    """
    chosen = ["tests/" + project.PACKAGE] if fast else []
    if not fast and not arguments:
        # No more than four: each makes the environments that its tests share once for itself.
        chosen = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    _exit_unless_ok([processes.run([environment.python(), "-m", "pytest", *chosen, *arguments])[0]])


def lint(fix: bool = False) -> None:
    """Check types with mypy, imports with deptry, and every file with the hooks that each commit runs.

    Without `fix` nothing in the clone is written: the hooks, some of which mend what they find, run on a copy.
    Ends with exit code 1 if anything was found.
    """
    python = environment.python()
    hooks: list[str | Path] = [python, "-m", "pre_commit", "run", "--all-files"]
    if fix and not (project.ROOT / ".git").exists():
        project.fail("The hooks mend what git tracks, and this is no git clone. Make it one: git init, then git add .")
    project.say("Types (mypy)")
    codes = [processes.run([python, "-m", "mypy"])[0]]
    project.say("Imports (deptry)")
    codes.append(imports(python))
    project.say("Files (pre-commit)")
    if fix:
        codes.append(processes.run(hooks)[0])
    else:
        with tempfile.TemporaryDirectory() as folder:
            env = _copy(Path(folder))
            codes.append(processes.run([*hooks, "--show-diff-on-failure"], cwd=Path(folder), env=env)[0])
        if codes[-1]:
            project.say(f"To mend what can be mended: {project.typed('lint --fix')}")
    _exit_unless_ok(codes)


def imports(python: Path) -> int:
    """Tell what the package imports and requirements.txt doesn't name, and what that names and nothing imports.

    `python` is the interpreter that has deptry and the package's requirements: what a module belongs to is what is
    installed there. Gives 0 if there was nothing to tell, else another number, and says what to type.
    """
    code, _ = processes.run([python, "-m", "deptry", project.PACKAGE, "--known-first-party", project.PACKAGE])
    if code:
        project.say(
            f"What is imported must be named: {project.typed('add NAME')} (as pip calls it: scikit-learn for sklearn). "
            f"What is named but not imported can go: {project.typed('remove NAME')}"
        )
    return code


def tidy(root: Path, ruff: Path) -> None:
    """Put the imports in order and format the code below `root` with this ruff: both depend on the package's name."""
    for command in (["check", "-q", "--select", "I", "--fix"], ["format", "-q"]):
        processes.run([ruff, *command, "."], cwd=root)


def _copy(folder: Path) -> dict[str, str]:
    """Copy every file that git doesn't ignore, as a repository of its own; give the variables for working in it.

    Done by git itself, with this clone as the working tree, so that it works without a .git here, too.
    """
    env = {name: value for name, value in processes.environment_variables().items() if not name.startswith("GIT_")}
    commands: tuple[list[str | Path], ...] = (
        ["git", "init", "-q", folder],
        ["git", f"--git-dir={folder / '.git'}", f"--work-tree={project.ROOT}", "add", "-A"],
        ["git", "checkout-index", "-a"],
    )
    for command in commands:
        try:
            code, output = processes.quietly(command, cwd=folder, env=env)
        except FileNotFoundError:
            project.fail("The hooks need git, and there is none on the PATH. Install it, then type the same again.")
        if code != 0:
            project.fail(f"git could not copy the files to check: {output.strip()}")
    return env


def _exit_unless_ok(codes: Sequence[int]) -> None:
    worst = max(codes)
    if worst:
        raise SystemExit(worst)
