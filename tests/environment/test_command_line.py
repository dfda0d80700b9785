"""The command in real processes: encodings, pipes, zip files, hash seeds, threads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tagifai as package

HERE = Path(package.__file__).parent
PROGRAM = [sys.executable, "-m", package.__name__]
SMALL = """title,description,tag
BERT for text,Language models that answer questions,text
Translating news,A transformer from German to English text,text
Finding cats in photos,A convolutional network for images,image
Faces in old images,Restoring scanned photos,image
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A few labelled projects with two tags, in a file."""
    path = tmp_path / "small.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


def command(*arguments: str | Path, env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run the command with these variables added."""
    return subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, env={**os.environ, **env}, timeout=60)


def test_any_console(small: Path) -> None:
    title = "日本 photos 🎉"
    western = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = command("predict", title, "--json", "--data", small, env=western)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["title"] == title
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    failed = command("predict", title, "--data", "日本.csv", env=plain)
    assert failed.returncode == 1
    assert failed.stderr.decode("utf-8").startswith("Error: 日本.csv: ")


@pytest.mark.skipif(os.name == "nt", reason="Windows arguments are always Unicode")
def test_a_title_that_is_no_text(small: Path) -> None:
    done = subprocess.run([*PROGRAM, "predict", b"photos \xff", "--json", "--data", str(small)], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tag"] == "image"


def test_a_reader_that_leaves_early(small: Path) -> None:
    titles = small.parent / "titles.txt"
    titles.write_bytes(b"photos\n" * 20_000)
    reading, writing = os.pipe()
    os.close(reading)  # before the program writes a word
    try:
        with titles.open("rb") as stream:
            arguments = [*PROGRAM, "predict", "--data", str(small)]
            done = subprocess.run(arguments, stdin=stream, stdout=writing, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_from_a_zip_file(tmp_path: Path, small: Path) -> None:
    shutil.copytree(HERE, tmp_path / "tree" / package.__name__, ignore=shutil.ignore_patterns("__pycache__"))
    archive = shutil.make_archive(str(tmp_path / "package"), "zip", tmp_path / "tree")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1));"
        f"from {package.__name__} import main; assert '.zip' in main.__file__; main.run()"
    )
    done = subprocess.run([sys.executable, "-c", code, archive, "predict", "BERT"], capture_output=True, text=True)
    assert done.stdout == "natural-language-processing\n", done.stderr


def test_the_same_whatever_the_hash_seed_and_the_threads(tmp_path: Path) -> None:
    code = (
        f"from {package.__name__}.data import load, split; from {package.__name__}.train import train;"
        f"from {package.__name__}.predict import explain, top;"
        "rows, test = split(load(), 0.2, seed=5); model = train(rows);"
        "print(top(model, test, 6), explain(model, test[0]))"
    )

    def run(setting: tuple[str, str]) -> bytes:
        seed, threads = setting
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout

    with ThreadPoolExecutor(2) as pool:
        outputs = set(pool.map(run, [("0", "1"), ("12345", "4")]))
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
