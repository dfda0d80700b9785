"""What the lesson's reader sees is here as the lesson has it, to the letter."""

from __future__ import annotations

from tests.support import ROOT, Clone
from tooling import metadata, project

SETUP = {
    "name": "tagifai",
    "version": "0.1",
    "description": "Classify machine learning projects.",
    "author": "Goku Mohandas",
    "author_email": "goku@madewithml.com",
    "url": "https://madewithml.com/",
    "python_requires": ">=3.7",
}


def test_setup_py_has_every_field_of_the_lesson() -> None:
    assert SETUP.items() <= metadata.read((ROOT / "setup.py").read_text(encoding="utf-8")).items()
    assert (project.PACKAGE, project.DISTRIBUTION) == ("tagifai", "tagifai")


def test_the_set_up_shows_what_the_lesson_shows(ready: Clone) -> None:
    assert "Successfully installed tagifai-0.1" in ready.output.splitlines()
    assert (ready.root / "tagifai.egg-info").is_dir()
    assert ready.in_venv("-c", "import tagifai, sklearn, typer; print(tagifai.__version__)").stdout == "0.1\n"
