"""What the benchmarks share: an index on this machine, programs, runs in turns, tables."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tooling import files, project

Command = Sequence[Any]
Seconds = dict[str, list[float]]
# An environment's own interpreter starts more slowly than the one that it was made with.
PYTHON = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
_STEERING = ("PIP_", "UV_", "POETRY_", "PDM_", "PIPENV_", "PYTHON", "VIRTUAL_ENV", "GIT_")
_KEPT = [f"{tool}_CACHE_DIR" for tool in ("PIP", "UV", "POETRY", "PDM", "PIPENV")]
_KEPT += ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"]


class Failed(Exception):
    """A program failed: what was asked of it, and its own last line."""


def wheels(folder: Path) -> Path:
    """Download the wheels of the development lock to `folder`, for all systems; return that."""
    folder.mkdir(exist_ok=True)
    pins = files.merged(["dev"])
    # Without markers: what resolves for every system asks for what only another one needs.
    texts = [pin.text.replace(f" ; {pin.marker}", "") for pin in pins]
    (folder / "pins.txt").write_text("\n".join(texts), encoding="utf-8")
    command = [PYTHON, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    must([*command, "-d", folder, "-r", folder / "pins.txt"], project.ROOT)
    return folder


def point_tools_at(index: str, scratch: Path) -> None:
    """Have every tool take from this index alone, with no settings of the machine's."""
    for name in [name for name in os.environ if name.startswith(_STEERING)]:
        del os.environ[name]
    os.environ["PIP_INDEX_URL"] = os.environ["UV_DEFAULT_INDEX"] = index
    os.environ["PIP_CONFIG_FILE"] = os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    first = [str(Path(PYTHON).parent), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(first)
    keep_in(scratch / "kept")


def keep_in(folder: Path) -> None:
    """Have every tool keep what it downloads in this folder."""
    os.environ.update({name: str(folder / name.lower()) for name in _KEPT})


def must(command: Command, cwd: Path) -> str:
    """Return what a program printed. Raises Failed if that is how it ends."""
    program, *arguments = map(str, command)
    own = (
        cwd / program
    )  # of the clone's environment: on Windows, a path goes by the caller's folder
    words = [str(own) if own.is_file() else program, *arguments]
    how: dict[str, Any] = {"capture_output": True, "encoding": "utf-8", "check": False}
    done: subprocess.CompletedProcess[str]
    try:
        done = subprocess.run(words, cwd=cwd, stdin=subprocess.DEVNULL, **how)
    except OSError as error:
        raise Failed(str(error)) from None
    if done.returncode:
        output = f"{done.stdout}\n{done.stderr}".strip()
        print(f"{shlex.join(words)} failed:\n{output}", file=sys.stderr)
        raise Failed(f"{shlex.join(words[1:])}: {output.rpartition(chr(10))[2]}")
    return done.stdout


def timed(command: Command, cwd: Path) -> float:
    """Return how many seconds a program takes."""
    start = time.perf_counter()
    must(command, cwd)
    return time.perf_counter() - start


def in_turns(rounds: int, ways: Mapping[str, Callable[[], float]]) -> Seconds:
    """Return the seconds that each way returns: what else the machine does meets all of them."""
    seconds: Seconds = {name: [] for name in ways}
    for number in range(1, rounds + 1):
        for name, way in ways.items():
            seconds[name].append(way())
            taken = f"{seconds[name][-1]:.3f} s"
            print(f"round {number} of {rounds}: {name}: {taken}", file=sys.stderr)
    return seconds


def medians(seconds: Seconds) -> dict[str, float]:
    """Return the median of each way, the shortest first."""
    pairs = ((statistics.median(values), name) for name, values in seconds.items())
    return {name: median for median, name in sorted(pairs)}


def table(title: str, seconds: Seconds, unit: str, against: Sequence[str]) -> str:
    """Return medians in `unit` (s or ms) as Markdown, and their ratios to those of `against`."""
    rows = [[title, f"median {unit}", *(f"× {name}" for name in against)]]
    rows.append(["---"] * len(rows[0]))
    values = medians(seconds)
    for name, median in values.items():
        ratios = [f"{median / values[other]:.2f}" for other in against]
        rows.append([name, f"{median * {'s': 1, 'ms': 1000}[unit]:.1f}", *ratios])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
