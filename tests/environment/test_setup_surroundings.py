"""Nothing in the caller's shell, folder or terminal decides what `setup` installs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, LIGHT, PACKAGE, WINDOWS, Clone, run


def test_variables_that_send_packages_elsewhere_do_no_harm(unpacked: Clone, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    hostile = {
        "PIP_USER": "1",
        "PIP_TARGET": str(elsewhere),
        "PIP_PREFIX": str(elsewhere),
        "PIP_ROOT": str(elsewhere),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_DEPS": "0",
        "PIP_CONSTRAINT": str(tmp_path / "none.txt"),
        "PIP_REQUIREMENT": str(tmp_path / "none.txt"),
        "PIP_DRY_RUN": "1",
        "PYTHONUSERBASE": str(elsewhere),
    }
    unpacked.task("setup", "--layer", "prod", "--installer", "pip", env=hostile)
    assert unpacked.installed() == unpacked.locked("prod")
    assert not elsewhere.exists()


def test_variables_that_misdirect_python_and_uv_do_no_harm(
    unpacked: Clone, tmp_path: Path, with_uv: dict[str, str]
) -> None:
    (tmp_path / "shadow").mkdir()
    for name in ("zipfile", "venv", "hashlib", PACKAGE):
        (tmp_path / "shadow" / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    hostile = {
        "VIRTUAL_ENV": str(tmp_path / "another"),
        "PYTHONPATH": str(tmp_path / "shadow"),
        "UV_PYTHON": "3.0",
        "UV_SYSTEM_PYTHON": "1",
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "another"),
        "UV_CONSTRAINT": str(tmp_path / "none.txt"),
        "UV_NO_BINARY": "1",
    }
    # -E: what starts tasks.py is the caller's; what tasks.py starts is what this is about.
    run(
        BASE_PYTHON,
        "-E",
        "tasks.py",
        "setup",
        "--layer",
        "prod",
        cwd=unpacked.root,
        env=unpacked.env | hostile | with_uv,
    )
    assert unpacked.installed() == unpacked.locked("prod")
    assert not (tmp_path / "another").exists()


def test_a_pythonhome_of_another_python_does_not_reach_the_environment(unpacked: Clone, tmp_path: Path) -> None:
    command = [BASE_PYTHON, "-E", "tasks.py", "venv"]
    run(*command, cwd=unpacked.root, env=unpacked.env | {"PYTHONHOME": str(tmp_path), "PYTHONOPTIMIZE": "2"})
    assert unpacked.in_venv("-m", "pip", "freeze").stdout == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_lacks_letters_gets_the_message_all_the_same(unpacked: Clone, encoding: str) -> None:
    variables = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    unpacked.root = unpacked.root.rename(unpacked.root.with_name("日本"))
    assert "venv/ is ready" in unpacked.task("venv", env=variables).stdout
    done = unpacked.task("setup", "--python", "no-such-python", ok=False, env=variables)
    assert done.returncode == 1
    assert "no-such-python" in done.stderr
    assert "Traceback" not in done.stderr


def test_tasks_work_from_a_subfolder(ready: Clone) -> None:
    done = run(BASE_PYTHON, Path("..") / "tasks.py", "setup", cwd=ready.root / PACKAGE, env=ready.env)
    assert "nothing to do" in done.stdout
    assert not (ready.root / PACKAGE / "venv").exists()


def test_invoke_works_from_a_subfolder(ready: Clone) -> None:
    done = ready.in_venv("-m", "invoke", "setup", cwd=ready.root / PACKAGE)
    assert "nothing to do" in done.stdout


def test_a_setup_started_in_a_subfolder_sets_up_the_clone(unpacked: Clone) -> None:
    run(BASE_PYTHON, Path("..") / "tasks.py", "venv", cwd=unpacked.root / PACKAGE, env=unpacked.env)
    assert unpacked.python.exists()
    assert not (unpacked.root / PACKAGE / "venv").exists()


def test_the_steps_are_shown_as_they_happen(ready: Clone) -> None:
    lines = ready.output.splitlines()
    assert lines[0].startswith("Creating venv/ with Python 3.")
    assert any(line.startswith(("Installing ", "Downloading ")) for line in lines)
    assert any("venv/ is ready" in line for line in lines)


@pytest.mark.skipif(WINDOWS, reason="Windows ends a program without a signal")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_setup_that_is_told_to_end_ends_its_children(unpacked: Clone, sent: signal.Signals) -> None:
    command = [BASE_PYTHON, "tasks.py", "setup", "--layer", LIGHT, "--installer", "pip"]
    # In a session of its own, so that its children can be told from all others, and only it gets the signal.
    child = subprocess.Popen(
        command, cwd=unpacked.root, env=unpacked.env, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    assert child.stdout
    for line in child.stdout:
        if line.startswith("Installing "):
            break
    while not _group(child.pid).keys() - {child.pid}:
        assert child.poll() is None, "the set-up ended before it could be stopped"
        time.sleep(0.01)
    child.send_signal(sent)
    assert child.wait() != 0
    child.stdout.close()
    assert _group(child.pid) == {}


def _group(leader: int) -> dict[int, str]:
    """Give the processes of a group, as ps lists them; those that have ended but weren't waited for don't count."""
    lines = run("ps", "-A", "-o", "pid=,pgid=,stat=,args=", env=dict(os.environ)).stdout.splitlines()
    found = [line.split(maxsplit=3) for line in lines]
    return {int(pid): args for pid, group, state, args in found if int(group) == leader and state[0] != "Z"}
