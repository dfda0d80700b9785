"""Resolves the layers in a scratch folder: uv all of them as one, then pip-compile each from that answer."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tooling import environment, interpreters, lockfile, pipsettings, processes, project

_REFERENCE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)", re.MULTILINE)


def sources(layer: str, root: Path = project.ROOT) -> list[str]:
    """List the hand-written files that a layer is locked from; production's is requirements.txt itself."""
    own = f"requirements-{layer}.in"
    there = [own] if (root / own).exists() else []
    return ["requirements.txt", *there] if layer == "prod" else there


def compiler() -> tuple[list[str | Path], dict[str, str]]:
    """Give pip-compile on the Python that .python-version names, and the variables it needs.

    Where venv/ is of another Python, that one reads pip-tools from it: pip-tools and what it needs are pure Python.
    Ends the task if there is no such Python.
    """
    python, wanted = environment.python(note=False), interpreters.pinned_version()
    env = processes.environment_variables(CUSTOM_COMPILE_COMMAND="invoke freeze")
    own = interpreters.probe([str(python)])
    if own is None or interpreters.dotted(own.version[:2]) != wanted:
        found = interpreters.find(wanted)
        if found is None or own is None:
            project.fail(
                f"Locks are compiled on Python {wanted}, the lowest they serve, and none was found. "
                f"Install it (pyenv install {wanted}), then: {project.typed('freeze')}"
            )
        python = Path(found.path)
        env["PYTHONPATH"] = str(project.site_packages(project.VENV, own.version))
    return [python, "-m", "piptools", "compile", "-q"], env


def copy_sources(scratch: Path, changed: Mapping[Path, bytes]) -> None:
    """Copy what pip-compile reads: the sources, the files they name with -r and -c, the settings, the old locks.

    `changed` are put in place of the project's own, or beside them.
    """
    for path, content in changed.items():
        (scratch / path.relative_to(project.ROOT)).write_bytes(content)
    names = ["pyproject.toml", "requirements.txt"]
    names += [path.name for path in project.ROOT.glob("requirements-*.*")] + [path.name for path in changed]
    done: set[str] = set()
    while names:
        name = names.pop()
        path = project.ROOT / name
        if name in done or project.ROOT not in path.resolve().parents:
            continue
        done.add(name)
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        if path not in changed and path.is_file():
            shutil.copyfile(path, scratch / name)
        if (scratch / name).exists() and name != "pyproject.toml":
            text = (scratch / name).read_text(encoding="utf-8-sig", errors="replace")
            names += [os.path.normpath(Path(name).parent / found) for found in _REFERENCE.findall(text)]


def seed(scratch: Path, compile_: list[str | Path], env: dict[str, str], upgrade: bool, packages: Sequence[str]) -> str:
    """Resolve all layers as one, from the pins that the locks have now, and give the lock of that.

    uv does it in a second, with the hashes, of wheels alone: pip-compile, which then starts from its answer, need
    neither run a package's code nor download all files of an index that doesn't tell their hashes.
    """
    names = lockfile.layers(scratch)
    lines = [f"-r {name}" for layer in names for name in sources(layer, scratch)]
    (scratch / "all.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
    old = _merged_text(scratch / lockfile.lock(layer).name for layer in names)
    flags = ["--upgrade"] if upgrade else [flag for name in packages for flag in ("--upgrade-package", name)]
    flags += ["--output-file", "all.txt"]
    (scratch / "all.txt").write_text(old, encoding="utf-8")
    project.say("Resolving all layers together")
    how = ["uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "--generate-hashes"]
    how += ["--python-version", interpreters.pinned_version(), "--only-binary", ":all:"]
    settings = pipsettings.read("install")
    how += pipsettings.uv_flags(settings)
    uv_env = processes.environment_variables(**pipsettings.for_uv(settings))
    code, said = processes.quietly([project.venv_python(), "-m", *how, *flags, "all.in"], cwd=scratch, env=uv_env)
    if "no usable wheels" in said or "no wheels" in said:
        give_up_unless_ok(code, said)  # a source distribution would run its code to say what it needs
    if code != 0:  # pip may know an index that uv doesn't
        (scratch / "all.txt").write_text(old, encoding="utf-8")
        wheels_only = "--pip-args=--only-binary :all:"
        code, output = processes.quietly([*compile_, wheels_only, *flags, "all.in"], cwd=scratch, env=env)
        give_up_unless_ok(code, output if "Failed to fetch" in said else said)
    return (scratch / "all.txt").read_text(encoding="utf-8")


def _merged_text(locks: Iterable[Path]) -> str:
    pins = {name: pin for lock in locks if lock.exists() for name, pin in lockfile.read(lock).items()}
    return "".join(pin.text + "\n" for pin in pins.values())


def give_up_unless_ok(code: int, output: str) -> None:
    """End the task where uv or pip-compile failed."""
    if code != 0:
        project.say("\n".join(output.strip().splitlines()[-15:]))
        project.fail("pip-compile found no answer; the locks are as they were. Mend the requirements that it names.")
