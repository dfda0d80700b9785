"""Whatever state venv/ is in, and whatever interrupts it, `setup` brings it to the locks."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, run
from tests.template.support import WINDOWS, Repository, assert_right, sentence, small
from tooling import project


@pytest.fixture
def light(tmp_path: Path) -> Repository:
    """A small project that is set up."""
    clone = small(tmp_path)
    clone.task("setup")
    return clone


def packages(clone: Repository) -> Path:
    return project.site_packages(clone.venv)


def lose_a_package(clone: Repository) -> None:
    shutil.rmtree(packages(clone) / "iniconfig")


def lose_a_program(clone: Repository) -> None:
    project.program(project.DISTRIBUTION, clone.venv).unlink()


def lose_the_editable(clone: Repository) -> None:
    for path in packages(clone).glob("__editable__*"):
        path.unlink()


def gain_a_package(clone: Repository) -> None:
    (packages(clone) / "stray-1.0.dist-info").mkdir()
    (packages(clone) / "stray-1.0.dist-info" / "METADATA").write_text("Name: stray\nVersion: 1.0\n")


def lose_the_stamp(clone: Repository) -> None:
    (clone.venv / "setup.stamp").unlink()


def lose_the_interpreter(clone: Repository) -> None:
    if WINDOWS:
        pytest.skip("environments on Windows hold no links")
    clone.python.unlink()
    clone.python.symlink_to(clone.root / "gone")


def change_the_locks(clone: Repository) -> None:
    for layer in ("prod", "dev"):
        name = f"requirements-{layer}.txt"
        entries = clone.read(name).split("\n" + "iniconfig==")
        rest = entries[1].partition("# via -r requirements.txt\n")[2]
        clone.write(name, f"{entries[0]}\n{rest}")
    clone.write("requirements.txt", "click\n")


def move_the_clone(clone: Repository) -> None:
    clone.root = clone.root.rename(clone.root.with_name("moved"))


@pytest.mark.parametrize(
    "damages",
    [
        [lose_a_package, lose_a_program, lose_the_editable],
        [gain_a_package, lose_the_stamp, lose_the_interpreter],
        [move_the_clone, change_the_locks],
    ],
)
def test_what_was_changed_is_noticed_and_made_right(
    damages: list[Callable[[Repository], None]], light: Repository
) -> None:
    for damage in damages:
        damage(light)
        assert "is ready" in light.task("setup").stdout, damage
        assert_right(light)


# Runs set-up, and prints the commands that it starts.
_RECORDED = """
import sys
sys.path.insert(0, ".")
from tooling import processes
from tooling.environment import setup
run = processes.run
def recorded(command, **how):
    print(*command)
    return run(command, **how)
processes.run = recorded
setup.setup("", "", [], hooks=False, always=False)
"""


def test_a_second_set_up_does_no_more_than_what_changed_asks_for(light: Repository) -> None:
    # A pip that came zipped takes three times as long to start as the base's own.
    has_pip = not run(BASE_PYTHON, "-c", "import pip", ok=False).returncode
    for name, installs in (("requirements-dev.txt", False), ("requirements.txt", True)):
        light.append(name, "# a comment\n")
        commands = run(BASE_PYTHON, "-c", _RECORDED, cwd=light.root, env=light.env).stdout
        assert ("egg_info" in commands, "-e ." in commands) == (installs, installs)
        assert ".whl" not in commands or not has_pip
        assert_right(light)
    shutil.rmtree(light.root / f"{project.PACKAGE}.egg-info")
    light.task("install")  # whatever the stamp says
    assert (light.root / f"{project.PACKAGE}.egg-info").is_dir()
    light.task("venv", "--clear")
    assert "is ready" in light.task("setup").stdout
    assert_right(light)


def test_layers_are_kept_until_others_are_named(light: Repository) -> None:
    assert "layer dev" in light.task("setup", "--layer", "prod").stdout
    assert light.installed() == light.locked("prod")
    assert "agrees with requirements-prod.txt: nothing to do" in light.task("setup").stdout
    for task in ("test", "lint", "build", "freeze"):
        assert "setup --layer dev --layer prod" in sentence(light.task(task, ok=False))
    assert "layer" not in light.task("setup", "--layer", "dev", "--layer", "prod").stdout
    assert light.installed() == light.locked("dev")


def test_what_fails_leaves_the_environment_that_was_there(light: Repository) -> None:
    before = light.files("venv")
    for name, text, words in (
        ("requirements.txt", "click\n-r more.txt\n", "requirements.txt, line 2"),
        ("setup.py", "raise SystemExit('never mind')\n", "never mind"),
        ("requirements-dev.txt", "click==0.0.0.dev0\n{}", "could not install what is locked"),
        ("requirements-dev.txt", "<<<<<<< HEAD\n", "<<<<<<< HEAD”, which is no pin"),
        ("requirements-dev.txt", "-e .\n", "which is no pin"),
        ("requirements-dev.txt", "", "git checkout HEAD requirements-dev.txt"),
        ("pyproject.toml", "[tool\n", "pyproject.toml can't be read"),
    ):
        good = light.read(name)
        light.write(name, text.replace("{}", good))
        done = light.task("setup", ok=False)
        light.write(name, good)
        assert done.returncode == 1
        assert words in done.stderr, (name, done.stderr)
        assert "Traceback" not in done.stderr
        assert light.files("venv").keys() == before.keys()
    good = light.read("requirements-prod.txt")
    light.write("requirements-prod.txt", re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", good))
    done = light.task("setup", ok=False)
    assert "The locks disagree on the hashes of " in done.stderr
    light.write("requirements-prod.txt", good)
    light.task("setup")
    assert_right(light)


def test_a_lock_that_cannot_be_read_is_a_sentence(unpacked: Repository) -> None:
    lock = unpacked.root / "requirements-dev.txt"
    for number in range(3):
        if number == 1:
            lock.mkdir()
        elif number == 2:
            lock.rmdir()
            lock.write_bytes(b"\xff\xfea")
        else:
            lock.unlink()
        assert "requirements-dev.txt" in sentence(unpacked.task("setup", ok=False))
        assert not unpacked.venv.exists()


def test_a_layer_that_is_not_locked_is_a_sentence(unpacked: Repository) -> None:
    said = sentence(unpacked.task("setup", "--layer", "nosuch", ok=False))
    assert "requirements-nosuch.txt isn't there" in said
    assert "python3 tasks.py freeze" in said
    assert not unpacked.venv.exists()


def test_what_is_no_environment_is_left_alone(unpacked: Repository) -> None:
    own = unpacked.write("venv/thesis.txt", "years of work")
    for arguments in (["setup"], ["venv", "--clear"], ["install"]):
        assert "Move it away" in sentence(unpacked.task(*arguments, ok=False))
    assert own.read_text() == "years of work"
    shutil.rmtree(unpacked.venv)
    unpacked.venv.write_text("a file")
    assert "Move it away" in sentence(unpacked.task("venv", ok=False))


def start(clone: Repository, *options: str) -> subprocess.Popen[str]:
    """Start a set-up in a session of its own, so that its children can be told from others."""
    command = [BASE_PYTHON, "tasks.py", "setup", *options]
    return subprocess.Popen(
        command,
        cwd=clone.root,
        env=clone.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


def wait_for(child: subprocess.Popen[str], words: str) -> None:
    """Read what a program says until a line begins with `words`, or it ends."""
    assert child.stdout
    for line in child.stdout:
        if line.startswith(words):
            break


@pytest.mark.skipif(WINDOWS, reason="Windows ends a program without a signal")
def test_a_setup_that_alone_is_killed_and_not_its_installer_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    clone = small(tmp_path)
    for line, seconds in (("Creating", 0), ("Installing", 0.3), ("Successfully", 0)):
        child = start(clone)
        wait_for(child, line)
        time.sleep(seconds)
        child.kill()  # but not the installer, which it can't tell any more
        child.wait()
        assert child.stdout
        child.stdout.close()
    clone.task("setup")
    assert_right(clone)


@pytest.mark.skipif(not shutil.which("ps"), reason="there is no ps, which lists processes")
@pytest.mark.skipif(WINDOWS, reason="Windows ends a program without a signal")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_setup_that_is_told_to_end_ends_its_children(
    sent: signal.Signals, light: Repository
) -> None:
    gain_a_package(light)
    child = start(light, "--installer", "pip")
    wait_for(child, "Installing")
    time.sleep(0.5)  # Python loses a child that it is just starting
    child.send_signal(sent)
    assert child.stdout
    output = child.stdout.read()
    child.stdout.close()
    assert child.wait() not in (0, 1), output
    assert "Traceback" not in output
    listing = run("ps", "-A", "-o", "pgid=,stat=", env=dict(os.environ)).stdout.splitlines()
    assert [line for line in listing if line.split()[0] == str(child.pid) and "Z" not in line] == []
    assert "invoke" in light.in_venv("-m", "invoke", "--version").stdout.lower()  # as it was
    light.task("setup")
    assert_right(light)


def test_an_environment_without_packages_is_made_and_kept(unpacked: Repository) -> None:
    unpacked.task("venv")
    mark = unpacked.write("venv/mark", "")
    assert "--clear" in unpacked.task("venv").stdout
    assert mark.exists()
    unpacked.task("venv", "--clear")
    assert not mark.exists()
    assert [path.name for path in packages(unpacked).iterdir()] == []
