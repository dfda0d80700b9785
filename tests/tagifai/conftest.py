"""What several test files use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SMALL = """title,description,tag
BERT for text,Language models that answer questions,text
Translating news,A transformer from German to English text,text
Sentiment of reviews,Which words make a review angry,text
Finding cats in photos,A convolutional network for images,image
Faces in old images,Restoring scanned photos,image
Road masks,Segmenting pixels of street images,image
"""


@pytest.fixture
def small(tmp_path):
    """Six labelled projects with two tags, in a file."""
    path = tmp_path / "small.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def tagifai():
    """Run `python -m tagifai` as a process of its own."""

    def run(*arguments, stdin=b"", env=None, cwd=None):
        return subprocess.run(
            [sys.executable, "-m", "tagifai", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=60,
        )

    return run
