"""Brings a renamed project up to date with the template: looks, decides and says; `merging` does the merge."""

from __future__ import annotations

import os
from pathlib import Path

from tooling import applying, git, merging, project, record
from tooling.merging import Merged, Sides
from tooling.record import Record

# What git keeps while it waits for its user, and the command that goes on with it (--abort gives it up).
_WAITING = {
    "CHERRY_PICK_HEAD": "cherry-pick",
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}
_SAID = {"A": "new", "D": "deleted", "M": "changed", "T": "changed", "U": "CONFLICT"}


def update(source: str = "", to: str = "", dry_run: bool = False) -> None:
    """Take the template's changes since the recorded commit, and commit them; with `dry_run`, only show them.

    `source` is another address of the template than the recorded one (and recorded from then on), `to` a branch, tag
    or commit there (default: its default branch). Where both sides changed the same lines the task ends with git's
    own conflicts, in a cherry-pick to be continued or aborted. Ends the task, with nothing changed, where this is no
    project to update, or the template or its commits can't be had.
    """
    made = record.read(project.ROOT)
    if made is None:
        project.fail(
            f"There is no {record.FILE} here: this is the template itself, or was never renamed. "
            f"Make it yours first: {project.typed('rename NAME')}"
        )
    _refuse_unless_in_git()
    source = _place(source or made.source)
    if not source:
        project.fail(
            f"{record.FILE} doesn't say where the template is. Name it once: {project.typed('update --source URL')}"
        )
    with applying.workplace() as folder:
        _refuse_unless_all_is_committed()
        template = merging.clone(source, folder)
        start, target = _commits(template, made, source, to)
        new = made._replace(
            source=git.without_credentials(source), commit=target, contents=merging.contents(template, target)
        )
        if new == made:
            return project.say(f"Up to date: this is the template at {target[:7]}.")
        merged, sides = _merge(template, start, made, new)
        for letter, path in merged.changes:
            project.say(f"  {_SAID[letter]:8}  {path}")
        for note in merged.notes:
            project.say(note)
        if dry_run:
            return project.say("Nothing was changed: this is what an update would do.")
        applying.apply(
            template, sides, merged, f"Update from the template ({start[:7]} → {target[:7]})\n\n{new.source}\n"
        )
        _say_what_is_next(merged)


def _refuse_unless_in_git() -> None:
    """End the task unless this is the top of a git repository that has a commit."""
    if not (project.ROOT / ".git").exists():
        project.fail(
            "The template's changes come as a commit, and this is no git repository. Make it one (git init, git add ., "
            f"git commit), then: {project.typed('update')}"
        )
    if git.ask(project.ROOT, "rev-parse", "--verify", "-q", "HEAD")[0] != 0:
        project.fail(f"Nothing is committed here yet. Commit your project, then: {project.typed('update')}")


def _refuse_unless_all_is_committed() -> None:
    """End the task where git waits for its user, or a file isn't as it was committed; what git ignores may differ."""
    for name, command in _WAITING.items():
        if applying.in_git(name).exists():
            project.fail(
                f"A {command} is under way. Finish it (git {command} --continue) or give it up (git {command} "
                f"--abort), then: {project.typed('update')}"
            )
    dirty = git.names(project.ROOT, "status", "--porcelain", "-z", "--untracked-files=all")
    if dirty:
        more = f" and {len(dirty) - 1} more" if dirty[1:] else ""
        project.fail(
            f"Not everything is committed: {dirty[0][3:]}{more}. Commit it, or put it aside (git stash -u), "
            f"then: {project.typed('update')}"
        )


def _place(source: str) -> str:
    """Give an address as git takes it from any folder: a path here in full, anything else as it is."""
    return str(Path(source).resolve()) if source and Path(source).exists() else source


def _commits(template: Path, made: Record, source: str, to: str) -> tuple[str, str]:
    """Give the template's commit that this project is from, and the one to go to."""
    said = git.without_credentials(source)
    target = merging.resolve(template, to or "HEAD")
    if not target:
        project.fail(
            f"The template at {said} has no branch, tag or commit “{to}”." if to else f"{said} has no commits yet."
        )
    if merging.has(template, target, record.FILE):
        project.fail(
            f"{said} is a project made from the template, perhaps this one, and not the template. "
            f"Name the template once: {project.typed('update --source URL')}"
        )
    if not merging.has(template, target, "tasks.py", r"^def rename\("):
        project.fail(f"{to or target[:7]} at {said} has no task `rename`: it is older than that, or no such template.")
    start = merging.start(template, made)
    if not start:
        project.fail(
            f"The commit that this project was made from isn't in the history at {said}. If that is the wrong place: "
            f"{project.typed('update --source URL')}; else write that commit into {record.FILE} as “commit”."
        )
    if not merging.is_ancestor(template, start, target):
        older = merging.is_ancestor(template, target, start)
        how = "is older than" if older else "doesn't build on"
        if to:
            project.say(f"{target[:7]} {how} {start[:7]}, where this project is: changes are taken back, too.")
        elif older:
            target = start
        else:
            project.fail(
                f"The template at {said} is at {target[:7]}, which {how} {start[:7]}, where this project is. "
                f"To go there all the same: {project.typed(f'update --to {target[:7]}')}"
            )
    return start, target


def _merge(template: Path, start: str, made: Record, new: Record) -> tuple[Merged, Sides]:
    project.say(f"Merging the template's changes ({start[:7]} → {new.commit[:7]})")
    as_recorded = (project.ROOT / record.FILE).read_bytes()
    objects = project.ROOT / git.must(project.ROOT, "rev-parse", "--git-path", "objects")
    with (template / "objects" / "info" / "alternates").open("ab") as file:
        file.write(os.fsencode(objects.resolve()) + b"\n")
    sides = Sides(
        base=merging.render(template, start, made.rename, as_recorded),
        ours=git.must(project.ROOT, "rev-parse", "HEAD^{tree}"),
        theirs=merging.render(template, new.commit, made.rename, record.text(new).encode()),
    )
    return merging.rehearse(template, sides), sides


def _say_what_is_next(merged: Merged) -> None:
    paths = {path for _, path in merged.changes}
    if paths == {record.FILE}:
        return project.say(f"Nothing in your files changes; {record.FILE} moved on, in a commit.")
    project.say("Committed; `git show` shows it.")
    steps = [project.typed(task) for task in ("setup", "test")]
    if merged.locks_differ:
        steps.insert(0, project.typed("freeze"))
    project.say(f"Next: {', then '.join(steps)}")
