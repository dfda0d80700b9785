"""Carries out a rename: copied to build/rename/, beside the journal and the new contents.

If the rename is killed, tasks.py runs it there; a step that was done does nothing then. What
follows on its command line is started in the end, unless that is the rename.
Standard library only, Python 3.7 syntax.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

JOURNAL = "journal.json"


def finish(folder: Path) -> None:
    """Carry out the journal in `folder`, build/rename/ of the project, and remove that."""
    root = folder.parent.parent
    journal = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
    steps = [(str(kind), root / here, str(there)) for kind, here, there in journal]
    for kind, path, there in steps:
        if kind == "move":
            _move(path, root / there)
        elif kind == "write":
            _write(folder / there, path)
        else:
            _remove(path, root)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # build/ holds something else
        folder.parent.rmdir()


def _move(here: Path, there: Path) -> None:
    if here.exists() and not there.exists():
        here.rename(there)


def _write(content: Path, path: Path) -> None:
    if not content.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        shutil.copymode(str(path), str(content))
    content.replace(path)


def _remove(path: Path, root: Path) -> None:
    """Remove a file or a folder, and the folders above it once nothing is in them."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
    for above in path.parents:
        if above == root or (
            above.exists() and {each.name for each in above.iterdir()} - {"__pycache__"}
        ):
            break
        shutil.rmtree(above, ignore_errors=True)


if __name__ == "__main__":
    try:
        finish(Path(__file__).resolve().parent)
    except (OSError, ValueError, TypeError) as error:
        sys.exit(
            f"The rename that was interrupted can't be finished: {error}. Bring the template back "
            "(git checkout . or unpack it again), remove build/rename, then rename again."
        )
    print("Finished the rename that was interrupted.", file=sys.stderr)
    if sys.argv[1:] and "rename" not in sys.argv:
        sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))
