"""Locks are merged package by package, whatever both sides did."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.template.small_template import lock
from tooling import lockmerge

PINS = st.dictionaries(st.sampled_from("attrs numpy pip ruff six".split()), st.sampled_from(["1", "2", "3"]))


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)==(\w+)", text, re.MULTILINE))


@given(PINS, PINS, PINS)
def test_each_package_is_merged_on_its_own(base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]) -> None:
    merged = lockmerge.merge(*(lock(**dict(sorted(side.items()))) for side in (base, ours, theirs)))
    assert merged is not None
    found = pins(merged)
    for name in {*base, *ours, *theirs}:
        was, mine, new = base.get(name), ours.get(name), theirs.get(name)
        if mine == was:
            assert found.get(name) == new
        elif new == was:
            assert found.get(name) == mine
        else:
            assert found.get(name) == (new or mine)
    assert merged == lock(**dict(sorted(found.items())))


@given(PINS, PINS)
def test_what_one_side_did_alone_is_taken_to_the_byte(base: dict[str, str], other: dict[str, str]) -> None:
    before, after = (lock(**dict(sorted(side.items()))) for side in (base, other))
    assert lockmerge.merge(before, before, after) == after
    assert lockmerge.merge(before, after, before) == after
    assert lockmerge.merge(before, after, after) == after


@given(st.text(), st.text(), st.text())
def test_what_is_no_lock_is_left_to_git(base: str, ours: str, theirs: str) -> None:
    merged = lockmerge.merge(base, ours, theirs)
    assert merged is None or merged.endswith("\n")


def test_a_file_that_is_no_lock_is_none() -> None:
    good = lock(six="1")
    for bad in ("numpy>=1\n", "-r other.txt\n", "<<<<<<< ours\nsix==1\n=======\nsix==2\n>>>>>>> theirs\n"):
        assert lockmerge.merge(good, bad, good) is None


def test_notes_on_who_wants_a_package_are_no_change_of_it() -> None:
    base, mine = lock(numpy="1", six="1"), lock(numpy="2", six="1")
    assert lockmerge.merge(base, mine, base.replace("# via us", "# via us and them")) == mine.replace(
        "six==1 \\\n    --hash=sha256:six1\n    # via us", "six==1 \\\n    --hash=sha256:six1\n    # via us and them"
    )


def test_a_comment_between_pins_stays_above_its_own() -> None:
    comment = "\n# The following packages are considered to be unsafe in a requirements file:\n"
    base = lock(six="1") + comment + "pip==1 \\\n    --hash=sha256:a\n"
    theirs = base.replace("pip==1", "pip==2")
    assert lockmerge.merge(base, base.replace("six==1", "six==2"), theirs) == theirs.replace("six==1", "six==2")
