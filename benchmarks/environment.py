"""Set-up beside the lesson's own commands and `uv sync` of the same packages.

Run it as: python3 benchmarks/environment.py. Each way starts from a fresh copy of the files and
ends with a green test that imports scikit-learn and the package. Downloads are warm: a first round,
which doesn't count, fills each tool's own cache from an index on this machine. The ways take turns,
so that what else the machine does meets all of them; medians are compared, not single runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.common import copy, empty_caches, must, point_tools_at, print_table, wheels
from tests.template.index import read_wheels, serve
from tooling import files, project

TEST = "def test_import():\n    import sklearn.linear_model\n    import tagifai\n"
Way = Callable[[Path], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="benchmark ") as folder:
        scratch = Path(folder)
        with serve(read_wheels(wheels(scratch / "wheels")), as_json=False) as index:
            point_tools_at(index.url, scratch)
            _prepare_uv_sync(scratch / "uv")
            ways = {
                "the lesson's commands": lesson,
                "setup --installer pip": ours_with_pip,
                "setup": ours,
                "uv sync --frozen": uv_sync,
                "uv sync --frozen --link-mode copy": uv_sync_copying,
            }
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            cold: dict[str, list[float]] = {"setup": [], "uv sync --frozen": []}
            for number in range(rounds + 1):
                for name, way in ways.items():
                    taken = _clone_to_green_test(way, scratch)
                    print(f"round {number} of {rounds}: {name}: {taken:.1f} s", file=sys.stderr)
                    if number:
                        seconds[name].append(taken)
            for name, values in cold.items():
                for _ in range(rounds):
                    empty_caches(scratch)
                    values.append(_timed(ways[name], scratch))
            print_table("clone → first green test", seconds, "s", 1, [*ways][-2:])
            print_table("every cache empty: set-up alone", cold, "s", 1, ["uv sync --frozen"])
            nothing = _nothing_to_do(scratch, 10 * rounds)
    print_table("nothing to do", nothing, "ms", 1000, ["python3 -c pass"])


def lesson(clone: Path) -> None:
    must([sys.executable, "-m", "venv", "venv"], clone)
    pip: list[str | Path] = [
        project.program("python", clone / "venv"),
        "-m",
        "pip",
        "install",
        "-q",
    ]
    must([*pip, "-U", "pip", "setuptools", "wheel"], clone)
    must([*pip, "-r", "requirements-dev.txt"], clone)
    must([*pip, "-e", "."], clone)


def ours_with_pip(clone: Path) -> None:
    must([sys.executable, "tasks.py", "setup", "--installer", "pip"], clone)


def ours(clone: Path) -> None:
    must([sys.executable, "tasks.py", "setup"], clone)


def uv_sync(clone: Path, *flags: str) -> None:
    """The same packages and the same project, as a uv project: files are linked to uv's cache."""
    (clone / "setup.py").unlink()
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copyfile(clone.parent / "uv" / name, clone / name)
    must(
        [project.program("uv"), "sync", "-q", "--frozen", *flags, "--python", sys.executable], clone
    )
    (clone / ".venv").rename(clone / "venv")


def uv_sync_copying(clone: Path) -> None:
    """The same with copies, as set-up makes them: one that is edited changes no other."""
    uv_sync(clone, "--link-mode", "copy")


def _prepare_uv_sync(folder: Path) -> None:
    folder.mkdir()
    pins = [
        f'"{pin.name}=={pin.version}"' for pin in files.merged(["dev"]) if "win32" not in pin.marker
    ]
    this = "{}.{}".format(*sys.version_info)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "tagifai"\nversion = "0.1"\nrequires-python = "=={this}.*"\n'
        f"dependencies = [{', '.join(pins)}]\n"
        '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
        '[tool.setuptools]\npackages = ["tagifai"]\n',
        encoding="utf-8",
    )
    must([project.program("uv"), "lock", "-q", "--python", sys.executable], folder)


def _timed(way: Way, scratch: Path) -> float:
    """Return how long it takes from a fresh copy of the files to an environment in its venv/."""
    clone = scratch / "clone"
    if clone.exists():
        shutil.rmtree(clone)
    start = time.perf_counter()
    copy(clone)
    way(clone)
    return time.perf_counter() - start


def _clone_to_green_test(way: Way, scratch: Path) -> float:
    clone, set_up = scratch / "clone", _timed(way, scratch)
    (clone / "test_import.py").write_text(TEST, encoding="utf-8")
    pytest: list[str | Path] = [project.program("python", clone / "venv"), "-m", "pytest", "-q"]
    start = time.perf_counter()
    must([*pytest, "-c", os.devnull, "--rootdir=.", "test_import.py"], clone)
    return set_up + time.perf_counter() - start


def _nothing_to_do(scratch: Path, times: int) -> dict[str, list[float]]:
    clone = scratch / "clone"
    shutil.rmtree(clone)
    copy(clone)
    ours(clone)
    commands = {
        "python3 -c pass": [sys.executable, "-c", "pass"],
        "setup": [sys.executable, "tasks.py", "setup"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            start = time.perf_counter()
            must(command, clone)
            seconds[name].append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
