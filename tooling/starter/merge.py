"""The merge behind `update`, which is git's own: two states of the template, and the project.

The template renders itself: its commit's own `rename` made the project, so that what the user got
is known to the byte, and what the user did since is told from what that did.
"""

import re
import sys
from pathlib import Path

from tooling import processes, project
from tooling.starter import git, record, rename
from tooling.starter.record import Record

# What a user moved is found again, and a folder's new files go where the user moved the folder.
_PICK = ("-c", "merge.renames=true", "-c", "merge.directoryRenames=true", "cherry-pick")
_NOBODY = ("-c", "user.name=template", "-c", "user.email=template@localhost")
_REF = "refs/update/new"


def commit(template: Path, name: str) -> str:
    """Return the commit that a branch, tag or commit's name stands for; "" for none."""
    return git.ask(template, "rev-parse", "--verify", "-q", f"{name}^{{commit}}")


def start(root: Path, template: Path, made: Record) -> str:
    """Return the template's commit that a project was made from; "" if the template has none such.

    It is the recorded one; or, where that is the project's own or there was no git, the newest one
    with the same files, or with those of a commit of the project.
    """
    if made.commit and commit(template, made.commit) == made.commit:
        return made.commit
    own = set(git.text(root, "log", "--format=%T").splitlines())
    for line in git.text(template, "log", "--format=%T %H", "--all", "HEAD").splitlines():
        tree, known = line.split()
        if tree in own or git.contents(template, tree) == made.contents:
            return known
    return ""


def prepare(
    root: Path, template: Path, folder: Path, old: tuple[str, Record], new: tuple[str, Record]
) -> str:
    """Return the commit, in the template's clone, of what changes between two states for `root`.

    Each is a commit and the record of the project that it becomes; they are rendered in `folder`.
    """
    recorded = (root / record.FILE).read_bytes()
    base = _render(root, template, folder / "old", *old, recorded)
    theirs = _render(root, template, folder / "new", *new, record.text(new[1]).encode())
    on = git.text(template, *_NOBODY, "commit-tree", base, "-m", "Old")
    pick = git.text(template, *_NOBODY, "commit-tree", theirs, "-p", on, "-m", "New")
    git.text(template, "update-ref", _REF, pick)
    return pick


def _render(
    root: Path, template: Path, folder: Path, commit: str, made: Record, its_record: bytes
) -> str:
    """Return the tree of a commit of the template, made the project that `made` tells of."""
    git.text(template, "worktree", "add", "-q", "--detach", folder, commit)
    given = dict(made.rename)
    name, text = given.pop("name"), given.pop("text", "")
    if given.get("license") == "custom":  # a text of the user's own: here, or just given
        given["license"] = str(folder.with_name("LICENSE") if text else root / "LICENSE")
        folder.with_name("LICENSE").write_text(text, encoding="utf-8")
    options = [f"--{key}" if value is True else f"--{key}={value}" for key, value in given.items()]
    options = [option for option in options if option != "--bare=False"]
    command = [sys.executable, "tasks.py", "rename", name, *options, "--no-setup", "--force"]
    done = processes.run(command, cwd=folder)
    if done.code:
        problem = f"The template's {commit[:7]} can't be made this project"
        project.fail(f"{done.words}\n{problem}; perhaps it is too old.")
    (folder / record.FILE).write_bytes(its_record)
    rename.tidy(folder, project.program("ruff", root / "venv"))
    git.text(folder, "add", "-A")
    return git.text(folder, "write-tree")


def rehearse(root: Path, template: Path, folder: Path, pick: str) -> list[tuple[str, str]]:
    """Merge in a folder of the template's clone; return each change's letter (git's) and path."""
    git.text(template, "fetch", "-q", "--no-tags", root, "HEAD")
    git.text(template, "worktree", "add", "-q", "--detach", folder / "ours", "FETCH_HEAD")
    git.run(folder / "ours", *_NOBODY, *_PICK, "--no-commit", pick)
    conflicts = settle(folder / "ours")
    rows = git.parts(folder / "ours", "diff", "--name-status", "--no-renames", "-z", "HEAD")
    changes = dict(zip(rows[1::2], rows[::2]))
    return [(letter, path) for path, letter in {**changes, **dict.fromkeys(conflicts, "U")}.items()]


def apply(root: Path, template: Path, pick: str, message: str, note: Path) -> None:
    """Cherry-pick a commit of the template's clone, as the user's own with `message`.

    Meanwhile `note` has the commit that it is done on, so that a killed update can be taken back.
    Ends the task where the user has to decide, or git fails.
    """
    git.text(root, "fetch", "-q", "--no-tags", "--no-write-fetch-head", template, _REF)
    added = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A")
    for path in {*git.parts(root, *added, f"{pick}^", pick)} - {*git.parts(root, "ls-files", "-z")}:
        if (root / path).exists():
            way = f"The template brings {path}, where you have a file that git ignores"
            project.fail(f"{way}. Move that away, then: {project.typed('update')}")
    own = git.text(root, "commit-tree", f"{pick}^{{tree}}", "-p", f"{pick}^", "-m", message)
    note.write_text(git.text(root, "rev-parse", "HEAD"), encoding="utf-8")
    done = git.run(root, *_PICK, own)
    waits = done.code and git.ask(root, "rev-parse", "--verify", "-q", "CHERRY_PICK_HEAD")
    conflicts = settle(root) if waits else []
    if waits and not conflicts:
        done = git.run(root, "cherry-pick", "--continue")
    note.unlink()
    if done.code and not waits:
        project.fail(f"{done.words}\ngit could not merge the template's changes.")
    if done.code:
        marked = f"Both you and the template changed {', '.join(conflicts)}."
        project.fail(
            f"{marked if conflicts else done.words}\nFix what git marked there and `git add` it, "
            "then: git cherry-pick --continue. Or `git cherry-pick --abort`: all is as it was."
        )


def settle(root: Path) -> list[str]:
    """Settle what need not be the user's to decide, and say how; return the files in conflict."""
    stages: dict[str, set[str]] = {}
    for row in git.parts(root, "ls-files", "--unmerged", "-z"):
        about, path = row.split("\t", 1)
        stages.setdefault(path, set()).add(about.split()[2])
    conflicts = []
    for path, sides in stages.items():
        lock = re.fullmatch(r"requirements-[^/]+\.txt", path)
        if sides == {"1", "3"}:  # 1 is the old state, 2 the project, 3 the new state
            git.text(root, "rm", "-q", "-f", "--", path)
            project.say(f"{path}: deleted here, and stays so.")
        elif sides == {"1", "2"} or (lock and "2" in sides):
            git.text(root, "checkout", "-q", "--ours", "--", path)
            git.text(root, "add", "--", path)
            again = f" Lock again: {project.typed('freeze')}" if lock else ""
            project.say(f"{path}: changed here, and kept.{again}")
        else:
            conflicts.append(path)
    return conflicts
