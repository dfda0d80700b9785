"""What the benchmarks share: fresh copies to work in, an index on this machine, and tables of medians."""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling import downloads, interpreters, lockfile, project


def wheels() -> Path:
    """Give a folder with the wheels of the development lock, as set-up keeps them."""
    pins = lockfile.merged(["prod", "dev"])
    running = interpreters.choose()
    return downloads.wheels([sys.executable, downloads.pip_command(running)[1]], running, pins)[0].parent


def point_tools_at(index: str, scratch: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "GIT_")):
            del os.environ[name]
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        os.environ[name] = index
    os.environ["PIP_CONFIG_FILE"] = os.devnull
    os.environ["UV_CACHE_DIR"] = str(scratch / "uv-cache")
    os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = str(scratch / "cache")
    os.environ["PIP_CACHE_DIR"] = str(scratch / "cache" / "pip")


def copy(clone: Path) -> None:
    ignore = shutil.ignore_patterns("venv", ".git", "build", "dist", "*.egg-info", ".*_cache", "__pycache__")
    shutil.copytree(project.ROOT, clone, ignore=ignore)


def must(command: Sequence[str | Path], cwd: Path) -> None:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def print_table(title: str, seconds: dict[str, list[float]], unit: str, scale: int, against: Sequence[str]) -> None:
    """Print medians, and their ratios to those of `against`."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print("\n| " + " | ".join([title, f"median {unit}", *(f"× {name}" for name in against)]) + " |")
    print("|---" * (2 + len(against)) + "|")
    for name, median in medians.items():
        ratios = [f"{median / medians[other]:.2f}" for other in against]
        print("| " + " | ".join([name, f"{median * scale:.1f}", *ratios]) + " |")
