"""setup.py reads the lesson's requirements.txt, and says what to do about what it can't read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from setup import problem_of, read_requirements
from tooling.locking import requirements


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of a requirements.txt."""
    return tmp_path_factory.mktemp("requirements") / "requirements.txt"


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        read_requirements(path)
    return str(ended.value)


def test_all_forms_of_the_lesson_and_of_the_standard_are_read(path: Path) -> None:
    text = (
        "six==1.16.0  # exact version\r\nnumpy>=1.20  # above version\r\npandas  # no version\r\n"
    )
    path.write_text(f"\ufeff{text}\t\n# why\na [b] >= 2.8 , < 4; python_version<'3.8'", "utf-8")
    expected = ["six==1.16.0", "numpy>=1.20", "pandas", "a [b] >= 2.8 , < 4; python_version<'3.8'"]
    assert read_requirements(path) == expected


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("-r other.txt", "list the packages here"),
        ("-cother.txt", "pip's options belong in pip's configuration"),
        ("--constraint bounds.txt", "numpy<3"),
        ("-e ./six", "write NAME @ URL"),
        ("--index-url https://example.invalid/simple", "pip config set"),
        ("six==1.0 --hash=sha256:00", "invoke freeze"),
        ("six \\", "on one line"),
        ("git+https://example.invalid/six", "write NAME @ URL"),
        ("../six", "a path is of one machine"),
        ("C:\\six", "a path is of one machine"),
        ("six-1.0.whl", "a path is of one machine"),
        ("six=1.0", "write NAME, NAME>=1.0 or NAME==1.0"),
        ("six[extra", "is no requirement"),
        ("six; python_versoin < '3.8'", "is no requirement"),
    ],
)
def test_what_packages_cannot_require_is_refused_with_file_line_and_remedy(
    path: Path, line: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refusal(path, f"# first\nnumpy\n{line}\n".encode())
    assert message.startswith("requirements.txt, line 3: ")
    assert remedy in message
    with pytest.raises(SystemExit) as ended:  # nor does it get into a lock
        requirements.check(path.parent)
    message = f"{ended.value}{capsys.readouterr().err}"
    assert "requirements.txt, line 3: " in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_powershell_wrote_is_named_as_utf_16(path: Path, encoding: str) -> None:
    assert "is UTF-16" in refusal(path, "six\n".encode(encoding))
    with pytest.raises(SystemExit):
        requirements.text(path)


def test_another_encoding_is_refused_with_its_line(path: Path) -> None:
    assert "requirements.txt, line 2: not UTF-8" in refusal(path, b"six\n# caf\xe9\n")


LINES = st.one_of(
    st.sampled_from(
        ["six", "numpy>=1,<3  # why", "six @ https://e.invalid/s", "-r a.txt", "six\\"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.from_regex(r"[\w.-]{1,6}(\[[a-z,]*\])? ?([=<>!~]{1,3}[0-9.*a]{0,5})?( ?; ?[a-z_]+)?"),
)


@given(
    st.one_of(st.lists(LINES, max_size=5).map(lambda lines: "\n".join(lines).encode()), st.binary())
)
@example(b"six==1.0.*.1")
@example("six\N{LINE SEPARATOR}numpy".encode())
@example("six\N{NO-BREAK SPACE}>=1".encode())
def test_what_is_read_is_a_requirement_and_all_else_a_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        lines = read_requirements(path)
    except SystemExit as ended:
        assert re.match(r"requirements\.txt(, line \d+: | is UTF-16)", str(ended.code))
        assert "\n" not in str(ended.code)
    else:
        for line in lines:
            assert problem_of(line) == ""
            Requirement(line)
