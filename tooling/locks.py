"""The locks: pip-compile over every layer, so that all of them agree, on the lowest Python that they serve."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tooling import environment, index, interpreters, lockfile, processes, project

_REFERENCE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)", re.MULTILINE)
# A secret in a URL, a local path, an index of this machine.
_LEAK = re.compile(
    r"://[^/\s]*@|\bfile:/|(?:^|[\s=@])(?:/\w|[A-Za-z]:\\)|^--(?:index-url|extra-index-url|find-links|trusted-host)",
    re.MULTILINE,
)


def freeze(upgrade: bool = False, packages: Sequence[str] = (), check: bool = False) -> None:
    """Lock every layer; `upgrade` takes the newest of everything, `packages` of those alone.

    With `check` nothing is written: the task ends with exit code 1, and a diff, when a lock isn't what
    freezing would write. Ends the task where no versions go together or a lock would carry something of this
    machine; the locks are then as they were.
    """
    compile_, env = _compiler()
    check_requirements = "import pathlib, setup; setup.read_requirements(pathlib.Path('requirements.txt'))"
    code, output = processes.quietly([project.venv_python(), "-c", check_requirements])
    if code:  # what setup.py would refuse mustn't get into a lock
        project.fail(f"{output.strip()} Then: {project.typed('freeze')}")
    known = {
        name
        for layer in lockfile.layers()
        if lockfile.lock(layer).exists()
        for name in lockfile.read(lockfile.lock(layer))
    }
    unknown = [name for name in packages if lockfile.normalized(name) not in known]
    if unknown:
        project.fail(f"No lock has {', '.join(unknown)}. --package takes a package that is locked.")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        _copy_sources(scratch)
        seed = _seed(scratch, compile_, env, upgrade, packages)
        project.say(f"Locking {', '.join(lockfile.lock(layer).name for layer in lockfile.layers())}")
        commands = []
        for layer in lockfile.layers():
            # pip-compile keeps what its output file has pinned, as far as it goes: one seed makes the layers agree.
            (scratch / lockfile.lock(layer).name).write_text(seed, encoding="utf-8")
            commands.append(([*compile_, "--output-file", lockfile.lock(layer).name, *sources(layer)], env))
        for code, output in processes.together(commands, cwd=scratch):
            _give_up_unless_ok(code, output)
        new = {layer: (scratch / lockfile.lock(layer).name).read_bytes() for layer in lockfile.layers()}
    for layer, content in new.items():
        leak = leaked(content.decode("utf-8"))
        if leak:
            name = lockfile.lock(layer).name
            project.fail(
                f"{name} would hold what belongs to this machine: “{leak}”. Mend its source; nothing was written."
            )
    for path in project.ROOT.glob("requirements-*.txt"):
        if path not in map(lockfile.lock, new):
            project.say(
                f"Note: {path.name} is no layer's lock: there is no {path.stem}.in. Delete it, or bring that back."
            )
    stale = {lockfile.lock(layer): content for layer, content in new.items() if _bytes(lockfile.lock(layer)) != content}
    if check:
        _report(stale)
    for path, content in stale.items():
        path.with_suffix(".new").write_bytes(content)
        path.with_suffix(".new").replace(path)
    if stale:
        project.say(f"Changed: {', '.join(path.name for path in stale)}. To install: {project.typed('setup')}")
    elif not check:
        project.say("The locks are as they were.")


def sources(layer: str) -> list[str]:
    """List the hand-written files that a layer is locked from; production's is requirements.txt itself."""
    own = f"requirements-{layer}.in"
    there = [own] if (project.ROOT / own).exists() else []
    return ["requirements.txt", *there] if layer == "prod" else there


def leaked(lock: str) -> str:
    """Give the first line of a lock's text with a secret, a local path or an index's address; "" if none has."""
    found = _LEAK.search(lock)
    return lock[lock.rfind("\n", 0, found.end()) + 1 :].splitlines()[0].strip() if found else ""


def _compiler() -> tuple[list[str | Path], dict[str, str]]:
    """Give pip-compile on the Python that .python-version names, and the variables it needs.

    Where venv/ is of another Python, that one reads pip-tools from it: pip-tools and what it needs are pure Python.
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


def _copy_sources(scratch: Path) -> None:
    """Copy what pip-compile reads: the sources, the files they name with -r and -c, the settings, the old locks."""
    names = [
        "pyproject.toml",
        *(name for layer in lockfile.layers() for name in [lockfile.lock(layer).name, *sources(layer)]),
    ]
    done: set[str] = set()
    while names:
        name = names.pop()
        path = project.ROOT / name
        if name in done or not path.is_file() or project.ROOT not in path.resolve().parents:
            continue
        done.add(name)
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, scratch / name)
        if name != "pyproject.toml":
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            names += [os.path.normpath(Path(name).parent / found) for found in _REFERENCE.findall(text)]


def _seed(
    scratch: Path, compile_: list[str | Path], env: dict[str, str], upgrade: bool, packages: Sequence[str]
) -> str:
    """Resolve all layers as one, from the pins that the locks have now, and give the lock of that.

    uv does it in a second, with the hashes, of wheels alone: pip-compile, which then starts from its answer, need
    neither run a package's code nor download all files of an index that doesn't tell their hashes.
    """
    lines = [f"-r {name}" for layer in lockfile.layers() for name in sources(layer)]
    (scratch / "all.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
    old = _merged_text(scratch / lockfile.lock(layer).name for layer in lockfile.layers())
    flags = ["--upgrade"] if upgrade else [flag for name in packages for flag in ("--upgrade-package", name)]
    flags += ["--output-file", "all.txt"]
    (scratch / "all.txt").write_text(old, encoding="utf-8")
    project.say("Resolving all layers together")
    with_uv: list[str | Path] = [
        project.venv_python(),
        "-m",
        "uv",
        "pip",
        "compile",
        "-q",
        "--no-header",
        "--no-annotate",
    ]
    how = ["--generate-hashes", "--only-binary", ":all:", "--python-version", interpreters.pinned_version()]
    configured = index.index_url(os.environ, project.pip_settings(os.environ, project.HOME))
    at = {"UV_DEFAULT_INDEX": configured} if configured else {}
    uv_env = processes.environment_variables(**at)
    code, said = processes.quietly([*with_uv, *how, *flags, "all.in"], cwd=scratch, env=uv_env)
    if "no usable wheels" in said or "no wheels" in said:
        _give_up_unless_ok(code, said)  # a source distribution would run its code to say what it needs
    if code != 0:  # pip may know an index that uv doesn't
        (scratch / "all.txt").write_text(old, encoding="utf-8")
        wheels_only = "--pip-args=--only-binary :all:"
        code, output = processes.quietly([*compile_, wheels_only, *flags, "all.in"], cwd=scratch, env=env)
        _give_up_unless_ok(code, output if "Failed to fetch" in said else said)
    return (scratch / "all.txt").read_text(encoding="utf-8")


def _merged_text(locks: Iterable[Path]) -> str:
    pins = {name: pin for lock in locks if lock.exists() for name, pin in lockfile.read(lock).items()}
    return "".join(pin.text + "\n" for pin in pins.values())


def _give_up_unless_ok(code: int, output: str) -> None:
    if code != 0:
        project.say("\n".join(output.strip().splitlines()[-15:]))
        project.fail("pip-compile found no answer; the locks are as they were. Mend the requirements that it names.")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _report(stale: Mapping[Path, bytes]) -> None:
    for path, content in stale.items():
        old, new = (each.decode("utf-8", "replace").splitlines() for each in (_bytes(path), content))
        diff = difflib.unified_diff(old, new, path.name, f"{path.name} (frozen anew)", lineterm="", n=1)
        project.say("\n".join(diff))
    if stale:
        project.fail(f"Stale: {', '.join(path.name for path in stale)}. Lock again: {project.typed('freeze')}")
    project.say("The locks are fresh.")
