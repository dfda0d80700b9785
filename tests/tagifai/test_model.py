"""What the model predicts, how sure it is and why, and how it is scored."""

from __future__ import annotations

import random

import pytest
from sklearn.pipeline import Pipeline

from tagifai.data import DataError, Project, split
from tagifai.evaluate import cross_validate, report
from tagifai.predict import explain, predict, top
from tagifai.train import train

SAMPLES = {
    "Fine-tuning BERT for question answering": "natural-language-processing",
    "YOLO object detection on webcam video": "computer-vision",
    "Deploying models on Kubernetes with a CI/CD pipeline": "mlops",
    "Playing Atari with deep Q-learning": "reinforcement-learning",
    "Node classification on citation networks": "graph-learning",
    "Forecasting electricity demand": "time-series",
}


def test_plain_texts(model: Pipeline) -> None:
    assert predict(model, [Project(title) for title in SAMPLES]) == list(SAMPLES.values())
    assert predict(model, [Project("", "Finds tumours in X-ray images.")]) == ["computer-vision"]


def test_shuffled_tags_score_badly(bundled: list[Project]) -> None:
    # Otherwise test rows would leak into the training rows
    rows = bundled[::3]
    tags = [row.tag for row in rows]
    random.Random(0).shuffle(tags)  # noqa: S311 - the same order each time
    rows = [row._replace(tag=tag) for row, tag in zip(rows, tags)]
    assert report(tags, cross_validate(rows, 3))["overall"]["f1"] < 0.45


def test_scores_are_a_distribution_in_order(model: Pipeline) -> None:
    for answer in top(model, [*map(Project, SAMPLES), Project("???"), Project("the of and")], 6):
        tags, scores = zip(*answer)
        assert set(tags) == set(SAMPLES.values())
        assert sorted(scores, reverse=True) == [round(score, 4) for score in scores]
        assert sum(scores) == pytest.approx(1, abs=6e-4)


def test_top_k(model: Pipeline) -> None:
    every = top(model, [Project("BERT")], 99)[0]
    assert len(every) == 6
    assert top(model, [Project("BERT")], 2) == [every[:2]]
    assert top(model, [], 2) == []


def test_equal_scores_go_to_the_first_tag_in_the_alphabet() -> None:
    model = train([Project("cat", "", "b"), Project("cat", "", "a")])
    assert top(model, [Project("cat")], 2) == [[("a", 0.5), ("b", 0.5)]]


def test_explain_weighs_the_known_words(model: Pipeline) -> None:
    project = Project("A small project", "we use kubernetes for the qwertz")
    tag, weights = explain(model, project)
    assert tag == "mlops"
    assert weights[0][0] == "kubernetes"
    assert {word for word, _ in weights} == {"small", "project", "use", "kubernetes"}
    place = model.classes_.tolist().index(tag)
    decision = model.decision_function([project.text])[0, place] - model[-1].intercept_[place]
    assert sum(weight for _, weight in weights) == pytest.approx(decision, abs=2e-4)


def test_two_tags_in_other_scripts() -> None:
    rows = [
        Project("собака лает", "हिन्दी", "звери"),
        Project("кошка мяукает", "", "звери"),
        Project("поезд едет", "日本", "машины"),
        Project("машина едет", "", "машины"),
    ]
    small = train(rows)
    for title, tag in {"Кошка": "звери", "हिन्दी": "звери", "日本": "машины"}.items():
        best, [(word, weight)] = explain(small, Project(title))
        assert (best, word) == (tag, title.lower())
        assert weight > 0
    assert explain(small, Project("???"))[1] == []


def test_numbers_as_tags() -> None:
    model = train([Project("cat", "", "10"), Project("dog", "", "9"), Project("cow", "", "1")])
    assert predict(model, [Project("dog"), Project("cow")]) == ["9", "1"]


def test_train_refuses() -> None:
    cat = Project("a cat", "", "x")
    stop_words = [Project("the", "", "x"), Project("!", "", "y")]
    for rows in [], [cat], stop_words, [cat, Project("a dog", "", "")]:
        with pytest.raises(DataError):
            train(rows)


def test_training_again_gives_the_same(bundled: list[Project]) -> None:
    rows, tests = split(bundled[::2], 0.3, seed=1)
    assert top(train(rows), tests, 6) == top(train(rows), tests, 6)


def test_report_against_figures_by_hand() -> None:
    scores = report(["a", "a", "a", "b", "c"], ["a", "a", "b", "b", "b"])
    assert scores["tags"] == {
        "a": {"precision": 1, "recall": 0.666667, "f1": 0.8, "samples": 3},
        "b": {"precision": 0.333333, "recall": 1, "f1": 0.5, "samples": 1},
        "c": {"precision": 0, "recall": 0, "f1": 0, "samples": 1},
    }
    overall = {"precision": 0.666667, "recall": 0.6, "f1": 0.58, "accuracy": 0.6, "samples": 5}
    assert scores["overall"] == {**overall, "macro_f1": 0.433333}


def test_cross_validation_refuses_a_lonely_tag() -> None:
    rows = [Project("cat", "", "x"), Project("dog", "", "x"), Project("cow", "", "rare", 9)]
    with pytest.raises(DataError, match="line 9: the only row with the tag 'rare'"):
        cross_validate(rows)
