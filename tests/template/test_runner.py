"""`python3 tasks.py TASK` and `invoke TASK` are the same: the same options, read to the same calls."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, Clone, run
from tooling import runner

TASKS = tuple(
    "setup venv install freeze targets outdated audit sbom add remove test lint build clean rename new update".split()
)


def _functions() -> dict[str, Callable[..., None]]:
    """Give the functions of tasks.py, as invoke decorated them."""
    spec = importlib.util.spec_from_file_location("the_tasks_py", ROOT / "tasks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found = {name: getattr(module, name) for name in vars(module) if type(getattr(module, name)).__name__ == "Task"}
    return {task.name: task for task in found.values()}


DECORATED: dict[str, Any] = _functions()
HELP = {name: dict(task.help or {}) for name, task in DECORATED.items()}  # invoke empties it as it reads a line

# Every option of every task, in each way to write it.
LINES = [
    "setup",
    "setup --python 3.12",
    "setup --python=3.12 --installer=uv",
    "setup --layer dev --layer docs",
    "setup --layer=prod --no-hooks",
    "venv",
    "venv --clear",
    "venv --clear --python /opt/python",
    "install --installer pip --layer prod",
    "freeze",
    "freeze --upgrade",
    "freeze --upgrade --cooldown 14",
    "freeze --package six --package attrs",
    "freeze --check",
    "targets",
    "targets --layer prod --layer=dev",
    "outdated",
    "test",
    "test --fast",
    "lint --fix",
    "build",
    "audit",
    "audit --layer prod --layer=dev --service osv --osv-url https://osv.example.invalid/v1/query",
    "sbom",
    "sbom --layer dev --output=sbom.json",
    "clean",
    "clean --venv",
    "update",
    "update --source ../template --to=v1 --dry-run",
    "rename churn-lab",
    "rename churn-lab --author=Me --email= --url=https://example.invalid/ --description What --version 0.2",
    "rename churn-lab --python >=3.9 --license MIT --year 2031 --bare --dry-run --force --no-setup",
    "new ../lab churn-lab",
    "new ../lab churn-lab --author=Me --email= --url=https://example.invalid/ --description What --version 0.2",
    "new ../lab churn-lab --python >=3.9 --license MIT --year 2031 --bare --dry-run --force --no-setup",
]
# A list of words, which invoke's parser doesn't know: these always run here.
OURS = ["add alpha beta --layer dev --exact", "remove alpha --layer=dev"]


def _by_invoke(line: str) -> tuple[str, dict[str, Any]]:
    from invoke.collection import Collection
    from invoke.parser import Parser

    contexts = Collection(*DECORATED.values()).to_contexts()
    (found,) = Parser(contexts=contexts).parse_argv(line.split())
    return str(found.name), {name.replace("-", "_"): argument.value for name, argument in found.args.items()}


def _by_runner(line: str) -> tuple[str, dict[str, Any]]:
    name, *arguments = line.split()
    decorated = DECORATED[name]
    task = runner.Task(decorated.body, HELP[name], decorated.iterable)
    return task.name, runner._options(task, arguments)


@pytest.mark.parametrize("line", LINES)
def test_both_runners_read_a_command_line_to_the_same_call(line: str) -> None:
    name, options = _by_runner(line)
    by_invoke, theirs = _by_invoke(line)
    assert name == by_invoke
    wanted = {parameter: theirs[parameter] for parameter in options}
    assert options == wanted


def test_the_lines_above_use_every_option_of_every_task() -> None:
    used = {
        (line.split()[0], word.split("=")[0]) for line in LINES + OURS for word in line.split() if word.startswith("--")
    }
    for name, task in DECORATED.items():
        for parameter in list(inspect.signature(task.body).parameters.values())[1:]:
            if parameter.default is inspect.Parameter.empty:
                continue  # a word
            flag = f"--{'no-' if parameter.default is True else ''}{parameter.name.replace('_', '-')}"
            assert (name, flag) in used


def test_the_tasks_are_the_ones_that_are_promised_each_with_a_line_of_help_and_a_line_for_each_option() -> None:
    assert set(TASKS) <= set(DECORATED)
    for task in DECORATED.values():
        assert str(task.body.__doc__).strip().splitlines()[0].endswith(".")
        assert set(list(inspect.signature(task.body).parameters)[1:]) == set(HELP[task.name])


@pytest.mark.parametrize("arguments", [[], ["--list"], ["-l"], ["--help"]])
def test_without_a_task_the_tasks_are_listed(unpacked: Clone, arguments: list[str]) -> None:
    shown = unpacked.task(*arguments).stdout
    for name, task in DECORATED.items():
        assert f"  {name} " in shown
        assert str(task.body.__doc__).splitlines()[0] in shown


def test_invoke_lists_the_same_tasks(ready: Clone) -> None:
    shown = ready.in_venv("-m", "invoke", "--list").stdout
    assert all(f"  {name} " in shown for name in TASKS)


@pytest.mark.parametrize("arguments", [["setup", "--help"], ["--help", "setup"]])
def test_help_for_a_task_shows_its_options(unpacked: Clone, arguments: list[str]) -> None:
    shown = unpacked.task(*arguments).stdout
    assert "Set everything up" in shown
    assert all(option in shown for option in ("--python", "--installer", "--layer", "--no-hooks"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stup"], "There is no task “stup”"),
        (["setup", "--pyhton", "3.12"], "--pyhton"),
        (["setup", "--python"], "--python"),
        (["venv", "extra"], "extra"),
        (["setup", "--pyth", "3.12"], "--pyth"),
        (["setup", "--installer", "conda"], "“conda”"),
        (["setup", "--layer", "nosuch"], "requirements-nosuch.in"),
    ],
)
def test_what_is_mistyped_is_named_in_a_sentence_on_stderr_and_nothing_is_done(
    unpacked: Clone, arguments: list[str], said: str
) -> None:
    done = unpacked.task(*arguments, ok=False)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert not unpacked.venv.exists()


@pytest.mark.parametrize("start", [["tasks.py"], ["-m", "invoke"]], ids=["tasks.py", "invoke"])
def test_what_follows_two_dashes_reaches_pytest(ready: Clone, start: list[str]) -> None:
    done = run(ready.python, *start, "test", "--", "--version", "--version", cwd=ready.root, env=ready.env)
    assert "pytest" in done.stdout + done.stderr
    done = run(ready.python, *start, "test", "--", "--no-such-option", cwd=ready.root, env=ready.env, ok=False)
    assert done.returncode != 0
    assert "no-such-option" in done.stderr


@pytest.mark.parametrize("setting", ["INVOKE_RUN_WARN", "INVOKE_RUN_DRY", "INVOKE_RUN_ECHO"])
def test_settings_of_invoke_do_not_make_a_failing_task_succeed(ready: Clone, setting: str) -> None:
    command: list[str | Path] = [ready.python, "-m", "invoke", "setup", "--layer", "nosuch"]
    done = run(*command, cwd=ready.root, env={**ready.env, setting: "1"}, ok=False)
    assert done.returncode != 0
