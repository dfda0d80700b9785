"""A rename as data, all of it planned before a file is touched, and carried out whole or not at all.

What is to be written is put aside in build/rename/, with a journal of the steps, which comes last: until it is there
nothing has changed, and from then on the next task of any kind carries out what is left. Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tooling import processes, project, record, rewriting, stamp, tree
from tooling.rewriting import Names


class Plan(NamedTuple):
    """What a rename does, in the order in which it is done. Paths are those under the new name, but for `moves`'."""

    moves: dict[str, str]
    writes: dict[str, bytes]
    links: dict[str, str]  # symbolic links and what they lead to
    removals: list[str]
    left: int  # how often the name stands where it may be an ordinary word

    def table(self) -> Iterator[tuple[str, str]]:
        """Give a line for each change: the file, and what happens to it."""
        yield from ((here, f"becomes {there}") for here, there in self.moves.items())
        yield from ((path, "changes") for path in sorted(self.writes))
        yield from ((path, f"leads to {target}") for path, target in self.links.items())
        yield from ((path, "is removed") for path in self.removals)

    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.moves or self.writes or self.links or self.removals)


def plan(
    root: Path,
    names: Names,
    gone: Callable[[str], bool],
    edit: Callable[[str, str], str],
    added: Mapping[str, bytes] | None = None,
) -> Plan:
    """Plan the change of all files of `root` to the new name.

    Files of which `gone` is true are removed; `edit` has the last word on each other's text; `added` are files that
    are new, or replaced whole, by their paths under the new name. Binaries and locks keep their contents.
    """
    planned = Plan({}, dict(added or {}), {}, [], 0)
    left = 0
    for path in tree.files(root):
        target = rewriting.renamed_path(path, names)
        planned.moves.update(_moves(path, names))  # of what is removed, too: beside it may be what git doesn't know
        if gone(path):
            planned.removals.append(target)
            continue
        if (root / path).is_symlink():
            leads = os.readlink(root / path)
            if rewriting.renamed_path(leads, names) != leads:
                planned.links[target] = rewriting.renamed_path(leads, names)
        elif target not in planned.writes:
            content, count = _changed(root, path, target, names, edit)
            left += count
            if content is not None:
                planned.writes[target] = content
    for path, content in (added or {}).items():
        old = root / path
        if old.is_file() and not old.is_symlink() and old.read_bytes() == content:
            del planned.writes[path]
    moves = dict(sorted(planned.moves.items(), key=lambda move: move[0].count("/")))
    for there in moves.values():
        if os.path.lexists(root / there):
            project.fail(f"{there} is there already, and in the way. Move it elsewhere, then type the same again.")
    return planned._replace(moves=moves, left=left)


def _changed(
    root: Path, path: str, target: str, names: Names, edit: Callable[[str, str], str]
) -> tuple[bytes | None, int]:
    content = (root / path).read_bytes()
    if b"\0" in content or path == record.FILE or _is_lock(path):
        return None, 0
    text = content.decode("utf-8", "surrogateescape")
    new, left = rewriting.replaced(path, text, names) if names.old != names.new else (text, 0)
    changed = edit(target, new).encode("utf-8", "surrogateescape")
    return (changed if changed != content else None), left


def _is_lock(path: str) -> bool:
    return path.startswith("requirements-") and path.endswith(".txt")


def _moves(path: str, names: Names) -> Iterator[tuple[str, str]]:
    """Give what is moved for one file, folders first; each stands where the moves before it put it."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        above = [rewriting.renamed_path("/".join(parts[: end - 1]), names)] if end > 1 else []
        here, there = "/".join([*above, parts[end - 1]]), rewriting.renamed_path("/".join(parts[:end]), names)
        if here != there:
            yield here, there


def carry_out(root: Path, planned: Plan) -> None:
    """Do what is planned. A failure before the journal is written leaves everything as it was."""
    folder = (root / stamp.JOURNAL).parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = [["move", here, there] for here, there in planned.moves.items()]
    for number, (path, content) in enumerate(planned.writes.items()):
        (folder / str(number)).write_bytes(content)
        steps.append(["write", str(number), path])
    for number, (path, target) in enumerate(planned.links.items(), start=len(planned.writes)):
        (folder / str(number)).symlink_to(target)
        steps.append(["write", str(number), path])
    steps += [["remove", path] for path in planned.removals]
    new = folder / "journal.new"
    new.write_text(json.dumps(steps), encoding="utf-8")
    new.replace(root / stamp.JOURNAL)
    finish(root)


def finish(root: Path) -> None:
    """Carry out the steps in the journal; those that were done before do nothing the second time."""
    journal = root / stamp.JOURNAL
    for step, *paths in json.loads(journal.read_text(encoding="utf-8")):
        if step == "move":
            _move(root / paths[0], root / paths[1])
        elif step == "write":
            _write(journal.parent / paths[0], root / paths[1])
        else:
            _remove(root / paths[0])
    journal.unlink()
    shutil.rmtree(journal.parent, ignore_errors=True)
    with contextlib.suppress(OSError):
        journal.parent.parent.rmdir()


def finish_if_interrupted() -> None:
    """Finish a rename that was killed, then start the task that was asked for anew. Called first in tasks.py."""
    if not stamp.is_interrupted(str(project.ROOT)):
        return
    with processes.alone("finishing the rename"):
        if stamp.is_interrupted(str(project.ROOT)):
            finish(project.ROOT)
            project.say("Finished the rename that was interrupted.", sys.stderr)
    project.replace_process([sys.executable, *sys.orig_argv[1:]])


def _move(here: Path, there: Path) -> None:
    if os.path.lexists(here) and not os.path.lexists(there):
        there.parent.mkdir(parents=True, exist_ok=True)
        here.rename(there)


def _write(new: Path, path: Path) -> None:
    if not os.path.lexists(new):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_symlink() and not new.is_symlink():
        shutil.copymode(path, new)
    new.replace(path)


def _remove(path: Path) -> None:
    """Remove a file, or a folder of generated files; and the folders above it, once nothing of a user's is in them."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
    for folder in path.parents:
        if not folder.is_dir() or (folder / "tasks.py").exists():
            break
        if {entry.name for entry in folder.iterdir()} - {"__pycache__"}:
            break
        shutil.rmtree(folder)
