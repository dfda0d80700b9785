"""setup.py reads the lesson's requirements.txt, and says what to do about what it can't read."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from tests.support import ROOT, Clone, run

_spec = importlib.util.spec_from_file_location("the_setup_py", ROOT / "setup.py")
assert _spec and _spec.loader
_setup: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_setup)


def read(content: str | bytes) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        found: list[str] = _setup.read_requirements(path)
        return found


def refusal(content: str | bytes) -> str:
    with pytest.raises(SystemExit) as ended:
        read(content)
    return str(ended.value)


def test_all_three_of_the_lessons_forms_are_read() -> None:
    lesson = "six==1.16.0  # exact version\nnumpy>=1.20  # above version\npandas             # no version\n"
    assert read(lesson) == ["six==1.16.0", "numpy>=1.20", "pandas"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", []),
        ("# a comment", []),
        ("   \t ", []),
        ("six#not-a-comment", None),
        ("six  # a comment", ["six"]),
        ("six; python_version < '3.8'", ["six; python_version < '3.8'"]),
        ("requests[security,socks]>=2.8", ["requests[security,socks]>=2.8"]),
        ("requests [security] >= 2.8 , < 4", ["requests [security] >= 2.8 , < 4"]),
        ("six @ https://example.invalid/six.whl#sha256=00", ["six @ https://example.invalid/six.whl#sha256=00"]),
        ("six @ git+https://example.invalid/six@main", ["six @ git+https://example.invalid/six@main"]),
        ("six ~= 1.4", ["six ~= 1.4"]),
        ("six===1.0", ["six===1.0"]),
        ("six!=1.5", ["six!=1.5"]),
        ("six (>=1.0)", ["six (>=1.0)"]),
        ("zope.interface", ["zope.interface"]),
        ("a", ["a"]),
        ("\N{BYTE ORDER MARK}six", ["six"]),
        ("six\r\nnumpy\r\n", ["six", "numpy"]),
        ("six\rnumpy", ["six", "numpy"]),
    ],
)
def test_a_line_is_read_as_pip_reads_it(line: str, wanted: list[str] | None) -> None:
    if wanted is None:
        assert "line 1" in refusal(line)
    else:
        assert read(line) == wanted


REFUSED = {
    "-r other.txt": "list the packages here",
    "-rother.txt": "pip's options",
    "--requirement=other.txt": "list the packages here",
    "-c bounds.txt": "numpy<3",
    "--constraint bounds.txt": "numpy<3",
    "-e .": "NAME @ URL",
    "--editable=git+https://example.invalid/six": "NAME @ URL",
    "--index-url https://example.invalid/simple": "pip config set",
    "--hash=sha256:00": "pip's options",
    "six==1.0 --hash=sha256:00": "invoke freeze",
    "six==1.0 \\": "on one line",
    "six\\": "on one line",
    "git+https://example.invalid/six": "NAME @ URL",
    "https://example.invalid/six.whl": "NAME @ URL",
    "./six": "NAME @ file:///PATH",
    "../six": "NAME @ file:///PATH",
    "/opt/six": "NAME @ file:///PATH",
    "C:\\six": "NAME @ file:///PATH",
    "six-1.0.whl": "NAME @ file:///PATH",
    "six=1.0": "NAME==1.0",
    "six numpy": "NAME==1.0",
    "six 1.0": "NAME==1.0",
    "six>=": "NAME>=1.0",
    "six>=1.0,<": "NAME>=1.0",
    "six[extra": "NAME>=1.0",
    "six; python_versoin < '3.8'": "NAME>=1.0",
    "six @": "NAME>=1.0",
    "six==1.0; ": "NAME>=1.0",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_install_requires_cannot_hold_is_refused_with_file_line_and_remedy(line: str) -> None:
    message = refusal(f"# first\nnumpy\n{line}\n")
    assert message.startswith("requirements.txt, line 3: ")
    assert REFUSED[line] in message or "write NAME" in message
    assert "\n" not in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_powershell_wrote_is_named_as_utf_16(encoding: str) -> None:
    message = refusal("six\n".encode(encoding))
    assert "UTF-16" in message
    assert "save it as UTF-8" in message


def test_another_encoding_is_refused_with_its_line() -> None:
    assert "requirements.txt, line 2" in refusal("six\n# caf\xe9\n".encode("latin-1"))


LINES = st.one_of(
    st.sampled_from([*REFUSED, "six", "numpy>=1,<3  # why", "six[a]; python_version<'3'", "six @ https://e.invalid/s"]),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.from_regex(
        r"[A-Za-z0-9._-]{1,6} ?(\[[a-z,]*\])? ?([=<>!~]{1,3} ?[0-9.*a]{0,5})?( ?; ?[a-z_]+)?", fullmatch=True
    ),
)


@given(st.lists(LINES, max_size=5).map("\n".join))
@example("six==1.0.*.1")
@example("six>=1.0;")
@example("six\N{LINE SEPARATOR}numpy")
@example("six\fnumpy")
@example("six\N{NO-BREAK SPACE}>=1")
def test_what_the_reader_lets_through_is_a_requirement_and_all_else_a_sentence(text: str) -> None:
    try:
        found = read(text)
    except SystemExit as ended:
        assert re.match(r"requirements\.txt(, line \d+: | is UTF-16)", str(ended.code))
        assert "\n" not in str(ended.code)
    else:
        for requirement in found:
            Requirement(requirement)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_fail_without_a_sentence(content: bytes) -> None:
    try:
        found = read(content)
    except SystemExit as ended:
        assert str(ended.code).startswith("requirements.txt")
    else:
        for requirement in found:
            Requirement(requirement)


def test_pip_shows_the_one_line(unpacked: Clone, ready: Clone) -> None:
    unpacked.append("requirements.txt", "-r more.txt\n")
    pip: list[str | Path] = [ready.python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--dry-run"]
    done = run(*pip, unpacked.root, cwd=unpacked.root.parent, env=unpacked.env, ok=False)
    assert done.returncode != 0
    number = len((unpacked.root / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert (
        f"requirements.txt, line {number}: “-r more.txt” can't be a package's requirement" in done.stdout + done.stderr
    )


def test_setup_shows_the_one_line(own: Clone) -> None:
    own.append("requirements.txt", "six \\\n")
    done = own.task("setup", ok=False)
    assert done.returncode != 0
    assert "put the whole requirement on one line" in done.stdout + done.stderr
