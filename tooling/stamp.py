"""The stamp in venv/: what the environment was built from, written after success and only then.

A second `setup` reads this file and nothing else, and should cost no more than starting Python: hence
plain strings, hashlib and os.path here, and no pathlib, argparse or subprocess.
"""

from __future__ import annotations

import hashlib
import os
import sys

VENV = "venv"
DEFAULT_LAYERS = ("dev",)
JOURNAL = "build/rename/journal.json"  # there while a rename is being carried out, or was killed at that


def program_names(platform: str) -> tuple[str, str]:
    """Give an environment's folder of programs, and its interpreter's name there."""
    return ("Scripts", "python.exe") if platform == "win32" else ("bin", "python")


BIN, PYTHON = program_names(sys.platform)


def lock_name(layer: str) -> str:
    """Give the file name of a layer's lock."""
    return f"requirements-{layer}.txt"


def identity(root: str) -> str:
    """Digest where venv/ stands, its pyvenv.cfg and the interpreter behind it; "" if it can't run.

    A moved, copied or dangling environment, or one whose interpreter became another, has another identity.
    """
    venv = os.path.join(os.path.realpath(root), VENV)
    python = os.path.join(venv, BIN, PYTHON)
    try:
        with open(os.path.join(venv, "pyvenv.cfg"), "rb") as file:
            settings = file.read()
    except OSError:
        return ""
    # Where the interpreter is a copy (on Windows), it is there even when the Python it came from is gone.
    home = next((line.partition(b"=")[2].strip() for line in settings.splitlines() if line.startswith(b"home")), b"")
    if not (os.path.exists(python) and os.path.isdir(home)):
        return ""
    return _digest([os.fsencode(venv), settings, os.fsencode(os.path.realpath(python))])


def contents(root: str, layers: tuple[str, ...]) -> str:
    """Digest what decides the packages in venv/: the layers, their locks, the project's metadata, and pip-args.

    A file that is missing counts as empty; whoever installs says so in words.
    """
    names = [*map(lock_name, layers), "setup.py", "requirements.txt"] if layers else []
    settings = _bytes(root, "pyproject.toml").splitlines() if layers else []
    of_pip = [line for line in settings if b"-binary" in line]  # to read all of TOML takes longer than all the rest
    return _digest([" ".join(layers).encode(), *(_bytes(root, name) for name in names), *of_pip])


def hand_written(root: str) -> str:
    """Digest the hand-written requirements-*.in, from which the locks are made."""
    names = sorted(name for name in os.listdir(root) if name.startswith("requirements-") and name.endswith(".in"))
    return _digest([part for name in names for part in (os.fsencode(name), _bytes(root, name))])


def installed(root: str) -> str:
    """Digest the names and versions of the packages in venv/, as the names of their metadata folders tell them."""
    folder = os.path.join(root, VENV, "Lib" if sys.platform == "win32" else "lib")
    try:
        if sys.platform != "win32":
            folder = os.path.join(folder, next(name for name in os.listdir(folder) if name.startswith("python")))
        names = os.listdir(os.path.join(folder, "site-packages"))
    except (OSError, StopIteration):
        names = []
    return _digest([os.fsencode(name) for name in sorted(names) if name.endswith(".dist-info")])


def write(root: str, layers: tuple[str, ...]) -> None:
    """Stamp venv/ as built from `layers` as they are now. No layers: an environment with no packages."""
    put_back(root, "\n".join([identity(root), contents(root, layers), installed(root), " ".join(layers), ""]))


def write_unfinished(root: str, layers: tuple[str, ...]) -> None:
    """Stamp venv/ as intact, but not what the locks of `layers` say: packages are still to be built."""
    put_back(root, "\n".join([identity(root), "", "", " ".join(layers), ""]))


def write_fresh(root: str, digest: str) -> None:
    """Add to the stamp that the locks fit the hand-written files, whose `digest` this was when that was found."""
    put_back(root, "\n".join([*_read(root)[:4], digest]))


def is_fresh(root: str) -> bool:
    """Tell whether the locks were found to fit the hand-written files as they are now."""
    return _read(root)[4] == hand_written(root)


def take(root: str) -> str:
    """Take the stamp away and give its text: from here on, whatever is killed counts as not built."""
    text = "\n".join(_read(root))
    if os.path.exists(_path(root)):
        os.remove(_path(root))
    return text


def put_back(root: str, text: str) -> None:
    """Put a stamp that was taken back."""
    with open(_path(root), "w", encoding="ascii") as file:
        file.write(text)


def is_intact(root: str) -> bool:
    """Tell whether venv/ is the environment that was stamped, whatever the locks say by now."""
    return _read(root)[0] == identity(root) != ""


def is_current(root: str, layers: tuple[str, ...] | None = DEFAULT_LAYERS) -> bool:
    """Tell whether venv/ is intact and holds what the locks of `layers` say (None: of those it was stamped with)."""
    layers = stamped_layers(root) if layers is None else layers
    return is_intact(root) and _read(root)[1:3] == [contents(root, layers), installed(root)]


def stamped_layers(root: str) -> tuple[str, ...]:
    """Give the layers that venv/ was built from."""
    return tuple(_read(root)[3].split())


def leave_if_nothing_to_do(module: str, arguments: list[str]) -> None:
    """End here what needs no more than this file: a plain `python3 tasks.py setup` of what is set up already.

    Called first in tasks.py, with its __name__ and the command line's arguments.
    """
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if module != "__main__" or arguments != ["setup"] or is_interrupted(root):
        return
    if is_current(root) and is_fresh(root) and not hooks_missing(root):
        print(up_to_date(DEFAULT_LAYERS))
        raise SystemExit(0)


def is_interrupted(root: str) -> bool:
    """Tell whether a rename was begun here and isn't finished."""
    return os.path.exists(os.path.join(root, JOURNAL))


def up_to_date(layers: tuple[str, ...]) -> str:
    """Say that there is nothing to do."""
    verb = "says" if len(layers) == 1 else "say"
    return f"{VENV}/ is what {' and '.join(map(lock_name, layers))} {verb}: nothing to do."


def hooks_missing(root: str) -> bool:
    """Tell whether this is a plain git clone without a pre-commit hook (worktrees are looked at elsewhere)."""
    hooks = os.path.join(root, ".git", "hooks")
    return os.path.isdir(hooks) and not os.path.exists(os.path.join(hooks, "pre-commit"))


def _read(root: str) -> list[str]:
    try:
        with open(_path(root), encoding="ascii") as file:
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError):
        lines = []
    return lines if len(lines) == 5 else [""] * 5  # no stamp, or not one of ours


def _bytes(root: str, name: str) -> bytes:
    try:
        with open(os.path.join(root, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _path(root: str) -> str:
    return os.path.join(root, VENV, "setup.stamp")


def _digest(parts: list[bytes]) -> str:
    # Each part's length goes in too: ("ab", "c") isn't ("a", "bc").
    return hashlib.sha256(b"".join(b"%d\n%s" % (len(part), part) for part in parts)).hexdigest()
