"""The layer that draws installs beside the tools, and then the tests that need it run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import PACKAGE, make_clone


def test_the_tests_of_plots_pass_with_the_layer_plot(tmp_path: Path, with_uv: dict[str, str]) -> None:
    made = make_clone(tmp_path, git=False)
    made.env.update(with_uv)
    made.task("setup", "--layer", "dev", "--layer", "plot")
    done = made.in_venv("-m", "pytest", "-q", f"tests/{PACKAGE}", "-k", "plot")
    assert re.search(r"^[4-9] passed, \d+ deselected", done.stdout, re.MULTILINE), done.stdout
