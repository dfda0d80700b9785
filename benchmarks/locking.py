"""`freeze` beside bare pip-compile, behind an index and a plain mirror: benchmarks/locking.py

The index on this machine has as many files of each release as the lock has hashes, each as large as
the wheel that is installed here, and on its pages as many others as the public one. Like any mirror
it hasn't the public index's JSON API, without which pip-compile downloads what it hashes. The plain
one sends no caching headers and no upload times, either. Both answer as fast as one gigabit a
second lets them. The ways take turns; medians are compared, not single runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common import (
    PYTHON,
    Command,
    Seconds,
    in_turns,
    must,
    point_tools_at,
    table,
    timed,
    wheels,
)
from tests.template.index import File, read_wheels, serve, wheel
from tooling import files, project

LAYERS = ("prod", "dev")
GIGABIT = 1e9 / 8  # bytes a second
OLDER = 700  # files of other releases on a project's page: the public index's mean for these layers
BARE = "pip-compile requirements-dev.in"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        served = list(_as_many_as_locked(read_wheels(wheels(Path(folder)))))
    print(
        f"{len(served)} files, {sum(len(file.content) for file in served) / 1e9:.1f} GB",
        file=sys.stderr,
    )
    for title, as_json in (("an index like the public one", True), ("a plain mirror", False)):
        with tempfile.TemporaryDirectory(prefix="benchmark ") as folder, serve(
            served, as_json=as_json, caching=as_json, rate=GIGABIT
        ) as index:
            point_tools_at(index.url, Path(folder))
            clone = Path(folder) / "clone"
            must(["git", "clone", "-q", project.ROOT, clone], project.ROOT)
            for path in clone.glob("requirements-*.*"):
                if path.stem not in [f"requirements-{layer}" for layer in LAYERS]:
                    path.unlink()
            must([PYTHON, "tasks.py", "setup", "--no-hooks"], clone)
            must([PYTHON, "tasks.py", "freeze", "--cooldown", "0"], clone)
            again = _in_turns(rounds, clone, lambda clone: None)
            print(table(f"Nothing changed, {title}", again, "s", [BARE]))
            first = _in_turns(max(1, rounds // 2), clone, _forget)
            print(table(f"No lock yet, {title}", first, "s", [BARE]))


def _as_many_as_locked(wheels: list[File]) -> Iterable[File]:
    """Yield each wheel once for each hash that the lock has, for other systems, and older ones."""
    sizes = {pin.name: len(pin.hashes) for pin in files.merged(LAYERS)}
    here = {files.normalized(file.name.split("-")[0]): file for file in wheels}
    for pin in files.merged(LAYERS):
        if pin.name not in here:  # it's for another system
            yield wheel(pin.name, pin.version)
    for pin_name, file in here.items():
        name, version, *_ = file.name.split("-")
        yield file
        for number in range(sizes[pin_name] - 1):
            yield replace(file, name=f"{name}-{version}-{number}-cp311-cp311-win_amd64.whl")
        for number in range(OLDER):
            yield replace(file, name=f"{name}-0.post{number}-py3-none-any.whl", content=b"")


def _in_turns(rounds: int, clone: Path, prepare: Callable[[Path], None]) -> Seconds:
    bare = ["-m", "piptools", "compile", "-q", "requirements-dev.in"]
    ways: dict[str, Command] = {
        BARE: [project.program("python", clone / "venv"), *bare],
        "freeze": [PYTHON, "tasks.py", "freeze", "--cooldown", "0"],
    }
    os.environ["CUSTOM_COMPILE_COMMAND"] = "invoke freeze"

    def taken(command: Command) -> float:
        prepare(clone)
        return timed(command, clone)

    return in_turns(rounds, {name: partial(taken, command) for name, command in ways.items()})


def _forget(clone: Path) -> None:
    """Remove the locks, and what the tools have kept from earlier rounds."""
    for path in clone.glob("requirements-*.txt"):
        path.unlink()
    tools = Path(os.environ["XDG_CACHE_HOME"]) / "pip-tools"
    for cache in (os.environ["PIP_CACHE_DIR"], os.environ["UV_CACHE_DIR"], tools):
        shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
