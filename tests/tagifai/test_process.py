"""What only a process of its own shows, as far as it shows quickly: imports, signals, a full disk.

What takes longer (processes that import scikit-learn) is in tests/environment/test_command_line.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import tagifai as package
from tagifai import main

PROGRAM = [sys.executable, "-m", package.__name__]


def test_import_and_help_leave_scikit_learn_alone() -> None:
    code = (
        f"import sys; import {package.__name__} as package; package.__version__; before = set(sys.modules);"
        f"from {package.__name__} import data, main; data.load();"
        "assert 'typer' not in before, 'typer';"
        "assert not {'sklearn', 'scipy', 'numpy'} & set(sys.modules), sorted(sys.modules);"
        "sys.argv = ['command', 'predict', '--help'];"
        "import atexit; atexit.register(lambda: print('sklearn' in sys.modules));"
        "main.run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("False\n")


def test_version_is_the_installed_one() -> None:
    assert package.__version__ == version(main.PROGRAM)
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().split() == [main.PROGRAM, version(main.PROGRAM)]
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense  # noqa: B018


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: Can't write the output: No space left")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_interrupted(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*PROGRAM, "predict", "x", "--data", str(pipe)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with pipe.open("wb") as stream:  # opens once the program reads it: now it is well started
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert not stream.closed
    assert (process.returncode, out, err.split()) == (130, b"", [b"Interrupted."])


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_interrupted_while_the_command_line_is_imported(tmp_path: Path) -> None:
    signalling = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    (tmp_path / "typer.py").write_text(signalling)  # what is imported first, and it stops there
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(package.__file__).parents[1])])}
    done = subprocess.run([*PROGRAM, "predict", "x"], env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.split()) == (130, b"", [b"Interrupted."])
