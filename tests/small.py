"""A small project in a clone: a few tools and made-up packages, from an index of this machine, quick to lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import index
from tests.support import Clone, make_clone
from tooling import lockfile, project

TOOLS = ("invoke", "packaging", "pip-tools", "uv")
NEEDED = (*TOOLS, "build", "click", "pip", "pyproject-hooks", "setuptools", "wheel")


@contextmanager
def made(
    folder: Path, files: Iterable[index.File], uv: dict[str, str], requirements: str, **layers: str
) -> Iterator[Clone]:
    """Set up a clone whose requirements.txt is `requirements`, served `files`, and lock it.

    The tools are the layer dev; `layers` are the contents of further ones. Whatever its tasks ask an index for, they
    ask that one.
    """
    clone = make_clone(folder, git=False)
    for path in clone.root.glob("requirements-*.*"):
        path.unlink()
    pins = lockfile.read(project.ROOT / "requirements-dev.txt")
    lock = "".join(f"{pins[name].text}\n" for name in NEEDED)
    clone.write("requirements.txt", "")
    clone.write("requirements-prod.txt", "")
    clone.write("requirements-dev.in", "-r requirements.txt\n\n" + "\n".join(TOOLS) + "\n")
    clone.write("requirements-dev.txt", lock)
    clone.task("setup", "--installer", "pip")  # from the download cache, which then holds the tools' wheels
    with index.serve([*tools(), *files]) as served:
        clone.env.update(uv, **at(served, folder))
        clone.write("requirements.txt", requirements)
        for name, text in layers.items():
            clone.write(f"requirements-{name}.in", text)
        clone.task("freeze")
        clone.task("setup")
        yield clone


def tools() -> list[index.File]:
    """Give the wheels of the tools, from the download cache."""
    pins = lockfile.read(project.ROOT / "requirements-dev.txt")
    return [
        wheel
        for wheel in index.read_wheels(project.cache() / "wheels")
        if any(wheel.name.lower().startswith(f"{name.replace('-', '_')}-{pins[name].version}-") for name in NEEDED)
    ]


def at(served: index.Index, folder: Path) -> dict[str, str]:
    """Give the variables with which an index is the only one asked; what uv keeps lies below `folder`."""
    return {
        "PIP_INDEX_URL": served.url,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "UV_CACHE_DIR": str(folder / "uv"),
    }
