"""A name is refused, with a reason, where a project can't have it; else it is spelled right."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import run
from tooling import files, project
from tooling.starter import names

LONG = "a-name-that-is-as-long-as-a-name-may-be-" + "x" * 20
# Each either leads to a project (“”), or is refused for a reason, in which these words occur.
NAMES = {
    **dict.fromkeys(
        "churn-lab Churn_Lab a zz abacus x2 a1-b2-c3 taxi-2026 model train main predict "
        "evaluate rows match test-x typing-lab self my-git requests-lab".split(),
        "",
    ),
    LONG: "",
    project.PACKAGE + "-2": "",
    project.PACKAGE + "ly": "",
    **dict.fromkeys(["", "a b", "-x", "x_", "a/b", "a\n", "a'b"], "letters a to z, digits"),
    **dict.fromkeys(["データ", "é", "Ａ", "churn.lab"], "letters a to z, digits"),
    "2fast": "a letter first",
    LONG + "x": "61 characters",
    **dict.fromkeys(["class", "None", "async", "True"], "Python's own language"),
    **dict.fromkeys(["list", "Print", "valueerror"], "built-in"),
    **dict.fromkeys(["json", "distutils", "venv", "tomllib"], "standard library"),
    **dict.fromkeys(["test", "Tests"], "where the tests are"),
    **dict.fromkeys(["con", "nul", "com1", "LPT9"], "Windows"),
    **dict.fromkeys(["scikit-learn", "Pip_Tools", "build", "uv"], "required here already"),
    **dict.fromkeys(["sklearn", "yaml", "attr"], "imported under that name"),
    **dict.fromkeys(["python", "activate", "inv", "f2py", "git", "check-yaml"], "program"),
    **dict.fromkeys(["tooling", "tasks", "benchmarks", "dist", "readme", "docs"], "file or folder"),
}
REQUIRED = {pin.name for layer in files.layers() for pin in files.pins(files.lock(layer))}
TAKEN = ["README", "tasks", "tests", "tooling"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_accepted_or_refused_for_a_reason(name: str) -> None:
    reason = names.refusal(name, REQUIRED, TAKEN)
    assert NAMES[name] in reason
    assert bool(reason) == bool(NAMES[name])
    assert "\n" not in reason


def test_the_spellings_of_a_name() -> None:
    assert names.spelled("Churn__Lab") == ("churn-lab", "churn_lab", "Churn Lab")
    assert names.spelled("NLP-tools") == ("nlp-tools", "nlp_tools", "NLP Tools")


@given(st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9._-]{1,70}", fullmatch=True)))
def test_what_is_accepted_is_a_distribution_and_can_be_imported(name: str) -> None:
    if names.refusal(name, REQUIRED, TAKEN):
        return
    spelled = names.spelled(name)
    assert spelled.package.isidentifier()
    assert not keyword.iskeyword(spelled.package)
    assert spelled.package not in sys.stdlib_module_names
    assert spelled.distribution == files.normalized(spelled.package)
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", spelled.distribution)


def test_nothing_that_an_environment_holds_can_be_a_projects_name() -> None:
    programs = [path.stem for path in Path(sys.executable).parent.iterdir()]
    # Asked for by a fresh interpreter: setuptools puts what it brings along on this one's path.
    code = "from importlib import metadata; print(*metadata.packages_distributions())"
    modules = run(sys.executable, "-I", "-c", code).stdout.split()
    held = {*modules, *programs} - {project.PACKAGE, project.DISTRIBUTION}
    accepted = [name for name in held if not names.refusal(name, REQUIRED, TAKEN)]
    # mypyc names what it compiles after a digest of it
    assert [name for name in accepted if not name.endswith("__mypyc")] == []
