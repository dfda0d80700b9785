"""What is typed gets into the hand-written files at its place, and out again, and all else stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from tooling import requirements
from tooling.lockfile import normalized

NAMES = ("six", "Zope.Interface", "typing_extensions", "ruamel-yaml", "A", "numpy", "black", "Uvicorn")
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, lambda name: name.replace("_", "-"))


@st.composite
def requirement_texts(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> str:
    """A requirement in any of its forms."""
    name = draw(st.sampled_from(SPELLINGS))(draw(st.sampled_from(names)))
    extras = draw(st.sampled_from(["", "[a]", "[b,a]", " [ b ]"]))
    marker = draw(st.sampled_from(["", "; python_version < '3.9'", ' ; sys_platform == "win32"', ";os_name=='nt'"]))
    if draw(st.booleans()):
        url = draw(st.sampled_from(["https://example.invalid/six.whl#sha256=00", "https://example.invalid/a;b.whl"]))
        return f"{name}{extras} @ {url}{' ' + marker if marker else ''}"
    bound = draw(st.sampled_from(["", ">=1", " >= 1 , < 3", "==1.2.3", "~=1.4", "!=1.5", " (>=1.0)", "===1"]))
    return name + extras + bound + marker


OTHERS = st.one_of(
    st.sampled_from(
        ["", "# about it", "  # indented", "-r requirements.txt", "-c bounds.txt", "--pre", "./here", "\t"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).map(lambda text: "# " + text),
)
LINES = st.one_of(
    OTHERS,
    requirement_texts(),
    st.builds(
        "{}{}# {}".format, requirement_texts(), st.sampled_from(["  ", "\t", " "]), st.sampled_from(["é", "why"])
    ),
    requirement_texts().map(lambda text: text.replace(";", "\\\n ;") if " @ " not in text else text),
    st.sampled_from(["six --hash=sha256:00", "numpy \\\n    --hash=sha256:00"]),
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """A file's content: any lines, one kind of line ending, with or without the last one and a byte order mark."""
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = ending.join(line.replace("\n", ending) for line in draw(st.lists(LINES, max_size=8)))
    text += draw(st.sampled_from(["", ending]))
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode("utf-8")


def names(content: bytes) -> list[str]:
    return [line.name for line in requirements.lines(content, "a file") if line.name]


@given(contents())
@example(b"six \\")
@example("six\N{LINE SEPARATOR}numpy\f\x1c".encode())
def test_the_lines_of_a_file_are_all_of_it(content: bytes) -> None:
    found = requirements.lines(content, "a file")
    assert "".join(line.text for line in found) == content.decode("utf-8-sig")
    numbers = [line.number for line in found]
    assert numbers == sorted(set(numbers))


@given(contents(), requirement_texts())
def test_what_is_added_is_there_and_removing_it_gives_the_same_bytes_again(content: bytes, text: str) -> None:
    name = normalized(Requirement(text).name)
    assume(name not in names(content))
    with_it = requirements.added(content, text, "a file")
    (line,) = (line for line in requirements.lines(with_it, "a file") if line.name == name)
    assert line.said == text.strip()
    assert str(line.requirement) == str(Requirement(text))
    assert sorted(names(with_it)) == sorted([*names(content), name])
    assert requirements.removed(with_it, Requirement(text).name.upper().replace("-", "_"), "a file") == content


@given(contents(), st.sampled_from(NAMES))
def test_removing_takes_the_lines_of_that_name_and_no_others(content: bytes, name: str) -> None:
    before = requirements.lines(content, "a file")
    left = requirements.removed(content, name, "a file").decode("utf-8-sig")
    kept = "".join(line.text for line in before if line.name != normalized(name))
    # A file that ended without a line ending still does.
    assert left == kept or (left == kept.rstrip("\r\n") and not content.endswith((b"\r", b"\n")))
    assert normalized(name) not in names(left.encode())


@given(contents(), requirement_texts(), st.integers(0, 7))
def test_writing_a_line_anew_leaves_its_comment_and_every_other_line(content: bytes, text: str, which: int) -> None:
    before = requirements.lines(content, "a file")
    plain = [line for line in before if line.is_plain]
    assume(plain)
    line = plain[which % len(plain)]
    after = requirements.lines(requirements.replaced(content, line.number, text.strip(), "a file"), "a file")
    assert [each.text for each in after if each.number != line.number] == [
        each.text for each in before if each.number != line.number
    ]
    (new,) = (each for each in after if each.number == line.number)
    assert new.said == text.strip()
    assert new.text.partition("# ")[1:] == line.text.partition("# ")[1:] or not line.text.strip().endswith(("é", "why"))
    back = requirements.replaced(
        requirements.replaced(content, line.number, line.said, "a file"), line.number, line.said, ""
    )
    assert back == requirements.replaced(content, line.number, line.said, "a file")


@given(requirement_texts(), requirement_texts())
def test_what_is_merged_is_a_requirement_with_both_extras_the_new_bound_and_the_old_marker(old: str, new: str) -> None:
    made, there, wanted = Requirement(requirements.merged(old, new)), Requirement(old), Requirement(new)
    assert made.name == there.name
    assert made.extras == there.extras | wanted.extras
    assert str(made.marker) == str(there.marker)
    newer = wanted if wanted.specifier or wanted.url else there
    assert (made.specifier, made.url) == (newer.specifier, newer.url)


@given(requirement_texts(), st.sampled_from(["1.2.3", "2!1.0", "1.0+cu126", "1.0rc1.post1"]), st.booleans())
def test_the_chosen_version_becomes_the_bound_of_what_has_none(text: str, version: str, exact: bool) -> None:
    made, given_ = Requirement(requirements.bounded(text, version, exact)), Requirement(text)
    assert (made.name, made.extras, str(made.marker)) == (given_.name, given_.extras, str(given_.marker))
    if given_.specifier or given_.url:
        assert requirements.bounded(text, version, exact) == text
    else:
        assert made.specifier.contains(version, prereleases=True)
        assert str(made.specifier) == (f"=={version}" if exact else f">={version.split('+')[0]}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "numpy\n"),
        ("# ours\n", "# ours\nnumpy\n"),
        ("# ours", "# ours\nnumpy"),
        ("black\nsix\n", "black\nnumpy\nsix\n"),
        ("# ours\nblack\nsix\n", "# ours\nblack\nnumpy\nsix\n"),
        ("black\nsix", "black\nnumpy\nsix"),
        ("six\nblack\n", "six\nblack\nnumpy\n"),
        ("six\r\nblack\r\n\r\n# end\r\n", "six\r\nblack\r\nnumpy\r\n\r\n# end\r\n"),
        ("Black\nNumpy_Extra\n", "Black\nnumpy\nNumpy_Extra\n"),
        ("six\nblack\n\nattrs\nruff\nuv\n\nzope\n", "six\nblack\n\nattrs\nnumpy\nruff\nuv\n\nzope\n"),
        ("# web\nfastapi\nuvicorn\n\n# data\npandas\n", "# web\nfastapi\nuvicorn\n\n# data\npandas\nnumpy\n"),
        ("\ufeffsix", "\ufeffsix\nnumpy"),
    ],
)
def test_a_new_line_goes_where_the_file_is_sorted_or_behind_the_last_one(before: str, after: str) -> None:
    assert requirements.added(before.encode(), "numpy", "a file") == after.encode()


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("six>=1       # why", "six>=1.17.0", "six>=1.17.0  # why"),
        ("six # why", "six>=1.17.0", "six>=1.17.0 # why"),
        ("six          # why", "six>=1.17.0", "six>=1.17.0  # why"),
        ("six  # why", "six>=1.17.0", "six>=1.17.0  # why"),
        ("six\t# why", "six>=1.17.0", "six>=1.17.0\t# why"),
        ("  six  ", "six>=1", "  six>=1"),
    ],
)
def test_a_comment_stays_in_its_column_where_there_is_room(before: str, new: str, after: str) -> None:
    assert requirements.replaced(before.encode(), 1, new, "a file") == after.encode()


@pytest.mark.parametrize("content", [b"caf\xe9\n", "six".encode("utf-16"), b"six\n\\", b"six \\\n"])
def test_what_cannot_be_added_to_is_named_in_a_sentence(content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        requirements.added(content, "numpy", "requirements-dev.in")
    said = capsys.readouterr().err
    assert said.startswith("requirements-dev.in")
    assert len(said.splitlines()) == 1


def test_includes_are_told_in_every_spelling() -> None:
    text = "-r a.txt\n--requirement=b.txt  # why\n-cc.txt\n--constraint d.txt\n--pre\nsix\n"
    found = [line.included for line in requirements.lines(text.encode(), "a file")]
    assert found == [("-r", "a.txt"), ("-r", "b.txt"), ("-c", "c.txt"), ("-c", "d.txt"), ("", ""), ("", "")]
