"""Set-up beside the lesson's own commands, uv, poetry, pdm and pipenv: benchmarks/run.py

Each way starts from a fresh clone of what is committed, and ends with a green test that imports
scikit-learn and the package. Downloads are warm: a first round, which doesn't count, fills each
tool's own cache from an index on this machine. What fails there is left out, and named. The ways
take turns, and medians are compared. Nothing is deleted before the end, at 0.4 GB a run: a disk
that has just deleted an environment takes two to four times as long to make the next.
`--write` puts the tables into docs/costs.md, and draws the first as docs/pictures/costs-*.svg.
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import chart, ways
from benchmarks.common import (
    PYTHON,
    in_turns,
    keep_in,
    medians,
    must,
    point_tools_at,
    table,
    timed,
    wheels,
)
from benchmarks.ways import TASKS, Way
from tests.template.index import read_wheels, serve
from tooling import project

SETUP, UV, LESSON = "setup", "uv sync --frozen", "the lesson's commands"
LAYERS = ("notebook", "plot")  # those with packages that the layer dev hasn't
TITLE = "Clone → first green test"
PAGE = project.ROOT / "docs" / "costs.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    parser.add_argument("--write", action="store_true", help="docs/costs.md and the chart, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark ") as folder:
        text, first = measured(Path(folder).resolve(), arguments.rounds)
        print(text, flush=True)
        if arguments.write:
            PAGE.write_text(within(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
            for theme in chart.COLOURS:
                path = PAGE.parent / "pictures" / f"costs-{theme}.svg"
                path.write_text(chart.drawn(TITLE, first, SETUP, theme), encoding="utf-8")
        print(f"Deleting {folder}", file=sys.stderr)


def measured(scratch: Path, rounds: int) -> tuple[str, dict[str, float]]:
    """Return all that is measured as Markdown, and the medians of the first table."""
    tools, left_out = dict[str, Path](), dict[str, str]()
    for name in ways.TOOLS:
        with ways.attempted(name, left_out):
            tools[name] = ways.tool(name, scratch / name)
    with serve(read_wheels(wheels(scratch / "wheels"))) as index:
        point_tools_at(index.url, scratch)
        found = {**ways.ours(), **ways.uv(scratch, index.url)}
        for name, python in tools.items():
            with ways.attempted(name, left_out):
                found.update(ways.other(name, python, scratch, index.url))
        for name, way in found.items():
            with ways.attempted(name, left_out):
                print(f"round 0: {name}: {way.green_test(scratch):.3f} s", file=sys.stderr)
        found = {name: way for name, way in found.items() if name not in left_out}
        first = {name: partial(way.green_test, scratch) for name, way in found.items()}
        seconds = in_turns(rounds, first)
        tables = [table(TITLE, seconds, "s", [UV, LESSON]), *others(found, scratch, rounds)]
        names = [("pip", found[LESSON].python), ("uv", project.program("python")), *tools.items()]
        versions = ", ".join(ways.version(*pair) for pair in names)
    said = f"Medians; rounds: {rounds}. Python {platform.python_version()}, {versions}.\n"
    failed = [f"Left out: {name}, as this failed: {why}.\n" for name, why in left_out.items()]
    return "\n".join([said, *failed, *tables]), medians(seconds)


def others(found: dict[str, Way], scratch: Path, rounds: int) -> list[str]:
    """Return the tables of what comes after the first set-up, and of one without any cache."""
    kept = {name: way for way in found.values() for name in way.again}
    added = in_turns(rounds, {name: way.one_more for name, way in kept.items()})
    again = {name: partial(timed, way.again[name], way.clone) for name, way in kept.items()}
    start = {"python3 -c pass": partial(timed, [PYTHON, "-c", "pass"], scratch)}
    nothing = in_turns(10 * rounds, {**start, SETUP: again.pop(SETUP)}) | in_turns(rounds, again)

    ours = found[SETUP]
    commands = {
        "invoke --list": [project.program("invoke", ours.clone / ours.venv), "--list"],
        "import invoke": [ours.python, "-c", "import invoke"],
    }
    by_name = {name: partial(timed, words, ours.clone) for name, words in commands.items()}
    listing = in_turns(10 * rounds, by_name)
    tests = in_turns(rounds, {"test": partial(timed, [*TASKS, "test"], ours.clone)})

    for path in (path for layer in LAYERS for path in ours.clone.glob(f"requirements-{layer}.*")):
        path.unlink()  # the index hasn't what they need
    pairs = [(name, words, way) for way in found.values() for name, words in way.lock.items()]
    for _, words, way in pairs:
        must(words, way.clone)
    locks = {name: partial(timed, words, way.clone) for name, words, way in pairs}
    cold = {name: partial(_cold, found[name], scratch) for name in (SETUP, UV)}
    return [
        table("One package was added to the lock", added, "s", ["uv sync"]),
        table("Nothing to do", nothing, "ms", [*start]),
        table("List the tasks", listing, "ms", ["import invoke"]),
        table("Run the tests", tests, "s", []),
        table("Lock, nothing changed", in_turns(rounds, locks), "s", ["uv lock", "pip-compile"]),
        table("Set-up, every cache empty", in_turns(rounds, cold), "s", [UV]),
    ]


def _cold(way: Way, scratch: Path) -> float:
    keep_in(Path(tempfile.mkdtemp(dir=scratch)))
    seconds = way.set_up(scratch)
    keep_in(scratch / "kept")
    return seconds


def within(page: str, text: str) -> str:
    """Return a page with this text between its marks."""
    begin, end = (f"<!-- measured: {word} -->\n" for word in ("begin", "end"))
    return re.sub(f"(?s)(?<={begin}).*(?={end})", lambda match: f"\n{text}\n", page)


if __name__ == "__main__":
    main()
