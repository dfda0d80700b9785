"""Checks that each lock can be installed on every system and Python that it serves, as if there."""

from collections.abc import Iterable, Sequence

from tooling import files, lockfile, project
from tooling.locking import cooldown, resolver
from tooling.locking.resolver import Scratch, Unresolved

# uv's names. Linux is one with glibc 2.28 or later (Debian 10, RHEL 8, Ubuntu 20.04), macOS is 14.
SYSTEMS = {
    "linux x86-64": "x86_64-manylinux_2_28",
    "linux arm64": "aarch64-manylinux_2_28",
    "macos arm64": "aarch64-apple-darwin",
    "macos x86-64": "x86_64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc",
}
PYTHONS = [f"3.{minor}" for minor in range(project.OLDEST[1], project.NEWEST[1] + 1)]


def targets(layers: Sequence[str]) -> None:
    """Print by system and Python whether the locks of `layers` (default: all) can be installed.

    Ends the task with what is missing where one can't, with exit code 3 if no index answers.
    """
    systems, pythons = _served("systems", SYSTEMS), _served("pythons", PYTHONS)
    gaps = []
    project.say(f"{'':24}  {'  '.join(pythons)}")
    with resolver.scratch({}) as scratch:
        scratch.for_uv["MACOSX_DEPLOYMENT_TARGET"] = "14.0"
        for layer in layers or files.layers():
            for system in systems:
                # One after the other: several uv at once wait for each other at the cache.
                row = [_problem(scratch, layer, SYSTEMS[system], python) for python in pythons]
                name = f"{layer}, {system}"
                project.say(f"{name:24}  {'     '.join('✗' if each else '✓' for each in row)}")
                gaps += [f"{name}: {next(filter(None, row))}"] if any(row) else []
    if gaps:
        gaps.append(
            "Bound what is named there to a release that has a wheel for it; or take it out"
        )
        gaps.append("of `systems` or `pythons` in pyproject.toml, [tool.freeze].")
        project.fail("\n".join(gaps), then="freeze")
    project.say("Each lock can be installed on all of them.")


def _served(name: str, known: Iterable[str]) -> list[str]:
    served = [str(each) for each in files.settings("freeze").get(name, known)]
    if not served or not {*served} <= {*known}:
        project.fail(f"{name} in pyproject.toml, [tool.freeze], may be: {', '.join(known)}.", 2)
    return served


def _problem(scratch: Scratch, layer: str, system: str, python: str) -> str:
    """Return why a lock can't be installed on a system and Python; "" if it can."""
    pins = {f"{pin.name} {pin.version}": pin for pin in lockfile.read(files.lock(layer))}
    lines = [*lockfile.options([layer]), *(pin.requirement for pin in pins.values())]
    try:
        packages = scratch.releases(lines, "--python-platform", system, "--python-version", python)
    except Unresolved as error:
        return str(error)
    for package in packages:
        hashes = [each for file in cooldown.files_of(package) for each in file["hashes"].items()]
        pin = pins.get(f"{package['name']} {package['version']}")
        if pin is None or not pin.hashes & {f"{kind}:{digest}" for kind, digest in hashes}:
            task = project.typed(f"freeze --package {package['name']}" if pin else "freeze")
            return f"the lock has no {package['name']} that the index has. Lock again: {task}"
    return ""
