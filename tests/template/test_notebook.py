"""The notebook runs from top to bottom, as plain code and in a kernel, and has no outputs."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, environment, run
from tooling import files, project

NOTEBOOK = ROOT / "notebooks" / f"{project.PACKAGE}.ipynb"


def cells(path: Path = NOTEBOOK) -> list[dict[str, Any]]:
    """Return the notebook's cells with code."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def test_it_is_kept_without_outputs() -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())


def test_its_code_runs_with_what_the_package_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in cells():
        if "plot" not in cell["metadata"].get("tags", []) or find_spec("matplotlib"):
            exec("".join(cell["source"]), names)  # noqa: S102
    assert names["report"](names["true"], names["predicted"])["overall"]["f1"] > 0.9


def test_it_runs_in_a_kernel_of_its_layer(tmp_path: Path) -> None:
    locks = [files.lock("prod"), files.lock("notebook")]
    if not all(lock.exists() for lock in locks):
        pytest.skip("the layer notebook isn't locked")
    uv, venv = project.program("uv"), tmp_path / "venv"
    python = project.program("python", venv)
    install: list[str | Path] = [uv, "pip", "install", "-q", "--no-config", "--python", python]
    run(uv, "venv", "-q", "--no-config", "--python", project.program("python"), venv)
    requirements = [f"--requirements={lock}" for lock in locks]
    done = run(*install, "--require-hashes", "--no-deps", *requirements, ok=False)
    if done.returncode and "onnect" in done.stderr:
        pytest.skip("no index answers")
    assert done.returncode == 0, done.stderr
    env = environment(PYTHONPATH=str(ROOT), JUPYTER_PLATFORM_DIRS="1", HOME=str(tmp_path))
    env["PATH"] = os.pathsep.join([str(python.parent), env["PATH"]])
    copy = tmp_path / NOTEBOOK.name
    copy.write_bytes(NOTEBOOK.read_bytes())
    program = project.program("jupyter-execute", venv)
    run(program, "--inplace", copy, cwd=tmp_path, env=env)
    run_cells = cells(copy)
    assert [cell["execution_count"] for cell in run_cells] == [*range(1, len(run_cells) + 1)]
    assert "image/png" in run_cells[-1]["outputs"][0]["data"]
