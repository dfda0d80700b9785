"""Scores the model: cross-validated or on test rows, in numbers or as a picture."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from tagifai.data import DataError, Project, at_least_two
from tagifai.predict import predict
from tagifai.train import train

Folds = Sequence[Tuple[Sequence[int], Sequence[int]]]
PLOTS = (".png", ".svg")


def most_folds(projects: Sequence[Project]) -> int:
    """Tell into how many folds labelled rows can be cut: as many as the commonest tag has rows."""
    return max(Counter(project.tag for project in projects).values())


def folds(projects: Sequence[Project], count: int = 5, seed: int = 0) -> Folds:
    """Cut labelled rows into stratified folds (`sklearn.model_selection.StratifiedKFold`).

    Args:
        projects: labelled rows, at least two of every tag, so that none is tested unseen.
        count: how many folds; fewer if no tag has so many rows, see `most_folds`.
        seed: another seed, another shuffle.

    Returns:
        For each fold the places of its training and of its test rows.

    Raises:
        DataError: a tag with one row only.
    """
    import warnings

    from sklearn.model_selection import StratifiedKFold

    at_least_two(projects)
    tags = [project.tag for project in projects]
    count = min(count, most_folds(projects))
    with warnings.catch_warnings():
        # It warns of tags with fewer rows than folds; two rows are enough, see above
        warnings.simplefilter("ignore", UserWarning)
        splits = StratifiedKFold(count, shuffle=True, random_state=seed).split(tags, tags)
        return [(list(train_places), list(test_places)) for train_places, test_places in splits]


def cross_validate(
    projects: Sequence[Project],
    count: int = 5,
    seed: int = 0,
    progress: Callable[[Folds], Any] = iter,
) -> List[str]:
    """Predict every row's tag with a model that was fitted without that row's fold.

    Args:
        projects, count, seed: see `folds`.
        progress: wraps the folds while they are worked through, to draw a bar.

    Returns:
        The predicted tags in the order of the rows.

    Raises:
        DataError: see `folds` and `tagifai.train.train`.
    """
    predicted = [""] * len(projects)
    for train_places, test_places in progress(folds(projects, count, seed)):
        model = train([projects[place] for place in train_places])
        for place, tag in zip(test_places, predict(model, [projects[p] for p in test_places])):
            predicted[place] = tag
    return predicted


def report(true: Sequence[str], predicted: Sequence[str]) -> Dict[str, Dict[str, Any]]:
    """Compare tags: precision, recall and F1, overall and per tag.

    Returns:
        `{"overall": {"precision", "recall", "f1", "macro_f1", "accuracy", "samples"},
        "tags": {TAG: {"precision", "recall", "f1", "samples"}}}`. The overall figures are means
        over the tags weighted by their samples, macro_f1 is the plain mean. All are fractions,
        rounded to six digits; the precision of a tag that was never predicted counts as 0. The tags
        are those of either list, in alphabetical order; macro_f1 is over these.
    """
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    tags = sorted({*true, *predicted})
    columns = precision_recall_fscore_support(true, predicted, labels=tags, zero_division=0)
    samples = columns[3]
    weighted = [round(float((column * samples).sum() / samples.sum()), 6) for column in columns[:3]]
    names = ("precision", "recall", "f1")
    overall: Dict[str, Any] = dict(zip(names, weighted))
    overall["macro_f1"] = round(float(columns[2].mean()), 6)
    overall["accuracy"] = round(float(accuracy_score(true, predicted)), 6)
    overall["samples"] = len(true)
    each: Dict[str, Any] = {}
    for tag, *figures, count in zip(tags, *columns):
        each[tag] = {name: round(float(figure), 6) for name, figure in zip(names, figures)}
        each[tag]["samples"] = int(count)
    return {"overall": overall, "tags": each}


def check_plot(path: str) -> None:
    """Raise DataError unless `plot` can draw to this path, so that nobody waits for it in vain."""
    if Path(path).suffix.lower() not in PLOTS:
        raise DataError(f"{path}: a plot is a .png or a .svg file. Give it such a name.")
    folder = Path(path).parent
    if not os.access(folder, os.W_OK):
        raise DataError(f"{path}: can't write to the folder {folder}. Name one that you can write to.")
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError:
        raise DataError(
            "A plot needs matplotlib. Install it: in a clone with "
            "`python3 tasks.py setup --layer dev --layer plot`, else with `pip install matplotlib`."
        ) from None


def plot(true: Sequence[str], predicted: Sequence[str], path: str) -> None:
    """Draw the confusion matrix (rows: true tags, columns: predicted) to a .png or .svg file.

    Raises:
        DataError: see `check_plot`; or the file can't be written, and then it's as it was.
    """
    check_plot(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from sklearn.metrics import confusion_matrix

    tags = sorted({*true, *predicted})
    counts = confusion_matrix(true, predicted, labels=tags)
    side = 3 + 0.6 * len(tags)
    figure = Figure(figsize=(side + 1, side))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(counts, cmap="Blues")
    places = list(range(len(tags)))
    axes.set_xticks(places)
    axes.set_yticks(places)
    axes.set_xticklabels(tags, rotation=45, ha="right")
    axes.set_yticklabels(tags)
    axes.set_xlabel("predicted tag")
    axes.set_ylabel("true tag")
    for row in places:
        for column in places:
            count = counts[row, column]
            colour = "white" if 2 * count > counts.max() else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    _save(figure, path)


def _save(figure: Any, path: str) -> None:
    """Write a figure under a temporary name and put it in place when it is whole."""
    import matplotlib

    suffix = Path(path).suffix.lower()
    # The same figure gives the same bytes: no date, no random ids
    metadata = {"Date": None} if suffix == ".svg" else {"Software": None}
    temporary: Optional[Path] = None
    try:
        handle, name = tempfile.mkstemp(suffix=suffix, dir=Path(path).parent)
        os.close(handle)
        temporary = Path(name)
        with matplotlib.rc_context({"svg.hashsalt": __name__, "svg.fonttype": "none"}):
            figure.savefig(temporary, metadata=metadata, bbox_inches="tight", dpi=150)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}. Free some space or name another file.") from None
    finally:
        if temporary and temporary.exists():
            temporary.unlink()
