"""The command line: predict, evaluate, explain.

scikit-learn is imported inside the commands, so that --help and completion come at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, Iterable, List, Optional, Sequence, TypeVar

import typer

from tagifai import data

PROGRAM = __name__.split(".")[0].replace("_", "-")  # what the command is called
# Typer evaluates these annotations at run time: Optional and List, since 3.7 has no `X | None`
app = typer.Typer(
    epilog="\b\nExamples:\n"
    f"  {PROGRAM} predict 'Fine-tuning BERT for legal questions' --top 3\n"
    f"  {PROGRAM} predict --input projects.csv --json\n"
    f"  {PROGRAM} evaluate --data mine.csv --plot confusion.png",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text: it reads as well in a pipe, and starts faster
    pretty_exceptions_enable=False,
)

Item = TypeVar("Item")
DATA = typer.Option(
    None,
    "--data",
    metavar="FILE",
    help="CSV to train on: title, description, tag. [the bundled rows]",
)
JSON = typer.Option(False, "--json", help="Print JSON.")


def show_version(wanted: bool) -> None:
    """Print the version and exit, if --version asks for that."""
    if wanted:
        from tagifai import __version__

        write(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(
        False, "--version", help="Show the version and exit.", callback=show_version, is_eager=True
    ),
) -> None:
    """Name the tag of a machine-learning project from its title and description."""


@app.command()
def predict(
    title: Optional[str] = typer.Argument(None, help="A project's title, or - for standard input."),
    description: str = typer.Argument("", help="Its description."),
    source: Optional[str] = typer.Option(
        None,
        "--input",
        metavar="FILE",
        help="CSV of many projects: title, description. - for stdin.",
    ),
    top: Optional[int] = typer.Option(
        None, "--top", metavar="K", min=1, help="Show the K likeliest tags with their scores."
    ),
    training: Optional[str] = DATA,
    as_json: bool = JSON,
) -> None:
    """Name the tag of a project, or of many.

    Many come from a CSV with the columns title and description (--input FILE), or from standard
    input: either such a CSV, known by its header, or one title a line. The answer has one line a
    project, in the same order; with --top, tabs part its guesses.

    Scores lie between 0 and 1, and those of all tags sum to 1.
    """
    if title is not None and source is not None:
        raise typer.BadParameter("give a title or --input, not both.")
    if title is not None and title != "-":
        projects = [one(title, description)]
    elif source is not None and source != "-":
        projects = data.load(source, labelled=False)
    elif sys.stdin is None or (title is None and source is None and sys.stdin.isatty()):
        raise typer.BadParameter("give a title, --input FILE, or titles on standard input.")
    else:
        projects = data.read_titles(sys.stdin.buffer, "standard input")
    single = title not in (None, "-")
    rows = data.load(training)  # before the slow imports: an error comes at once

    from tagifai import predict as predicting
    from tagifai.train import train

    model = train(rows, lambda passed: bar(passed, "Training", len(rows)))
    answers: List[predicting.Scores] = []
    for chunk in bar(chunks(projects, 1000), "Predicting", len(projects)):
        answers += predicting.top(model, chunk, top or 1)
    if as_json:
        objects = [answer_json(*pair, top is not None) for pair in zip(projects, answers)]
        write(to_json(objects[0] if single else objects))
    elif top is None:
        write("\n".join(answer[0][0] for answer in answers))
    else:
        separator = "\n" if single else "\t"
        write("\n".join(separator.join(f"{t} {s:.4f}" for t, s in answer) for answer in answers))


@app.command()
def evaluate(
    training: Optional[str] = DATA,
    test: Optional[str] = typer.Option(
        None,
        "--test",
        metavar="FILE",
        help="CSV to score on: title, description, tag. [cross-validate]",
    ),
    folds: int = typer.Option(5, "--folds", min=2, help="How many folds to cross-validate with."),
    plot: Optional[str] = typer.Option(
        None, "--plot", metavar="FILE", help="Draw the confusion matrix to a .png or .svg file."
    ),
    as_json: bool = JSON,
) -> None:
    """Score the model: precision, recall and F1 per tag and overall.

    Without --test the rows are cross-validated: each is predicted by a model that hasn't seen it.
    Overall figures are weighted by the tags' numbers of samples.
    """
    projects = data.load(training)
    tests = None
    if test is not None:
        tags = {project.tag for project in projects}
        tests = data.load(test, tags=tags)
    else:
        data.at_least_two(projects, training or data.BUNDLED)

    from tagifai import evaluate as evaluating
    from tagifai.predict import predict as predict_tags
    from tagifai.train import train

    if plot is not None:
        evaluating.check_plot(plot)
    size = len(projects)
    if tests is not None:
        model = train(projects, lambda rows: bar(rows, "Training", size))
        predicted = predict_tags(model, tests)
    else:
        tests = projects
        most = evaluating.most_folds(projects)
        if folds > most:
            note(f"Note: {most} folds instead of {folds}, since no tag has more than {most} rows.")
            folds = most
        predicted = evaluating.cross_validate(
            projects, folds, progress=lambda parts: bar(parts, "Cross-validating", folds * size)
        )
    true = [project.tag for project in tests]
    if plot is not None:
        evaluating.plot(true, predicted, plot)
    report = evaluating.report(true, predicted)
    write(to_json(report) if as_json else table(report))


@app.command()
def explain(
    title: str = typer.Argument(..., help="The project's title."),
    description: str = typer.Argument("", help="Its description."),
    top: int = typer.Option(10, "--top", metavar="K", min=1, help="Show the K weightiest words."),
    training: Optional[str] = DATA,
    as_json: bool = JSON,
) -> None:
    """Show the words that decided on a project's tag.

    Each word's weight is what the tag's log-odds lose when the word is left out: positive if it
    spoke for the tag, negative if against.
    """
    project = one(title, description)
    rows = data.load(training)

    from tagifai import predict as predicting
    from tagifai.train import train

    model = train(rows, lambda passed: bar(passed, "Training", len(rows)))
    tag, weights = predicting.explain(model, project)
    if as_json:
        words = [{"word": word, "weight": weight} for word, weight in weights[:top]]
        write(to_json({"title": title, "description": description, "tag": tag, "words": words}))
    else:
        write("\n".join([tag, *(f"{weight:+.4f}  {word}" for word, weight in weights[:top])]))


def one(title: str, description: str) -> data.Project:
    """Make a project of the arguments, and refuse one without a word."""
    project = data.Project(title.strip(), description.strip())
    if not any(project):
        raise typer.BadParameter("the title and the description are empty. Write one of them.")
    return project


def answer_json(project: data.Project, answer: Any, with_top: bool) -> Any:
    """Give what --json prints for one project."""
    tag, score = answer[0]
    found = {"title": project.title, "description": project.description, "tag": tag, "score": score}
    if with_top:
        found["top"] = [{"tag": tag, "score": score} for tag, score in answer]
    return found


def table(report: Any) -> str:
    """Lay out a report of `evaluate.report` for reading."""
    width = max(len(name) for name in [*report["tags"], "overall (weighted)"])
    lines = [f"{'':{width}}  precision  recall      f1  samples"]
    for name, row in [*report["tags"].items(), ("overall (weighted)", report["overall"])]:
        figures = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:6.3f}"
        lines.append(f"{name:{width}}  {figures}  {row['samples']:7}")
    overall = report["overall"]
    lines.append(f"accuracy {overall['accuracy']:.3f}, macro f1 {overall['macro_f1']:.3f}")
    return "\n".join(lines)


def to_json(value: Any) -> str:
    """Write a value as indented JSON, letters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def chunks(items: Sequence[Item], size: int) -> List[Sequence[Item]]:
    """Cut items into runs of `size`; the last may be shorter."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def bar(items: Sequence[Item], label: str, rows: int) -> Iterable[Item]:
    """Draw a progress bar on stderr, if it is a terminal and so many rows take over a second."""
    if rows < 4000 or sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    with typer.progressbar(items, label=label, file=sys.stderr) as steps:
        yield from steps


def write(text: str) -> None:
    """Print to stdout; a reader that has left (`| head`) is no error."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Else Python tries again to flush at exit, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(0)
        raise data.DataError(f"Can't write the output: {error.strerror}.") from None


def note(text: str) -> None:
    """Print a line to stderr, if there is one: without it, print would take stdout."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def stop(signum: int, frame: Any) -> None:
    """End on Ctrl-C in one line."""
    note("Interrupted.")
    sys.exit(130)


def run() -> None:
    """Run the command line; the entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console's own encoding may lack letters
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    try:
        app()
    except data.DataError as error:
        note(f"Error: {error}")
        sys.exit(1)
