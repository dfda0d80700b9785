"""What `rename` and `new` do: make the template a project of somebody's own; then set it up."""

import shutil
import sys
import tempfile
from pathlib import Path

from tooling import processes, project
from tooling.starter import finish, git, names, plan, values
from tooling.starter.names import Name
from tooling.starter.plan import Plan
from tooling.starter.record import Record
from tooling.starter.values import Given


def make(
    top: str,
    to: str | None,
    name: str,
    own: Given,
    bare: bool,
    dry_run: bool,
    force: bool,
    setup: bool,
) -> None:
    """Make a project of that name in the folder `to`, with its own history; None is `top` itself.

    Ends the task, with nothing changed, where the name, a value or the folder won't do or something
    isn't committed (unless `force`). With `dry_run` it only shows what would change.
    """
    root = Path(top)
    target = root if to is None else _unused(root, Path(to).expanduser().resolve(), name)
    git.refuse_subfolder(root)
    files = git.files(root)
    names.refuse(root, name, files, project.PACKAGE)
    completed, taken = values.completed(values.checked(own), root)
    source, commit, contents = git.origin(root)
    source = source or (str(root) if to else "")
    made = Record(source, commit, contents, {"name": name, **completed, "bare": bare})
    planned = plan.planned(root, files, made)
    if dry_run:
        return plan.show(planned)
    if not force:
        git.refuse_changes(root, "take it along: --force")
    if target == root:
        _here(root, planned)
    else:
        _elsewhere(root, files, planned, target)
    spelled = names.spelled(name)
    project.say(f"{spelled.distribution} is in {target}, and its package in {spelled.package}/")
    return _go_on(target, root, spelled, taken, setup)


def _unused(root: Path, target: Path, name: str) -> Path:
    if root in [target, *target.resolve().parents]:
        project.fail(f"{target} is within the template. Choose a folder outside, such as ../{name}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        project.fail(f"{target} is there, and not empty. Choose a folder that isn't there yet.")
    return target


def _here(root: Path, planned: Plan) -> None:
    with processes.alone("rename"):
        if (root / plan.FOLDER / "finish.py").exists():
            project.fail("Another rename is at work here. Let it finish.")
        folder = plan.put_aside(root, planned)
    finish.finish(folder)


def _elsewhere(root: Path, files: list[str], planned: Plan, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        made = Path(folder) / "made"
        for file in files:
            (made / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / file, made / file)
        finish.finish(plan.put_aside(made, planned))
        if target.exists():
            target.rmdir()
        made.rename(target)


def _go_on(root: Path, template: Path, name: Name, taken: list[str], setup: bool) -> None:
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
        git.run(root, "add", "-A")
        done = git.run(root, "commit", "-q", "--no-verify", "-m", f"Start {name.distribution}")
        if done.code:
            project.say(f"{done.words}\nNot committed. Once that is fixed: git commit", sys.stderr)
    if setup:
        _task(root, "test")
    lines = [*taken, "Next:" if root == template else f"Next, in {root}:"]
    lines += [] if setup else map(project.typed, [*steps, "lint --fix", "test"])
    lines += [] if (root / ".git").exists() else ["git init -b main"]
    lines += [] if own else ["git add -A", f'git commit -m "Start {name.distribution}"']
    address = project.without_logins(git.ask(root, "config", "remote.origin.url"))
    unless = f"set-url origin ADDRESS  # unless {address} is your own"
    for line in [*lines, f"git remote {unless if address else 'add origin ADDRESS'}"]:
        project.say(line)


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
