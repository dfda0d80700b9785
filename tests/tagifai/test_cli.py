"""What the commands print, where, and how they exit; run in this process where that will do."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Callable, NamedTuple

import pytest

import tagifai as package
from tagifai import main


class Result(NamedTuple):
    code: int | str
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run the entry point with these arguments and these bytes on standard input."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", [main.PROGRAM, *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "ascii"))
        with pytest.raises(SystemExit) as caught:
            main.run()
        return Result(caught.value.code or 0, *capsys.readouterr())

    return run


def test_predict(cli: Cli) -> None:
    result = cli("predict", "Fine-tuning BERT for legal questions")
    assert result == Result(0, "natural-language-processing\n", "")


def test_predict_top(cli: Cli, small: Path) -> None:
    single = cli("predict", "Photos of cats", "", "--top", 2, "--data", small).out
    assert re.fullmatch(r"image 0\.\d{4}\ntext 0\.\d{4}\n", single)
    many = cli("predict", "--data", small, "--top", 2, stdin=b"words\nphotos\n").out
    assert re.fullmatch(r"text 0\.\d{4}\timage 0\.\d{4}\nimage 0\.\d{4}\ttext 0\.\d{4}\n", many)


def test_predict_json(cli: Cli, small: Path) -> None:
    result = cli("predict", "Größe der Images 🎉", "photos", "--json", "--top", 5, "--data", small)
    answer = json.loads(result.out)
    assert (answer["title"], answer["description"]) == ("Größe der Images 🎉", "photos")
    assert [each["tag"] for each in answer["top"]] == ["image", "text"]
    assert {"tag": answer["tag"], "score": answer["score"]} == answer["top"][0]


@pytest.mark.parametrize("arguments", [[], ["-"], ["--input", "-"]])
def test_predict_titles_from_stdin(cli: Cli, small: Path, arguments: list[str]) -> None:
    titles = "English words\nÎmages, photos\nAngry text, and more\n".encode()
    result = cli("predict", "--data", small, *arguments, stdin=titles)
    assert result == Result(0, "text\nimage\ntext\n", "")


def test_predict_csv_from_stdin_and_file(cli: Cli, small: Path, tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfid,title,description\r\n1,x,"photos,\nimages"\r\n2,,text of words\r\n'
    path = tmp_path / "new projects.csv"
    path.write_bytes(content)
    result = cli("predict", "--data", small, "--json", "--input", path)
    assert cli("predict", "--data", small, "--json", stdin=content) == result
    answers = json.loads(result.out)
    assert [answer["tag"] for answer in answers] == ["image", "text"]
    assert answers[0]["description"] == "photos,\nimages"


def test_evaluate(cli: Cli) -> None:
    report = json.loads(cli("evaluate", "--json").out)
    assert report["overall"]["f1"] > 0.94  # 0.949 when written
    assert all(figures["f1"] > 0.92 for figures in report["tags"].values())


def test_evaluate_on_test_rows(cli: Cli, small: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("tag,title,description\nimage,photos,\nimage,words,\ntext,text,\n")
    table = cli("evaluate", "--data", small, "--test", test).out
    assert re.search(r"^image +1\.000 +0\.500 +0\.667 +2$", table, re.M)
    assert "accuracy 0.667" in table


def test_evaluate_a_handful(cli: Cli, small: Path) -> None:
    result = cli("evaluate", "--data", small)
    note = "Note: 3 folds instead of 5, since no tag has more than 3 rows.\n"
    assert (result.code, result.err) == (0, note)
    assert re.search(r"overall.* 6$", result.out, re.M)
    assert cli("evaluate", "--data", small, "--folds", 3) == Result(0, result.out, "")
    small.write_text("title,description,tag\n" + "cat,,x\n" * 5 + "dog,,y\n" * 2)
    assert cli("evaluate", "--data", small).err == ""


def test_explain(cli: Cli, small: Path) -> None:
    result = cli("explain", "The images", "photos and text", "--data", small, "--json")
    answer = json.loads(result.out)
    assert answer["tag"] == "image"
    assert [each["word"] for each in answer["words"]] == ["images", "photos", "text"]
    assert answer["words"][0]["weight"] > 0 > answer["words"][2]["weight"]
    plain = cli("explain", "The images", "photos", "--data", small, "--top", 1).out
    assert re.fullmatch(r"image\n\+\d\.\d{4}  images\n", plain)


EVALUATE = ["evaluate", "--data", "small.csv"]
ERRORS = {
    "no file": (["predict", "x", "--data", "nowhere.csv"], 1, "nowhere.csv: No such file"),
    "folder": (["evaluate", "--data", "."], 1, "Error: .: "),
    "no tag column": (["evaluate", "--data", "untagged.csv"], 1, "untagged.csv, line 1: no column"),
    "unknown tag": (
        [*EVALUATE, "--test", "other.csv"],
        1,
        "other.csv, line 2: .*'images'.*'image'",
    ),
    "lonely tag": (["evaluate", "--data", "lonely.csv"], 1, "lonely.csv, line 4: .*'c'"),
    "plot's name": ([*EVALUATE, "--folds", "3", "--plot", "x.pdf"], 1, r"x.pdf: .*\.png"),
    "empty title": (["predict", " "], 2, "are empty"),
    "title and input": (["predict", "x", "--input", "small.csv"], 2, "not both"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(cli: Cli, case: str, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, code, pattern = ERRORS[case]
    monkeypatch.chdir(small.parent)
    Path("untagged.csv").write_text("title,description\na,b\n")
    Path("other.csv").write_text("title,description,tag\na,b,images\nc,d,text\n")
    Path("lonely.csv").write_text("title,description,tag\na,b,a\nc,d,a\ne,f,c\n")
    result = cli(*arguments)
    assert (result.code, result.out) == (code, "")
    assert re.search(pattern, result.err)
    assert "Traceback" not in result.err
    assert code == 2 or re.fullmatch(r"Error: .+\n", result.err)


def test_plot_without_its_library(cli: Cli, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = cli("evaluate", "--data", small, "--plot", small.parent / "x.png")
    assert result.code == 1
    assert "python3 tasks.py setup --layer dev --layer plot" in result.err


@pytest.mark.parametrize(("name", "start"), [("x.png", b"\x89PNG"), ("ä b.SVG", b"<?xml")])
def test_plot(cli: Cli, small: Path, name: str, start: bytes) -> None:
    pytest.importorskip("matplotlib", reason="needs the layer plot")
    path = small.parent / name
    assert cli("evaluate", "--data", small, "--plot", path).code == 0
    image = path.read_bytes()
    assert image.startswith(start)
    assert cli("evaluate", "--data", small, "--plot", path).code == 0
    assert path.read_bytes() == image


def test_help(cli: Cli) -> None:
    for command in ([], ["predict"], ["evaluate"], ["explain"]):
        assert "Usage: " in cli(*command, "--help").out


# What only a process of its own shows: imports, and the exit on a full disk and on Ctrl-C.
PROGRAM = [sys.executable, "-m", package.__name__]


def test_version_waits_for_no_library() -> None:
    code = (
        f"import atexit, sys; from {package.__name__} import data, main; data.load();"
        "atexit.register(lambda: print({'sklearn', 'numpy'} & set(sys.modules)));"
        "main.run()"
    )
    command = [sys.executable, "-c", code, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [main.PROGRAM, version(main.PROGRAM), "set()"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: Can't write the output: No space left")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("imported", ["typer", "sklearn"])
def test_ctrl_c(imported: str, tmp_path: Path) -> None:
    interrupt = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    (tmp_path / f"{imported}.py").write_text(interrupt)  # instead of the library
    folders = os.pathsep.join([str(tmp_path), str(Path(package.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": folders}
    command = [*PROGRAM, "predict", "x"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
