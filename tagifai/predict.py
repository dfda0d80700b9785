"""Apply the model: predict tags, score them, and explain them word by word."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy
from sklearn.pipeline import Pipeline

from tagifai.data import Project

DIGITS = 4  # beyond them, sums may be rounded differently on another machine
Scores = List[Tuple[str, float]]


def predict(model: Pipeline, projects: Sequence[Project]) -> List[str]:
    """Return the likeliest tag of each project; their own tags are ignored."""
    return [best[0][0] for best in top(model, projects, 1)]


def top(model: Pipeline, projects: Sequence[Project], k: int) -> List[Scores]:
    """Return for each project its k likeliest tags (or all, if fewer) as (tag, score) pairs.

    The scores are the softmax of the model's decision function: from 0 to 1, with a sum of 1
    over all tags. They rank tags, but aren't calibrated: 0.7 needn't be right in 70 % of cases.
    They are rounded to four digits; of equal ones the tag that is first in the alphabet wins.
    """
    if not projects:
        return []
    decisions = model.decision_function([project.text for project in projects])
    if decisions.ndim == 1:  # for two tags scikit-learn returns the second one's alone
        decisions = numpy.column_stack([-decisions, decisions])
    powers = numpy.exp(decisions - decisions.max(axis=1, keepdims=True))
    scores = (powers / powers.sum(axis=1, keepdims=True)).round(DIGITS).tolist()
    tags = model.classes_.tolist()  # in alphabetical order, which sorted() keeps among equals
    return [sorted(zip(tags, row), key=lambda pair: -pair[1])[:k] for row in scores]


def explain(model: Pipeline, project: Project) -> Tuple[str, Scores]:
    """Return a project's tag, and its words with their weights, the largest first.

    A weight is the word's tf-idf times its coefficient for the tag, so that the weights and the
    intercept add up to the decision function: above 0 the word speaks for the tag, below 0
    against it. Stop words and words that the model hasn't seen have none.
    """
    tag = predict(model, [project])[0]
    vectorizer, classifier = model[0], model[-1]
    coefficients = classifier.coef_
    if len(coefficients) == 1:  # as above
        coefficients = numpy.vstack([-coefficients, coefficients])
    features = vectorizer.transform([project.text])
    weights = features.data * coefficients[model.classes_.tolist().index(tag), features.indices]
    words = vectorizer.get_feature_names_out()[features.indices].tolist()
    pairs = zip(words, weights.round(DIGITS).tolist())
    return tag, sorted(pairs, key=lambda pair: (-abs(pair[1]), pair[0]))
