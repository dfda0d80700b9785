"""A name is refused, with a reason, where a project couldn't be called so; else it is spelled right everywhere."""

from __future__ import annotations

import json
import keyword
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import PACKAGE, Clone
from tooling import lockfile, naming

LONG = "a-name-that-is-as-long-as-a-name-may-be-" + "x" * 20
# Each either leads to a project (“”), or is refused for a reason, in which these words occur.
NAMES = {
    "churn-lab": "",
    "Churn_Lab": "",
    "a": "",
    "zz": "",
    "abacus": "",
    "x2": "",
    "a1-b2-c3": "",
    "taxi-2026": "",
    LONG: "",
    "data": "",
    "model": "",
    "train": "",
    "main": "",
    "predict": "",
    "evaluate": "",
    "rows": "",
    "match": "",
    "test-x": "",
    "typing-lab": "",
    "self": "",
    PACKAGE + "-2": "",
    PACKAGE + "ly": "",
    "": "letters, digits and hyphens",
    "a b": "letters, digits and hyphens",
    "-x": "letters, digits and hyphens",
    "x_": "letters, digits and hyphens",
    "データ": "letters a to z",
    "churn.lab": "churn-lab",
    LONG + "x": "61 characters",
    "2fast": "x2fast",
    "class": "Python's own language",
    "None": "Python's own language",
    "list": "built-in",
    "json": "standard library",
    "distutils": "standard library",
    "test": "where the tests are",
    "Tests": "where the tests are",
    "con": "Windows",
    "nul": "Windows",
    "com1": "Windows",
    "scikit-learn": "required here already",
    "Pip_Tools": "required here already",
    "sklearn": "imported under that name",
    "yaml": "imported under that name",
    "python": "program",
    "activate": "program",
    "inv": "program",
    "f2py": "program",
    "git": "program",
    "tooling": "file or folder",
    "tasks": "file or folder",
    "benchmarks": "file or folder",
    "venv": "standard library",
    "build": "required here already",
    "dist": "file or folder",
    "environment": "file or folder",
    "readme": "file or folder",
}
ACCEPTED = [name for name, reason in NAMES.items() if not reason]
REQUIRED = [name for layer in lockfile.layers() for name in lockfile.read(lockfile.lock(layer))]
THERE = ["README", "tasks", "tests", "tooling"]
INSTALLED = """
import json, pathlib, sys
from importlib.metadata import packages_distributions
print(json.dumps([[*packages_distributions()], [path.stem for path in pathlib.Path(sys.executable).parent.iterdir()]]))
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_accepted_or_refused_for_a_reason(name: str) -> None:
    reason = naming.refusal(name, REQUIRED, THERE)
    assert NAMES[name] in reason
    assert bool(reason) == bool(NAMES[name])
    assert "\n" not in reason


def test_there_are_forty_awkward_names_at_least_of_both_kinds() -> None:
    assert len(NAMES) >= 40
    assert 15 <= len(ACCEPTED) <= len(NAMES) - 15


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("churn-lab", ("churn-lab", "churn_lab", "Churn Lab", "CHURN_LAB")),
        ("Churn__Lab", ("churn-lab", "churn_lab", "Churn Lab", "CHURN_LAB")),
        ("NLP-tools", ("nlp-tools", "nlp_tools", "NLP Tools", "NLP_TOOLS")),
        ("a", ("a", "a", "A", "A")),
    ],
)
def test_the_spellings_of_a_name(typed: str, spelled: tuple[str, ...]) -> None:
    assert tuple(naming.spelled(typed)) == spelled


@given(st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9._-]{1,70}", fullmatch=True)))
def test_what_is_accepted_is_a_distribution_and_can_be_imported(name: str) -> None:
    if naming.refusal(name, REQUIRED, THERE):
        return
    spelled = naming.spelled(name)
    assert spelled.package.isidentifier()
    assert not keyword.iskeyword(spelled.package)
    assert spelled.package not in sys.stdlib_module_names
    assert spelled.distribution == lockfile.normalized(spelled.package)
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", spelled.distribution)


def test_nothing_that_an_environment_holds_can_be_a_projects_name(ready: Clone) -> None:
    modules, programs = json.loads(ready.in_venv("-I", "-c", INSTALLED).stdout)
    accepted = [name for name in [*modules, *programs] if not naming.refusal(name, REQUIRED, THERE)]
    # mypyc names what it compiles after a digest of it
    assert {name for name in accepted if not name.endswith("__mypyc")} == {PACKAGE}
