"""The project's files: each layer's requirements and lock, the settings; and writing whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Mapping, NoReturn

from tooling import project, start


def layers(root: Path = project.ROOT) -> list[str]:
    """Return the layers: `prod`, which is requirements.txt, and each requirements-NAME.in."""
    names = {path.stem.partition("-")[2] for path in root.glob("requirements-*.in")}
    return ["prod", *sorted(names - {"prod"})]


def sources(layer: str, root: Path = project.ROOT) -> list[str]:
    """Return the names of the hand-written files that a layer is locked from."""
    names = ["requirements.txt"] if layer == "prod" else []
    return [name for name in [*names, f"requirements-{layer}.in"] if (root / name).exists()]


def lock(layer: str, root: Path = project.ROOT) -> Path:
    """Return the path of a layer's lock."""
    return root / start.lock_name(layer)


def settings(tool: str, root: Path = project.ROOT) -> dict[str, Any]:
    """Return [tool.TOOL] of pyproject.toml, or {}. Ends the task if that can't be read."""
    import tomllib  # not before Python 3.11, and older ones import this file

    text = read(root / "pyproject.toml")
    try:
        return dict(tomllib.loads(text).get("tool", {}).get(tool, {}))
    except ValueError as error:
        fail("pyproject.toml", f"can't be read ({error})")


def from_source(root: Path = project.ROOT) -> list[str]:
    """Return the packages that pip-args names with --no-binary; all others are taken as wheels."""
    pip_args = str(settings("pip-tools", root).get("pip-args", ""))
    names = ",".join(re.findall(r"--no-binary[ =](\S+)", pip_args)).split(",")
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names if name and ":" not in name]


def read(path: Path) -> str:
    """Return a file's text. Ends the task if it isn't there, or isn't UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        fail(path.name, f"can't be read ({error})")


def fail(name: str, problem: str) -> NoReturn:
    """End the task over a file that something is wrong with."""
    project.fail(f"{name} {problem}. Fix it, or take the committed one: git checkout HEAD {name}")


def write(contents: Mapping[Path, bytes]) -> None:
    """Write all of the files, or none: then the task ends, and they are as before."""
    staged = {path: path.with_name(f".{path.name}.new") for path in contents}
    try:
        for path, content in contents.items():
            staged[path].write_bytes(content)
        for path in contents:
            staged[path].replace(path)
    except OSError as error:
        project.fail(f"{path.name} can't be written: {error.strerror}. Fix that; run this again.")
    finally:
        for path in filter(Path.exists, staged.values()):
            path.unlink()
