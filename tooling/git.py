"""The one way to ask git: its output and its complaints apart, and nothing of the caller's that would misdirect it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tooling import processes, project

# What git sets for its hooks and aliases, and what else says which repository is meant: here a folder says that.
_MISDIRECTING = frozenset(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR "
    "GIT_NAMESPACE GIT_PREFIX GIT_CEILING_DIRECTORIES GIT_SHALLOW_FILE".split()
)
# The user's hooks, and tidying up in the background, are for the user's own commands.
_SETTINGS = [
    word
    for setting in ("core.hooksPath=/dev/null", "gc.auto=0", "core.safecrlf=false", "i18n.commitEncoding=utf-8")
    for word in ("-c", setting)
]


def ask(folder: Path, *arguments: str | Path, given: bytes = b"", apart: bool = False) -> tuple[int, bytes, str]:
    """Run git in `folder`; give its exit code, its output and its complaints, the latter without credentials.

    `apart` is for temporary repositories: none of the user's settings count there, nor is a name needed to commit.
    """
    command = ["git", *_SETTINGS, *arguments]
    try:
        code, output, said = processes.captured(command, cwd=folder, env=variables(apart), given=given)
    except FileNotFoundError:
        project.fail("This needs git, and there is none on the PATH. Install it, then type the same again.")
    return code, output, without_credentials(said.strip())


def must(folder: Path, *arguments: str | Path, given: bytes = b"", apart: bool = False) -> str:
    """Run git in `folder` and give its output as text, less the last newline. Ends the task where git fails."""
    return packed(folder, *arguments, given=given, apart=apart).decode("utf-8", "surrogateescape").rstrip("\n")


def packed(folder: Path, *arguments: str | Path, given: bytes = b"", apart: bool = False) -> bytes:
    """Run git in `folder` and give its output as it is. Ends the task where git fails, with what git said."""
    code, output, said = ask(folder, *arguments, given=given, apart=apart)
    if code != 0:
        project.fail(f"git {arguments[0]} failed. {said or f'Its exit code is {code}.'}")
    return output


def names(folder: Path, *arguments: str | Path, apart: bool = False) -> list[str]:
    """Run git with an option -z in `folder`, and give the parts of its output."""
    return [part for part in must(folder, *arguments, apart=apart).split("\0") if part]


def variables(apart: bool = False) -> dict[str, str]:
    """Give the variables that git runs with, as `ask` says."""
    env = {name: value for name, value in processes.environment_variables().items() if name not in _MISDIRECTING}
    env["GIT_LITERAL_PATHSPECS"] = "1"  # a file may be called a*b
    if not sys.stdin or not sys.stdin.isatty():
        env["GIT_TERMINAL_PROMPT"] = "0"  # nobody would answer
    if apart:
        env = {name: value for name, value in env.items() if not name.startswith("GIT_CONFIG")}
        env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", GIT_ATTR_NOSYSTEM="1")
        for who in ("AUTHOR", "COMMITTER"):
            env.update({f"GIT_{who}_NAME": "update", f"GIT_{who}_EMAIL": "update@localhost"})
    return env


def without_credentials(text: str) -> str:
    """Take the user name and the password out of every URL in a text; ssh needs the former, and keeps it."""
    text = re.sub(r"(ssh://[^\s/@:]*):[^\s/]*@", r"\1@", text)
    return re.sub(r"(?<!ssh)(://)[^\s/]*@", r"\1", text)
