"""Score the model: cross-validation, precision, recall and F1, and the confusion matrix."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Sequence

from tagifai.data import DataError, Project, check_two_each
from tagifai.predict import predict
from tagifai.train import train


def most_folds(projects: Sequence[Project]) -> int:
    """Return the largest number of folds: the rows of the most frequent tag."""
    return max(Counter(project.tag for project in projects).values())


def cross_validate(projects: Sequence[Project], folds: int = 5, seed: int = 0) -> List[str]:
    """Return each row's tag as predicted by a model that was trained on the other folds.

    The folds are stratified and shuffled (scikit-learn's StratifiedKFold), at most `most_folds`.
    Raise DataError if a tag has one row only; or see `train`.
    """
    from sklearn.model_selection import StratifiedKFold

    check_two_each(projects)
    tags = [project.tag for project in projects]
    splitter = StratifiedKFold(min(folds, most_folds(projects)), shuffle=True, random_state=seed)
    predicted: Dict[int, str] = {}
    for training, testing in splitter.split(tags, tags):
        model = train([projects[index] for index in training])
        predicted.update(zip(testing, predict(model, [projects[index] for index in testing])))
    return [predicted[index] for index in range(len(projects))]


def report(true: Sequence[str], predicted: Sequence[str]) -> Dict[str, Dict[str, Any]]:
    """Return precision, recall and F1 of predicted against true tags, rounded to six digits.

    They are under `{"tags": {TAG: {"precision", "recall", "f1", "samples"}, ...}}` and
    `{"overall": {"precision", "recall", "f1", "macro_f1", "accuracy", "samples"}}`, where the
    first three are weighted by samples and macro_f1 is the plain mean over the tags. The tags are
    those of either list, in alphabetical order. The precision of one never predicted is 0.
    """
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    tags = sorted({*true, *predicted})
    options: Dict[str, Any] = {"labels": tags, "zero_division": 0}
    columns = precision_recall_fscore_support(true, predicted, **options)
    weighted = precision_recall_fscore_support(true, predicted, average="weighted", **options)
    names = ("precision", "recall", "f1")
    overall = {name: round(float(figure), 6) for name, figure in zip(names, weighted)}
    overall["macro_f1"] = round(float(columns[2].mean()), 6)
    overall["accuracy"] = round(float(accuracy_score(true, predicted)), 6)
    overall["samples"] = len(true)
    each: Dict[str, Any] = {}
    for tag, *figures, samples in zip(tags, *columns):
        each[tag] = {name: round(float(figure), 6) for name, figure in zip(names, figures)}
        each[tag]["samples"] = int(samples)
    return {"overall": overall, "tags": each}


def plot(true: Sequence[str], predicted: Sequence[str], path: str) -> None:
    """Draw the confusion matrix (rows: true tags, columns: predicted) to a .png or .svg file.

    Raise DataError for another suffix, without matplotlib, or if the file can't be written.
    """
    kind = Path(path).suffix.lower()[1:]
    if kind not in ("png", "svg"):
        raise DataError(f"{path}: a plot is a .png or a .svg file. Rename it.")
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise DataError(
            "A plot needs matplotlib. Install it: in a clone with "
            "`python3 tasks.py setup --layer dev --layer plot`, else with `pip install matplotlib`."
        ) from None
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    tags = sorted({*true, *predicted})
    side = 3 + 0.6 * len(tags)
    figure = Figure(figsize=(side + 1, side))
    axes = figure.add_subplot()
    counts = confusion_matrix(true, predicted, labels=tags)
    matrix = ConfusionMatrixDisplay(counts, display_labels=tags)
    matrix.plot(ax=axes, cmap="Blues", colorbar=False, xticks_rotation="vertical")
    axes.set(xlabel="predicted tag", ylabel="true tag")
    image = io.BytesIO()  # in memory, so that an error doesn't leave half a file
    # No date and no random ids, so that the same figure is the same file
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": __name__, "svg.fonttype": "none"}):
        figure.savefig(image, format=kind, metadata=metadata, bbox_inches="tight", dpi=150)
    try:
        Path(path).write_bytes(image.getvalue())
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}. Name another, or free space.") from None
