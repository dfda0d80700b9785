"""The stamp in venv/: what that was built from, written after success and only then.

To read it should cost no more than starting Python: hence no pathlib, and no digest, whose library
takes longer to load than the files that the stamp holds instead.
"""

from __future__ import annotations

import os
import sys

VENV = "venv"
# How far venv/ agrees with its stamp: it is the one that was made (not moved, copied, or of another
# Python); nothing was added or removed in it; and it was built from the files as they are.
INTACT, UNTOUCHED, CURRENT = 1, 2, 3


def state(root: str, layers: tuple[str, ...]) -> int:
    """Return how far venv/ agrees with its stamp, for these layers: 0 or a constant."""
    pairs = list(zip(read(root)[1:], _facts(root, layers)[1:]))
    differing = [at for at, (stamped, now) in enumerate(pairs) if stamped != now or not now]
    return min([*differing, len(pairs)])


def write(root: str, layers: tuple[str, ...] = (), stamp: list[bytes] | None = None) -> None:
    """Stamp venv/ as built from the locks of `layers` as they are now, or with `stamp` as it is."""
    facts = _facts(root, layers) if stamp is None else stamp
    with open(os.path.join(root, VENV, "setup.stamp"), "wb") as file:
        file.write(b"\0".join(facts))


def read(root: str) -> list[bytes]:
    """Return the stamp: layers, identity, installed, built from; or what is there instead."""
    return _content(root, VENV, "setup.stamp").split(b"\0")


def layers(root: str) -> tuple[str, ...]:
    """Return the layers that venv/ was built from."""
    stamp = read(root)
    return tuple(os.fsdecode(stamp[0]).split()) if len(stamp) == 4 else ()


def nothing_to_do(root: str, layers: tuple[str, ...]) -> str:
    """Return the sentence that set-up has nothing to install for these layers, or ""."""
    locks = " and ".join(map(lock_name, layers))
    current = layers and state(root, layers) == CURRENT
    return f"{VENV}/ agrees with {locks}: nothing to do." if current else ""


def lock_name(layer: str) -> str:
    """Return the file name of a layer's lock."""
    return f"requirements-{layer}.txt"


def program_names(platform: str = sys.platform) -> tuple[str, str]:
    """Return the name of an environment's folder of programs, and its interpreter's name there."""
    return ("Scripts", "python.exe") if platform == "win32" else ("bin", "python")


def _facts(root: str, layers: tuple[str, ...]) -> list[bytes]:
    venv = os.path.join(os.path.realpath(root), VENV)
    python = os.path.join(venv, *program_names())
    settings = _content(venv, "pyvenv.cfg")
    home = settings.partition(b"home = ")[2].partition(b"\n")[0].strip()
    # Where the interpreter is a copy (on Windows), it is there even if its Python is gone.
    runs = os.path.exists(python) and os.path.isdir(home)
    identity = [venv, os.path.realpath(python), os.fsdecode(settings)] if runs else []

    library = ["Lib"] if sys.platform == "win32" else ["lib", *_names(venv, "lib")[:1]]
    names = _names(venv, *library, "site-packages") + _names(venv, program_names()[0])
    installed = [name for name in names if name != "__pycache__"]

    own = [name for name in _names(root) if name[:13] == "requirements-" and name[-3:] == ".in"]
    files = [*map(lock_name, ("prod", *layers)), "setup.py", "requirements.txt", *own]
    built_from = [os.fsencode(name) + b"\n" + _content(root, name) for name in files]
    # Of this file pip-args matters alone; to read all of TOML would take longer than all the rest.
    lines = _content(root, "pyproject.toml").splitlines()
    built_from += [line for line in lines if b"-binary" in line]

    texts = (" ".join(layers), "\n".join(identity), "\n".join(installed))
    return [*map(os.fsencode, texts), b"\n".join(built_from)]


def _names(*path: str) -> list[str]:
    try:
        return sorted(os.listdir(os.path.join(*path)))
    except OSError:
        return []


def _content(*path: str) -> bytes:
    try:
        with open(os.path.join(*path), "rb") as file:
            return file.read()
    except OSError:
        return b""
