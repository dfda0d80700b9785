"""Applies the model: names tags, scores them, and shows the words that decided."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy

from tagifai.data import Project
from tagifai.train import Model, words

DIGITS = 4  # so far a score is the same on every machine; beyond, sums may be rounded differently
EXPLAINED = 300  # each word left out is another text to label, so time would grow with the square
Scores = List[Tuple[str, float]]


def predict(model: Model, projects: Sequence[Project]) -> List[str]:
    """Name the tag of each project.

    Args:
        model: what `tagifai.train.train` gave.
        projects: the projects to label; their own tags are ignored.

    Returns:
        The tags, in the projects' order.
    """
    return [best[0][0] for best in top(model, projects, 1)]


def top(model: Model, projects: Sequence[Project], k: int) -> List[Scores]:
    """Give the k likeliest tags of each project with their scores, the likeliest first.

    A score lies between 0 and 1, and a project's scores for all tags sum to 1 but for rounding: it
    is the mean of the two classifiers' shares (see `train.Model`). Scores rank tags and
    tell sure from unsure, but 0.7 needn't mean right seven times in ten. They are rounded to four
    digits, and a tie goes to the tag that is first in the alphabet: so they are the same
    everywhere.

    Args:
        model: what `tagifai.train.train` gave.
        projects: the projects to label.
        k: how many tags, 1 or more; all of them if there are fewer.

    Returns:
        For each project k pairs of tag and score.
    """
    if not projects:
        return []
    scores = model.predict_proba(projects).round(DIGITS)
    order = (-scores).argsort(axis=1, kind="mergesort")[:, :k]  # a stable one: the tags are sorted already
    return [[(model.classes_[place], float(row[place])) for place in places] for row, places in zip(scores, order)]


def explain(model: Model, project: Project) -> Tuple[str, Scores]:
    """Tell which words decided on a project's tag.

    Each word is left out in turn; its weight is what the tag loses by that in log-odds, the
    logarithm of its score over the sum of the others'. Stop words have no part in it.

    Returns:
        The tag, and every word (of the first 300 different ones) with its weight, the weightiest
        first: positive if the word spoke for the tag, negative if against.
    """
    texts = [words(project.title), words(project.description)]
    found = list(dict.fromkeys(texts[0] + texts[1]))[:EXPLAINED]
    without = [[" ".join(w for w in text if w != word) for text in texts] for word in found]
    scores = model.predict_proba([project, *(Project(title, text) for title, text in without)])
    tag = predict(model, [project])[0]
    share = scores[:, model.classes_.index(tag)].clip(1e-9, 1 - 1e-9)
    odds = numpy.log(share / (1 - share))
    weights = [(word, round(float(odds[0] - rest), DIGITS)) for word, rest in zip(found, odds[1:])]
    return tag, sorted(weights, key=lambda pair: (-abs(pair[1]), pair[0]))
