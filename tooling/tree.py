"""The files of a project: those that git tracks, or, in an unpacked ZIP, all that .gitignore doesn't name."""

from __future__ import annotations

import fnmatch
import os
import subprocess
from pathlib import Path

from tooling import record
from tooling.git import variables, without_credentials

UPSTREAM = ("@{upstream}", "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")


def git(root: Path, *arguments: str) -> str | None:
    """Run git at `root` and give what it prints; None where it fails, there is no git, or `root` isn't its clone."""
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=off", *arguments], cwd=root, env=variables(), capture_output=True, check=False
        )
    except FileNotFoundError:
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def files(root: Path) -> list[str]:
    """List the files that are tracked, or would be; symbolic links are among them, what they lead to isn't."""
    listed = git(root, "ls-files", "-co", "-z", "--exclude-standard")
    names = set(_walk(root, ignored(root)) if listed is None else filter(None, listed.split("\0")))
    return sorted(name for name in names if os.path.lexists(root / name) and not _is_folder(root / name))


def ignored(root: Path) -> list[str]:
    """Give the patterns in .gitignore."""
    path = root / ".gitignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.strip().strip("/") for line in lines if line.strip() and not line.startswith(("#", "!"))]


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Tell whether one of the patterns names a file or folder; `name` is the last part of its path."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def changes(root: Path) -> list[str]:
    """List what isn't committed, as `git status` shows it; nothing where there is no git."""
    return (git(root, "status", "--porcelain", "--untracked-files=all") or "").splitlines()


def source(root: Path) -> str:
    """Give the address that the clone was made from, without a password in it; "" if there is none."""
    url = (git(root, "config", "--get", "remote.origin.url") or "").strip()
    return without_credentials(url)


def commit(root: Path) -> str:
    """Give the commit that the working tree has of its origin: HEAD, or where HEAD left it; "" without git."""
    head = (git(root, "rev-parse", "--verify", "-q", "HEAD") or "").strip()
    for upstream in UPSTREAM if head else ():
        base = git(root, "merge-base", "HEAD", upstream)
        if base:
            return base.strip()
    return head


def contents(root: Path) -> str:
    """Digest the files as they were committed, or, without git, as they are (see `record.contents`)."""
    listed = git(root, "ls-tree", "-r", "-z", "HEAD")
    if listed is not None:
        rows = (row.split("\t", 1) for row in listed.split("\0") if row)
        return record.contents(f"{row[0].split()[2]} {row[1]}" for row in rows)
    return record.contents(f"{record.blob(_content(root / name))} {name}" for name in files(root))


def _content(path: Path) -> bytes:
    return os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _walk(root: Path, patterns: list[str], below: str = "") -> list[str]:
    found = []
    for entry in os.scandir(root / below):
        if entry.name == ".git" or is_ignored(entry.name, patterns):
            continue
        if entry.is_dir(follow_symlinks=False):
            found += _walk(root, patterns, f"{below}{entry.name}/")
        else:
            found.append(below + entry.name)
    return found
