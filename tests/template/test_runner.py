"""`python3 tasks.py TASK` and `invoke TASK` are the same: options, chains, help."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import BASE_PYTHON, ROOT, Clone, run
from tests.template.support import Repository, sentence, small
from tooling import runner

# Each way to write an option, and tasks behind each other.
LINES = [
    "setup",
    "setup --python 3.12 --layer dev --layer=docs --no-hooks",
    "setup -p 3.12 -i uv -l dev",
    "setup -p3.12",
    "venv --clear --python=/opt/python",
    "venv -c",
    "install --installer pip --layer prod",
    "freeze --upgrade --cooldown 14",
    "freeze -u --package six --package attrs -c",
    "update --rename churn --set version=2.0 --set author=A",
    "sbom --layer dev --output=sbom.json",
    "clean setup --layer prod venv -c",
    "clean --venv build",
    "lint --fix test --all",
    "audit --layer setup build",  # a layer may have a task's name
]
# Prints what the tasks were called with, instead of running them.
ECHO = """
import tooling.runner as runner
for name, parser in runner._tasks.items():
    parser.run = lambda c, name=name, **given: print(name, given)
"""


def load(program: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Load tasks.py as `program` does; return its functions, which under invoke are invoke's."""
    monkeypatch.setattr(sys, "argv", [program])
    spec = importlib.util.spec_from_file_location("the_tasks", ROOT / "tasks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return {name: getattr(module, name) for name in runner._tasks}


@pytest.fixture
def summaries(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each task does, in a line."""
    load("tasks.py", monkeypatch)
    return {name: str(parser.description) for name, parser in runner._tasks.items()}


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A small project that is set up, whose tasks print what they are called with."""
    clone = small(tmp_path_factory.mktemp("light"))
    clone.task("setup")
    clone.write("tasks.py", clone.read("tasks.py").replace("\nmain(", f"\n{ECHO}\nmain("))
    yield clone


@pytest.mark.parametrize("line", LINES)
def test_both_read_a_line_to_the_same_calls(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from invoke.collection import Collection
    from invoke.parser import Parser

    names = {function: name for name, function in load("tasks.py", monkeypatch).items()}
    ours = [(names[parser.run], options) for parser, options in runner._chain(line.split())]
    contexts = Collection(*load("invoke", monkeypatch).values()).to_contexts()
    parsed = Parser(contexts=contexts).parse_argv(line.split())
    theirs = [
        (each.name, {name.replace("-", "_"): each.args[name].value for name in each.args})
        for each in parsed
    ]
    assert [
        (name, {key: values[key] for key in given})
        for (name, given), (_, values) in zip(ours, theirs, strict=True)
    ] == ours


def test_every_task_and_option_says_what_it_is_for(summaries: dict[str, str]) -> None:
    assert all(summary.endswith(".") for summary in summaries.values())
    assert max(map(len, summaries.values())) <= 68  # the list fits 80 columns
    for parser in runner._tasks.values():
        assert all(action.help for action in parser._actions), parser.prog


def test_the_list_and_the_help_read_right(light: Repository, summaries: dict[str, str]) -> None:
    for arguments in ([], ["--list"], ["-l"], ["--help"], ["help"]):
        output = light.task(*arguments).stdout
        for name, summary in summaries.items():
            assert f"  {name} " in output
            assert summary in " ".join(output.split())
    for arguments in (["setup", "--help"], ["--help", "setup"], ["help", "setup"]):
        output = light.task(*arguments).stdout
        assert all(flag in output for flag in ("--python", "--installer", "--layer", "--no-hooks"))
    output = light.in_venv("-m", "invoke", "--help", "setup").stdout
    assert "git hook" in output


def test_several_words_and_chains_work_through_either(light: Repository) -> None:
    added = "add {'package': ['a', 'b'], 'layer': ''}\n"
    assert light.task("add", "a", "b").stdout == added
    for options in ([], ["--echo"], ["-e"]):
        assert light.in_venv("-m", "invoke", *options, "add", "a", "b").stdout == added
    chain = light.task("clean", "add", "setup", "six").stdout
    assert [line.split(" ")[0] for line in chain.splitlines()] == ["clean", "add"]


def test_what_is_mistyped_is_said_in_a_sentence(light: Repository) -> None:
    for arguments, words in (
        (["setpu"], "Did you mean setup?"),
        (["nothing"], "--list"),
        (["setup", "--instaler", "pip"], "--instaler"),
        (["setup", "--python"], "--python"),
        (["setup", "--pyth", "3.12"], "--pyth"),
        (["venv", "extra"], "extra"),
        (["add"], "package"),
    ):
        assert words in sentence(light.task(*arguments, ok=False))


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_a_reader_that_leaves_early_is_no_error(light: Repository) -> None:
    for task in ("", "setup --help", "nothing"):
        line = f"{shlex.quote(BASE_PYTHON)} tasks.py {task} 2>&1 | true; exit ${{PIPESTATUS[0]}}"
        code = run("bash", "-c", line, cwd=light.root, env=light.env, ok=False)
        assert (code.returncode, code.stderr) == (2 if task == "nothing" else 0, "")


def test_importing_tasks_has_no_effect(light: Repository) -> None:
    done = run(BASE_PYTHON, "-c", "import tasks", "setup", cwd=light.root, env=light.env)
    assert done.stdout + done.stderr == ""


def test_an_invoke_from_elsewhere_runs_each_task_once(
    light: Repository, ready: Clone, tmp_path: Path
) -> None:
    invoke: list[str | Path] = [ready.python, "-m", "invoke"]
    output = run(*invoke, "clean", "add", "six", cwd=light.root, env=light.env).stdout
    assert output.count("clean") == output.count("add") == 1
    other = small(tmp_path)
    output = run(*invoke, "venv", "--clear", "venv", cwd=other.root, env=other.env).stdout
    assert output.count("Creating venv/") == output.count("venv/ is there") == 1, output


def test_a_failing_task_fails_whatever_invoke_is_told(ready: Clone) -> None:
    for name in ("WARN", "DRY", "ECHO"):
        env = {**ready.env, f"INVOKE_RUN_{name}": "1"}
        command: list[str | Path] = [ready.python, "-m", "invoke", "setup", "--layer", "nosuch"]
        assert subprocess.run(command, cwd=ready.root, env=env, capture_output=True).returncode
