"""From whatever Python starts tasks.py, a fit one is found, or a sentence says what is needed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, ROOT, run
from tests.template.support import WINDOWS, Repository, python, script, sentence, small
from tooling import project

pytestmark = pytest.mark.skipif(WINDOWS, reason="these tests put scripts on the PATH")
OLD = ("3.7", "3.8", "3.9", "3.10")


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """Variables by which no Python is found: nothing on the PATH, at home or at pyenv's."""
    for name in ("bin", "home", "pyenv"):
        (tmp_path / name).mkdir()
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path / "home"),
        "PYENV_ROOT": str(tmp_path / "pyenv"),
    }


def on_path(where: dict[str, str], command: str, name: str) -> None:
    """Put an interpreter on the PATH: as a script, since a link would hide where its library is."""
    script(Path(where["PATH"]) / name, f'exec "{command}" "$@"')


def at_pyenvs(where: dict[str, str], command: str, version: str) -> None:
    """Have pyenv keep an interpreter."""
    folder = Path(where["PYENV_ROOT"]) / "versions" / version
    on_path({"PATH": str(folder / "bin")}, command, "python")


def fake(where: dict[str, str], version: str) -> str:
    """Put something on the PATH that says to be a Python of a version, and nothing else."""
    name, parts = f"python{version}", version.replace(".", ", ")
    answer = f'["/fake/{name}", [{parts}, 0], "/fake", true]'
    return str(script(Path(where["PATH"]) / name, f"echo '{answer}'"))


def made_with(clone: Repository) -> str:
    return clone.in_venv("-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()


@pytest.mark.parametrize("old", OLD)
def test_an_old_python_goes_on_with_a_fit_one_or_says_what_to_do(
    old: str, unpacked: Repository, nowhere: dict[str, str]
) -> None:
    done = unpacked.task("setup", python=python(old), ok=False, env=nowhere)
    words = sentence(done)
    assert f"Python {old}." in words
    assert "Python 3.11 to 3.14" in words
    assert "pyenv install" in words
    assert done.stdout == ""
    assert not unpacked.venv.exists()
    on_path(nowhere, python("3.12"), "python3.12")
    done = unpacked.task("venv", python=python(old), env=nowhere)
    assert "too old for the tools; going on with Python 3.12" in done.stdout
    assert made_with(unpacked) == "3.12"


def test_to_import_tasks_has_no_effect_on_any_python(unpacked: Repository) -> None:
    for version in (*OLD, "3.11"):
        command = [python(version), "-W", "error", "-c", "import tasks", "setup"]
        done = run(*command, cwd=unpacked.root, env=unpacked.env)
        assert done.stdout + done.stderr == "", version


def test_what_runs_before_the_environment_is_there_needs_python_alone() -> None:
    files = [ROOT / "tasks.py", ROOT / "setup.py", *(ROOT / "tooling").glob("*.py")]
    files += (ROOT / "tooling" / "environment").glob("*.py")
    parse = (
        "import ast, sys; [ast.parse(open(n, encoding='utf-8').read(), n) for n in sys.argv[1:]]"
    )
    run(python("3.7"), "-c", parse, *files)
    modules = "start, project, processes, runner, environment.venv".split(", ")
    imports = "; ".join(f"import tooling.{name}" for name in modules)
    run(python("3.7"), "-S", "-W", "error", "-c", imports)
    # -S: no site-packages, as on a machine with nothing but Python.
    run(python("3.11"), "-S", "-c", "import tooling.environment.setup")


def test_of_several_one_that_answers_and_is_served_is_taken(
    unpacked: Repository, nowhere: dict[str, str]
) -> None:
    script(Path(nowhere["PATH"]) / "python3.14", "echo 'pyenv: command not found' >&2; exit 127")
    on_path(nowhere, python("3.12"), "python3.13")  # what it says counts, not its name
    fake(nowhere, "3.15")
    unpacked.task("venv", python=python("3.8"), env=nowhere)
    assert made_with(unpacked) == "3.12"


def test_python_may_be_a_version_a_path_or_a_name(
    unpacked: Repository, nowhere: dict[str, str]
) -> None:
    command = python("3.12")
    on_path(nowhere, command, "python3.12")
    on_path(nowhere, command, "mine")
    full = run(command, "-c", "import platform; print(platform.python_version())").stdout.strip()
    at_pyenvs(nowhere, command, full)
    run(command, "-m", "venv", "--without-pip", unpacked.root / "other")
    for wanted in ("3", "3.12", full, "python3.12", "mine", command, "other/bin/python"):
        shutil.rmtree(unpacked.venv, ignore_errors=True)
        unpacked.task("venv", "--python", wanted, env=nowhere)
        assert made_with(unpacked) == "3.12", wanted
    unpacked.task("venv", "-p", python("3.13"))
    assert made_with(unpacked) == "3.13"


def test_a_python_that_is_not_there_or_not_served_is_refused_in_a_sentence(
    unpacked: Repository, nowhere: dict[str, str]
) -> None:
    for wanted in ("3.99", "nosuch", "/nowhere/python3", "3.12", "LICENSE", project.PACKAGE):
        words = sentence(unpacked.task("setup", "--python", wanted, ok=False, env=nowhere))
        assert f"{wanted}: no Python answers there" in words
        assert "pyenv install" in words
    for version in ("3.15", "3.10"):
        for wanted in (fake(nowhere, version), version, f"python{version}"):
            words = sentence(unpacked.task("venv", "--python", wanted, ok=False, env=nowhere))
            assert f"Python {version}.0" in words
            assert "isn't one that the locks serve" in words
    assert not unpacked.venv.exists()


def test_a_newer_python_than_is_served_is_passed_over(
    unpacked: Repository, nowhere: dict[str, str]
) -> None:
    # 3.13 stands for one that is too new.
    text = unpacked.read("tooling/start.py").replace("(3, 14)", "(3, 12)")
    unpacked.write("tooling/start.py", text)
    on_path(nowhere, python("3.11"), "python3.11")
    unpacked.task("venv", python=python("3.13"), env=nowhere)
    assert made_with(unpacked) == "3.11"


def test_the_systems_own_python_works(tmp_path: Path) -> None:
    command = "/usr/bin/python3"
    code = f"import sys; sys.exit(not {project.OLDEST} <= sys.version_info[:2] <= {project.NEWEST})"
    if not Path(command).exists() or run(command, "-c", code, ok=False).returncode:
        pytest.skip("this system has no fit Python of its own")
    clone = small(tmp_path)
    clone.task("setup", python=command)
    assert clone.installed() == clone.locked("dev")
    assert "nothing to do" in clone.task("setup", python=command).stdout


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python as Debian splits it: without ensurepip and pip."""
    source = Path(BASE_PYTHON).parents[1]
    if not (source / "lib").exists() or source == Path("/usr"):
        pytest.skip("the Python that runs the tests can't be copied")
    folder = tmp_path_factory.mktemp("bare") / "python"
    names = ("ensurepip", "site-packages", "test", "__pycache__", "share", "*.a", "idlelib")
    shutil.copytree(source, folder, symlinks=True, ignore=shutil.ignore_patterns(*names))
    return str(folder / "bin" / "python3")


def test_without_pip_any_pip_at_hand_is_taken_or_the_package_is_named(
    bare: str, nowhere: dict[str, str], tmp_path: Path
) -> None:
    clone = small(tmp_path)
    text = clone.read("tooling/environment/pip.py")
    clone.write("tooling/environment/pip.py", f"{text}\n\n_SHARED = ()\n")
    words = sentence(clone.task("setup", python=bare, ok=False, env=nowhere))
    assert "has no pip" in words
    assert "-venv" in words
    on_path(nowhere, f'{BASE_PYTHON}" -m "pip', "pip")
    where = {**nowhere, "HOME": os.environ["HOME"]}  # its caches and settings
    for installer in ("uv", "pip"):
        clone.task("setup", "--installer", installer, python=bare, env=where)
        assert clone.installed() == clone.locked("dev")
        shutil.rmtree(clone.venv)
