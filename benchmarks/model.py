"""Measures the package: `python benchmarks/model.py [--data FILE] [--test FILE]`.

Prints a table: weighted F1, seconds to fit and score on one core, predictions a second, how long
`tagifai predict` takes from a cold start compared with importing scikit-learn, and what growing row
counts cost in time and memory. Times are medians; where seconds depend on the machine, the ratio
beside them travels better.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from functools import partial
from statistics import median
from typing import Callable, List, Optional

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def line(what: str, figure: str, mark: str = "") -> None:
    print(f"{what:58} {figure:>16}  {mark}", flush=True)


def seconds(action: Callable[[], object], times: int) -> float:
    """Measure the median of several runs after one that doesn't count."""
    action()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return median(taken)


def quality(data: Optional[str], test: Optional[str]) -> None:
    from tagifai.data import load
    from tagifai.evaluate import cross_validate, report
    from tagifai.predict import predict
    from tagifai.train import train

    rows = load(data)
    name = f"{len(rows)} rows of {data or 'the bundled sample'}"
    true = [row.tag for row in rows]
    scores = [report(true, cross_validate(rows, 5, seed))["overall"] for seed in range(5)]
    f1, macro = (median(score[key] for score in scores) for key in ("f1", "macro_f1"))
    line(f"{name}, cross-validated: weighted F1", f"{f1:.3f}", "median of 5 shuffles")
    line("the same: macro F1", f"{macro:.3f}")
    if test:
        tests = load(test, tags=set(true))
        result = report([row.tag for row in tests], predict(train(rows), tests))["overall"]
        mark = "0.925 with foreign training rows, 0.85 without"
        line(f"{len(tests)} rows of {test}: weighted F1", f"{result['f1']:.3f}", mark)
        line("the same: macro F1", f"{result['macro_f1']:.3f}")


def speed() -> None:
    from tagifai.data import Project, load, split
    from tagifai.predict import predict
    from tagifai.train import train

    train_rows, test_rows = split(load(), 191 / len(load()), seed=0)
    train_rows = train_rows[:764]
    took = seconds(lambda: predict(train(train_rows), test_rows), 5)
    line(f"fit {len(train_rows)} rows, score {len(test_rows)}", f"{took:.2f} s", "under 1 s")
    model = train(load())
    titles = [Project(row.title) for row in load() * 10]
    whole = load() * 10
    for what, projects in [("titles", titles), ("titles with descriptions", whole)]:
        rate = len(projects) / seconds(partial(predict, model, projects), 3)
        line(f"predict {len(projects)} {what}", f"{rate:,.0f} a second", "5,000 titles or more")


def cold_start() -> None:
    def run(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    imported = seconds(run("-c", "import sklearn"), 7)
    line("import sklearn, from a cold start", f"{imported:.2f} s")
    for what, limit in [(["predict", "BERT for law"], "3x or less"), (["--help"], "")]:
        took = seconds(run("-m", "tagifai", *what), 7)
        figure = f"{took:.2f} s, {took / imported:.1f}x"
        line(f"tagifai {what[0]}, from a cold start", figure, limit)


def growth(counts: List[int]) -> None:
    """Fit and predict made-up rows in a process for each count, so that memory is its own."""
    first = None
    for count in counts:
        done = subprocess.run(
            [sys.executable, __file__, "--grow", str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
        fit, predicted, memory = map(float, done.stdout.split())
        first = first or (fit / count, memory / count)
        times, sizes = fit / count / first[0], memory / count / first[1]
        ratios = f"{times:.1f}x time, {sizes:.1f}x memory a row"
        line(f"{count:,} rows: fit", f"{fit:.1f} s, {memory:,.0f} MiB", ratios)
        line(f"{count:,} rows: predict", f"{predicted:.1f} s")


def grow(count: int) -> None:
    """Print seconds to fit, seconds to predict and MiB for so many rows.

    Each row mixes a bundled one with words of others and now and then a word that was never seen,
    as new projects bring new names: so the vocabulary grows with the rows.
    """
    import resource

    from tagifai.data import Project, load
    from tagifai.predict import predict
    from tagifai.train import train

    chance = random.Random(0)  # noqa: S311 - the same rows each time
    base = load()
    common = [word for row in base for word in row.description.split()]
    rows = []
    for _ in range(count):
        row = chance.choice(base)
        words = [*row.description.split(), *chance.choices(common, k=5)]
        if chance.random() < 0.3:
            words.append("".join(chance.choices("abcdefghijklmnop", k=8)))
        chance.shuffle(words)
        rows.append(Project(row.title, " ".join(words), row.tag))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    model = train(rows)
    fitted = time.process_time()
    for place in range(0, count, 1000):
        predict(model, rows[place : place + 1000])
    done = time.process_time()
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit
    print(fitted - start, done - fitted, peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="FILE", help="train on this CSV, not the bundled rows")
    parser.add_argument("--test", metavar="FILE", help="also score on this CSV")
    parser.add_argument("--rows", type=int, default=200_000, help="grow so far [200000]")
    parser.add_argument("--grow", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.grow:
        return grow(arguments.grow)
    line("what", "measured", "mark")
    cold_start()
    # Before this process grows itself: a child's peak of memory can't read lower than its parent's
    growth([n for n in (2_000, 20_000, 200_000) if n <= arguments.rows])
    speed()
    quality(arguments.data, arguments.test)


if __name__ == "__main__":
    if os.environ.get(THREADS[0]) != "1":  # one core: libraries read this when they are loaded
        environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
        sys.exit(subprocess.call([sys.executable, *sys.argv], env=environment))
    main()
