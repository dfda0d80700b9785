"""Programs that the tasks run get the environment's tools, and nothing that would misdirect them."""

from __future__ import annotations

import os
import sys

import pytest

from tooling import processes, project


def test_children_do_not_inherit_what_would_misdirect_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_TARGET", "PIP_USER", "pip_prefix", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "wrong")
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.invalid/simple")
    env = processes.environment_variables(EXTRA="added")
    assert "wrong" not in env.values()
    assert env["PIP_INDEX_URL"] == "https://example.invalid/simple"
    assert env["EXTRA"] == "added"
    assert env["VIRTUAL_ENV"] == str(project.VENV)
    assert env["PATH"].split(os.pathsep)[0] == str(project.scripts(project.VENV))


def test_run_gives_the_exit_code_and_each_line_as_it_comes() -> None:
    lines: list[str] = []
    code = "import sys; print('a', flush=True); print('é', file=sys.stderr); sys.exit(3)"
    assert processes.run([sys.executable, "-c", code], on_line=lines.append) == (3, "a\né\n")
    assert lines == ["a", "é"]


def test_programs_run_side_by_side_give_their_codes_and_outputs_in_order() -> None:
    codes = ["import time; time.sleep(0.2); print('slow')", "import sys; print('fast'); sys.exit(2)"]
    env = processes.environment_variables()
    found = processes.together([([sys.executable, "-c", code], env) for code in codes])
    assert [(code, output.strip()) for code, output in found] == [(0, "slow"), (2, "fast")]
