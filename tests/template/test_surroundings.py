"""Nothing of the caller's decides what is installed, but how an index is reached is honoured."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import Once
from tests.support import BASE_PYTHON, Clone, run
from tests.template import index
from tests.template.support import Repository, sentence, small
from tooling import project

UV_TOML = (
    'index-url = "http://127.0.0.1:9/simple"\n[pip]\nresolution = "lowest-direct"\ntarget = "x"\n'
)
PIP_CONF = """
[global]
require-virtualenv = true
require-hashes = true
[install]
target = {0}
prefix = {0}
root = {0}
dry-run = true
constraint = {0}
python = {0}
no-binary = :all:
"""


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_settings_that_send_packages_elsewhere_are_shut_out(installer: str, tmp_path: Path) -> None:
    clone, elsewhere = small(tmp_path), str(tmp_path / "elsewhere")
    (tmp_path / "shadow").mkdir()
    for name in ("zipfile", "venv", "hashlib", project.PACKAGE):
        (tmp_path / "shadow" / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    for name, text in (("uv/uv.toml", UV_TOML), ("pip/pip.conf", PIP_CONF.format(elsewhere))):
        clone.write(f"../config/{name}", text)
    hostile = {
        "XDG_CONFIG_HOME": str(clone.root.parent / "config"),
        "PYTHONUSERBASE": elsewhere,
        "PYTHONPATH": str(tmp_path / "shadow"),
        "VIRTUAL_ENV": elsewhere,
        **dict.fromkeys(("PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_INDEX"), "0"),
        **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT"), elsewhere),
        **dict.fromkeys(("UV_PYTHON", "UV_CONSTRAINT", "UV_PROJECT_ENVIRONMENT"), elsewhere),
        **dict.fromkeys(("UV_SYSTEM_PYTHON", "UV_NO_BINARY", "UV_OFFLINE"), "1"),
    }
    # -E: what starts tasks.py is the caller's; what tasks.py starts is what this is about.
    command = [BASE_PYTHON, "-E", "tasks.py", "setup", "--installer", installer]
    run(*command, cwd=clone.root, env={**clone.env, **hostile})
    assert clone.installed() == clone.locked("dev")
    assert not Path(elsewhere).exists()
    assert not (clone.root / "x").exists()


@pytest.fixture(scope="session")
def wheels(once: Once, ready: Clone) -> list[index.File]:
    """The wheels of what a small project is locked to."""

    def download(folder: Path) -> None:
        clone = small(folder)
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-d", str(folder)]
        lock = clone.root / "requirements-dev.txt"
        ready.in_venv("-m", "pip", "-q", "download", *options, "-r", str(lock))

    return index.read_wheels(once("wheels", download))


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """Variables of a machine with empty caches, where no index is known."""
    caches = ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "UV_CACHE_DIR", "PIP_CACHE_DIR")
    places = {name: str(tmp_path / "home" / name.lower()) for name in caches}
    return {**places, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}


def pyenv_aside(env: dict[str, str]) -> dict[str, str]:
    return {**env, "PYENV_ROOT": str(project.HOME / ".pyenv")}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[Repository, index.File]]:
    """A small project that needs a package of which there is only a source distribution."""
    clone = small(tmp_path)
    sdist = index.sdist("demo", "1.0", "import packaging  # a tool that is locked")
    entry = f"demo==1.0 \\\n    --hash=sha256:{sdist.sha256}\n    # via -r requirements.txt\n"
    for layer in ("prod", "dev"):
        clone.append(f"requirements-{layer}.txt", entry)
    clone.append("requirements.txt", "demo\n")
    settings = clone.read("pyproject.toml")
    only = 'pip-args = "--only-binary :all:'
    assert only in settings
    clone.write("pyproject.toml", settings.replace(only, f"{only} --no-binary demo"))
    yield clone, sdist


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_index_with_a_login_serves_wheels_and_what_is_built_from_source(
    installer: str,
    demo: tuple[Repository, index.File],
    wheels: list[index.File],
    alone: dict[str, str],
) -> None:
    clone, sdist = demo
    with index.serve([*wheels, sdist], login=("me", "secret")) as served:
        url = served.url.replace("http://", "http://me:secret@")
        env = pyenv_aside({**alone, "PIP_INDEX_URL": url})
        done = clone.task("setup", "--installer", installer, env=env)
        assert "Building demo" in done.stdout
        assert served.requests
    assert clone.installed() == clone.locked("dev")
    clone.in_venv("-I", "-c", "import demo, click")
    assert "secret" not in done.stdout + done.stderr
    texts = (path.read_bytes() for path in clone.venv.rglob("*") if path.is_file())
    assert not any(b"me:secret" in text for text in texts)
    if installer == "uv":
        assert_uv_is_fetched_once(clone, {**clone.env, **env})


def assert_uv_is_fetched_once(clone: Repository, env: dict[str, str]) -> None:
    """No index answers any more, and the program is in the user's cache, whole and alone."""
    (program,) = project.cache_folder(env).iterdir()
    (clone.venv / "setup.stamp").unlink()
    assert "with uv" in clone.task("setup", env=env).stdout
    program.unlink()
    (clone.venv / "setup.stamp").unlink()
    done = clone.task("setup", env=env, ok=False)
    assert "going on with pip" in done.stdout
    assert "could not" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(project.cache_folder(env).iterdir())


def test_two_set_ups_that_fetch_uv_at_once_end_well(
    wheels: list[index.File], alone: dict[str, str], tmp_path: Path
) -> None:
    clones = [small(tmp_path / name) for name in ("one", "other")]
    with index.serve(wheels) as served, ThreadPoolExecutor() as pool:
        env = pyenv_aside({**alone, "PIP_INDEX_URL": served.url})
        for done in pool.map(lambda clone: clone.task("setup", env=env), clones):
            assert "Installing 7 packages with uv" in done.stdout
    assert len(list(project.cache_folder(env).iterdir())) == 1


def test_an_index_that_never_answers_ends_in_a_sentence(
    tmp_path: Path, alone: dict[str, str]
) -> None:
    clone = small(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        env = pyenv_aside({**alone, "PIP_INDEX_URL": url, "PIP_DEFAULT_TIMEOUT": "1"})
        for options in ([], ["--installer", "uv"]):
            done = clone.task("setup", *options, env=env, ok=False)
            assert done.returncode == 1
            assert "Fetching uv" in done.stdout  # what is waited for
            assert "Traceback" not in done.stderr
            assert done.stderr.splitlines()[-1].endswith(("tasks.py setup", "--installer pip"))
    assert not clone.venv.exists()


def test_tasks_work_from_any_folder_and_in_any_terminal(ready: Clone) -> None:
    inside = ready.root / project.PACKAGE
    tasks = Path("..") / "tasks.py"
    assert "nothing to do" in run(BASE_PYTHON, tasks, "setup", cwd=inside, env=ready.env).stdout
    assert "nothing to do" in ready.in_venv("-m", "invoke", "setup", cwd=inside).stdout
    assert not (inside / "venv").exists()
    for encoding in ("ascii", "cp1252"):
        env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
        done = ready.task("setup", "--python", "nö-such", env=env, ok=False)
        assert "-such" in sentence(done)


def test_a_task_makes_the_environment_that_it_needs(tmp_path: Path) -> None:
    clone = small(tmp_path)
    assert "is ready" in clone.task("test", ok=False).stdout  # which then lacks pytest
    assert clone.installed() == clone.locked("dev")
