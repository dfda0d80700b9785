"""One @task for both front doors: invoke's own under invoke, and the like of it without."""

from __future__ import annotations

import argparse
import difflib
import inspect
import os
import shutil
import signal
import sys
import textwrap
from typing import Any, Callable, NoReturn

from tooling import project, start
from tooling.options import HELP

_tasks: dict[str, _Parser] = {}


class _Parser(argparse.ArgumentParser):
    run: Callable[..., None]
    group = ""  # the heading above it in the list
    letters = "h"  # the short options
    takes_words = False  # whether it takes something without an option

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
    """Register a function as a task; under invoke, as invoke's own. A list[…] takes several.

    In the list, `group` is a heading above it. A last parameter **own stands for an option for
    each of `help` that isn't a parameter.
    """

    def register(function: Any) -> Any:
        first, *parameters = inspect.signature(function).parameters.values()
        if parameters and parameters[-1].name == "own":
            kind, names = inspect.Parameter.KEYWORD_ONLY, {each.name for each in parameters}
            own = (name for name in help if name not in names)
            parameters[-1:] = [inspect.Parameter(name, kind, default=None) for name in own]
            function.__signature__ = inspect.Signature([first, *parameters])
        texts = {each.name: {**HELP, **help}[each.name] for each in parameters}
        parser = _Parser(project.typed(function.__name__), allow_abbrev=False)
        parser.description, parser.run = function.__doc__.splitlines()[0], function
        parser.group = group
        lists = [each.name for each in parameters if "list" in str(each.annotation)]
        for each in parameters:
            parser.add(each.name, each.default, each.name in lists, texts[each.name])
        _tasks[function.__name__] = parser
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
    if {"-q", "--quiet"} & {*sys.argv}:
        os.environ[project.QUIET] = "1"
    words = _own() if module == "__main__" else _beyond_invoke(_own())
    if module != "__main__" and not words:
        return
    try:
        for parser, options in _chain(words):
            parser.run(None, **options)
    except KeyboardInterrupt:
        project.fail("Interrupted. Run the same command again to go on from here.", 130)
    raise SystemExit(0)


def passed_through() -> list[str]:
    """Return what follows `--` on the command line, for the tool behind the task."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def _own() -> list[str]:
    words = [*sys.argv[1:], "--"]
    return [word for word in words[: words.index("--")] if word not in ("-q", "--quiet")]


def _beyond_invoke(words: list[str]) -> list[str]:
    """Return the words from the first task on if one takes several words: invoke knows none."""
    first = next((at for at, word in enumerate(words) if word in _tasks), len(words))
    asks = {"-h", "--help", "-l", "--list"} & {*words[:first]}
    several = any(_tasks[word].takes_words for word in words[first:] if word in _tasks)
    return words[first:] if several and not asks else []


def _chain(words: list[str]) -> list[tuple[_Parser, dict[str, Any]]]:
    """Return the tasks that are asked for, each with its options."""
    if words[:1] in ([], ["-l"], ["--list"], ["-h"], ["--help"], ["help"]):
        if len(words) < 2:
            usage = "(--help: its options; --quiet: errors and notes alone), where TASK is one of"
            project.say(f"{project.typed('TASK')} {usage}")
            width = shutil.get_terminal_size().columns
            for name, parser in _tasks.items():
                if parser.group:
                    project.say(f"\n{parser.group}")
                line = f"  {name:9} {parser.description}"
                indent: dict[str, Any] = {"subsequent_indent": " " * 12, "break_on_hyphens": False}
                project.say(textwrap.fill(line, width, **indent))
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
            near = difflib.get_close_matches(word, _tasks, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            project.fail(f"There is no task “{word}”.{hint}", 2, then="--list")
    return [(_tasks[name], vars(_tasks[name].parse_args(given))) for name, *given in chain]
