"""A rename as data: planned before a file is touched, and put aside in build/rename/.

Once finish.py is there, which carries it out, the next task of any kind does what is left.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tooling import project
from tooling.starter import bare, content, finish, names, record
from tooling.starter.names import Name
from tooling.starter.record import Record

FOLDER = Path("build") / "rename"


class Plan(NamedTuple):
    """What a rename does, in this order. Paths are those under the new name, but for `moves`'."""

    moves: dict[str, str]
    writes: dict[str, bytes]
    removals: list[str]


def planned(root: Path, files: list[str], made: Record) -> Plan:
    """Return what makes the template in `root`, with these files, the project of the record.

    Ends the task where something is in the way.
    """
    name, only_bare, old = names.spelled(made.rename["name"]), made.rename["bare"], content.OLD
    writes = {record.FILE: record.text(made).encode()}
    writes.update(bare.files(root, name) if only_bare else {})
    removals = [f"{old}.egg-info"] if (root / f"{old}.egg-info").is_dir() else []
    for path in sorted(files, key=lambda each: each != content.README):  # before README.md
        target = content.moved(path, name)
        removals += [path] if path.startswith((content.README, "notebooks/")) else []
        if target in writes:
            continue
        if content.is_gone(path, only_bare):
            removals.append(target)
        else:
            changed = _changed(root, path, name, made.rename)
            writes.update({} if changed is None else {target: changed})
    folders = [(each, each.replace(old, name.package)) for each in (old, f"tests/{old}")]
    moves = {here: there for here, there in folders if here != there and (root / here).is_dir()}
    for there in moves.values():
        if (root / there).exists():
            project.fail(f"{there} is there already. Move it elsewhere, then run this again.")
    return Plan(moves, writes, removals)


def _changed(root: Path, path: str, name: Name, given: Mapping[str, Any]) -> bytes | None:
    """Return the content that a file gets; None if it keeps its own, as binaries and locks do."""
    old = (root / path).read_bytes()
    if b"\0" in old or (path.startswith("requirements-") and path.endswith(".txt")):
        return None
    text = content.changed(path, old.decode("utf-8", "surrogateescape"), name, given)
    new = text.encode("utf-8", "surrogateescape")
    return new if new != old else None


def put_aside(root: Path, plan: Plan) -> Path:
    """Write what is planned to build/rename/ in `root`, and return that folder."""
    folder = root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = [("move", here, there) for here, there in plan.moves.items()]
    steps += [("remove", path, "") for path in plan.removals]
    for number, path in enumerate(sorted(plan.writes, key=lambda path: path == content.LAST)):
        (folder / str(number)).write_bytes(plan.writes[path])
        steps.append(("write", path, str(number)))
    (folder / finish.JOURNAL).write_text(json.dumps(steps), encoding="utf-8")
    shutil.copyfile(finish.__file__, folder / "finish.new")
    (folder / "finish.new").replace(folder / "finish.py")
    return folder


def show(plan: Plan) -> None:
    """Say what would change."""
    table = [(here, f"becomes {there}") for here, there in plan.moves.items()]
    table += [(path, "changes") for path in sorted(plan.writes)]
    table += [(path, "is removed") for path in plan.removals]
    for path, change in table:
        project.say(f"{path:{max(len(path) for path, _ in table)}}  {change}")
    project.say(f"{len(table)} changes; nothing was written.")
