"""Why no versions go together is said in two lines: who wants what, and which bound to relax. The locks stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import index, small
from tests.support import Clone
from tooling import interpreters

OLDEST = interpreters.pinned_version()

FILES = [
    index.wheel("alpha", "1.0"),
    index.wheel("alpha", "2.0"),
    index.wheel("old", "1.0", "alpha<2"),
    index.wheel("new", "1.0", "alpha>=2"),
    index.wheel("new", "0.9", "alpha>=1"),
    index.wheel("brings", "1.0", "old"),
    index.wheel("torn", "1.0", "alpha<2", "new>=1"),
    index.wheel("lacking", "1.0", "nowhere"),
    index.wheel("later", "1.0", requires_python=">=3.99"),
    index.wheel("gone", "1.0", yanked="broken"),
    index.wheel("elsewhere", "1.0", tag="py3-none-win_amd64"),
    index.wheel("beta", "1.0rc1"),
    index.wheel("beta", "0.9"),
    index.wheel("with-extra", "1.0", "alpha<2; extra == 'more'", extras=["more"]),
    index.sdist("source", "1.0", "raise SystemExit('it ran')"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Clone]:
    """A small project, and a layer docs."""
    made = small.made(tmp_path_factory.mktemp("conflicts"), FILES, with_uv, "alpha\n", docs="-r requirements.txt\n")
    with made as clone:
        yield clone


@pytest.mark.parametrize(
    ("requirements", "docs", "who", "remedy"),
    [
        (
            "alpha>=2  # why\nold\n",
            "",
            "old (requirements.txt, line 2) needs alpha<2, and requirements.txt, line 1 asks for alpha>=2.",
            "Relax “>=2” of alpha in requirements.txt, line 1: 1.0 goes with everything else.",
        ),
        (
            "old\n",
            "# a comment\nnew>=1\n",
            "new (requirements-docs.in, line 2) needs alpha>=2, and old (requirements.txt, line 1) needs alpha<2.",
            "Relax “>=1” of new in requirements-docs.in, line 2: 0.9 goes with everything else.",
        ),
        (
            "alpha==2.0\nbrings\n",
            "",
            "old needs alpha<2, and requirements.txt, line 1 asks for alpha==2.0.",
            "Relax “==2.0” of alpha in requirements.txt, line 1: 1.0 goes with everything else.",
        ),
        (
            "alpha>=2\n",
            "-r requirements.txt\n-c bounds.txt\n",
            "requirements.txt, line 1 asks for alpha>=2, and bounds.txt, line 1 asks for alpha<2.",
            "Relax “<2” of alpha in bounds.txt, line 1: 2.0 goes with everything else.",
        ),
        (
            "With_Extra[more]\nAlpha>=2; python_version >= '3.8'\n",
            "",
            "with-extra (requirements.txt, line 1) needs alpha<2, and requirements.txt, line 2 asks for Alpha>=2;",
            "Relax “>=2” of alpha in requirements.txt, line 2: 1.0 goes with everything else.",
        ),
        (
            "torn\n",
            "",
            "new needs alpha>=2, and torn (requirements.txt, line 1) needs alpha<2.",
            "Take out, or replace, torn (requirements.txt, line 1).",
        ),
        ("alpha\nnope\n", "", "requirements.txt, line 2: no index has nope.", "Take out, or replace, nope"),
        ("lacking\n", "", "line 1: lacking needs nowhere, which no index has.", "Take out, or replace, lacking"),
        (
            "alpha>=3\n",
            "",
            "requirements.txt, line 1: no release fits alpha>=3; the newest is 2.0.",
            "Relax “>=3” of alpha in requirements.txt, line 1: 2.0 goes with everything else.",
        ),
        (
            "later\n",
            "",
            f"requirements.txt, line 1: later==1.0 needs Python>=3.99, and the locks serve {OLDEST} too.",
            "Take out, or replace, later",
        ),
        ("gone>=1\n", "", "line 1: what fits gone>=1 was withdrawn (yanked).", "Take out, or replace, gone"),
        ("beta>=1\n", "", "line 1: no release fits beta>=1; the newest is 1.0rc1.", "Relax “>=1” of beta"),
        (
            "source\n",
            "",
            "line 1: source has no wheel, and a source distribution would run its code.",
            "--no-binary source",
        ),
        (
            "elsewhere\n",
            "",
            f"line 1: elsewhere has no wheel for Python {OLDEST} on this system, only for win_amd64.",
            "Take out",
        ),
    ],
)
def test_who_wants_what_and_what_to_relax_is_said_in_two_lines(
    made: Clone, requirements: str, docs: str, who: str, remedy: str
) -> None:
    before = {path.name: path.read_bytes() for path in made.root.glob("requirements-*.txt")}
    made.write("bounds.txt", "alpha<2\n")
    made.write("requirements.txt", requirements)
    made.write("requirements-docs.in", docs)
    done = made.task("freeze", ok=False)
    assert done.returncode == 1
    assert "No versions go together; the locks are as they were.\n" in done.stdout
    first, second = done.stderr.splitlines()
    assert who in first
    assert remedy in second
    assert {path.name: path.read_bytes() for path in made.root.glob("requirements-*.txt")} == before


def test_what_add_would_add_is_said_in_the_same_words_and_not_added(made: Clone) -> None:
    made.write("requirements-docs.in", "")
    made.write("requirements.txt", "alpha>=2\n")
    done = made.task("add", "old", ok=False)
    assert (
        "old (requirements.txt, line 2) needs alpha<2, and requirements.txt, line 1 asks for alpha>=2." in done.stderr
    )
    assert (made.root / "requirements.txt").read_text(encoding="utf-8") == "alpha>=2\n"


def test_a_pre_release_that_pip_would_take_is_taken(made: Clone) -> None:
    made.write("requirements.txt", "beta>0.9\n")
    made.write("requirements-docs.in", "")
    made.task("freeze")
    assert made.locked("prod") == {"beta": "1.0rc1"}
