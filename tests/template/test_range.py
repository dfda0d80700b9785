"""The wheel works on each Python that it is for, with the lowest and the newest dependencies."""

from __future__ import annotations

import functools
import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from setup import read_requirements
from tests.support import ROOT, Done, environment, run
from tests.template.support import python
from tooling import files, project
from tooling.environment import pip

NEWEST = f"3.{project.NEWEST[1]}"
PYTHONS = [*(f"3.{minor}" for minor in range(7, project.NEWEST[1])), NEWEST, f"{NEWEST}t"]
REQUIREMENTS = ROOT / "requirements.txt"
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
ASKED = [["--version"], ["predict", "Fine-tuning BERT for legal questions"], ["evaluate", "--json"]]
# In one process, since to import scikit-learn takes most of the time.
ASK = """
import contextlib, io, json, runpy, sys
command, answers = sys.argv[1], []
for arguments in json.loads(sys.argv[2]):
    sys.argv, out, code = [command, *arguments], io.StringIO(), None
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path(command, run_name="__main__")
        except SystemExit as ended:
            code = ended.code
    assert not code, code
    answers.append(out.getvalue().rstrip())
print(json.dumps(answers))
"""


def lowest(version: str) -> dict[str, Version]:
    """Return the lowest version of each package that requirements.txt names for a Python."""
    requirements = map(Requirement, read_requirements(REQUIREMENTS))
    here = {"python_version": version.rstrip("t")}
    return {
        files.normalized(each.name): Version(next(iter(each.specifier)).version)
        for each in requirements
        if not each.marker or each.marker.evaluate(here)
    }


@functools.cache
def variables() -> dict[str, str]:
    """Return the variables by which uv reaches an index as pip does."""
    return environment(**pip.variables(pip.settings([sys.executable, "-m", "pip"])))


def uv(*arguments: str | Path, ok: bool = True) -> Done:
    """Run the locked uv."""
    return run(project.program("uv"), *arguments, env=variables(), ok=ok)


@pytest.mark.parametrize("which", RESOLUTIONS)
@pytest.mark.parametrize("version", PYTHONS)
def test_the_wheel_works_on_each_python(
    version: str, which: str, dist: Path, tmp_path: Path
) -> None:
    (wheel,) = dist.glob("*.whl")
    venv, elsewhere, bounds = tmp_path / "venv", tmp_path / "elsewhere", tmp_path / "bounds.txt"
    elsewhere.mkdir()
    bounds.touch()
    uv("venv", "-q", "--python", python(version), venv)
    # requirements.txt, too: what a wheel needs isn't direct.
    install: list[str | Path] = ["pip", "install", "--python", venv, "--only-binary", ":all:"]
    install += ["--resolution", RESOLUTIONS[which], "-r", REQUIREMENTS, "-c", bounds, wheel]
    uv(*install, "--link-mode", "hardlink")

    program = project.program(project.DISTRIBUTION, venv)
    asking = ["-IB", "-c", ASK, str(program), json.dumps(ASKED)]
    done = run(project.program("python", venv), *asking, cwd=elsewhere)
    own, tag, report = json.loads(done.stdout)
    assert own == f"{project.DISTRIBUTION} {wheel.name.split('-')[1]}"
    assert tag == "natural-language-processing"
    assert json.loads(report)["overall"]["f1"] > 0.94

    found = metadata.distributions(path=[str(project.site_packages(venv))])
    versions = {files.normalized(each.metadata["Name"]): Version(each.version) for each in found}
    for name, bound in lowest(version).items():
        assert versions[name] >= bound
        if which == "lowest" and versions[name] != bound:
            # Nothing lower has a wheel for this Python and goes with what else is installed.
            others = [f"{each}=={versions[each]}" for each in {*versions} - {name}]
            bounds.write_text("\n".join([*others, f"{name}<{versions[name]}"]))
            assert uv(*install, "--reinstall", "--dry-run", ok=False).returncode == 1
