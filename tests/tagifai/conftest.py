"""Fixtures that several test files use."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from tagifai.data import Project, load
from tagifai.train import train

SMALL = """title,description,tag
BERT for text,Language models that answer questions,text
Translating news,A transformer from German to English text,text
Sentiment of reviews,Which words make a review angry,text
Finding cats in photos,A convolutional network for images,image
Faces in old images,Restoring scanned photos,image
Road masks,Segmenting pixels of street images,image
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Six labelled projects with two tags, in a file."""
    path = tmp_path / "small.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def bundled() -> list[Project]:
    """The bundled rows, read once."""
    return load()


@pytest.fixture(scope="session")
def model(bundled: list[Project]) -> Pipeline:
    """The model fitted to the bundled rows, once."""
    return train(bundled)
