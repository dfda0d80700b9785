"""What the commands print, where, and how they exit; run inside this process, which is faster."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from tagifai import main
from tagifai import train as training
from tagifai.data import Project
from tagifai.train import Model


class Result(NamedTuple):
    code: int | str
    out: str
    err: str


class Cli(Protocol):
    def __call__(self, *arguments: object, stdin: bytes = b"") -> Result: ...


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the entry point with these arguments and these bytes on standard input."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        streams = {name: io.BytesIO() for name in ("stdout", "stderr")}
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", [main.PROGRAM, *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "ascii"))
            for name, stream in streams.items():
                # A console that knows no letter beyond ASCII
                patch.setattr(sys, name, io.TextIOWrapper(stream, "ascii", newline="\n"))
            with pytest.raises(SystemExit) as caught:
                main.run()
            sys.stdout.flush()
            sys.stderr.flush()
            out, err = (stream.getvalue().decode("utf-8") for stream in streams.values())
        return Result(caught.value.code or 0, out, err)

    return run


def test_predict(cli: Cli, bundled: list[Project], model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted_to = []

    def train(rows: list[Project], _: object) -> Model:
        fitted_to.append(rows)
        return model

    monkeypatch.setattr(training, "train", train)
    result = cli("predict", "Fine-tuning BERT for legal questions")
    assert (result.code, result.err) == (0, "")
    assert result.out == "natural-language-processing\n"
    assert fitted_to == [bundled]


def test_predict_top(cli: Cli, small: Path) -> None:
    result = cli("predict", "Photos of cats", "", "--top", 2, "--data", small)
    assert result.code == 0
    assert re.fullmatch(r"image 0\.\d{4}\ntext 0\.\d{4}\n", result.out)


def test_predict_json(cli: Cli, small: Path) -> None:
    result = cli("predict", "Größe der Images 🎉", "photos", "--json", "--top", 5, "--data", small)
    answer = json.loads(result.out)
    assert answer["title"] == "Größe der Images 🎉"
    assert answer["description"] == "photos"
    assert answer["tag"] == "image"
    assert [found["tag"] for found in answer["top"]] == ["image", "text"]
    assert answer["top"][0]["score"] == answer["score"]
    assert sum(found["score"] for found in answer["top"]) == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("arguments", [[], ["-"], ["--input", "-"]])
def test_predict_titles_from_stdin(cli: Cli, small: Path, arguments: list[str]) -> None:
    titles = "English words\nÎmages of roads\nAngry text, and more\n".encode()
    result = cli("predict", "--data", small, *arguments, stdin=titles)
    assert (result.code, result.err) == (0, "")
    assert result.out == "text\nimage\ntext\n"


def test_predict_csv_from_stdin_and_file(cli: Cli, small: Path, tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfid,title,description\r\n1,x,"photos,\nimages"\r\n2,,text of words\r\n'
    path = tmp_path / "new projects.csv"
    path.write_bytes(content)
    piped = cli("predict", "--data", small, "--json", stdin=content)
    read = cli("predict", "--data", small, "--json", "--input", path)
    assert piped.out == read.out
    answers = json.loads(read.out)
    assert [answer["tag"] for answer in answers] == ["image", "text"]
    assert answers[0]["description"] == "photos,\nimages"


def test_predict_many_with_top(cli: Cli, small: Path) -> None:
    result = cli("predict", "--data", small, "--top", 2, stdin=b"words\nphotos\n")
    lines = result.out.splitlines()
    assert [line.split("\t")[0].split()[0] for line in lines] == ["text", "image"]
    assert all(len(line.split("\t")) == 2 for line in lines)


def test_one_title_on_stdin_gives_a_list(cli: Cli, small: Path) -> None:
    answers = json.loads(cli("predict", "--data", small, "--json", stdin=b"photos").out)
    assert [answer["tag"] for answer in answers] == ["image"]


def test_evaluate_json_of_the_bundled_rows(cli: Cli, bundled: list[Project]) -> None:
    found = json.loads(cli("evaluate", "--json").out)
    assert set(found) == {"overall", "tags"}
    assert set(found["overall"]) == {
        "precision",
        "recall",
        "f1",
        "macro_f1",
        "accuracy",
        "samples",
    }
    assert len(found["tags"]) == 6
    for figures in found["tags"].values():
        assert set(figures) == {"precision", "recall", "f1", "samples"}
    assert found["overall"]["samples"] == sum(f["samples"] for f in found["tags"].values()) == len(bundled)
    # 0.968 when written, and 0.959 the least of the tags'. Far less means that a change broke the
    # features or the classifiers
    assert found["overall"]["f1"] > 0.955
    assert all(figures["f1"] > 0.93 for figures in found["tags"].values())


def test_evaluate_on_test_rows(cli: Cli, small: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("tag,title,description\nimage,photos,\nimage,words,\ntext,text,\n")
    found = json.loads(cli("evaluate", "--data", small, "--test", test, "--json").out)
    assert found["overall"]["accuracy"] == 0.666667
    assert found["tags"]["image"] == {"precision": 1, "recall": 0.5, "f1": 0.666667, "samples": 2}
    table = cli("evaluate", "--data", small, "--test", test).out
    assert re.search(r"^image +1\.000 +0\.500 +0\.667 +2$", table, re.M)
    assert "accuracy 0.667" in table


def test_evaluate_a_handful(cli: Cli, small: Path) -> None:
    result = cli("evaluate", "--data", small)
    assert (result.code, result.err) == (0, "Note: 3 folds instead of 5, since no tag has more than 3 rows.\n")
    assert re.search(r"overall.* 6$", result.out, re.M)
    fewer = cli("evaluate", "--data", small, "--folds", 3)
    assert fewer == Result(0, result.out, "")


def test_explain(cli: Cli, small: Path) -> None:
    result = cli("explain", "The photos", "and text", "--data", small, "--json")
    found = json.loads(result.out)
    assert found["tag"] == "image"
    assert found["words"][0]["word"] == "photos"
    assert found["words"][0]["weight"] > 0 > found["words"][1]["weight"]
    plain = cli("explain", "The photos", "and text", "--data", small, "--top", 1).out
    assert re.fullmatch(r"image\n\+\d\.\d{4}  photos\n", plain)


ERRORS = {
    "no file": (["predict", "x", "--data", "nowhere.csv"], 1, ["nowhere.csv", "No such file"]),
    "folder": (["evaluate", "--data", "."], 1, ["."]),
    "no tag column": (["evaluate", "--data", "untagged.csv"], 1, ["untagged.csv, line 1", "'tag'"]),
    "unknown tag": (
        ["evaluate", "--data", "small.csv", "--test", "other.csv"],
        1,
        ["other.csv, line 2", "'images'", "'image'"],
    ),
    "lonely tag": (["evaluate", "--data", "lonely.csv"], 1, ["lonely.csv, line 4", "'c'"]),
    "bad input": (["predict", "--input", "small.csv", "--data", "cut.csv"], 1, ["cut.csv, line 3"]),
    "plot's name": (["evaluate", "--data", "small.csv", "--plot", "x.pdf"], 1, ["x.pdf", ".png"]),
    "plot's folder": (["evaluate", "--data", "small.csv", "--plot", "no/x.png"], 1, ["no/x.png"]),
    "empty title": (["predict", " "], 2, ["empty"]),
    "title and input": (["predict", "x", "--input", "small.csv"], 2, ["not both"]),
    "top 0": (["predict", "x", "--top", "0"], 2, ["--top"]),
    "unknown command": (["train"], 2, ["train"]),
    "no title to explain": (["explain"], 2, ["Missing argument"]),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(cli: Cli, case: str, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, code, words = ERRORS[case]
    monkeypatch.chdir(small.parent)
    files = {
        "untagged.csv": "title,description\na,b\n",
        "other.csv": "title,description,tag\na,b,images\nc,d,text\n",
        "lonely.csv": "title,description,tag\na,b,a\nc,d,a\ne,f,c\n",
        "cut.csv": "title,description,tag\na,b,a\nc,d",
    }
    for name, content in files.items():
        (small.parent / name).write_text(content)
    before = sorted(small.parent.iterdir())
    result = cli(*arguments)
    assert result.code == code
    assert result.out == ""
    for word in words:
        assert word in result.err
    assert "Traceback" not in result.err
    if code == 1:
        assert re.fullmatch(r"Error: .+\n", result.err)
    assert sorted(small.parent.iterdir()) == before


def test_plot_without_its_library(cli: Cli, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    result = cli("evaluate", "--data", small, "--plot", small.parent / "x.png")
    assert result.code == 1
    assert "python3 tasks.py setup --layer dev --layer plot" in result.err
    assert "pip install matplotlib" in result.err


@pytest.mark.parametrize(("name", "start"), [("x.png", b"\x89PNG"), ("ä b.SVG", b"<?xml")])
def test_plot(cli: Cli, small: Path, name: str, start: bytes) -> None:
    pytest.importorskip("matplotlib", reason="without the layer plot; test_plot_layer.py runs this with it")
    path = small.parent / name
    contents = []
    for _ in range(2):
        result = cli("evaluate", "--data", small, "--plot", path, "--json")
        assert result.code == 0
        json.loads(result.out)
        contents.append(path.read_bytes())
    assert contents[0].startswith(start)
    assert contents[0] == contents[1]
    assert sorted(p.name for p in small.parent.iterdir()) == sorted(["small.csv", name])
    if name.endswith("SVG"):
        assert b"predicted tag" in contents[0]
        assert b">text<" in contents[0]


def test_a_plot_that_fails_leaves_the_old_one(cli: Cli, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = pytest.importorskip(
        "matplotlib.figure", reason="without the layer plot; test_plot_layer.py runs this with it"
    )
    path = small.parent / "x.png"
    path.write_bytes(b"old")

    def full(_: object, where: str | Path, **__: Any) -> None:
        Path(where).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure.Figure, "savefig", full)
    result = cli("evaluate", "--data", small, "--plot", path)
    assert (result.code, result.out) == (1, "")
    assert "No space left" in result.err
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in small.parent.iterdir()) == ["small.csv", "x.png"]


def test_help_of_every_command(cli: Cli) -> None:
    for command in ([], ["predict"], ["evaluate"], ["explain"]):
        result = cli(*command, "--help")
        assert result.code == 0
        assert "Usage: " in result.out
    assert "--show-completion" in cli("--help").out


def test_version(cli: Cli) -> None:
    from tagifai import __version__

    assert cli("--version").out == f"{main.PROGRAM} {__version__}\n"


@pytest.mark.parametrize(("terminal", "rows", "drawn"), [(1, 5000, 1), (1, 50, 0), (0, 5000, 0)])
def test_progress_bar_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, terminal: int, rows: int, drawn: int) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: bool(terminal))
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(main.bar([1, 2, 3], "Training", rows)) == [1, 2, 3]
    assert ("Training" in stream.getvalue()) == bool(drawn)
