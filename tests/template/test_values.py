"""Whatever a user gives stands in the project as it is, or is refused in a sentence."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.template.projects import ROOT, text
from tooling.starter import content, names, values

SETUP = text(ROOT, "setup.py")
OPTIONS = ("author", "email", "url", "description", "version", "python", "year")
LIKELY = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[0-9a-z.+!]{1,9}", fullmatch=True),
    st.from_regex(r"(>=|~=|<|==)? ?3(\.[0-9]{1,2}){1,2}(, ?<4)?", fullmatch=True),
)
NAME = names.spelled("churn-lab")


def arguments(setup: str) -> dict[str, str]:
    """Return the strings that setup.py gives to setup()."""
    (call,) = (
        node
        for node in ast.walk(ast.parse(setup))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    )
    constants = {str(each.arg): each.value for each in call.keywords}
    return {name: str(v.value) for name, v in constants.items() if isinstance(v, ast.Constant)}


@given(st.text(max_size=150), st.text(max_size=150))
@example('O"Neil \\', "'quoted' \"twice\" \\ \\g<0> \\1")
@example("\x1b[31mred\n\0", "a\u2028b")
def test_any_text_stands_in_setup_py_but_for_control_characters(author: str, about: str) -> None:
    given = {"author": values.cleaned(author), "description": values.cleaned(about)}
    new = values.written(SETUP, given)
    assert arguments(new) == {**arguments(SETUP), **given}
    assert not any(ord(letter) < 32 for value in given.values() for letter in value)


@given(st.dictionaries(st.sampled_from(OPTIONS), st.none() | LIKELY))
@example({"python": ">=3.11,"})
@example({"version": "1٣"})
@example({"year": "٢٠٣١"})
def test_values_are_taken_or_refused_in_a_sentence(own: dict[str, str | None]) -> None:
    try:
        given = values.checked(own)
    except SystemExit as ended:
        assert ended.code == 1
        return
    assert given.keys() == {name for name, value in own.items() if value is not None}
    Version(given.get("version", "0"))
    python = SpecifierSet(given.get("python", ">=3.11"))
    assert not python.contains("3.6.99")


@given(st.lists(st.sampled_from(["a\n", "# b\n", "\n", "  # c\n", "tagifaily\n", "é"])))
def test_a_text_without_marks_is_kept(lines: list[str]) -> None:
    assert content.cut("".join(lines), ("template", "example")) == "".join(lines)


@pytest.mark.parametrize(
    ("gone", "left"),
    [(("template",), "a\nc\nx = 1\n\nd\n"), (("template", "example"), "a\nx = 1\n\nd\n")],
)
def test_marked_blocks_are_cut_kept_or_brought_in(gone: tuple[str, ...], left: str) -> None:
    marked = (
        "a\n# template: begin\nb\n# template: end\n  # example: begin\nc\n  # example: end\n"
        "# project: begin\n# x = 1\n#\n# project: end\nd\n"
        "<!-- template: begin -->\ne\n\n<!-- template: end -->\n"
    )
    assert content.cut(marked, gone) == left


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "OLD.data, my-OLD, xOLD, OLD9", "churn_lab.data, my-churn_lab, xOLD, OLD9"),
        ("setup.py", '["OLD = OLD.main:run"]', '["churn-lab = churn_lab.main:run"]'),
        ("a.md", "OLD predict, `OLD`, OLD.", "churn-lab predict, `churn-lab`, churn-lab."),
        (
            "a.md",
            "from OLD.data import x\nimport OLD",
            "from churn_lab.data import x\nimport churn_lab",
        ),
        (
            "a.md",
            "-m OLD, tests/OLD/, OLD/data.py",
            "-m churn_lab, tests/churn_lab/, churn_lab/data.py",
        ),
    ],
)
def test_the_name_is_spelled_by_where_it_stands(path: str, before: str, after: str) -> None:
    old = content.OLD
    assert content.named(path, before.replace("OLD", old), NAME) == after.replace("OLD", old)
