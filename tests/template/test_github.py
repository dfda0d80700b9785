"""What GitHub runs: actions by commit, no credentials kept, a title that says what moved."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.support import ROOT, run
from tests.template.support import WINDOWS, Repository

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(workflow: Path) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job.get("steps", [])]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_actions_are_pinned_and_checkouts_keep_no_credentials(workflow: Path) -> None:
    for step in steps(workflow):
        action = step.get("uses", "")
        assert not action or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)
        if action.startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
    text = workflow.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    # A bare hash tells a reader nothing, and Dependabot keeps the version behind it up to date.
    assert len(re.findall(r"uses: ", text)) == len(re.findall(r"uses: \S+  # v\d+\.\d+\.\d+", text))


def test_each_task_that_a_workflow_runs_exists() -> None:
    listing = run(sys.executable, "tasks.py").stdout
    commands = [step.get("run", "") for workflow in WORKFLOWS for step in steps(workflow)]
    tasks = {name for line in commands for name in re.findall(r"python3? tasks\.py (\w+)", line)}
    assert tasks >= {"setup", "test", "freeze", "build", "audit"}
    assert all(re.search(rf"^\s*{name}\b", listing, re.MULTILINE) for name in tasks), listing


@pytest.mark.skipif(WINDOWS or not shutil.which("bash"), reason="the step is for bash")
def test_an_upgrade_is_titled_with_what_moved(clone: Repository) -> None:
    for name in ("requirements-prod.txt", "requirements-dev.txt"):
        text = re.sub(r"^(mypy|numpy|ruff|uv)==\S+", r"\1==99.1", clone.read(name), flags=re.M)
        clone.write(name, text)
    weekly = ROOT / ".github" / "workflows" / "dependencies.yml"
    script = next(step["run"] for step in steps(weekly) if step.get("name") == "Say what moved")
    run("bash", "-eo", "pipefail", "-c", script, cwd=clone.root, env=clone.env)
    title = (clone.root / "upgrade" / "title").read_text(encoding="utf-8")
    assert title == "Upgrade mypy 99.1, numpy 99.1, ruff 99.1 and 1 more\n"
    assert "\n- uv 99.1\n" in (clone.root / "upgrade" / "body").read_text(encoding="utf-8")
    assert (clone.root / "upgrade" / "requirements-dev.txt").exists()
