"""Proof that the locks give the same files, results, sdist and wheel again, with a receipt."""

import hashlib
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from tooling import files, processes, project
from tooling.checks import distributions
from tooling.environment import installer

# The project's two copies: what installs there, the folder, and the variables.
_COPIES = (
    ("uv", "one", "PYTHONHASHSEED=0 LC_ALL=C TZ=UTC OMP_NUM_THREADS=1"),
    ("pip", "a longer path", "PYTHONHASHSEED=1 LC_ALL=C.UTF-8 TZ=UTC-14 OMP_NUM_THREADS=4"),
)
# Beside the package, what an sdist and a wheel are made from, and what with: the locks.
_SOURCES = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "requirements")
_FIX = "Fix it, or name another in pyproject.toml, [tool.reproduce]."
PLATFORM = "{} {}, Python {}.{}".format(platform.system(), platform.machine(), *sys.version_info)
# What is compared, in this order: digests by name, and the lines of the results by number.
_PARTS = ("locks", "packages", "results", "distributions")
Entry = dict[str, Any]


def reproduce(as_json: bool, against: str) -> None:
    """Set up, evaluate and build in two copies; write receipt.json if they agree to the byte.

    With `against`, compare with that receipt instead. Ends the task at the first difference.
    """
    if as_json:
        os.environ[project.QUIET] = "1"
    path = Path(against) if against else project.ROOT / "receipt.json"
    entries = read(path) if against or path.exists() else {}
    project.say("Setting up two copies, with uv and with pip; evaluating and building in both")
    with tempfile.TemporaryDirectory() as name:  # one after the other: a failure is said once
        one, other = (_entry(Path(name).resolve(), copy) for copy in _COPIES)
    compare(one, other, "The second copy", f"It was made by {', '.join(_COPIES[1])}.")
    kept = {} if against else {n: e for n, e in entries.items() if e["sources"] == one["sources"]}
    text = json.dumps({**kept, PLATFORM: one}, indent=2) + "\n"
    sys.stdout.write(text if as_json else "")
    project.say(f"{table(one)}\nThe same twice, on {PLATFORM}.")
    if not any(one["results"].values()):
        project.say("No results: pyproject.toml, [tool.reproduce], names no command that prints.")
    if against:
        compare(one, comparable(one, entries), path.name, "If it is right, record it.", "reproduce")
        return project.say(f"The same as in {path.name}.")
    project.write({path: text.encode()})
    return project.say(f"Written to {path.name}; elsewhere: reproduce --against {path.name}")


def _entry(scratch: Path, copy: tuple[str, str, str]) -> Entry:
    """Return what a copy gives that is made in `scratch`. Ends the task where something fails."""
    (by, folder, variables), settings = copy, files.settings("reproduce")
    layers, command = sorted({"prod", *settings.get("layers", [])}), settings.get("command", "")
    env, root = dict(each.split("=") for each in variables.split()), scratch / folder / "project"
    names = sorted(distributions.git_files()) or project.fail("git knows no files here: git init")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project.ROOT / name, root / name)
    task = [sys.executable, "tasks.py", "setup", "--no-hooks", "--installer", by]
    task += [f"--layer={layer}" for layer in layers]
    done = processes.run(task, cwd=root, env=processes.inherited("PIP_", "UV_"))
    done.checked(f"{by} couldn't set up a copy. Fix that.", "reproduce")
    lines = _output(command, root, env).split("\n") if command else []
    built = distributions.made(root, scratch / folder / "dist", env)
    sources = [name for name in names if name.startswith((f"{project.PACKAGE}/", *_SOURCES))]
    return {
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "sources": _digest(b"".join((root / name).read_bytes() for name in sources)),
        "locks": {path.name: _digest(path.read_bytes()) for path in map(files.lock, layers)},
        "packages": installer.digests(root / "venv", scratch.name),
        "results": {f"line {number}": line for number, line in enumerate(lines, 1)},
        "distributions": {path.name: _digest(path.read_bytes()) for path in built},
    }


def _output(command: str, root: Path, env: dict[str, str]) -> str:
    """Return what a command prints where a copy's venv/ has taken the place of the project's."""
    try:
        words = shlex.split(command) or [command]
    except (ValueError, AttributeError) as error:
        project.fail(f"{command}: {error}. {_FIX}")
    path = os.environ["PATH"].replace(str(project.VENV), str(root / "venv"))
    program = shutil.which(words[0], path=path) or project.fail(f"There is no {words[0]}. {_FIX}")
    env = {**env, "PATH": path, "VIRTUAL_ENV": str(root / "venv")}
    done = processes.run([program, *words[1:]], cwd=root, env=env)
    return done.checked(f"{command} failed. {_FIX}", "reproduce").text


def read(path: Path) -> dict[str, Entry]:
    """Return the entries of a receipt, by platform. Ends the task if it is none."""
    try:
        entries = dict(json.loads(files.read(path) if path.exists() else "{}"))
        if entries and all({*_PARTS, "sources", "zlib"} <= {*entry} for entry in entries.values()):
            return entries
    except (ValueError, TypeError):
        pass
    files.fail(path.name, f"is no receipt, or gone; then `{project.typed('reproduce')}` writes one")


def table(entry: Entry) -> str:
    """Return an entry's digests as sha256sum prints them."""
    digests = {**entry["locks"], **entry["packages"], **entry["distributions"]}
    output = "\n".join(entry["results"].values()).encode("utf-8", "surrogateescape")
    digests |= {"results": _digest(output)} if output else {}
    return "\n".join(f"{digest}  {name}" for name, digest in digests.items())


def comparable(here: Entry, entries: dict[str, Entry]) -> Entry:
    """Return of a receipt what must be the same here; say so where that isn't all."""
    there = entries.get(PLATFORM) or next(iter(entries.values()))
    parts = ["locks", "packages", "results"] if PLATFORM in entries else ["locks", "results"]
    if PLATFORM in entries and all(there[part] == here[part] for part in ("sources", "zlib")):
        return there
    project.say(f"Of another platform, sources or zlib: {', '.join(parts)} alone are compared.")
    return {**here, **{part: there[part] for part in parts}}


def compare(one: Entry, other: Entry, name: str, fix: str, then: str = "") -> None:
    """End the task at the first difference of `other`, called `name`; say of what kind it is."""
    for part in _PARTS:
        for item in {**one[part], **other[part]}:
            here, there = (entry[part].get(item, "nothing") for entry in (one, other))
            if here != there:
                project.fail(
                    f"- {there}\n+ {here}\n{name} has other {part}: {item}. {fix}", then=then
                )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
