"""What `rename` and `new` do: make the template a project of somebody's own."""

import re
import shutil
import tempfile
from pathlib import Path

from tooling import lockfile, processes, project
from tooling.starter import finish, git, names, next_steps, plan, values
from tooling.starter.plan import Plan
from tooling.starter.record import Record
from tooling.starter.values import Given


def rename(
    top: str, name: str, own: Given, bare: bool, dry_run: bool, force: bool, setup: bool
) -> None:
    """Make the template in `top` a project of that name; then set it up and test it, if `setup`.

    Ends the task, with nothing changed, where the name or a value won't do or something isn't
    committed (unless `force`). With `dry_run` it only shows what would change.
    """
    root = Path(top)
    _, planned, taken = _prepared(root, "", name, own, bare)
    if dry_run:
        return plan.show(planned)
    if not force:
        git.refuse_changes(root, "take it along: rename … --force")
    with processes.alone("rename"):
        if (root / plan.FOLDER / "finish.py").exists():
            project.fail("Another rename is at work here. Let it finish.")
        folder = plan.put_aside(root, planned)
    finish.finish(folder)
    new = names.spelled(name)
    project.say(f"Renamed to {new.distribution}: the package is {new.package}/.")
    return next_steps.go_on(root, root, new, taken, setup)


def new(
    top: str, to: str, name: str, own: Given, bare: bool, dry_run: bool, force: bool, setup: bool
) -> None:
    """Make a project of that name in the folder `to`, with its own history; `top` stays as it is.

    Ends the task as `rename` does, and where `to` is in use.
    """
    root, target = Path(top), Path(to).expanduser().absolute()
    if root in [target, *target.resolve().parents]:
        project.fail(f"{target} is within the template. Choose a folder outside, such as ../{name}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        project.fail(f"{target} is there, and not empty. Choose a folder that isn't there yet.")
    files, planned, taken = _prepared(root, top, name, own, bare)
    if dry_run:
        return plan.show(planned)
    if not force:
        git.refuse_changes(root, "take it along: new … --force")
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
    project.say(f"{names.spelled(name).distribution} is in {target}")
    return next_steps.go_on(target, root, names.spelled(name), taken, setup)


def _prepared(
    root: Path, address: str, name: str, own: Given, bare: bool
) -> tuple[list[str], Plan, list[str]]:
    """Return the files, the plan, and a line for each value that is git's.

    `address` is recorded where the template has none of its own.
    """
    git.refuse_subfolder(root)
    files = git.files(root)
    refuse_name(root, name, files, project.PACKAGE)
    completed, taken = values.completed(values.checked(own), root)
    source, commit, contents = git.origin(root)
    made = {"name": name, **completed, "bare": bare}
    record = Record(source or address, commit, contents, made)
    return files, plan.planned(root, files, record), taken


def refuse_name(root: Path, typed: str, files: list[str], present: str) -> None:
    """End the task where the project in `root`, with the package `present`, can't be called so."""
    required = {pin.name for lock in root.glob("requirements-*.txt") for pin in lockfile.read(lock)}
    taken = {re.split("[/.]", path.removeprefix("tests/"))[0] for path in files} - {present, ""}
    reason = names.refusal(typed, required, taken)
    if not reason and git.is_ignored(names.spelled(typed).package, git.ignored(root)):
        reason = "git ignores what is called so (.gitignore); choose another"
    if reason:
        project.fail(f"“{typed}” can't be a project's name here: {reason}.")
