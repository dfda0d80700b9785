"""Git, asked in one way; and the files of a project: all that git doesn't ignore.

An unpacked ZIP has no git: then .gitignore says which they are.
"""

import fnmatch
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tooling import processes, project
from tooling.processes import Done
from tooling.starter import record

# The user's hooks, and tidying up in the background, are for the user's own commands.
_SETTINGS = ("core.quotePath=off", f"core.hooksPath={os.devnull}", "gc.auto=0")


def run(root: Path, *arguments: str | Path) -> Done:
    """Run git in `root` to its end; where there is none, it fails as git does."""
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    env = {"GIT_LITERAL_PATHSPECS": "1", "GIT_EDITOR": "true"}
    if not sys.stdin or not sys.stdin.isatty():
        env["GIT_TERMINAL_PROMPT"] = "0"  # nobody would answer
    try:
        return processes.run(["git", *settings, *arguments], cwd=root, env=env)
    except FileNotFoundError:
        return Done(127, errors="There is no git on the PATH. Install it, then try again.")


def text(root: Path, *arguments: str | Path) -> str:
    """Return git's output, less the last newline. Ends the task with git's words if it fails."""
    done = run(root, *arguments)
    if done.code:
        project.fail(f"git {arguments[0]} failed: {done.words or done.code}")
    return done.text.rstrip("\n")


def parts(root: Path, *arguments: str | Path) -> list[str]:
    """Return the parts of git's output, asked for with -z. Ends the task as `text` does."""
    return [part for part in text(root, *arguments).split("\0") if part]


def ask(root: Path, *arguments: str | Path) -> str:
    """Return git's answer; "" where it has none."""
    done = run(root, *arguments)
    return "" if done.code else done.text.strip()


def refuse_subfolder(root: Path) -> None:
    """End the task where the project lies within a bigger repository, or git can't read its own."""
    done = run(root, "rev-parse", "--show-prefix")
    if done.code == 0 and done.text.strip():
        within = f"{root} lies within a bigger git repository; this works at the top of one alone."
        project.fail(f"{within} Move the folder out of it, then run this again.")
    if done.code and (root / ".git").exists():
        project.fail(f"git can't read this repository: {done.words}")


def files(root: Path) -> list[str]:
    """Return the project's files, sorted; symbolic links aren't among them."""
    listed = ("ls-files", "-co", "-z", "--exclude-standard")
    names = parts(root, *listed) if (root / ".git").exists() else _walk(root, ignored(root))
    paths = {name: root / name for name in sorted(names)}
    return [name for name, path in paths.items() if path.is_file() and not path.is_symlink()]


def ignored(root: Path) -> list[str]:
    """Return the patterns in .gitignore."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip().strip("/") for line in lines if line.strip() and line[0] not in "#!"]


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Return whether one of the patterns is the name of a file or folder."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _walk(root: Path, patterns: list[str]) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not is_ignored(name, [*patterns, ".git"])]
        paths = (Path(folder) / name for name in names if not is_ignored(name, patterns))
        yield from (path.relative_to(root).as_posix() for path in paths)


def changes(root: Path) -> list[str]:
    """Return the paths that aren't as they were committed; none where there is no git."""
    status = ("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    return [line[3:] for line in parts(root, *status)] if (root / ".git").exists() else []


def refuse_changes(root: Path, otherwise: str) -> None:
    """End the task where something isn't committed; `otherwise` is what to do but commit it."""
    changed = changes(root)
    if changed:
        more = f" and {len(changed) - 1} more" if changed[1:] else ""
        project.fail(f"Not committed: {changed[0]}{more}. Commit that, or {otherwise}")


def origin(root: Path) -> tuple[str, str, str]:
    """Return what the record says of the template in `root`: its address, commit and contents."""
    commit = ask(root, "rev-parse", "--verify", "-q", "HEAD")
    if commit:
        source = project.without_logins(ask(root, "config", "remote.origin.url"))
        return source, commit, contents(root, "HEAD")
    blobs = (f"{record.blob((root / name).read_bytes())} {name}" for name in files(root))
    return "", "", record.contents(blobs)


def contents(root: Path, tree: str) -> str:
    """Return the digest of a tree's files that the record has."""
    rows = (row.split("\t", 1) for row in parts(root, "ls-tree", "-r", "-z", tree))
    return record.contents(f"{about.split()[2]} {path}" for about, path in rows)
