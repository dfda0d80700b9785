"""Whatever befalls a task, it ends right, or in a sentence with all as it was; then it ends right.

With EVERY_FAULT=1 each fault meets each task, and kills come at 20 moments; else a fixed sample.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import BASE_PYTHON, Done
from tests.template import faults, index, projects
from tests.template.faults import Case, Fault, an_index, contents, killed, the_locks
from tests.template.support import IDENTITY, RESOLVING, WINDOWS, Repository, assert_right
from tooling import project

EVERY = bool(os.environ.get("EVERY_FAULT"))
SEED = 20260726
MOMENTS = 20 if EVERY else 1
BY = {"uv": ("setup", "--installer", "uv"), "pip": ("setup", "--installer", "pip")}
TASKS = {**BY, "from nothing": BY["uv"], "freeze": ("freeze",), "add": ("add", "beta")}
# What each sentence of a failure ends with, or the line before pip's or git's own words.
WAYS_OUT = (
    *("tasks.py ", "un this again", "Rename the folder", "git checkout HEAD"),
    *("`pip config list`", "see what uv says"),
)


def drawn(what: str, count: int) -> list[float]:
    """Return so many numbers from 0 to 1, the same on each day."""
    numbers = random.Random(f"{SEED} {what}")  # noqa: S311 - nothing is encrypted
    return sorted(numbers.random() for _ in range(count))


INDEXES = {
    "is absent": an_index("absent"),
    "is silent": an_index("silent"),
    "stalls in a page": an_index("stalls"),
    "stalls in a file": an_index("stalls", "/files/"),
    "fails": an_index("fails"),
    "fails over files": an_index("fails", "/files/"),
    "cuts pages": an_index("cuts"),
    "cuts files": an_index("cuts", "/files/"),
    "greets": an_index("greets"),
    "greets for files": an_index("greets", "/files/"),
    "serves other bytes": an_index("", file=index.corrupted(faults.NEW)),
}
NAMES = [
    "-it's; a #1 100% [dé]* (日本) & 🐍!",
    *("'", ";", "#", "%41", "%PATH%", "[a]", "(a)", "日本", "🐍", "-x", "--help", "~", "a & b"),
    *("*", "?", "!", "\\", "\t", " a ", "é", "e\u0301", "x" * 200, "..."),
]
REFUSED = ["a\nb", "$(touch x)", "a:b", 'a"b', "{b}", "`touch x`"]
ASCII: dict[str, str | None] = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "TERM": "dumb"}
# Whether the task is done all the same; None: as it comes.
FAULTS: dict[str, tuple[Fault, bool | None]] = {
    "a wrong hash": (the_locks(faults.with_a_wrong_hash), False),
    "no hash": (the_locks(faults.without_a_hash), False),
    "a lock with CRLF": (the_locks(lambda lock: lock.replace(b"\n", b"\r\n")), True),
    **{
        f"a lock cut at {part:.4f}": (the_locks(faults.cut_at(part), faults.LOCKS[1]), None)
        for part in drawn("a cut lock", 8 if EVERY else 2)
    },
    "a full disk for this": (faults.full(0, fresh=False), False),
    "a disk with 8 kB": (faults.full(8_192, fresh=False), None),
    "a disk with 64 kB": (faults.full(65_536, fresh=False), None),
    "a disk too full for another": (faults.full(30_000_000, fresh=True), False),
    "a full disk for another": (faults.full(0, fresh=True), False),
    "a full disk for caches": (faults.full_cache(0), None),
    "a disk with 5 MB for caches": (faults.full_cache(5_000_000), None),
    "a read-only disk": (faults.read_only, False),
    "moved": (faults.moved, True),
    "copied": (faults.copied, True),
    "linked": (faults.linked, True),
    "venv/ is a link": (faults.elsewhere, True),
    "another's project": (faults.by_user(65534, owner=False), False),
    "a user without a home": (faults.by_user(65534, owner=True, HOME="/"), True),
    "hostile settings": (faults.hostile, True),
    "strict Python": (
        faults.variables(PYTHONWARNINGS="error", PYTHONDEVMODE="1", PYTHONSAFEPATH="1"),
        True,
    ),
    "optimized Python": (faults.variables(PYTHONOPTIMIZE="2", PYTHONNOUSERSITE="1"), True),
    "no HOME": (faults.variables(HOME=None, XDG_CACHE_HOME=None), True),
    "a HOME that is a file": (
        faults.variables(**{**dict.fromkeys(faults.CACHES), "HOME": os.devnull}),
        True,
    ),
    "an ASCII terminal": (faults.variables(**ASCII), True),
    "an old locale": (faults.variables(LC_ALL="C", PYTHONCOERCECLOCALE="0"), True),
    "closed stdin": (faults.closed("<&-"), True),
    "closed stdout": (faults.closed(">&-"), True),
    "closed stderr": (faults.closed("2>&-"), True),
    "closed streams": (faults.closed("<&- >&- 2>&-"), True),
    "much at once": (
        faults.all_of(
            *(faults.called(NAMES[0]), faults.hostile, faults.closed("<&- >&-")),
            faults.variables(**ASCII),
        ),
        True,
    ),
    **{f"in {name!a}": (faults.called(name), True) for name in NAMES},
    **{f"in {name!a}": (faults.called(name), False) for name in REFUSED},
}
# uv and pip copy the files of a package one by one, and don't undo it: the next set-up sees that.
BEGUN = ("a full disk for this", "a disk with")
INSTALLED = ("alpha", project.PACKAGE, "setup.stamp")


@contextmanager
def machine(wheels: list[index.File], *tools: str) -> Iterator[Case]:
    """Yield a case whose index answers."""
    # Not pytest's folder, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        case = Case(Path(folder).resolve(), wheels, *tools)
        with index.serve(case.wheels) as served:
            case.env["PIP_INDEX_URL"] = served.url
            case.prepare()
            yield case


@pytest.fixture(scope="module")
def light(wheels: list[index.File]) -> Iterator[Case]:
    """The project that tests of this worker share, where nothing is locked."""
    with machine(wheels) as case:
        yield case


@pytest.fixture(scope="module")
def whole(wheels: list[index.File]) -> Iterator[Case]:
    """The one that has what locking takes."""
    with machine(wheels, *RESOLVING) as case:
        yield case


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """The project, set up but for one package."""
    callspec = getattr(request.node, "callspec", None)
    task = callspec.params.get("task") if callspec else ""
    case: Case = request.getfixturevalue("whole" if task in ("freeze", "add") else "light")
    case.restore()
    yield case
    case.stack.close()


def environment(case: Case) -> dict[str, str]:
    """Return what venv/ holds to the byte; nothing of what a link there leads to."""
    return contents(case.venv) if not case.venv.is_symlink() else {}


def own(case: Case) -> dict[str, str]:
    """Return the project's files, less those that building describes."""
    return contents(case.root, "venv", f"{project.PACKAGE}.egg-info")


def judge(
    case: Case,
    done: Done,
    before: tuple[dict[str, str], ...],
    right: bool | None,
    begun: bool = False,
) -> None:
    """Check that a task did what it should, or said what is to be done and left all as it was.

    `begun`: but for what was being installed.
    """
    words = f"{done.stdout}\n{done.stderr}"
    traced = [line for line in words.splitlines() if line.lstrip().startswith('File "')]
    assert not any("tooling" in line or "tasks.py" in line for line in traced), (
        words
    )  # pip's may be
    assert right is None or right == (done.returncode == 0), words
    if done.returncode:
        assert any(way in done.stderr.rstrip().splitlines()[-1] for way in WAYS_OUT), words
        after = environment(case)
        changed = {name for name in {*after, *before[0]} if after.get(name) != before[0].get(name)}
        new = {name for name in changed for part in INSTALLED if part in name}
        assert changed - (new if begun else set()) == set(), words
    assert own(case) == before[1], words


@pytest.mark.parametrize(
    ("fault", "task"),
    [(fault, task) for fault in INDEXES for task in (BY if "other" in fault else TASKS)]
    if EVERY
    else [
        ("is silent", "from nothing"),
        ("cuts files", "uv"),
        ("serves other bytes", "uv"),
    ],
)
def test_an_index_that_lets_down_changes_nothing(fault: str, task: str, case: Case) -> None:
    if task == "from nothing":
        case.forget()
    with INDEXES[fault](case):
        before = environment(case), own(case)
        judge(case, case.task(*TASKS[task], ok=False), before, False)
    case.task(*TASKS[task])
    case.task("setup")
    assert_right(case)


@pytest.mark.parametrize(
    ("fault", "task"),
    [(fault, by) for fault in FAULTS for by in BY]
    if EVERY
    else [
        ("a wrong hash", "uv"),
        ("a full disk for another", "uv"),
        ("a read-only disk", "uv"),
        ("copied", "uv"),
        ("another's project", "uv"),
        ("much at once", "pip"),
        (f"in {REFUSED[0]!a}", "uv"),
    ],
)
def test_a_fault_ends_right_or_in_a_sentence(fault: str, task: str, case: Case) -> None:
    befalls, right = FAULTS[fault]
    with befalls(case):
        before = environment(case), own(case)
        done = case.task(*BY[task], ok=False)
        judge(case, done, before, right, begun=fault.startswith(BEGUN))
        if done.returncode == 0:
            plain = {"PYTHONPATH": None, "PYTHONIOENCODING": None}
            with case.using([BASE_PYTHON, "tasks.py"], plain):
                return assert_right(case)
    case.task(*BY[task])
    return assert_right(case)


def test_of_ten_setups_at_once_one_has_something_to_do(case: Case) -> None:
    case.forget()
    command = [*case.command, "setup"]
    how: dict[str, Any] = {"stdin": subprocess.DEVNULL, "encoding": "utf-8", "env": case.env}
    how.update(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=case.root)
    ten = [subprocess.Popen(command, **how) for _ in range(10)]
    outputs = [child.communicate()[0] for child in ten]
    assert [child.returncode for child in ten] == [0] * 10, outputs
    assert sorted("nothing to do" in output for output in outputs) == [False] + [True] * 9, outputs
    assert_right(case)


def cut_short(
    name: str, fresh: Callable[[], Repository], words: list[str], state: Callable[[Repository], Any]
) -> None:
    """Kill a task at random moments: done again, each must lead to the state of an undisturbed."""
    case = fresh()
    started = time.monotonic()
    done = case.task(*words)
    duration = time.monotonic() - started
    wanted, bad = state(case), []
    for part in drawn(name, MOMENTS):
        case = fresh()
        was_killed = killed(case, [BASE_PYTHON, "tasks.py", *words], part * duration)
        again = case.task(*words, ok=False) if was_killed and state(case) != wanted else done
        after = state(case)
        if again.returncode or after != wanted:
            moment = f"seed {SEED}, killed after {part:.3f} of {duration:.2f} s"
            changed = [key for key in wanted if after.get(key) != wanted[key]]
            bad.append((moment, again.stdout, again.stderr, changed, [*(after.keys() - wanted)]))
    assert bad == []


@pytest.mark.skipif(WINDOWS, reason="Windows ends a program without a signal")
@pytest.mark.parametrize("task", [*TASKS, "pip from nothing"] if EVERY else [*TASKS][1:])
def test_a_task_that_was_killed_ends_as_undisturbed_when_run_again(task: str, case: Case) -> None:
    words = TASKS.get(task, BY["pip"])

    def fresh() -> Case:
        case.restore()
        if "nothing" in task:
            case.forget()
        return case

    def state(case: Repository) -> dict[str, str]:
        # uv leaves a lock behind, which isn't there once pip has made venv/ again.
        but = {"setup.stamp", ".lock"}
        names = {*(contents(case.venv) if case.venv.exists() else ())} - but
        return {**contents(case.root, "venv"), **{f"venv/{name}": "" for name in names}}

    cut_short(task, fresh, [*words], state)
    case.task("setup")
    assert_right(case)


@pytest.mark.skipif(WINDOWS or not shutil.which("git"), reason="this needs git, and to kill")
@pytest.mark.parametrize("task", ["rename", "update"])
def test_a_rename_or_an_update_that_was_killed_too(task: str, tmp_path: Path) -> None:
    source = projects.template() if task == "rename" else projects.project()
    words = ["rename", "churn-lab", *projects.OWN]
    if task == "update":
        ahead = projects.copied(projects.template(), tmp_path / "ahead")
        more = f"{project.PACKAGE}/extra.py"
        tasks = projects.text(ahead, "tasks.py") + "# More.\n"
        gone = f"tests/{project.PACKAGE}/test_data.py"
        projects.commit(ahead, {more: "", "tasks.py": tasks, gone: None})
        words = ["update", "--source", str(ahead)]
    root = tmp_path / "it" / "copy"

    def fresh() -> Repository:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(source, root, symlinks=True)
        return Repository(root, {**projects.environment(), **IDENTITY})

    def state(case: Repository) -> dict[str, str]:
        held = contents(root, ".git")
        held["changes"] = case.git("status", "--porcelain")
        held["tree"] = case.git("rev-parse", "HEAD^{tree}")
        held["waits"] = str(sorted(case.root.glob(".git/*update*")))
        return held

    cut_short(task, fresh, words, state)
