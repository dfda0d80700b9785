"""What the benchmarks share: fresh copies, an index on this machine, tables of medians."""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling import files, project


def wheels(folder: Path) -> Path:
    """Download the wheels of the development lock to `folder`, for all systems; return that."""
    folder.mkdir(exist_ok=True)
    pins = files.merged(["dev"])
    # Without markers: what resolves for every system asks for what only another one needs.
    texts = [pin.text.replace(f" ; {pin.marker}", "") for pin in pins]
    (folder / "pins.txt").write_text("\n".join(texts), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    must([*command, "-d", folder, "-r", folder / "pins.txt"], project.ROOT)
    return folder


def empty_caches(scratch: Path) -> None:
    for name in ("uv-cache", "cache"):
        shutil.rmtree(scratch / name, ignore_errors=True)


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
    ignore = shutil.ignore_patterns(
        "venv", ".git", "build", "dist", "*.egg-info", ".*_cache", "__pycache__"
    )
    shutil.copytree(project.ROOT, clone, ignore=ignore)


def must(command: Sequence[str | Path], cwd: Path) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def print_table(
    title: str, seconds: dict[str, list[float]], unit: str, scale: int, against: Sequence[str]
) -> None:
    """Print medians, and their ratios to those of `against`."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print("\n| " + " | ".join([title, f"median {unit}", *(f"× {name}" for name in against)]) + " |")
    print("|---" * (2 + len(against)) + "|")
    for name, median in medians.items():
        ratios = [f"{median / medians[other]:.2f}" for other in against]
        print("| " + " | ".join([name, f"{median * scale:.1f}", *ratios]) + " |")
