"""Brings the outcome of an update into the project, in one step of git's; what a killed one left is taken back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tooling import git, merging, project
from tooling.merging import Merged, Sides

ROOT = project.ROOT


def in_git(name: str) -> Path:
    """Give the path of a file that git keeps for this working tree."""
    return ROOT / git.must(ROOT, "rev-parse", "--git-path", name)


def _note() -> Path:
    """Give the path of the update's own file: its temporary folder, and the tree that it is about to write."""
    return in_git("template-update")


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Give a temporary folder, to one update of this project at a time; what a killed one left is removed first.

    Ends the task where another is at work, or files are half-written that can't safely be told from a user's.
    """
    note = _note()
    with note.open("a+", encoding="utf-8") as file:
        try:
            project.lock_file(file.fileno())
        except BlockingIOError:
            project.fail("Another update of this project is at work. Let it finish, then look at what it did.")
        except OSError:  # a file system that knows no locks
            pass
        file.seek(0)
        left, tree, head, *_ = [*file.read().splitlines(), "", "", ""]
        if Path(left).name.startswith("template-update-"):
            shutil.rmtree(left, ignore_errors=True)
        if head and head == git.must(ROOT, "rev-parse", "HEAD"):
            _unlock()
            _take_back(tree)
            project.say("Took back what an update had written when it was killed.", sys.stderr)
        try:
            with tempfile.TemporaryDirectory(prefix="template-update-") as folder:
                file.truncate(0)
                file.write(f"{folder}\n")
                file.flush()
                yield Path(folder).resolve()
        finally:
            with contextlib.suppress(OSError):  # Windows removes no open file
                note.unlink()


def _unlock() -> None:
    """Remove the lock of a git that was killed; if only its parent was, git is done in a moment."""
    lock = in_git("index.lock")
    for _ in range(10):
        if not lock.exists():
            return
        time.sleep(0.1)
    lock.unlink(missing_ok=True)


def _take_back(tree: str) -> None:
    """Undo what git has written of a tree and not committed, so that the files are those of HEAD again.

    They all were when it began. A file that is neither as it was nor what git was writing is a user's: it stays.
    """
    if in_git("CHERRY_PICK_HEAD").exists() or git.ask(ROOT, "cat-file", "-e", tree)[0] != 0:
        return
    git.must(ROOT, "read-tree", "HEAD")
    for path in git.names(ROOT, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "HEAD", tree):
        before, after = (git.ask(ROOT, "cat-file", "blob", f"{side}:{path}") for side in ("HEAD", tree))
        file = ROOT / path
        if file.is_file() and not (after[0] == 0 and after[1].startswith(file.read_bytes())):
            continue
        if before[0] == 0:
            git.must(ROOT, "checkout-index", "-f", "--", path)
        else:
            file.unlink(missing_ok=True)
    git.ask(ROOT, "update-index", "-q", "--refresh")


def apply(template: Path, sides: Sides, merged: Merged, message: str) -> None:
    """Commit the outcome, or leave git's conflicts in the files and end the task; until then nothing is touched here.

    Ends the task, with nothing changed, where git can't commit, or a file that it ignores would be overwritten.
    """
    taken = [path for letter, path in merged.changes if letter == "A" and os.path.lexists(ROOT / path)]
    if taken:
        project.fail(
            f"The template brings {taken[0]}, and there is a file of that name which git ignores. "
            f"Move it away, then: {project.typed('update')}"
        )
    wanted = "".join(f"{tree}\n" for tree in (sides.base, sides.theirs, merged.tree)) + f"^{sides.ours}\n"
    pack = git.packed(template, "pack-objects", "--revs", "--stdout", "-q", given=wanted.encode(), apart=True)
    git.packed(ROOT, "unpack-objects", "-q", given=pack)
    commit = "" if merged.conflicts else _commit(merged.tree, message)
    with _note().open("a", encoding="utf-8") as file:
        file.write(f"{merged.tree}\n{git.must(ROOT, 'rev-parse', 'HEAD')}\n")
    try:
        if commit:
            git.must(ROOT, "merge", "-q", "--ff-only", "--no-verify-signatures", "--no-autostash", commit)
        else:
            _leave_conflicts(sides, merged, message)
    except BaseException:
        if not in_git("index.lock").exists():  # else it is another git's, and this one did nothing
            _take_back(merged.tree)
        raise


def _leave_conflicts(sides: Sides, merged: Merged, message: str) -> None:
    base = merging.commit(ROOT, sides.base, apart=False)
    theirs = merging.commit(ROOT, sides.theirs, base, message, apart=False)
    code, _, said = git.ask(ROOT, *merging.CHERRY_PICK, theirs)
    if code == 0:  # a merge driver of the user's knew what to do
        return
    if not in_git("CHERRY_PICK_HEAD").exists():
        project.fail(f"git could not merge the template's changes: {said}")
    merging.settle(ROOT, sides)
    project.fail(
        f"Both you and the template changed {', '.join(merged.conflicts)}. Mend what git marked there, `git add` it, "
        "and `git cherry-pick --continue`; or `git cherry-pick --abort`, and everything is as it was."
    )


def _commit(tree: str, message: str) -> str:
    """Commit a tree upon HEAD, as its user does: signed, where that is configured and can be done now."""
    command = ("commit-tree", tree, "-p", "HEAD")
    _, signs, _ = git.ask(ROOT, "config", "--type=bool", "commit.gpgSign")
    if signs.strip() == b"true":
        code, made, said = git.ask(ROOT, *command, "-S", given=message.encode())
        if code == 0:
            return made.decode().strip()
        project.say(f"The commit is not signed; `git commit --amend --no-edit -S` does it. git says: {said}")
    return git.must(ROOT, *command, given=message.encode())
