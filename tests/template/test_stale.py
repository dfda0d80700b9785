"""Locks that don't fit the hand-written files, or each other, are named: from the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tooling.locking import requirements

HASH = " \\\n    --hash=sha256:" + 64 * "0"
PROD = f"""\
six==1.15.0 ; sys_platform == "win32"{HASH}
    # via -r requirements.txt
six==1.16.0 ; sys_platform != "win32"{HASH}
    # via
    #   -r requirements.txt
    #   alpha
alpha[more]==2.0+cpu{HASH}
    # via -r requirements.txt
"""
FILES = {
    "requirements.txt": (
        'six==1.15.0; sys_platform == "win32"\nsix==1.16.0; sys_platform != "win32"\n'
        'alpha[more]>=1.0\nold; python_version < "3.8"\n'
    ),
    "requirements-dev.in": "-r requirements.txt\n-c bounds.txt\nbeta @ https://h.invalid/beta-1-py3-none-any.whl\n",
    "bounds.txt": "alpha<3\nunused<1\n",
    "requirements-prod.txt": PROD,
    "requirements-dev.txt": (
        f"{PROD}beta @ https://h.invalid/beta-1-py3-none-any.whl{HASH}\n"
        "    # via -r requirements-dev.in\n"
    ),
    "pyproject.toml": '[tool.freeze]\nexclusive = [["cpu", "gpu"]]\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose locks fit."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert requirements.stale(tmp_path) == []
    return tmp_path


P, R, D = "requirements-prod.txt", "requirements.txt", "requirements-dev.in"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (R, "alpha[more]>=1.0", "alpha>2.0", f"{R}, line 3: {P} doesn't fit “alpha>2.0”"),
        (R, "old;", "new\nold;", f"{R}, line 4: {P} doesn't fit “new”"),
        (R, "==1.15.0", "==1.14.0", f"{R}, line 1: {P} doesn't fit “six==1.14.0"),
        (R, "alpha[more]>=1.0\n", "", f"{P} has alpha, and requirements.txt doesn't ask for it."),
        (D, "beta-1", "beta-2", f"{D}, line 3: requirements-dev.txt doesn't fit “beta @ https"),
        (D, "-c b", "alpha\n-c b", f"{D}, line 2: requirements-dev.txt doesn't fit “alpha”"),
    ],
)
def test_what_does_not_fit_is_named(
    root: Path, file: str, old: str, new: str, problem: str
) -> None:
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
    problems = requirements.stale(root)
    assert any(problem in each for each in problems), problems


def test_layers_that_exclude_each_other_may_disagree_and_a_missing_lock_is_named(
    root: Path,
) -> None:
    for layer, version in (("cpu", "2.9.1+cpu"), ("gpu", "2.9.1+cu126")):
        (root / f"requirements-{layer}.in").write_text("torch\n", encoding="utf-8")
        lock = f"torch=={version}{HASH}\n    # via -r requirements-{layer}.in\n"
        (root / f"requirements-{layer}.txt").write_text(lock, encoding="utf-8")
    assert requirements.stale(root) == []
    (root / "requirements-gpu.txt").unlink()
    assert requirements.stale(root) == ["There is no requirements-gpu.txt yet."]
