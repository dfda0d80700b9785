"""The package works on every Python it promises, with the oldest and the newest dependencies.

Each has a virtual environment of its own, into which the built wheel goes together with the lowest
and then with the highest versions that requirements.txt allows, from wheels only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict

import pytest
from packaging.requirements import Requirement

from tagifai.data import load, split
from tagifai.predict import predict
from tagifai.train import train
from tests.support import DISTRIBUTION, PACKAGE, ROOT, find_python
from tooling import metadata

LOWEST = metadata.lowest_python(metadata.read((ROOT / "setup.py").read_text(encoding="utf-8"))["python_requires"])
VERSIONS = [f"3.{minor}" for minor in range(LOWEST, 14)]
BOUNDED_BY_SCIKIT_LEARN = {"numpy", "scipy"}  # by more than requirements.txt says, on any Python after 3.7
RESOLUTIONS = ["lowest-direct", "highest"]
# The caller's own settings, which must not reach the environments
PRIVATE = ("PYTHON", "PIP_TARGET", "PIP_USER", "VIRTUAL_ENV", "UV_PROJECT", "COV")

CHECK = """
import json, sys, warnings
warnings.simplefilter("error", FutureWarning)
import PACKAGE as package
assert "sklearn" not in sys.modules
from PACKAGE import data, evaluate, main, predict, train
rows = data.load()
trained, tested = data.split(rows, 0.2, seed=0)
model = train.train(trained)
found = predict.predict(model, tested)
f1 = evaluate.report([row.tag for row in tested], found)["overall"]["f1"]
import sklearn, typer
from importlib import import_module
try:
    metadata = import_module("importlib.metadata")
except ImportError:
    metadata = import_module("importlib_metadata")
print(json.dumps({
    "python": "%d.%d" % sys.version_info[:2],
    "package": package.__version__,
    "file": package.__file__,
    "f1": f1,
    "tags": found,
    "why": predict.explain(model, data.Project("Serving BERT on Kubernetes"))[1][0][0],
    "versions": {name: metadata.version(name) for name in sys.argv[1:]},
}))
sys.argv = ["command", "predict", "Atari with DQN", "--json"]
main.run()
""".replace("PACKAGE", PACKAGE)


Checked = Dict[str, Dict[str, Any]]  # what CHECK and the command printed, for each resolution
Results = Dict[str, "Future[Checked]"]  # for each version


def run(*command: object) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PRIVATE)}
    environment = {**kept, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([str(part) for part in command], capture_output=True, env=environment, cwd=os.sep)
    assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"
    return done.stdout.decode()


def required(version: str) -> list[Requirement]:
    """List what requirements.txt names for a Python such as "3.12"."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line.split("#")[0].strip()]
    return [each for each in requirements if each.marker is None or each.marker.evaluate({"python_version": version})]


def check(python: str, wheel: Path, folder: Path) -> Checked:
    """Install and try the lowest versions, then upgrade to the highest and try again.

    One environment for both spares compiling numpy and scipy twice, which takes the longest.
    """
    uv = [sys.executable, "-m", "uv", "--quiet"]
    run(*uv, "venv", "--python", python, folder)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    results: Checked = {}
    for resolution in RESOLUTIONS:
        options = ["--python", python, "--resolution", resolution, "--only-binary", ":all:", "-U"]
        run(*uv, "pip", "install", *options, "--requirements", ROOT / "requirements.txt", wheel)
        run(*uv, "pip", "check", "--python", python)
        names = [each.name for each in required(folder.name)]
        library, command = run(python, "-c", CHECK, *names).split("\n", 1)
        results[resolution] = json.loads(library)
        results[resolution]["command"] = json.loads(command)
        results[resolution]["script"] = run(scripts / DISTRIBUTION, "--version").split()
    return results


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """Start an environment for each interpreter, two at a time, and give their futures."""
    folder = tmp_path_factory.mktemp("interpreters")
    source = folder / "source"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / PACKAGE, source / PACKAGE)
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    run(sys.executable, "-m", *build, source)
    (wheel,) = folder.glob("*.whl")
    with ThreadPoolExecutor(2) as pool:
        found = {version: find_python(version) for version in VERSIONS}
        yield {
            version: pool.submit(check, python, wheel, folder / version) for version, python in found.items() if python
        }


@pytest.fixture(scope="session")
def tags() -> list[str]:
    """What the model predicts here, to compare with."""
    rows, tests = split(load(), 0.2, seed=0)
    return predict(train(rows), tests)


@pytest.mark.parametrize("version", VERSIONS)
def test_interpreter(version: str, results: Results, tags: list[str]) -> None:
    if version not in results:
        pytest.skip(f"no working Python {version} under pyenv or on the PATH")
    for resolution, result in results[version].result().items():
        assert result["python"] == version, resolution
        assert str(ROOT) not in result["file"], resolution
        assert result["f1"] > 0.9, resolution
        assert result["why"] == "serving", resolution
        assert result["command"]["tag"] == "reinforcement-learning", resolution
        assert result["script"] == [DISTRIBUTION, result["package"]], resolution
        assert result["tags"] == tags, resolution


def test_the_lower_end_is_the_bound_in_requirements_txt(results: Results) -> None:
    for version, future in results.items():
        lowest, highest = (future.result()[name]["versions"] for name in RESOLUTIONS)
        for requirement in required(version):
            (bound,) = requirement.specifier
            if requirement.name not in BOUNDED_BY_SCIKIT_LEARN or version == "3.7":
                assert lowest[requirement.name] == bound.version, (version, str(requirement))
        assert lowest != highest
