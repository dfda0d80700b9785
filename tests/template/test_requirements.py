"""The hand-written files are read as pip reads them; what no lock holds is named in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tooling.locking import requirements


def lines(text: str) -> list[requirements.Line]:
    return requirements.parse(text)


def test_includes_are_read_in_every_spelling() -> None:
    text = "-r a.txt\n--requirement=b.txt  # why\n-cc.txt\n--constraint d.txt\n-r 'e f.txt'\n"
    text += "--pre\nsix\n--config-settings x\n"
    included = [line.included for line in lines(text)]
    assert included[:5] == [
        ("-r", "a.txt"),
        ("-r", "b.txt"),
        ("-c", "c.txt"),
        ("-c", "d.txt"),
        ("-r", "e f.txt"),
    ]
    assert set(included[5:]) == {("", "")}


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("\ufeffsix", [(1, "six")]),
        ("six>=1.10\r\n\r\nnumpy", [(1, "six>=1.10"), (2, ""), (3, "numpy")]),
        ("# why\nsix", [(1, ""), (2, "six")]),
        ("six#1  # why", [(1, "six#1")]),
    ],
)
def test_comments_are_left_out_as_pip_does(text: str, contents: list[tuple[int, str]]) -> None:
    assert [(line.number, line.content) for line in lines(text)] == contents


def project(folder: Path, **texts: str) -> Path:
    (folder / "requirements.txt").write_text("six\n", encoding="utf-8")
    for name, text in texts.items():
        (folder / f"requirements-{name}.in").write_text(text, encoding="utf-8")
    return folder


REFUSED = {
    "-r missing.txt": "names no other hand-written file: take it out.",
    "-r ../missing.txt": "names no other hand-written file: take it out.",
    "-r /etc/hosts": "names no other hand-written file",
    "-c requirements-nb.txt": "names no other hand-written file: take it out.",
    "-r requirements-nb.in": "names no other hand-written file",
    "-c https://example.invalid/c.txt": "names no other hand-written file: take it out.",
    "--requirement=https://example.invalid/c.txt": "names no other hand-written file: take it out.",
    "--no-index": "can't be locked: take it out.",
    "--config-settings x=y": "can't be locked: take it out.",
    "--pre": "can't be locked: take it out.",
    "six --config-settings x=y": "is no requirement",
    "six==1.0 --hash=sha256:00": "hashes belong in the locks",
    "--find-links wheels": "What can: -r, -c, and --index-url",
    "-i https://example.invalid/simple": "What can: -r, -c, and --index-url",
    "--index-url file:///srv/simple": "file: is of one machine",
    "--extra-index-url https://me:secret@example.invalid/simple": "a login is your own",
    "--index-url https://${TOKEN}@example.invalid/simple": "a login is your own",
    "-e .": "“-e .” can't be locked: take it out.",
    ".[dev]": "a path is of one machine",
    "six \\": "put the whole requirement on one line.",
    "-e git+https://example.invalid/x@0a1b#egg=x": "a repository has no hash",
    "x @ git+https://example.invalid/x": "a repository has no hash",
    "-e ./lib": "can't be locked: take it out.",
    "x @ file:///croot/x/work": "file: is of one machine",
    "./lib": "a path is of one machine",
    "x @ https://me:secret@example.invalid/x-1-py3-none-any.whl": "a login is your own",
    "numpy=1.26": "is no requirement: write NAME, NAME>=1.0 or NAME==1.0.",
    "six;": "is no requirement",
    "pip install six": "is no requirement",
    "“six”": "is no requirement",
    "six\N{NO-BREAK SPACE}>=1.10": "is no requirement",
    "numpy>=1.20.*": "is no requirement",
    'connectorx>="0.3.2a8"': "is no requirement",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_locked_is_refused_with_file_line_and_remedy(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        requirements.check(project(tmp_path, nb=f"# ours\nnumpy\n{line}\n"))
    message = capsys.readouterr().err
    assert message.startswith("requirements-nb.in, line 3: ")
    assert REFUSED[line] in message
    assert "secret" not in message
    assert message.count("\n") == 1


def test_what_pip_spells_differently_is_locked(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        a="-rrequirements-b.in\n--constraint=bounds.txt\n--extra-index-url https://example.invalid/simple\n",
        b="-r requirements.txt\nsix>=1.10\n--find-links https://example.invalid/wheels\nx @ https://example.invalid/x-1-py3-none-any.whl",
    )
    (root / "bounds.txt").write_text("six<2\n", encoding="utf-8")
    requirements.check(root)
    asked = [(str(line), line.name) for line in requirements.lines("a", root) if line.name]
    assert asked == [
        ("requirements-b.in, line 2", "six"),
        ("requirements-b.in, line 4", "x"),
        ("requirements.txt, line 1", "six"),
    ]
