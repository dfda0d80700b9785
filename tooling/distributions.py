"""The sdist and the wheel: built from the locked tools, looked into, installed and imported. And what cleans up."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tooling import environment, processes, project, scrubbing

LEFT_BEHIND = ("build", "dist", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
# What an sdist holds beside the package and its .egg-info.
_OF_SDIST = {
    "LICENSE",
    "MANIFEST.in",
    "PKG-INFO",
    "README.md",
    "pyproject.toml",
    "requirements.txt",
    "setup.cfg",
    "setup.py",
}


def build() -> None:
    """Build the sdist, and the wheel from it, into dist/. Ends the task if either isn't what it should be."""
    python = environment.python()
    with tempfile.TemporaryDirectory() as folder:
        project.say("Building the sdist, and the wheel from it")
        # -P: else a folder called build/ would be taken for the module.
        code, output = processes.quietly([python, "-P", "-m", "build", "--no-isolation", "--outdir", folder])
        if code != 0:
            project.say(scrubbing.last_words(output))
            project.fail(
                f"The build failed. Mend setup.py, MANIFEST.in or requirements.txt, then: {project.typed('build')}"
            )
        (sdist,), (wheel,) = Path(folder).glob("*.tar.gz"), Path(folder).glob("*.whl")
        problems = [*sdist_problems(sdist), *wheel_problems(wheel, project.ROOT / project.PACKAGE)]
        if problems:
            project.fail("Built, but not kept:\n  " + "\n  ".join(problems) + "\nSee setup.py and MANIFEST.in.")
        project.say("Installing the wheel elsewhere and importing it")
        _import_elsewhere(python, wheel)
        (project.ROOT / "dist").mkdir(exist_ok=True)
        for made in (sdist, wheel):
            shutil.copyfile(made, project.ROOT / "dist" / (made.name + ".new"))
            (project.ROOT / "dist" / (made.name + ".new")).replace(project.ROOT / "dist" / made.name)
            project.say(f"dist/{made.name}  {made.stat().st_size / 1000:.0f} kB")


def sdist_problems(sdist: Path) -> list[str]:
    """Say what is wrong with an sdist: it needs what builds it, and the licence, and nothing else goes in."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames() if "/" in name}
    own = (project.PACKAGE, f"{project.PACKAGE}.egg-info")
    strange = sorted(name for name in names if name not in _OF_SDIST and name.split("/")[0] not in own)
    missing = sorted({"LICENSE", "README.md", "pyproject.toml", "requirements.txt", "setup.py"} - names)
    return [f"{sdist.name} lacks {name}" for name in missing] + [f"{sdist.name} ships {name}" for name in strange]


def wheel_problems(wheel: Path, package: Path) -> list[str]:
    """Say what is wrong with a wheel: it needs the licence and all of `package`, a folder, and nothing else goes in."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    ours = {path.relative_to(package.parent).as_posix() for path in package.rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    rest = {name for name in names - ours if ".dist-info/" not in name}
    problems = [f"{wheel.name} lacks {name}" for name in sorted(ours - names)]
    problems += [f"{wheel.name} ships {name}" for name in sorted(rest)]
    if not any(name.endswith("LICENSE") for name in names):
        problems.append(f"{wheel.name} lacks LICENSE")
    return problems


def _import_elsewhere(python: Path, wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--no-index",
            "--target",
            folder,
            wheel,
        ]
        check = (
            f"import sys; sys.path.insert(0, {folder!r}); import {project.PACKAGE} as package; "
            f"assert package.__file__.startswith({folder!r}), package.__file__"
        )
        look: list[str | Path] = [python, "-I", "-c", check]
        for command in (install, look):
            code, output = processes.quietly(command, cwd=Path(folder))
            if code != 0:
                project.say(scrubbing.last_words(output))
                project.fail(f"{wheel.name} was built, but can't be installed and imported: not kept.")


def clean(venv: bool = False) -> None:
    """Remove what building and testing leave behind; with `venv`, the environment and the .egg-info folder too."""
    found = [project.ROOT / name for name in LEFT_BEHIND]
    found += [*project.ROOT.glob("__pycache__"), *project.ROOT.glob("sbom-*.cdx.json")]
    for path in project.ROOT.iterdir():
        if path.is_dir() and not path.name.startswith(".") and path != project.VENV:
            found += path.glob("**/__pycache__")
    with processes.alone("clean"):
        if venv and environment.is_there():
            found += [project.VENV, project.ROOT / f"{project.PACKAGE}.egg-info"]
        found = [path for path in found if path.is_symlink() or path.exists()]
        for path in found:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    names = sorted({str(path.relative_to(project.ROOT)) for path in found})
    project.say(f"Removed {', '.join(names)}" if names else "Nothing to remove.")
