"""The locks: pip-compile over every layer, so that all of them agree, on the lowest Python that they serve."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from tooling import lockfile, processes, project, resolving

# A secret in a URL, a local path, an index of this machine.
_LEAK = re.compile(
    r"://[^/\s]*@|\bfile:/|(?:^|[\s=@])(?:/\w|[A-Za-z]:\\)|^--(?:index-url|extra-index-url|find-links|trusted-host)",
    re.MULTILINE,
)


def freeze(
    upgrade: bool = False, packages: Sequence[str] = (), check: bool = False, cooldown: str | None = None
) -> None:
    """Lock every layer; `upgrade` takes the newest of everything, `packages` of those alone.

    What they take is at least `cooldown` days old (default: as pyproject.toml has it). With `check` nothing is
    written: the task ends with exit code 1 when a lock doesn't fit the hand-written files, which needs no index, or,
    with a diff, when it isn't what freezing would write. Ends the task as `compiled` and `write` do; the locks are then
    as they were.
    """
    from tooling import settings, staleness  # they need packages

    if cooldown is not None and not upgrade and not packages:
        project.fail("--cooldown goes with --upgrade or --package: nothing else takes a newer release.")
    days = settings.cooldown(cooldown or "")
    plain = check and not upgrade and not packages
    problems = staleness.problems() if plain else []
    if problems:
        project.fail("\n".join([*problems, f"Lock again: {project.typed('freeze')}"]))
    try:
        new = _compiled({}, upgrade, packages, days)
    except resolving.Unreachable as error:
        if plain:
            return project.say(
                f"The locks fit the hand-written files. No index answers ({error}), so they are compared with no more."
            )
        give_up(error)
    for path in project.ROOT.glob("requirements-*.txt"):
        if path not in new:
            project.say(
                f"Note: {path.name} is no layer's lock: there is no {path.stem}.in. Delete it, or bring that back."
            )
    stale = {path: content for path, content in new.items() if _bytes(path) != content}
    if check:
        return _report(stale)
    write(stale)
    if stale:
        project.say(f"Changed: {', '.join(path.name for path in stale)}. To install: {project.typed('setup')}")
    else:
        project.say("The locks are as they were.")


def compiled(changed: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Lock all layers in a scratch folder and give each lock's new bytes by its path; nothing of the project changes.

    `changed` are hand-written files as they would be, by path, new ones among them. Ends the task where no versions go
    together, no index answers, or a lock would carry something of this machine.
    """
    try:
        return _compiled(changed)
    except resolving.Unreachable as error:
        give_up(error)


def give_up(error: resolving.Unreachable) -> NoReturn:
    """End the task where no index answers."""
    project.fail(
        f"No index answers ({error}); the locks are as they were. Check the network, and pip's settings "
        "(pip config list); then type the same again."
    )


def _compiled(
    changed: Mapping[Path, bytes], upgrade: bool = False, packages: Sequence[str] = (), cooldown: int = 0
) -> dict[Path, bytes]:
    from tooling import explaining  # it needs packages

    compile_, env = resolving.compiler()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        resolving.copy_sources(scratch, changed)
        check = "import pathlib, sys, setup; setup.read_requirements(pathlib.Path(sys.argv[1]))"
        code, output = processes.quietly([project.venv_python(), "-c", check, scratch / "requirements.txt"])
        if code:  # what setup.py would refuse mustn't get into a lock
            project.fail(f"{output.strip()} Then: {project.typed('freeze')}")
        layers = lockfile.layers(scratch)
        known = {name for layer in layers for name in _pins(scratch / lockfile.lock(layer).name)}
        unknown = [name for name in packages if lockfile.normalized(name) not in known]
        if unknown:
            project.fail(f"No lock has {', '.join(unknown)}. --package takes a package that is locked.")
        try:
            seed = resolving.seed(scratch, compile_, env, upgrade, packages, cooldown)
        except resolving.Unresolved as error:
            explaining.give_up(scratch, str(error), cooldown)
        project.say(f"Locking {', '.join(lockfile.lock(layer).name for layer in layers)}")
        commands = []
        for layer in layers:
            # pip-compile keeps what its output file has pinned, as far as it goes: one seed makes the layers agree.
            lock = scratch / lockfile.lock(layer).name
            lock.write_text(seed, encoding="utf-8")
            commands.append(([*compile_, "--output-file", lock.name, *resolving.sources(layer, scratch)], env))
        for code, output in processes.together(commands, cwd=scratch):
            resolving.give_up_unless_ok(code, output)
        new = {lockfile.lock(layer): (scratch / lockfile.lock(layer).name).read_bytes() for layer in layers}
        variables = resolving.variables(scratch)
    for path, content in new.items():
        text = content.decode("utf-8")
        named = next((name for name in variables if os.environ.get(name) and os.environ[name] in text), "")
        leak = f"the value of ${{{named}}}" if named else leaked(text)
        if leak:
            project.fail(
                f"{path.name} would hold a login or something of this machine: {leak}. Mend its source; nothing was "
                "written."
            )
    return new


def write(files: Mapping[Path, bytes]) -> None:
    """Write all of `files`, or none: where one can't be written, the others are as before and the task ends."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    aside = {path: path.with_name(path.name + ".new") for path in files}
    written: list[Path] = []
    try:
        for path, content in files.items():
            aside[path].write_bytes(content)
        for path in files:
            aside[path].replace(path)
            written.append(path)
    except BaseException as error:
        for path in written:
            old = before[path]
            with contextlib.suppress(OSError):
                if old is None:
                    path.unlink()
                else:
                    path.write_bytes(old)
        if isinstance(error, OSError):
            named = Path(error.filename or "").name.replace(".new", "")
            project.fail(f"{named} can't be written ({error.strerror}); all files are as they were.")
        raise
    finally:
        for path in aside.values():
            with contextlib.suppress(OSError):
                path.unlink()


def leaked(lock: str) -> str:
    """Give the first line of a lock's text with a secret, a local path or an index's address; "" if none has."""
    found = _LEAK.search(lock)
    return lock[lock.rfind("\n", 0, found.end()) + 1 :].splitlines()[0].strip() if found else ""


def _pins(lock: Path) -> dict[str, lockfile.Pin]:
    return lockfile.read(lock) if lock.exists() else {}


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _report(stale: Mapping[Path, bytes]) -> None:
    for path, content in stale.items():
        old, new = (each.decode("utf-8", "replace").splitlines() for each in (_bytes(path), content))
        diff = difflib.unified_diff(old, new, path.name, f"{path.name} (frozen anew)", lineterm="", n=1)
        project.say("\n".join(diff))
    if stale:
        project.fail(f"Stale: {', '.join(path.name for path in stale)}. Lock again: {project.typed('freeze')}")
    project.say("The locks are fresh.")
