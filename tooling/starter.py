"""What `rename` and `new` do: make the template a project of somebody's own. Standard library only."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tooling import (
    bare,
    git,
    metadata,
    naming,
    processes,
    project,
    quality,
    record,
    renaming,
    rewriting,
    template,
    tree,
)
from tooling.naming import Name
from tooling.record import Record


def rename(name: str, options: metadata.Options, only_bare: bool, dry_run: bool, force: bool, setup: bool) -> None:
    """Give this project the name, and what else is given; make it a project of its own if it is the template yet.

    Ends the task, with nothing changed, where the name or a value won't do or something isn't committed
    (unless `force`). With `dry_run` it only shows what would change.
    """
    root = project.ROOT
    with processes.alone("rename"):
        planned, name_ = _planned(root, name, options, only_bare, None)
        if dry_run:
            return _show(planned)
        if planned.is_empty():
            project.say(f"It is called {name_.distribution} already: nothing to change.")
        else:
            _refuse_if_dirty(root, force, "rename")
            renaming.carry_out(root, planned)
            project.say(f"Renamed to {name_.distribution}: the package is {name_.package}/, the record {record.FILE}.")
        if planned.left:
            project.say(
                f"Left alone: {planned.left} places where “{project.PACKAGE}” may be an ordinary word. "
                f"To look at them: git grep -nw {project.PACKAGE}"
            )
    _go_on(root, setup)


def new(
    path: str, name: str, options: metadata.Options, only_bare: bool, dry_run: bool, force: bool, setup: bool
) -> None:
    """Make a project of that name in the folder `path`, with a history of its own; this clone stays as it is."""
    root = project.ROOT
    if record.read(root):
        project.fail("This project isn't the template any more. Type `new` in a clone of the template.")
    target = Path(path).expanduser().absolute()
    if target == root or root in target.resolve().parents:
        project.fail(f"{target} is within this clone. Choose a folder outside: {project.typed('new ../NAME NAME')}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        project.fail(f"{target} is there already, and not empty. Choose a folder that isn't there yet.")
    origin = (tree.source(root) or str(root), tree.commit(root), tree.contents(root))
    planned, name_ = _planned(root, name, options, only_bare, origin)
    if dry_run:
        return _show(planned)
    _refuse_if_dirty(root, force, "new")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        made = Path(folder) / "made"
        for each in tree.files(root):
            (made / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / each, made / each, follow_symlinks=False)
        renaming.carry_out(made, planned)
        if target.exists():
            target.rmdir()
        made.rename(target)
    project.say(f"{name_.distribution} is in {target}")
    has_git = _git(target, "init", "-q", "-b", "main") == ""
    _go_on(target, setup, commit=f"Start {name_.distribution}" if has_git else "")


def _planned(
    root: Path, typed: str, options: metadata.Options, only_bare: bool, origin: tuple[str, str, str] | None
) -> tuple[renaming.Plan, Name]:
    """Plan a rename of the files in `root`. `origin` is what the record says of the template, if it isn't `root`'s."""
    old, name, before = naming.spelled(project.PACKAGE), naming.spelled(typed), record.read(root)
    _refuse_if_odd(root, before)
    files = tree.files(root)
    _refuse_name(root, typed, name, old, files)
    if before and only_bare:
        project.fail("--bare is for the first rename: this is a project of its own already.")
    given = metadata.checked(options)
    if not before:
        given = {**metadata.defaults(root, given), "bare": only_bare}
    values: dict[str, Any] = {**(before.rename if before else {}), "name": typed, **given}
    values["name"] = typed
    values.pop("text", None)
    if before:
        record_ = before._replace(rename=values)
    else:
        record_ = Record(*(origin or (tree.source(root), tree.commit(root), tree.contents(root))), values)
    texts = {
        path: (root / path).read_bytes().decode("utf-8", "replace")
        for path in files
        if path.endswith(".py") and not (root / path).is_symlink() and not path.startswith("tests/template/")
    }
    entries = {path.split("/")[1].removesuffix(".py") for path in files if path.startswith(f"{old.package}/")}
    ordinary = any(rewriting.is_ordinary(path, text, old) for path, text in texts.items())
    names = rewriting.Names(old, name, ordinary, tuple(sorted(entries)))
    added = {record.FILE: record.text(record_).encode()}
    first_bare = only_bare and not before
    if first_bare:
        added.update(bare.added(name))
        for layer in ("prod", "dev"):
            lock = f"requirements-{layer}.txt"
            added[lock] = bare.pruned((root / lock).read_text(encoding="utf-8")).encode()

    def gone(path: str) -> bool:
        if before:
            return False
        return path.startswith(tuple(f"{folder}/" for folder in template.FOLDERS)) or (
            first_bare and bare.is_gone(path, old.package)
        )

    def edit(path: str, text: str) -> str:
        if not before:
            text = _own(path, text, name, values)
        if first_bare:
            text = bare.edited(path, text, name)
        return _with_values(path, text, name, given, values)

    planned = renaming.plan(root, names, gone, edit, added)
    stale = f"{old.package}.egg-info"
    if old != name and (root / stale).is_dir():
        planned.removals.append(stale)
    return planned, name


def _own(path: str, text: str, name: Name, values: Mapping[str, Any]) -> str:
    """Give a text of the template as a project of somebody's own has it."""
    if path == "README.md":
        return template.readme(text, name, values["description"])
    if path == "CHANGELOG.md":
        return template.CHANGELOG
    if path in ("CONTRIBUTING.md", "MANIFEST.in", "pyproject.toml", ".gitattributes", ".editorconfig"):
        return template.without_template(text)
    return text


def _with_values(path: str, text: str, name: Name, given: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Give a text with the values that were given, where they stand in it."""
    if path == "setup.py":
        fields = {metadata.FIELDS[key]: value for key, value in given.items() if key in metadata.FIELDS}
        text = metadata.written(text, fields)
    if path == "LICENSE" and "text" in given:
        return str(given["text"])
    if path == "LICENSE" and "license" in given:
        text = template.licence(text, given["license"], template.holder(values["author"], name), values["year"])
    if "python" in given:
        minor = metadata.lowest_python(given["python"])
        if path == "README.md":
            text = template.supporting(text, minor)
        if minor > project.OLDEST[1] and path in template.ON_PYTHON:
            text = template.on_python(path, text, project.OLDEST[1], minor)
    return text


def _refuse_if_odd(root: Path, before: Record | None) -> None:
    if not (root / project.PACKAGE / "__init__.py").is_file():
        project.fail(f"There is no {project.PACKAGE}/, the package that tooling/project.py names. Bring it back first.")
    if before is None and not (root / template.FOLDERS[0]).is_dir():
        project.fail(
            f"This is neither the template, which has {template.FOLDERS[0]}/, nor a project made from it, which has "
            f"{record.FILE}. Bring back the one or the other: git checkout."
        )


def _refuse_name(root: Path, typed: str, name: Name, old: Name, files: list[str]) -> None:
    locks = [text for path in root.glob("requirements-*.txt") for text in [path.read_text(encoding="utf-8")]]
    required = {found for text in locks for found in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    there = {part.split(".")[0] for path in files for part in _beside(path)} - {old.package, ""}
    patterns = tree.ignored(root)
    reason = naming.refusal(typed, required, there)
    if not reason and tree.is_ignored(name.package, patterns):
        reason = "git ignores what is called so (.gitignore); choose another"
    if reason:
        project.fail(f"“{typed}” can't be a project's name here: {reason}.")


def _beside(path: str) -> list[str]:
    parts = path.split("/")
    return parts[:2] if parts[0] == "tests" else parts[:1]


def _refuse_if_dirty(root: Path, force: bool, task: str) -> None:
    changed = tree.changes(root)
    if changed and not force:
        shown = ", ".join(line[3:] for line in changed[:3]) + (", …" if len(changed) > 3 else "")
        project.fail(f"Not committed: {shown}. Commit or stash that first, or take it along: {task} … --force")


def _show(planned: renaming.Plan) -> None:
    table = list(planned.table())
    width = max((len(path) for path, _ in table), default=0)
    for path, what in table:
        project.say(f"{path:{width}}  {what}")
    project.say(f"{len(table)} changes; nothing was written." if table else "Nothing would change.")


def _go_on(root: Path, setup: bool, commit: str = "") -> None:
    """Set up and test, or say what to type for it; with `commit`, make that the first commit, before the tests."""
    pinned = (root / ".python-version").read_text(encoding="utf-8").strip()
    lock = (root / "requirements-dev.txt").read_text(encoding="utf-8")
    steps = ["setup"] if f"with Python {pinned}\n" in lock else ["setup", "freeze", "setup"]
    if not setup:
        if commit:
            _commit(root, commit)
        project.say("Next:" if root == project.ROOT else f"Next, in {root}:")
        for task in [*steps, "lint --fix", "test"]:
            project.say(f"  {project.typed(task)}")
        return
    for task in steps:
        _task(root, task)
    quality.tidy(root, project.scripts(root / "venv") / "ruff")
    _task(root, "setup")  # in case that setup.py was formatted anew
    if commit:
        _commit(root, commit)
    _task(root, "test")
    if not commit and (root / ".git").exists():
        project.say("All is in place. To keep it: git add -A, then git commit")


def _task(root: Path, task: str) -> None:
    code, _ = processes.run([sys.executable, root / "tasks.py", task], cwd=root)
    if code:
        project.fail(f"The project has its name, but `{task}` failed. See above; then: {project.typed(task)}", code)


def _commit(root: Path, message: str) -> None:
    said = _git(root, "add", "-A") or _git(root, "commit", "-q", "--no-verify", "-m", message)
    if said:
        project.say(f"Not committed, as git said: {said} When that is mended: git commit", sys.stderr)


def _git(root: Path, *arguments: str) -> str:
    """Run git, and give what it complains of; "" if it did what it should."""
    try:
        code, output = processes.quietly(["git", *arguments], cwd=root, env=git.variables())
    except FileNotFoundError:
        return "git is not on the PATH."
    return (output.strip() or "git failed.") if code else ""
