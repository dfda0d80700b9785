"""The command line: predict, evaluate and explain.

Each command imports scikit-learn itself, after it has read its data: so --help, completion and
errors in the data don't wait for that.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, Dict, List, Optional

import typer

from tagifai import data
from tagifai.console import note, table, to_json, write

PROGRAM = __name__.split(".")[0].replace("_", "-")
# Typer evaluates annotations at run time: Optional, since Python 3.7 has no `X | None`
app = typer.Typer(
    epilog="\b\nExamples:\n"
    f"  {PROGRAM} predict 'Fine-tuning BERT for legal questions' --top 3\n"
    f"  {PROGRAM} predict --input projects.csv --json\n"
    f"  {PROGRAM} evaluate --data mine.csv --plot confusion.png",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text starts faster, and reads as well in a pipe
    pretty_exceptions_enable=False,
)
DATA = typer.Option(
    None, "--data", metavar="FILE", help="CSV to train on: title, description, tag. [bundled rows]"
)
JSON = typer.Option(False, "--json", help="Print JSON.")


def show_version(wanted: bool) -> None:
    """Print the version and exit if --version is given."""
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
    """Predict the tag of a machine-learning project from its title and description."""


@app.command()
def predict(
    title: Optional[str] = typer.Argument(None, help="A project's title, or - for standard input."),
    description: str = typer.Argument("", help="Its description."),
    source: Optional[str] = typer.Option(
        None, "--input", metavar="FILE", help="CSV of projects: title, description. - for stdin."
    ),
    top: Optional[int] = typer.Option(
        None, "--top", metavar="K", min=1, help="Show the K likeliest tags with their scores."
    ),
    training: Optional[str] = DATA,
    as_json: bool = JSON,
) -> None:
    """Predict the tag of a project, or of many.

    Many come from a CSV file with the columns title and description (--input FILE), or from
    standard input: such a CSV, recognised by its header, or one title a line. The output has one
    line a project, in the same order; with --top, tabs separate its tags.

    Scores lie between 0 and 1, and those of all tags sum to 1.
    """
    if title is not None and source is not None:
        raise typer.BadParameter("give a title or --input, not both.")
    if title == "-":
        title, source = None, "-"
    if title is not None:
        projects = [project_of(title, description)]
    elif source is not None and source != "-":
        projects = data.load(source, labelled=False)
    elif sys.stdin is None or (source is None and sys.stdin.isatty()):
        raise typer.BadParameter("give a title, --input FILE, or titles on standard input.")
    else:
        projects = data.parse_titles(sys.stdin.buffer.read(), "standard input")
    rows = data.load(training)

    from tagifai import predict as predicting
    from tagifai.train import train

    answers = predicting.top(train(rows), projects, top or 1)
    if as_json:
        objects: List[Dict[str, Any]] = []
        for project, answer in zip(projects, answers):
            scores = [{"tag": tag, "score": score} for tag, score in answer]
            fields = {"title": project.title, "description": project.description, **scores[0]}
            objects.append(fields if top is None else {**fields, "top": scores})
        write(to_json(objects if title is None else objects[0]))
    elif top is None:
        write("\n".join(answer[0][0] for answer in answers))
    else:
        separator = "\t" if title is None else "\n"
        write("\n".join(separator.join(f"{t} {s:.4f}" for t, s in answer) for answer in answers))


@app.command()
def evaluate(
    training: Optional[str] = DATA,
    test: Optional[str] = typer.Option(
        None, "--test", metavar="FILE", help="CSV to score on, as for --data. [cross-validate]"
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
    rows = tests = data.load(training)
    if test is None:
        data.check_two_each(rows, training or data.BUNDLED)
    else:
        tests = data.load(test, tags={row.tag for row in rows})

    from tagifai import evaluate as evaluating
    from tagifai.predict import predict as predict_tags
    from tagifai.train import train

    if test is None:
        most = evaluating.most_folds(rows)
        if folds > most:
            note(f"Note: {most} folds instead of {folds}, since no tag has more than {most} rows.")
        predicted = evaluating.cross_validate(rows, folds)
    else:
        predicted = predict_tags(train(rows), tests)
    true = [row.tag for row in tests]
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

    A word's weight is its tf-idf times the model's coefficient: above 0 it speaks for the tag,
    below 0 against it.
    """
    project = project_of(title, description)
    rows = data.load(training)

    from tagifai import predict as predicting
    from tagifai.train import train

    tag, weights = predicting.explain(train(rows), project)
    if as_json:
        words = [{"word": word, "weight": weight} for word, weight in weights[:top]]
        fields = {"title": project.title, "description": project.description, "tag": tag}
        write(to_json({**fields, "words": words}))
    else:
        write("\n".join([tag, *(f"{weight:+.4f}  {word}" for word, weight in weights[:top])]))


def project_of(title: str, description: str) -> data.Project:
    """Return the project of these arguments. Raise BadParameter if both are empty."""
    project = data.Project(title.strip(), description.strip())
    if not (project.title or project.description):
        raise typer.BadParameter("the title and the description are empty. Write one of them.")
    return project


def run() -> None:
    """Run the command line and exit: with 0, 1 for data that can't be used, 2 for wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console's own encoding may lack letters
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not sys.warnoptions:  # libraries' warnings are for developers, who run python -W
        warnings.simplefilter("ignore")
    try:
        app()
    except data.DataError as error:
        note(f"Error: {error}")
        sys.exit(1)
