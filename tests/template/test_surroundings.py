"""Nothing of the caller's decides what is installed, but how an index is reached is honoured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, Clone, run
from tests.template import index
from tests.template.support import Repository, sentence, small
from tooling import project


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
