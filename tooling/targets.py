"""Tells whether each lock can be installed on every system and Python that it serves, by resolving it as if there."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from packaging.specifiers import SpecifierSet

from tooling import lockfile, pipsettings, processes, project, resolving, scrubbing
from tooling.lockfile import Pin, normalized

# uv's names. Linux with glibc 2.28 or later (Debian 10, RHEL 8, Ubuntu 20.04); macOS and Windows as uv takes them.
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux arm64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
    "macOS x86-64": "x86_64-apple-darwin",
    "Windows x86-64": "x86_64-pc-windows-msvc",
}
LACKING = "the lock lacks packages"
PYTHONS = [f"{project.OLDEST[0]}.{minor}" for minor in range(project.OLDEST[1], project.NEWEST[1] + 1)]


class Target(NamedTuple):
    """One lock on one system and Python."""

    layer: str
    system: str
    python: str


class Gap(NamedTuple):
    """Why a lock can't be installed on a target, and what closes the gap."""

    target: Target
    reason: str


def targets(layers: Sequence[str] = ()) -> None:
    """Print a table of the locks of `layers` (default: all) by system and Python, and why one can't be installed there.

    Ends the task with exit code 1 on a gap, with what closes it; or with a sentence where no index answers.
    """
    chosen = list(layers) or lockfile.layers()
    pins = {layer: lockfile.read(lockfile.lock(layer)) for layer in chosen}
    project.say(f"Resolving {', '.join(lockfile.lock(layer).name for layer in chosen)} for {len(SYSTEMS)} systems")
    with tempfile.TemporaryDirectory() as folder:
        gaps = list(_gaps(Path(folder), pins))
    red = {gap.target for gap in gaps}
    width, wide = max(map(len, chosen)), max(map(len, SYSTEMS))
    project.say(f"{'':{width + 2 + wide}}  {'  '.join(PYTHONS)}")
    for layer in chosen:
        for system in SYSTEMS:
            marks = ["✗" if Target(layer, system, python) in red else "✓" for python in PYTHONS]
            project.say(f"{layer:{width}}  {system:{wide}}  {'     '.join(marks)}")
    if gaps:
        reasons: dict[str, list[Target]] = {}
        for gap in gaps:
            reasons.setdefault(gap.reason, []).append(gap.target)
        project.fail("\n".join(f"{_where(there)}: {reason}" for reason, there in reasons.items()))
    project.say("Each lock can be installed on all of them.")


def _gaps(scratch: Path, pins: Mapping[str, Mapping[str, Pin]]) -> Iterator[Gap]:
    """Resolve the pins of each layer for every target, as if these were hand-written, and compare."""
    settings = pipsettings.read("install")
    env = processes.environment_variables(**pipsettings.for_uv(settings), COLUMNS=resolving.WIDE)
    for layer, each in pins.items():
        (scratch / f"{layer}.in").write_text("".join(f"{_unhashed(pin)}\n" for pin in each.values()), encoding="utf-8")
    wanted = [Target(layer, system, python) for layer in pins for system in SYSTEMS for python in PYTHONS]
    pythons = _requires_python(scratch, {name: pin for each in pins.values() for name, pin in each.items()})
    for target in wanted:
        (scratch / _output(target, "pylock.toml")).parent.mkdir()
        # One after the other: several at once wait for each other at the index.
        code, said = processes.quietly(_compile(target, settings, "pylock.toml"), cwd=scratch, env=env)
        if resolving.UNREACHED.search(said):
            _give_up(resolving.Unreachable(said))
        found = _pylock(scratch / _output(target, "pylock.toml")) if code == 0 else {}
        reason = _reason(said) if code else _difference(target, found, pins[target.layer], pythons)
        if reason == LACKING:
            reason = _lacking(scratch, target, settings, env, pins[target.layer])
        if reason:
            yield Gap(target, reason)


def _compile(target: Target, settings: Mapping[str, str], kind: str) -> list[str | Path]:
    where = ["--python-platform", SYSTEMS[target.system], "--python-version", target.python]
    how = ["-q", "--color", "never", "--no-header", *where, *resolving.formats_taken(), *pipsettings.uv_flags(settings)]
    command: list[str | Path] = [project.venv_python(), "-m", "uv", "pip", "compile", *how]
    command += ["--python", project.venv_python(), "--no-python-downloads"]  # any is good for wheels
    return [*command, "--format", kind, "--output-file", _output(target, kind), f"{target.layer}.in"]


def _output(target: Target, kind: str) -> str:
    return f"{'-'.join(target)}/{kind}"


def _pylock(path: Path) -> dict[str, set[str]]:
    """Give the hashes of the files that fit the target, by package: uv lists no others (PEP 751)."""
    import tomllib

    found = {}
    for package in tomllib.loads(path.read_text(encoding="utf-8"))["packages"]:
        files = [*package.get("wheels", []), *(package[kind] for kind in ("archive", "sdist") if kind in package)]
        found[normalized(package["name"])] = {
            f"{kind}:{value}" for file in files for kind, value in file["hashes"].items()
        }
    return found


def _difference(
    target: Target, found: Mapping[str, set[str]], pins: Mapping[str, Pin], pythons: Mapping[str, SpecifierSet]
) -> str:
    """Say in what a lock falls short of what was found for a target; "" if in nothing."""
    if not pins.keys() >= found.keys():
        return LACKING
    for name, hashes in found.items():
        pin = pins[name]
        if not hashes & pin.hashes:
            return f"the index has no file of {name} {pin.version} with a hash that the lock has. {_anew(name)}"
        if not any(f"{target.python}.{patch}" in pythons.get(name, SpecifierSet()) for patch in (0, 99)):
            return f"{name} {pin.version} needs Python{pythons[name]}. {_older(name)}"
    return ""


def _requires_python(scratch: Path, pins: Mapping[str, Pin]) -> dict[str, SpecifierSet]:
    """Ask pip which Pythons each package supports: uv passes over upper bounds, by which pip refuses a package."""
    (scratch / "all.in").write_text("".join(f"{_unhashed(pin)}\n" for pin in pins.values()), encoding="utf-8")
    how = ["-q", "--dry-run", "--ignore-installed", "--no-deps", "--ignore-requires-python", *resolving.formats_taken()]
    command: list[str | Path] = [project.venv_python(), "-m", "pip", "install", *how, "--report", "report.json"]
    code, said = processes.quietly([*command, "-r", "all.in"], cwd=scratch)
    lacking = re.search(r"No matching distribution found for (\S+)", said)
    if lacking:  # for the system that this runs on
        project.say(f"Note: pip finds no file of {lacking[1]} here, so no upper bounds on Python are compared.")
        return {}
    if code:
        _give_up(scrubbing.scrubbed(said.strip().splitlines()[-1]))
    report = json.loads((scratch / "report.json").read_text(encoding="utf-8"))["install"]
    metadata = [each["metadata"] for each in report]
    return {normalized(each["name"]): SpecifierSet(each.get("requires_python", "")) for each in metadata}


def _lacking(
    scratch: Path, target: Target, settings: Mapping[str, str], env: Mapping[str, str], pins: Mapping[str, Pin]
) -> str:
    """Say all that a lock lacks on a target, and who needs it."""
    processes.quietly(_compile(target, settings, "requirements.txt"), cwd=scratch, env=env)
    found = lockfile.parse((scratch / _output(target, "requirements.txt")).read_text(encoding="utf-8"), "uv's answer")
    lacking = [pin for name, pin in found.items() if name not in pins]
    needs = [f"{pin.name} ({' and '.join(sorted(pin.via))} needs it)" for pin in lacking]
    return f"the lock lacks {', '.join(needs)}. {_add(target, *(pin.name for pin in lacking))}"


def _reason(said: str) -> str:
    """Say why there is no answer at all, from what uv said."""
    words = re.sub(r"\s*\n\s*(?:cause: )?", " ", said)
    python = re.search(r"([\w.-]+)==(\S+) depends on Python(\S+?),? ", words)
    if python:
        return f"{python[1]} {python[2]} needs Python{python[3]}. {_older(python[1])}"
    wheel = re.search(r"([\w.-]+)==(\S+) has no (?:usable )?wheels", words)
    if wheel:
        return f"{wheel[1]} {wheel[2]} has no wheel for it. {_older(wheel[1])}"
    return scrubbing.scrubbed(words.strip()[:300])


def _give_up(why: object) -> NoReturn:
    project.fail(
        f"No index answers ({why}). Check the network, and pip's settings (pip config list); "
        f"then: {project.typed('targets')}"
    )


def _unhashed(pin: Pin) -> str:
    return pin.text.partition(" \\\n")[0]


def _add(target: Target, *names: str) -> str:
    if target.layer == "prod":  # what only one system needs is no requirement of the package's own
        return f"Name {' and '.join(names)} in requirements-prod.in, then: {project.typed('freeze')}"
    return f"Add it: {project.typed(' '.join(['add', *names, '--layer', target.layer]))}"


def _older(name: str) -> str:
    return f"Bound it in the hand-written file ({name}<…) to a release that has one, then: {project.typed('freeze')}"


def _anew(name: str) -> str:
    return f"Lock it anew: {project.typed(f'freeze --package {name}')}"


def _where(there: Sequence[Target]) -> str:
    """Write some targets, those of one layer and system together."""
    pythons: dict[str, list[str]] = {}
    for target in there:
        pythons.setdefault(f"{target.layer}, {target.system}", []).append(target.python)
    return "; ".join(f"{place}, Python {', '.join(each)}" for place, each in pythons.items())
