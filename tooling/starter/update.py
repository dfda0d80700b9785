"""Updates a project by the template: looks, decides and says; `merge` does the merge.

Runs from a checkout of the template, whose newest updater serves the oldest project. Nothing of
the project's tooling takes part, and nothing of it changes before git's own cherry-pick.
"""

import sys
import tempfile
import time
from pathlib import Path

from tooling import project
from tooling.starter import git, merge, names, record
from tooling.starter.record import Record
from tooling.starter.values import Given, checked

# What git keeps while it waits for its user.
_WAITING = ("CHERRY_PICK_HEAD", "MERGE_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_LETTERS = {"A": "new", "D": "deleted", "M": "changed", "T": "changed", "U": "CONFLICT"}


def update(root: Path, template: Path, *, source: str, to: str, dry_run: bool, own: Given) -> None:
    """Merge into the project in `root` what the template changed; or, with `own`, a rename.

    `template` is a clone of it, from `source`, which is recorded; `to` a branch, tag or commit of
    it; `own` a new name and values, None for those that stay. The outcome is a commit, or git's
    own conflicts; with `dry_run` it is shown. Ends the task where that can't be done.
    """
    made = record.read(root)
    old = names.spelled(made.rename["name"]).package
    git.refuse_subfolder(root)
    _refuse_unless_clean(root, dry_run)
    start = merge.start(root, template, made)
    if not start:
        elsewhere = f"Is the template elsewhere? {project.typed('update --source ADDRESS')}"
        project.fail(f"{source} hasn't the commit that this project was made from. {elsewhere}")
    renamed = any(value is not None for value in own.values())
    target = start if renamed else _target(template, start, to)
    if own.get("name"):
        names.refuse(root, own["name"] or "", git.files(root), old)
    values = {**made.rename, **checked(own)}
    address = project.without_logins(source)
    new = Record(address, target, git.contents(template, target), values)
    if new == made:
        return project.say(f"Up to date: this is the template at {target[:7]}.")
    span = f"from the template ({start[:7]} → {target[:7]})"
    title = f"Rename to {values['name']}" if renamed else f"Update {span}"
    with tempfile.TemporaryDirectory(prefix="template-") as name:
        folder = Path(name).resolve()
        pick = merge.prepare(root, template, folder, (start, made), (target, new))
        if dry_run:
            for letter, path in merge.rehearse(root, template, folder, pick):
                project.say(f"  {_LETTERS.get(letter, letter):8}  {path}")
            return project.say("Nothing was changed: this is what an update would do.")
    note = _in_git(root, "template-update")
    merge.apply(root, template, pick, f"{title}\n\n{address}\n", note)
    steps = ["setup", "lint --fix", "test"] if renamed else ["setup", "test"]
    project.say(f"Committed: {title}. Next: {', '.join(map(project.typed, steps))}")
    if renamed:
        project.say(f"Where you wrote the old name yourself, it stays: git grep -nw {old}")
    return None


def _target(template: Path, start: str, to: str) -> str:
    """Return the template's commit to go to. Ends the task where that isn't ahead, but for `to`."""
    target = merge.commit(template, to or "HEAD") or merge.commit(template, f"origin/{to}")
    if not target:
        project.fail(f"The template has no branch, tag or commit “{to}”.")
    if not to and git.run(template, "merge-base", "--is-ancestor", start, target).code:
        reason = f"The template is at {target[:7]}, which isn't later than {start[:7]}."
        project.fail(f"{reason} All the same: {project.typed(f'update --to {target[:7]}')}")
    return target


def _refuse_unless_clean(root: Path, dry_run: bool) -> None:
    again = project.typed("update")
    if not git.ask(root, "rev-parse", "--verify", "-q", "HEAD"):
        project.fail(f"Nothing is committed here yet (git init, git commit). Then: {again}")
    if not dry_run:
        _take_back(root)
    if any(_in_git(root, name).exists() for name in _WAITING):
        waits = "git waits for you to finish something, as `git status` says"
        project.fail(f"{waits}. Finish it (--continue) or give it up (--abort), then: {again}")
    git.refuse_changes(root, f"put it aside (git stash -u), then: {again}")


def _in_git(root: Path, name: str) -> Path:
    """Return the path of a file that git keeps for this working tree."""
    return root / git.text(root, "rev-parse", "--git-path", name)


def _take_back(root: Path) -> None:
    """Put aside what an update that was killed has written, so that it can be done from the start.

    What the user wrote since then can't always be told from that: hence a stash.
    """
    note, lock = _in_git(root, "template-update"), _in_git(root, "index.lock")
    if not note.exists():
        return
    for _ in range(20):  # perhaps only git's parent was killed: then git is done in a moment
        time.sleep(0.1 if lock.exists() else 0)
    lock.unlink(missing_ok=True)
    unfinished = note.read_text(encoding="utf-8") == git.text(root, "rev-parse", "HEAD")
    if unfinished and git.changes(root):
        git.text(root, "add", "-A")
        git.text(root, "stash", "push", "-q", "-m", "What a killed update had written")
        left = "An update was killed while it wrote. What it left is put aside in a stash"
        project.say(f"{left}; if nothing of it is yours: git stash drop", sys.stderr)
    note.unlink()
