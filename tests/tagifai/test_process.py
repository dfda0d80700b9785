"""What only a process of its own shows: imports, encodings, pipes, signals, zip files, seeds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tagifai as package

HERE = Path(package.__file__).parent
PROGRAM = [sys.executable, "-m", "tagifai"]


def test_import_and_help_leave_scikit_learn_alone():
    code = (
        "import sys, tagifai; tagifai.__version__; before = set(sys.modules);"
        "import tagifai.data, tagifai.main; tagifai.data.load();"
        "assert 'typer' not in before, 'typer';"
        "assert not {'sklearn', 'scipy', 'numpy'} & set(sys.modules), sorted(sys.modules);"
        "sys.argv = ['tagifai', 'predict', '--help'];"
        "import atexit; atexit.register(lambda: print('sklearn' in sys.modules));"
        "tagifai.main.run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("False\n")


def test_version_is_the_installed_one(tagifai):
    from importlib.metadata import version

    assert package.__version__ == version("tagifai")
    assert tagifai("--version").stdout.decode().split() == ["tagifai", version("tagifai")]
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense  # noqa: B018


def test_any_console(tagifai, small):
    title = "日本 photos 🎉"
    western = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = tagifai("predict", title, "--json", "--data", small, env=western)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["title"] == title
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    failed = tagifai("predict", title, "--data", "日本.csv", env=plain)
    assert failed.returncode == 1
    assert failed.stderr.decode("utf-8").startswith("Error: 日本.csv: ")


@pytest.mark.skipif(os.name == "nt", reason="Windows arguments are always Unicode")
def test_a_title_that_is_no_text(small):
    done = subprocess.run(
        [*PROGRAM, "predict", b"photos \xff", "--json", "--data", str(small)], capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tag"] == "image"


def test_a_reader_that_leaves_early(small):
    process = subprocess.Popen(
        [*PROGRAM, "predict", "--data", str(small)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    process.stdin.write(b"photos\n" * 20_000)
    process.stdin.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: Can't write the output: No space left")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_interrupted(small, tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*PROGRAM, "predict", "x", "--data", str(pipe)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with open(pipe, "wb") as stream:  # opens once the program reads it: now it is well started
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert not stream.closed
    assert (process.returncode, out, err.split()) == (130, b"", [b"Interrupted."])


def test_from_a_zip_file(tmp_path, small):
    shutil.copytree(HERE, tmp_path / "tree/tagifai", ignore=shutil.ignore_patterns("__pycache__"))
    archive = shutil.make_archive(str(tmp_path / "tagifai"), "zip", tmp_path / "tree")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1));"
        "import tagifai.main; assert '.zip' in tagifai.main.__file__; tagifai.main.run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, archive, "predict", "BERT"], capture_output=True, text=True
    )
    assert done.stdout == "natural-language-processing\n", done.stderr


def test_the_same_whatever_the_hash_seed_and_the_threads(tmp_path):
    code = (
        "from tagifai.data import load, split; from tagifai.train import train;"
        "from tagifai.predict import explain, top;"
        "rows, test = split(load(), 0.2, seed=5); model = train(rows);"
        "print(top(model, test, 6), explain(model, test[0]))"
    )

    def run(setting):
        seed, threads = setting
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True
        ).stdout

    with ThreadPoolExecutor(2) as pool:
        outputs = set(pool.map(run, [("0", "1"), ("12345", "4")]))
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
