"""The three-way merge behind `update`: two states of the template, each renamed as this project was, and the project.

All of it happens in a temporary repository first. The template renders itself: its commit's own `rename` made the
project, so that what the user got is known to the byte, and what the user did since is told from what it did.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tooling import git, lockmerge, processes, project, quality, record

# What a user moved is found again, and a folder's new files go where the user moved the folder.
CHERRY_PICK = (
    *("-c", "merge.renames=true", "-c", "merge.directoryRenames=true", "-c", "rerere.autoUpdate=false"),
    *("-c", "commit.gpgSign=false", "cherry-pick"),
)
_LOCK = re.compile(r"requirements-[^/]+\.txt")


class Sides(NamedTuple):
    """The three trees of a merge."""

    base: str  # the template as this project got it
    ours: str  # the project
    theirs: str  # the template as it is to be taken


class Merged(NamedTuple):
    """How a merge went."""

    tree: str  # the outcome, with git's marks where there are conflicts
    conflicts: list[str]  # the files that are the user's to mend
    changes: list[tuple[str, str]]  # what differs from the project: git's letter (A, M, D, T; U: a conflict), the path
    notes: list[str]  # what was settled, and how
    locks_differ: bool  # whether some lock is neither the template's nor left as it was


def clone(source: str, folder: Path) -> Path:
    """Fetch the template's history to a bare repository in `folder`. Ends the task if that can't be had."""
    made = folder / "template.git"
    code, _, said = git.ask(folder, "clone", "-q", "--bare", "--template=", "--", source, made)
    if code != 0:
        project.fail(
            f"The template can't be fetched from {git.without_credentials(source)}. git says: {said}\n"
            f"If it is elsewhere by now: {project.typed('update --source URL')}"
        )
    return made


def resolve(template: Path, ref: str) -> str:
    """Give the commit that a branch, a tag, or a commit's name stands for in the template; "" if there is none."""
    if ref.startswith("-"):
        return ""
    _, found, _ = git.ask(template, "rev-parse", "--verify", "-q", ref + "^{commit}", apart=True)
    return found.decode().strip()


def start(template: Path, made: record.Record) -> str:
    """Find the template's commit that this project was made from; "" if the template has none such.

    It is the recorded one; or, where that is the project's own or there was no git, one with the same files; or the
    newest that the recorded one builds on.
    """
    if made.commit and resolve(template, made.commit) == made.commit:
        return made.commit
    log = ("log", "--format=%H %T")
    by_tree: dict[str, str] = {}
    for line in git.must(template, *log, "--all", "HEAD", apart=True).splitlines():
        commit, tree = line.split()
        if by_tree.setdefault(tree, commit) == commit and _contents(template, tree) == made.contents:
            return commit
    code, own, _ = git.ask(project.ROOT, *log, made.commit, "--") if made.commit else (1, b"", "")
    for line in own.decode().splitlines() if code == 0 else ():
        commit, tree = line.split()
        if resolve(template, commit) == commit:
            return commit
        if tree in by_tree:
            return by_tree[tree]
    return ""


def _contents(repository: Path, tree: str) -> str:
    rows = (row.split("\t", 1) for row in git.names(repository, "ls-tree", "-r", "-z", tree, apart=True))
    return record.contents(f"{about.split()[2]} {path}" for about, path in rows)


def contents(template: Path, commit: str) -> str:
    """Digest the files of a commit of the template, as the record does."""
    return _contents(template, commit)


def is_ancestor(template: Path, older: str, newer: str) -> bool:
    """Tell whether one commit of the template builds on another (or is it)."""
    return git.ask(template, "merge-base", "--is-ancestor", older, newer, apart=True)[0] == 0


def has(template: Path, commit: str, path: str, pattern: str = "") -> bool:
    """Tell whether a commit has a file, with a line that a pattern matches."""
    code, text, _ = git.ask(template, "cat-file", "blob", f"{commit}:{path}", apart=True)
    return code == 0 and re.search(pattern, text.decode("utf-8", "replace"), re.MULTILINE) is not None


def render(template: Path, commit: str, rename: Mapping[str, Any], its_record: bytes) -> str:
    """Rename a commit of the template as this project was, put the record there, and give the tree of that.

    Ends the task if that commit can't be renamed so.
    """
    folder = template.parent / commit
    git.must(template, "worktree", "add", "-q", "--detach", folder, commit, apart=True)
    env = git.variables(apart=True)
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing but what the template has is to be there
    if rename.get("license") == "custom":  # a text of the user's own, which both sides are given alike
        rename = {**rename, "license": str(project.ROOT / "LICENSE")}
    options = [_option(name, value) for name, value in rename.items() if name != "name" and value is not False]
    command = [sys.executable, "tasks.py", "rename", rename["name"], *options, "--no-setup", "--force"]
    code, _, said = processes.captured(command, cwd=folder, env=env)
    if code != 0:
        project.fail(f"The template's {commit[:7]} could not be renamed to {rename['name']}. It says: {said.strip()}")
    (folder / record.FILE).write_bytes(its_record)
    _tidy(folder)
    git.must(folder, "add", "-A", apart=True)
    _keep_modes(folder, commit)
    return git.must(folder, "write-tree", apart=True)


def _option(name: str, value: object) -> str:
    return f"--{name}" if value is True else f"--{name}={value}"


def _tidy(folder: Path) -> None:
    """Sort the imports and format as the hooks would: where a name stands in them depends on the name."""
    ruff = project.scripts(project.ROOT / "venv") / ("ruff.exe" if sys.platform == "win32" else "ruff")
    if ruff.exists():
        quality.tidy(folder, ruff)


def _keep_modes(folder: Path, commit: str) -> None:
    """Keep files executable that the template has so, on a file system that doesn't tell."""
    differ = ("diff-index", "--cached", "-r", "-z", "-M", "--diff-filter=RM", commit)
    rows = iter(git.names(folder, *differ, apart=True))
    for about in rows:
        before, after, *_, letter = about.lstrip(":").split()
        path = next(rows) if letter.startswith("M") else (next(rows), next(rows))[1]
        if (before, after) == ("100755", "100644"):
            git.must(folder, "update-index", "--chmod=+x", "--", path, apart=True)


def rehearse(template: Path, sides: Sides) -> Merged:
    """Merge in a folder of the temporary repository, which knows the project's objects: the project isn't touched."""
    folder = template.parent / "merged"
    base = commit(template, sides.base)
    ours, theirs = (commit(template, tree, base) for tree in (sides.ours, sides.theirs))
    git.must(template, "worktree", "add", "-q", "--detach", folder, ours, apart=True)
    code, _, said = git.ask(folder, *CHERRY_PICK, "--no-commit", theirs, apart=True)
    if code != 0 and not _unmerged(folder):
        project.fail(f"git could not merge the template's changes: {said}")
    notes = settle(folder, sides)
    conflicts = list(_unmerged(folder))
    differ = git.names(folder, "diff-index", "--cached", "--no-renames", "--name-status", "-z", ours, apart=True)
    changes = sorted({path: letter for letter, path in sorted(zip(differ[::2], differ[1::2]))}.items())
    locks_differ = _locks_differ(folder, sides)
    if conflicts:
        git.must(folder, "add", "-A", apart=True)
    tree = git.must(folder, "write-tree", apart=True)
    return Merged(tree, conflicts, [(letter, path) for path, letter in changes], notes, locks_differ)


def commit(repository: Path, tree: str, parent: str = "", message: str = "Merge", apart: bool = True) -> str:
    """Commit a tree, on a parent or on nothing, to no branch: what is merged follows from who has which parent."""
    on = ("-p", parent) if parent else ()
    return git.must(repository, "commit-tree", tree, *on, given=message.encode(), apart=apart)


def settle(root: Path, sides: Sides) -> list[str]:
    """Settle in the index and the files at `root` what need not be the user's to decide; say what and how."""
    notes = []
    for path, stages in _unmerged(root).items():
        if stages == {1, 3}:
            git.must(root, "rm", "-q", "-f", "--", path)
            notes.append(f"{path}: deleted here, and stays so; the template's changes to it are left out.")
        elif stages == {1, 2}:
            git.must(root, "add", "--", path)
            notes.append(f"{path}: changed here, and kept; the template has it no more.")
    base, ours, theirs = (_locks(root, tree) for tree in sides)
    for path in sorted(set(ours) & set(theirs)):
        if len({base.get(path), ours[path], theirs[path]}) == 3 and (root / path).exists():
            texts = [_text(root, side.get(path)) for side in (base, ours, theirs)]
            merged = lockmerge.merge(*texts)
            if merged is not None:
                (root / path).write_text(merged, encoding="utf-8", newline="\n")
                git.must(root, "add", "--", path)
                notes.append(f"{path}: merged package by package.")
    return notes


def _unmerged(root: Path) -> dict[str, set[int]]:
    """Give the paths in conflict, and which of base (1), ours (2) and theirs (3) have each."""
    stages: dict[str, set[int]] = {}
    for row in git.names(root, "ls-files", "--unmerged", "-z"):
        about, path = row.split("\t", 1)
        stages.setdefault(path, set()).add(int(about.split()[2]))
    return stages


def _locks(root: Path, tree: str) -> dict[str, str]:
    """Give the locks in a tree, and git's name for the content of each."""
    rows = (row.split("\t", 1) for row in git.names(root, "ls-tree", "-z", tree))
    return {path: about.split()[2] for about, path in rows if _LOCK.fullmatch(path)}


def _text(root: Path, blob: str | None) -> str:
    return git.packed(root, "cat-file", "blob", blob).decode("utf-8", "replace") if blob else ""


def _locks_differ(root: Path, sides: Sides) -> bool:
    ours, theirs = _locks(root, sides.ours), _locks(root, sides.theirs)
    rows = (row.split("\t", 1) for row in git.names(root, "ls-files", "--stage", "-z"))
    now = {path: about.split()[1] for about, path in rows if _LOCK.fullmatch(path)}
    return now != ours and any(theirs.get(path) != blob for path, blob in now.items())
