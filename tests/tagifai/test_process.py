"""What only a process of its own shows: imports, the exit on a full disk and on Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import tagifai as package
from tagifai import main

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
