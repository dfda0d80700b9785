"""One @task for both front doors: invoke's own under invoke, and the like of it without."""

from __future__ import annotations

import argparse
import inspect
import os
import shutil
import signal
import sys
import textwrap
from difflib import get_close_matches
from typing import Any, Callable, NoReturn

from tooling import project, start

# What the tasks' options mean; a task may say it otherwise.
HELP = {
    "check": "write nothing: show what would change, and exit 1 if anything would",
    "clear": "make it again",
    "cooldown": "the age in days of what is new; 0 for any (default: 7, in pyproject.toml)",
    "dry_run": "only show what would change",
    "fix": "fix what can be fixed",
    "hooks": "the git hook (--no-hooks: none)",
    "installer": "uv or pip (default: the locked uv)",
    "layer": "a layer: the NAME of requirements-NAME.txt; repeatable",
    "offline": "with --check: compare with the hand-written files alone",
    "output": "the file to write (default: sbom-LAYER.cdx.json)",
    "package": "NAME, NAME[extra], NAME>=1.0, 'NAME; marker', 'NAME @ URL'; several",
    "python": "the Python to use: a version (3.12), a path, or a name on the PATH",
    "rename": "another name for this project, instead of the template's changes",
    "set": "KEY=VALUE: author, email, url, description, version, python, license, year; repeatable",
    "source": "the template's address or path (default: the recorded one)",
    "to": "the branch, tag or commit to go to (default: the default branch)",
    "upgrade": "take the newest version of everything",
    "venv": "remove venv/ and the project's .egg-info too",
}
_tasks: dict[str, _Parser] = {}


class _Parser(argparse.ArgumentParser):
    run: Callable[..., None]
    group = ""  # the heading above it in the list, with line ends
    letters = "h"  # the short options
    takes_words = False  # whether it takes what is no option

    def _print_message(self, message: str, file: Any = None) -> None:
        project.say(message.rstrip(), file)

    def error(self, message: str) -> NoReturn:
        project.fail(f"{self.prog}: {message}. Its options: {self.prog} --help", 2)

    def add(self, name: str, default: Any, several: bool, help: str) -> None:
        """Add an option as invoke does, or what is needed if there is no default."""
        if default is inspect.Parameter.empty:
            self.takes_words = True
            self.add_argument(name, nargs="+" if several else None, help=help)
            return
        flag = name.replace("_", "-")
        letter = next((letter for letter in flag if letter not in self.letters), "")
        self.letters += letter
        names = [f"-{letter}", f"--{flag}"] if letter else [f"--{flag}"]
        how: dict[str, Any] = {"action": "append" if several else "store", "default": default}
        if isinstance(default, bool):
            how = {"action": "store_false" if default else "store_true"}
            names = [f"--no-{flag}"] if default else names
        self.add_argument(*names, dest=name, help=help, **how)

    def expects(self, words: list[str]) -> bool:
        """Return whether what follows `words`, the task and more, is a value in any case."""
        option = self._option_string_actions.get(words[-1])
        return option.nargs != 0 if option else self.takes_words and len(words) == 1


def task(*, help: dict[str, str] = {}, group: str = "") -> Callable[[Any], Any]:
    """Register a function as a task, `group` being the heading above it in the list of tasks."""

    def register(function: Any) -> Any:
        name, meanings = function.__name__, {**HELP, **help}
        _context, *parameters = inspect.signature(function).parameters.values()
        texts = {each.name: meanings[each.name] for each in parameters}
        lists = [each.name for each in parameters if "list" in str(each.annotation)]
        parser = _tasks[name] = _Parser(project.typed(name), allow_abbrev=False)
        parser.run, parser.description = function, function.__doc__
        parser.group = f"\n{group}\n" if group else ""
        for each in parameters:
            parser.add(each.name, each.default, each.name in lists, texts[each.name])
        if not start.by_invoke():
            return function
        from invoke.tasks import task as invoke_task

        return invoke_task(help=texts, iterable=lists)(function)

    return register


def main(module: str) -> None:
    """Run the tasks that the command line names, or list them. Called last in tasks.py."""
    if module != "__main__" and not start.by_invoke():
        return
    # Python's own way with an interruption, for a termination too: children are ended.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    words = [*sys.argv[1:], "--"]
    words = words[: words.index("--")]
    if {"-q", "--quiet"} & {*words}:
        os.environ[project.QUIET] = "1"
        words = [word for word in words if word not in ("-q", "--quiet")]
    if module != "__main__":
        # Invoke does the rest, unless a task takes several words, which it knows nothing like.
        first = next((at for at, word in enumerate(words) if word in _tasks), len(words))
        several = any(word in _tasks and _tasks[word].takes_words for word in words[first:])
        if not several or {"-h", "--help", "-l", "--list"} & {*words[:first]}:
            return
        words = words[first:]
    try:
        for parser, options in _chain(words):
            parser.run(None, **options)
    except KeyboardInterrupt:
        project.fail("Interrupted. Run the same command again to go on from here.", 130)
    raise SystemExit(0)


def passed_through() -> list[str]:
    """Return what follows `--` on the command line, for the tool behind the task."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def _chain(words: list[str]) -> list[tuple[_Parser, dict[str, Any]]]:
    """Return the tasks that are asked for, each with its options."""
    if words[:1] in ([], ["-l"], ["--list"], ["-h"], ["--help"], ["help"]):
        if len(words) < 2:
            usage = "(--help: its options; --quiet: errors and notes alone), where TASK is one of"
            project.say(f"{project.typed('TASK')} {usage}")
            width = shutil.get_terminal_size().columns
            for name, parser in _tasks.items():
                text = f"  {name:9}  {parser.description}"
                project.say(parser.group + textwrap.fill(text, width, subsequent_indent=" " * 13))
            return []
        words = [words[1], "--help"]
    chain: list[list[str]] = []
    for word in words:
        # What is another task's name may be an option's value, or the name of a package.
        if chain and (word not in _tasks or _tasks[chain[-1][0]].expects(chain[-1])):
            chain[-1].append(word)
        elif word in _tasks:
            chain.append([word])
        else:
            near = "".join(f" Did you mean {n}?" for n in get_close_matches(word, _tasks, 1))
            project.fail(f"There is no task “{word}”.{near}", 2, then="--list")
    return [(_tasks[name], vars(_tasks[name].parse_args(given))) for name, *given in chain]
