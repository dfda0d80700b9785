"""The git hook that runs pre-commit from venv/, whatever shell or program commits. Standard library only."""

from __future__ import annotations

import sys
from pathlib import Path

from tooling import processes, project, scrubbing

# pre-commit's own hook names one interpreter and leaves the PATH alone, so its hooks find ruff only where venv/ is
# activated, and all worktrees share the environment that came last. This one asks where it runs. (Git brings its sh
# along on Windows, and starts hooks at the top of the working tree.)
HOOK = """\
#!/bin/sh
# Written by `invoke setup`: runs pre-commit with the tools of venv/, activated or not.
PATH="$PWD/venv/bin:$PWD/venv/Scripts:$PATH"
for python in venv/bin/python venv/Scripts/python.exe; do
    if [ -x "$python" ]; then
        exec "$python" -m pre_commit hook-impl --config=.pre-commit-config.yaml --hook-type=pre-commit \\
            --skip-on-missing-config --hook-dir "$(cd "$(dirname "$0")" && pwd)" -- "$@"
    fi
done
echo "No environment in venv/ to check this commit with. Set it up: python3 tasks.py setup" >&2
exit 1
"""


def install() -> None:
    """Write the pre-commit hook where there is a git repository; say why where there is none.

    A hook of another origin is kept beside it as pre-commit.legacy, which pre-commit runs too.
    """
    if not (project.ROOT / ".git").exists():
        project.say(f"No git hooks: this is no git clone. After `git init`: {project.typed('setup')}")
        return
    try:
        code, output = processes.quietly(["git", "rev-parse", "--git-path", "hooks"])
        configured, _ = processes.quietly(["git", "config", "core.hooksPath"])
    except FileNotFoundError:
        project.say(f"No git hooks: git is not on the PATH. With it: {project.typed('setup')}")
        return
    if code != 0:
        project.say(f"No git hooks: {scrubbing.scrubbed(output.strip())}", sys.stderr)
        return
    if configured == 0:
        project.say("No git hooks: core.hooksPath sends git elsewhere. To run them by hand: pre-commit run", sys.stderr)
        return
    hook = project.ROOT / output.strip() / "pre-commit"
    legacy = hook.with_name("pre-commit.legacy")
    there = hook.read_text(encoding="utf-8", errors="replace") if hook.exists() else ""
    if there == HOOK:
        return
    if there and "pre-commit.com" not in there and "invoke setup" not in there and not legacy.exists():
        hook.replace(legacy)
    hook.parent.mkdir(parents=True, exist_ok=True)
    _write(hook)
    project.say("Git hook installed: each commit is checked with pre-commit")


def _write(hook: Path) -> None:
    new = hook.with_name("pre-commit.new")
    new.write_bytes(HOOK.encode())
    new.chmod(0o755)
    new.replace(hook)
