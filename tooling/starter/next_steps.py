"""What follows a rename: set-up, the quick tests, and what is left for the user."""

import sys
from pathlib import Path

from tooling import processes, project
from tooling.starter import git
from tooling.starter.names import Name


def go_on(root: Path, template: Path, name: Name, taken: list[str], setup: bool) -> None:
    """Set the project in `root` up and test it, if `setup`; then say what comes next.

    `taken` are lines on what is git's. A project that isn't where the template is gets a git
    repository, and its first commit. Ends the task where a step fails.
    """
    own = root != template and not git.run(root, "init", "-q", "-b", "main").code
    pinned = (root / ".python-version").read_text(encoding="utf-8").strip()
    lock = (root / "requirements-dev.txt").read_text(encoding="utf-8")
    steps = ["setup"] if f"with Python {pinned}\n" in lock else ["setup", "freeze", "setup"]
    if setup:
        for task in steps:
            _task(root, task)
        tidy(root, project.program("ruff", root / "venv"))
        _task(root, "setup")  # in case that setup.py was formatted
    if own:
        _commit(root, f"Start {name.distribution}")
    if setup:
        _task(root, "test")
    tasks = [] if setup else map(project.typed, [*steps, "lint --fix", "test"])
    lines = [*taken, "Next:" if root == template else f"Next, in {root}:"]
    for line in [*lines, *tasks, *_with_git(root, name, own)]:
        project.say(line)


def _with_git(root: Path, name: Name, committed: bool) -> list[str]:
    """Return what is to be done in git: a first commit, and an address of one's own."""
    lines = [] if (root / ".git").exists() else ["git init -b main"]
    if not committed:
        lines += ["git add -A", f'git commit -m "Start {name.distribution}"']
    address = project.without_logins(git.ask(root, "config", "remote.origin.url"))
    if address:
        return [*lines, f"git remote set-url origin ADDRESS  # unless {address} is your own"]
    return [*lines, "git remote add origin ADDRESS"]


def tidy(root: Path, ruff: Path) -> None:
    """Sort the imports and format, if there is a ruff: the name decides where it stands in them."""
    if ruff.exists():
        for arguments in (["check", "--select", "I", "--fix", "-q"], ["format", "-q"]):
            processes.run([ruff, *arguments, "."], cwd=root)


def _task(root: Path, task: str) -> None:
    done = processes.run([sys.executable, root / "tasks.py", task], cwd=root, shown=True)
    if done.code:
        again = f"Then: {project.typed(task)}"
        project.fail(f"It has its name, but `{task}` failed, as said above. {again}", done.code)


def _commit(root: Path, message: str) -> None:
    for arguments in (["add", "-A"], ["commit", "-q", "--no-verify", "-m", message]):
        done = git.run(root, *arguments)
        if done.code:
            again = "Once that is fixed: git commit"
            return project.say(f"{done.words}\nNot committed. {again}", sys.stderr)
    return None
