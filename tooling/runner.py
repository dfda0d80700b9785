"""Runs the tasks when invoke isn't there yet: `python3 tasks.py TASK` reads the same functions that invoke does.

Standard library only, Python 3.7 syntax. `task` stands in for invoke's decorator of that name, and takes of
its parameters those that tasks.py uses; options are named and read as invoke names and reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tooling import project

_INVOKE = ("invoke", "inv")  # what invoke's programs are called; `python -m invoke` runs its __main__.py
_tasks: dict[str, Task] = {}


class Task:
    """A function of tasks.py, and what its options are."""

    def __init__(self, function: Callable[..., None], help: dict[str, str], iterable: Sequence[str]) -> None:
        self.function, self.help, self.iterable = function, help, iterable
        self.name = function.__name__.replace("_", "-")
        self.summary = (function.__doc__ or "").strip().splitlines()[0]


def task(*, help: dict[str, str] | None = None, iterable: Sequence[str] = ()) -> Callable[[Callable[..., None]], Task]:
    """Register a function as a task, as invoke's `task` does."""

    def register(function: Callable[..., None]) -> Task:
        made = Task(function, help or {}, iterable)
        _tasks[made.name] = made
        return made

    return register


def main(arguments: list[str]) -> None:
    """Run the task that `arguments` name, or list the tasks."""
    try:
        _run(arguments)
    except KeyboardInterrupt:
        project.fail("Interrupted. The same command again takes it from here.", 130)


def take_over_from_invoke(module: str, *names: str) -> None:
    """Go on here with the tasks `names` where invoke was asked for one: its parser knows no list of words.

    Called in tasks.py with its __name__, before invoke has read what follows the task's name.
    """
    if module != "__main__" and by_invoke() and sys.argv[1:] and sys.argv[1] in names:
        project.replace_process([sys.executable, str(project.ROOT / "tasks.py"), *sys.argv[1:]])


def by_invoke() -> bool:
    """Tell whether invoke runs this, rather than tasks.py itself."""
    program = Path(sys.argv[0])
    return program.stem in _INVOKE or program.parent.name in _INVOKE


def passed_through() -> list[str]:
    """Give what follows `--` on the command line, word by word, under this runner and under invoke."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def _run(arguments: list[str]) -> None:
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if not ours or ours[0] in ("-l", "--list", "-h", "--help"):
        if len(ours) < 2:
            return _list_tasks()
        ours = [ours[1], "--help"]
    chosen = _tasks.get(ours[0].replace("_", "-"))
    if chosen is None:
        project.fail(f"There is no task “{ours[0]}”. The tasks are: {', '.join(_tasks)}.")
    chosen.function(None, **_options(chosen, ours[1:]))


def _options(chosen: Task, arguments: list[str]) -> dict[str, Any]:
    import argparse
    import inspect

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            if extra:
                message += (
                    f" (what is for pytest goes behind --: {project.typed(chosen.name)} -- {' '.join(arguments)})"
                )
            project.fail(f"{chosen.name}: {message}. Its options: {project.typed(chosen.name)} --help", 2)

    extra = " [-- ARGUMENT ...]" if "passed_through" in chosen.function.__code__.co_names else ""
    parser = Parser(prog=project.typed(chosen.name), description=chosen.summary, allow_abbrev=False)
    words = ""
    for name, parameter in list(inspect.signature(chosen.function).parameters.items())[1:]:
        flag, said = name.replace("_", "-"), chosen.help.get(name, "")
        if parameter.default is inspect.Parameter.empty:
            several = name in chosen.iterable
            words += f" {flag.upper()}{' ...' if several else ''}"
            parser.add_argument(name, metavar=flag.upper(), help=said, nargs="+" if several else None)
        elif name in chosen.iterable:
            parser.add_argument(f"--{flag}", dest=name, action="append", default=[], metavar="NAME", help=said)
        elif parameter.default is True:
            parser.add_argument(f"--no-{flag}", dest=name, action="store_false", help=said)
        elif parameter.default is False:
            parser.add_argument(f"--{flag}", dest=name, action="store_true", help=said)
        else:
            parser.add_argument(f"--{flag}", dest=name, default=parameter.default, metavar="VALUE", help=said)
    parser.usage = f"%(prog)s{words} [options]{extra}"
    return vars(parser.parse_args(arguments))


def _list_tasks() -> None:
    width = max(map(len, _tasks))
    project.say(f"Tasks ({project.typed('TASK')}; {project.typed('TASK --help')} shows a task's options):\n")
    for name, each in _tasks.items():
        project.say(f"  {name:{width}}  {each.summary}")
