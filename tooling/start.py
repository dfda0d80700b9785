"""First contact: ends at once where venv/ agrees with its stamp, else sees to a fit Python.

The stamp says what venv/ was built from; it is written after success and only then. Neither pathlib
nor a digest is used: to load these takes longer than Python takes to start.
"""

from __future__ import annotations

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
VENV = "venv"
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the locks and the tools serve
# How far venv/ agrees with its stamp: it isn't moved, copied, or of another Python; nothing was
# added or removed in it; the project is installed as it is described; and so are the locks.
INTACT, UNTOUCHED, INSTALLED, CURRENT = 1, 2, 3, 4


def begin(module: str) -> None:
    """Leave if there is nothing to do, and go on with a fit Python if this one is too old."""
    if module != "__main__" and not by_invoke():
        return
    done = nothing_to_do(layers()) if sys.argv[1:] == ["setup"] else ""
    if done and module == "__main__":
        try:
            os.write(1, f"{done}\n".encode())
        except OSError:
            pass  # the reader has had enough (`| head`)
        raise SystemExit(0)
    if sys.version_info[:2] < OLDEST:
        from tooling.environment import venv

        venv.relaunch(sys.argv[1:])


def by_invoke() -> bool:
    """Return whether invoke runs this, rather than tasks.py itself."""
    folder, program = os.path.split(os.path.splitext(sys.argv[0])[0])
    # `python -m invoke` runs the __main__.py in the folder of that name.
    return program in ("invoke", "inv") or os.path.basename(folder) == "invoke"


def nothing_to_do(layers: tuple[str, ...]) -> str:
    """Return the sentence that set-up has nothing to install for these layers, or ""."""
    locks = " and ".join(map(lock_name, layers))
    current = locks and state(layers) == CURRENT
    return f"{VENV}/ agrees with {locks}: nothing to do." if current else ""


def state(layers: tuple[str, ...] = (), root: str = ROOT) -> int:
    """Return how far venv/ agrees with its stamp, for these layers: 0 or a constant."""
    pairs = list(zip(stamp(root)[1:], facts(layers, root)[1:]))
    differing = [at for at, (stamped, now) in enumerate(pairs) if stamped != now or not now]
    return min([*differing, len(pairs)])


def layers(root: str = ROOT) -> tuple[str, ...]:
    """Return the layers that venv/ was built from."""
    stamped = stamp(root)
    return tuple(os.fsdecode(stamped[0]).split()) if len(stamped) > 3 else ()


def stamp(root: str = ROOT) -> list[bytes]:
    """Return the stamp, which is the facts as they were; or what is there instead."""
    return _content(root, VENV, "setup.stamp").split(b"\0")


def write_stamp(facts: list[bytes], root: str = ROOT) -> None:
    """Stamp venv/ as what was built from these facts; from none, as unfinished."""
    with open(os.path.join(root, VENV, "setup.stamp"), "wb") as file:
        file.write(b"\0".join(facts))


def facts(layers: tuple[str, ...], root: str = ROOT) -> list[bytes]:
    """Return the layers, venv/'s identity, what is in it, the project's description, the locks."""
    venv, (programs, python) = os.path.join(os.path.realpath(root), VENV), program_names()
    python = os.path.join(venv, programs, python)
    settings = _content(venv, "pyvenv.cfg")
    home = settings.partition(b"home = ")[2].partition(b"\n")[0].strip()
    # Where the interpreter is a copy (on Windows), it is there even if its Python is gone.
    runs = os.path.exists(python) and os.path.isdir(home)
    identity = [venv, os.path.realpath(python), os.fsdecode(settings)] if runs else []

    library = ["Lib"] if sys.platform == "win32" else ["lib", *_names(venv, "lib")[:1]]
    names = _names(venv, *library, "site-packages") + _names(venv, programs)
    installed = [name for name in names if name != "__pycache__"]

    own = [name for name in _names(root) if name[:13] == "requirements-" and name[-3:] == ".in"]
    files = ["setup.py", "requirements.txt", *map(lock_name, ("prod", *layers)), *own]
    contents = [os.fsencode(name) + b"\n" + _content(root, name) for name in files]
    # pip-args alone matters of this file; reading all of TOML would take longer than the rest.
    lines = [line for line in _content(root, "pyproject.toml").splitlines() if b"-binary" in line]

    texts = (" ".join(layers), "\n".join(identity), "\n".join(installed))
    built_from = (contents[:2], [*contents[2:], *lines])
    return [*map(os.fsencode, texts), *map(b"\n".join, built_from)]


def lock_name(layer: str) -> str:
    """Return the file name of a layer's lock."""
    return f"requirements-{layer}.txt"


def program_names(platform: str = sys.platform) -> tuple[str, str]:
    """Return the name of an environment's folder of programs, and its interpreter's name there."""
    return ("Scripts", "python.exe") if platform == "win32" else ("bin", "python")


def _names(*path: str) -> list[str]:
    folder = os.path.join(*path)
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _content(*path: str) -> bytes:
    try:
        with open(os.path.join(*path), "rb") as file:
            return file.read()
    except OSError:
        return b""
