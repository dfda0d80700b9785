"""What is typed gets into the hand-written files, and out again, and all else stays as it is."""

from __future__ import annotations

from typing import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from tooling.files import normalized
from tooling.locking import dependencies, requirements

NAMES = ("six", "Zope.Interface", "typing_extensions", "ruamel-yaml", "A", "numpy", "Uvicorn")
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, lambda name: name.replace("_", "-"))


@st.composite
def requirement_texts(draw: st.DrawFn) -> str:
    """A requirement in any of its forms."""
    name = draw(st.sampled_from(SPELLINGS))(draw(st.sampled_from(NAMES)))
    extras = draw(st.sampled_from(["", "[a]", "[b,a]", " [ b ]"]))
    marker = draw(st.sampled_from(["", "; python_version < '3.9'", ' ; sys_platform == "win32"']))
    if draw(st.booleans()):
        url = draw(st.sampled_from(["six.whl#sha256=00", "a;b.whl"]))
        return f"{name}{extras} @ https://example.invalid/{url}{' ' + marker if marker else ''}"
    bounds = ["", ">=1", " >= 1 , < 3", "==1.2.3", "~=1.4", "!=1.5", " (>=1.0)", "===1"]
    return name + extras + draw(st.sampled_from(bounds)) + marker


LINES = st.one_of(
    st.sampled_from(["", "# why", "  # indented", "-r a.txt", "-c b.txt", "--pre", "./here", "\t"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).map("# {}".format),
    requirement_texts(),
    st.builds("{}{}# é".format, requirement_texts(), st.sampled_from(["  ", "\t", " "])),
)


@st.composite
def contents(draw: st.DrawFn) -> str:
    """Any lines, one kind of line ending, with or without the last one and a byte order mark."""
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    text = ending.join(line.replace("\n", ending) for line in draw(st.lists(LINES, max_size=8)))
    bom = draw(st.sampled_from(["", "\ufeff"]))
    return str(bom + text + draw(st.sampled_from(["", ending])))


def names(content: str) -> list[str]:
    return [line.name for line in requirements.parse(content) if line.name]


@given(contents())
@example("six\N{LINE SEPARATOR}numpy\f\x1c")
def test_the_lines_of_a_file_are_all_of_it(content: str) -> None:
    lines = requirements.parse(content)
    assert "".join(line.text for line in lines) == content
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))


@given(contents(), requirement_texts())
def test_what_is_added_is_there_and_all_else_as_it_was(content: str, text: str) -> None:
    name = normalized(Requirement(text).name)
    assume(name not in names(content))
    after = dependencies.edited(content, Requirement(text))
    (line,) = (line for line in requirements.parse(after) if line.name == name)
    assert line.content == str(Requirement(text))
    left = "".join(each.text for each in requirements.parse(after) if each != line)
    assert left in (content, f"{content}\n", f"{content}\r\n")


@given(contents(), st.integers(0, 7))
def test_an_edited_line_keeps_its_comment_and_every_other_line(content: str, which: int) -> None:
    before = requirements.parse(content)
    plain = [line for line in before if line.requirement]
    if plain:
        wanted = Requirement(plain[which % len(plain)].content)
        marker = f"; {wanted.marker}" if wanted.marker else ""
        word = f"{wanted.name}>=9{marker}"
        after = dependencies.edited(content, Requirement(word))
        lines = requirements.parse(after)
        (at,) = (at for at, line in enumerate(lines) if line.text != before[at].text)
        assert [line.text for line in lines[:at]] == [line.text for line in before[:at]]
        assert [line.text for line in lines[at + 1 :]] == [line.text for line in before[at + 1 :]]
        assert str(Requirement(lines[at].content).specifier) == ">=9"
        assert lines[at].text.endswith(before[at].text.partition(before[at].content)[2])
        assert dependencies.edited(after, Requirement(word)) == after


@given(requirement_texts(), requirement_texts())
def test_a_line_gets_the_extras_and_the_new_bound_and_keeps_its_marker(old: str, new: str) -> None:
    before, wanted = Requirement(old), Requirement(new)
    wanted.name, wanted.marker = before.name, before.marker
    (line,) = requirements.parse(dependencies.edited(old, wanted))
    result = Requirement(line.content)
    assert (result.name, str(result.marker)) == (before.name, str(before.marker))
    assert result.extras == before.extras | wanted.extras
    newer = wanted if wanted.specifier or wanted.url else before
    assert (result.specifier, result.url) == (newer.specifier, newer.url)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "numpy\n"),
        ("# ours\n", "# ours\nnumpy\n"),
        ("# ours", "# ours\nnumpy\n"),
        ("black\nsix", "black\nsix\nnumpy\n"),
        ("six\r\n\r\n# end\r\n", "six\r\nnumpy\r\n\r\n# end\r\n"),
        ("\ufeffsix", "\ufeffsix\nnumpy\n"),
    ],
)
def test_a_new_line_goes_behind_the_last_requirement(before: str, after: str) -> None:
    assert dependencies.edited(before, Requirement("numpy")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("six>=1  # why", "six>=1.17.0  # why"),
        ("six # why", "six>=1.17.0 # why"),
        ("six\t# why\r\n", "six>=1.17.0\t# why\r\n"),
        ("  six  \n", "  six>=1.17.0  \n"),
        ("six[a]<2; os_name == 'nt'", "six[a]<2; os_name == 'nt'\nsix>=1.17.0\n"),
    ],
)
def test_a_line_that_is_there_gets_the_bound_and_keeps_its_comment(before: str, after: str) -> None:
    bounded = Requirement("six>=1.17.0")
    content = dependencies.edited(before, bounded)
    assert content == after
    assert dependencies.edited(dependencies.edited(content, bounded), Requirement("Six")) == content
