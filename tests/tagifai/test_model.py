"""What the model predicts, how sure it is and why, and how it scores."""

from __future__ import annotations

import random

import pytest

from tagifai.data import DataError, Project, split
from tagifai.evaluate import cross_validate, folds, report
from tagifai.predict import explain, predict, top
from tagifai.train import Model, train, words

SAMPLES = {
    "Fine-tuning BERT for question answering": "natural-language-processing",
    "Sentiment of tweets": "natural-language-processing",
    "Image segmentation with U-Net": "computer-vision",
    "YOLO object detection on webcam video": "computer-vision",
    "Deploying models on Kubernetes with a CI/CD pipeline": "mlops",
    "Experiment tracking and a model registry": "mlops",
    "Playing Atari with deep Q-learning": "reinforcement-learning",
    "Policy gradients for a walking robot": "reinforcement-learning",
    "Node classification on citation networks": "graph-learning",
    "Link prediction with GraphSAGE": "graph-learning",
    "Forecasting electricity demand": "time-series",
    "ARIMA for monthly sales": "time-series",
}


def test_plain_titles(model: Model) -> None:
    assert predict(model, [Project(title) for title in SAMPLES]) == list(SAMPLES.values())


def test_description_alone_decides(model: Model) -> None:
    project = Project("", "A convolutional network that finds tumours in X-ray images.")
    assert predict(model, [project]) == ["computer-vision"]


def test_shuffled_tags_score_badly(bundled: list[Project]) -> None:
    # Else the test rows would leak into the training rows
    rows = bundled[::3]
    tags = [row.tag for row in rows]
    random.Random(0).shuffle(tags)  # noqa: S311 - the same order each time
    rows = [row._replace(tag=tag) for row, tag in zip(rows, tags)]
    assert report(tags, cross_validate(rows, 3))["overall"]["f1"] < 0.45


def test_scores_are_shares_in_order(model: Model) -> None:
    for answer in top(model, [*map(Project, SAMPLES), Project("???"), Project("the of and")], 6):
        assert {tag for tag, _ in answer} == set(SAMPLES.values())
        shares = [score for _, score in answer]
        assert shares == sorted(shares, reverse=True)
        assert all(0 <= share <= 1 and share == round(share, 4) for share in shares)
        assert sum(shares) == pytest.approx(1, abs=6e-4)


def test_top_k(model: Model) -> None:
    project = Project("BERT")
    every = top(model, [project], 99)[0]
    assert len(every) == 6
    assert top(model, [project], 2) == [every[:2]]
    assert predict(model, [project]) == [every[0][0]]
    assert top(model, [], 2) == []


def test_explain_names_the_deciding_word(model: Model) -> None:
    tag, weights = explain(model, Project("A small project", "we use kubernetes for the weekend"))
    assert tag == "mlops"
    assert weights[0][0] == "kubernetes"
    assert weights[0][1] > 0
    assert {word for word, _ in weights} == {"small", "project", "use", "kubernetes", "weekend"}
    sizes = [abs(weight) for _, weight in weights]
    assert sizes == sorted(sizes, reverse=True)


def test_explain_leaves_out_no_more_than_so_many_words(model: Model) -> None:
    text = " ".join(f"word{i}" for i in range(400))
    assert len(explain(model, Project("x", text))[1]) == 300


def test_explain_without_words(model: Model) -> None:
    tag, weights = explain(model, Project("???"))
    assert tag in model.classes_
    assert weights == []


def test_words() -> None:
    assert words("The cats, in YOLOv3-tiny_x") == ["cats", "yolov3", "tiny", "x"]
    assert words("\uff37ide Straße 🎉") == ["wide", "strasse"]
    assert words("हिन्दी पाठ") == ["हिन्दी", "पाठ"]


def test_two_tags_in_any_script() -> None:
    rows = [
        Project("собака лает", "", "звери"),
        Project("кошка мяукает", "", "звери"),
        Project("поезд едет", "", "машины"),
        Project("машина едет", "", "машины"),
    ]
    small = train(rows)
    assert small.classes_ == ["звери", "машины"]
    assert predict(small, [Project("собаки"), Project("поезда")]) == ["звери", "машины"]
    assert sum(score for _, score in top(small, [Project("поезд")], 2)[0]) == pytest.approx(1)


def test_order_of_tags_and_numbers_as_tags() -> None:
    rows = [Project("cat", "", "10"), Project("dog", "", "9"), Project("cow", "", "1")]
    assert train(rows).classes_ == ["1", "10", "9"]
    assert predict(train(rows), [Project("dog")]) == ["9"]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Project("a cat", "", "x")],
        [Project("the", "", "x"), Project("!", "", "y")],
        [Project("a cat", "", "x"), Project("a dog", "", "")],
    ],
)
def test_train_refuses(rows: list[Project]) -> None:
    with pytest.raises(DataError):
        train(rows)


def test_training_again_gives_the_same(bundled: list[Project]) -> None:
    rows, tests = split(bundled[::2], 0.3, seed=1)
    assert top(train(rows), tests, 6) == top(train(rows), tests, 6)


def test_report_against_figures_by_hand() -> None:
    true = ["a", "a", "a", "b"]
    found = report(true, ["a", "a", "b", "b"])
    assert found["tags"]["a"] == {"precision": 1, "recall": 0.666667, "f1": 0.8, "samples": 3}
    assert found["tags"]["b"] == {"precision": 0.5, "recall": 1, "f1": 0.666667, "samples": 1}
    assert found["overall"] == {
        "precision": 0.875,
        "recall": 0.75,
        "f1": 0.766667,
        "macro_f1": 0.733333,
        "accuracy": 0.75,
        "samples": 4,
    }


def test_report_of_a_tag_never_predicted() -> None:
    found = report(["a", "b"], ["a", "a"])
    assert found["tags"]["b"] == {"precision": 0, "recall": 0, "f1": 0, "samples": 1}


def test_folds_cover_every_row_once_and_train_on_the_rest() -> None:
    rows = [Project(f"t{i}", "", "x" if i % 3 else "y") for i in range(20)]
    parts = folds(rows, 4)
    assert sorted(place for _, test in parts for place in test) == list(range(20))
    for train_places, test_places in parts:
        assert sorted([*train_places, *test_places]) == list(range(20))
    assert folds(rows, 4, seed=1) != parts


def test_folds_of_a_handful() -> None:
    rows = [Project(f"t{i}", "", tag) for i, tag in enumerate("xxxyyzz")]
    parts = folds(rows, 5)
    assert len(parts) == 3
    for train_places, _ in parts:
        assert {rows[place].tag for place in train_places} == {"x", "y", "z"}


def test_folds_refuse_a_lonely_tag() -> None:
    rows = [Project("a", "", "x"), Project("b", "", "x"), Project("c", "", "rare", 9)]
    with pytest.raises(DataError, match="line 9: the only row with the tag 'rare'"):
        folds(rows)
