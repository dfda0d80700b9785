"""The template as it stands, in a git repository of its own, and projects made from it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A path with what breaks scripts: a space, a quote, a letter beyond ASCII.
AWKWARD = "it's a déjà vu"
OWN = ("--author=Zoë Ünal", "--email=zoe@example.invalid", "--url=", "--year=2031", "--no-setup")
_OURS = ("GIT_", "PYTHON", "PIP_", "UV_", "VIRTUAL_ENV", "INVOKE_")


def environment() -> dict[str, str]:
    """Return the caller's variables without those that steer git, pip, uv or Python."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    for who in ("AUTHOR", "COMMITTER"):
        env.update({f"GIT_{who}_NAME": "Somebody", f"GIT_{who}_EMAIL": "me@example.invalid"})
    return env


def run(
    *command: str | Path, cwd: Path, ok: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program and return how it ended; with `ok` it has to succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment(), **env},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert not ok or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def task(root: Path, *words: str, ok: bool = True, **env: str) -> str:
    """Run a task; return what it said, on stderr if it had to fail."""
    done = run(sys.executable, "tasks.py", *words, cwd=root, ok=ok, **env)
    assert ok or done.returncode, done.stdout
    return done.stdout if ok else done.stderr


def git(root: Path, *words: str | Path) -> str:
    return run("git", *words, cwd=root).stdout.strip()


def commit(root: Path, files: dict[str, str | None] | None = None) -> str:
    """Commit everything, these texts included (None: without that file); return the commit."""
    for name, text in (files or {}).items():
        path = root / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--no-verify", "--allow-empty", "-m", "A change")
    return git(root, "rev-parse", "HEAD")


def text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def contents(root: Path) -> dict[str, bytes]:
    """Return all files but git's, Python's own and what is built."""
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    kept = (path for path in paths if not {".git", "__pycache__", "venv"} & set(path.parts))
    return {path.as_posix(): (root / path).read_bytes() for path in kept}


@functools.cache
def scratch() -> Path:
    """Return a temporary folder that goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="projects-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def unpacked() -> Path:
    """Return this working tree without git, as a ZIP has it."""
    target = scratch() / "unpacked"
    names = git(ROOT, "-c", "core.quotePath=off", "ls-files", "-co", "-z", "--exclude-standard")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("old/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@functools.cache
def template() -> Path:
    """Return a clone of this repository, with a commit of the working tree upon its history."""
    target = scratch() / "the template"
    run("git", "clone", "-q", "--no-checkout", ROOT, target, cwd=scratch())
    git(target, "checkout", "-q", "-B", "main")
    shutil.copytree(unpacked(), target, dirs_exist_ok=True)
    for name in git(target, "ls-files", "-z").split("\0"):
        if name and not (unpacked() / name).exists():
            (target / name).unlink(missing_ok=True)
    commit(target)
    return target


def copied(source: Path, folder: Path) -> Path:
    """Return a copy, for changing, in an awkwardly named folder."""
    return Path(shutil.copytree(source, folder / AWKWARD / "copy", symlinks=True))


def start(folder: Path, source: Path, at: str = "HEAD", *options: str) -> Path:
    """Return a project made from a commit of the template by that commit's own rename."""
    root = folder / AWKWARD / "churn-lab"
    run("git", "clone", "-q", source, root, cwd=scratch())
    git(root, "reset", "-q", "--hard", at)
    task(root, "rename", "churn-lab", *OWN, *options)
    commit(root)
    return root


@functools.cache
def project(*options: str) -> Path:
    """Return a project made from the template as it stands, to be looked at or copied."""
    return start(scratch() / f"made {' '.join(options)}", template(), "HEAD", *options)
