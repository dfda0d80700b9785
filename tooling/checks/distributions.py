"""The sdist and the wheel, built and tried; a lock as an SBOM; and what cleans up."""

import gzip
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from tooling import files, processes, project
from tooling.environment import setup
from tooling.environment import venv as environment

_LEFT_BEHIND = (
    *("build", "dist", "sbom-*.cdx.json", ".*_cache", ".hypothesis", "__pycache__"),
    *(f"{folder}/**/__pycache__" for folder in (project.PACKAGE, "tests", "tooling")),
)
_AGAIN = f"Nothing was built. Fix setup.py or MANIFEST.in. Then: {project.typed('build')}"
_TRY = """
import sys
from importlib import import_module, metadata
sys.tracebacklimit = 0
folder, package, name = sys.argv[1:]
sys.path.insert(0, folder)
import_module(package)
for each in metadata.distribution(name).entry_points:
    print(f"{each.name} = {each.value}, an entry point in setup.py:", flush=True)
    each.load()
"""


def build() -> None:
    """Build the sdist, and the wheel from it, into dist/.

    Ends the task, with dist/ as it was, if they differ from git's files, or can't be imported.
    """
    with tempfile.TemporaryDirectory() as name:
        dist, target = Path(name).resolve() / "dist", Path(name).resolve() / "target"
        project.say("Building the sdist, and the wheel from it")
        sdist, wheel = made(project.ROOT, dist)
        shutil.unpack_archive(wheel, target, "zip")
        with tarfile.open(sdist) as archive:
            _compare({each.name.partition("/")[2] for each in archive if each.isfile()}, target)
        project.say("Importing what is in the wheel from elsewhere")
        command = [setup.python(), "-I", "-c", _TRY, target, project.PACKAGE, project.DISTRIBUTION]
        processes.run(command).checked(_AGAIN)
        shutil.copytree(dist, project.ROOT / "dist", dirs_exist_ok=True)
        project.say(f"dist/ holds {sdist.name} and {wheel.name}")


def made(root: Path, dist: Path, env: Mapping[str, str] = {}) -> list[Path]:
    """Build the sdist of `root`, and the wheel from it; return both. Their bytes tell no time."""
    os.umask(0o022)
    time = os.environ.get("SOURCE_DATE_EPOCH", "1580601600")  # as hatchling: 2020-02-02
    if not time.isdecimal() or int(time) >> 32:
        project.fail(f"SOURCE_DATE_EPOCH is a number of seconds, not “{time}”. Unset it.", 2)
    env = {**env, "SOURCE_DATE_EPOCH": time}
    # -P: else a folder called build/ would be taken for the module.
    command = [setup.python(), "-P", "-m", "build", "--no-isolation", "--outdir", dist]
    processes.run([*command, "--sdist", root], env=env).checked(_AGAIN)
    (sdist,) = dist.glob("*.tar.gz")
    _without_machine(sdist, int(time))
    processes.run([*command, "--wheel", sdist], env=env).checked(_AGAIN)
    return [sdist, *dist.glob("*.whl")]


def _without_machine(sdist: Path, time: int) -> None:
    """Write an sdist again without what is of a machine: setuptools has its clock, owner, modes."""
    content = io.BytesIO()
    with tarfile.open(sdist) as old, tarfile.open(fileobj=content, mode="w") as new:
        for each in sorted(old, key=lambda member: member.name):
            each.mode = 0o755 if each.isdir() or each.mode & 0o100 else 0o644
            each.mtime, each.pax_headers = time, {}
            each.uid, each.gid, each.uname, each.gname = 0, 0, "", ""
            new.addfile(each, old.extractfile(each))
    sdist.write_bytes(gzip.compress(content.getvalue(), mtime=time))


def git_files() -> set[str]:
    """Return the files that git knows or would add; none where this is no repository."""
    listing = ["git", "ls-files", "-zco", "--exclude-standard"]
    done = processes.run(listing) if shutil.which("git") else processes.Done(1)
    return {name for name in done.text.split("\0") if (project.ROOT / name).is_file()}


def sbom(layer: str, output: str) -> None:
    """Write a layer's lock as CycloneDX JSON: the project, the pins, what they need, no time."""
    pins, name = files.pins(files.lock(layer)), project.DISTRIBUTION
    own = {"type": "application", "bom-ref": name, "name": name, "version": metadata.version(name)}
    purls = {pin: f"pkg:pypi/{pin.name}@{quote(pin.version)}" for pin in pins}
    components, needs = [], {name: [purls[pin] for pin in pins if pin.files]}
    for pin, purl in purls.items():
        pairs = (each.split(":") for each in sorted(pin.hashes))
        hashes = [{"alg": kind.replace("sha", "SHA-"), "content": digest} for kind, digest in pairs]
        component = {"type": "library", "bom-ref": purl, "name": pin.name, "version": pin.version}
        file = {"type": "distribution", "url": purl, "hashes": hashes}  # not of the component
        marker = [{"name": "environment-marker", "value": pin.marker}] if pin.marker else []
        also = {"purl": purl, "externalReferences": [file], "properties": marker}
        components.append({**component, **also})
        needs[purl] = [purls[each] for each in pins if pin.name in each.packages]
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": own},
        "components": components,
        "dependencies": [{"ref": each, "dependsOn": needed} for each, needed in needs.items()],
    }
    path = Path(output).absolute() if output else project.ROOT / f"sbom-{layer}.cdx.json"
    project.write({path: json.dumps(bom, indent=2).encode() + b"\n"})
    project.say(f"{output or path.name} lists {len(pins)} packages.")


def clean(venv: bool) -> None:
    """Remove what building and testing leave behind; with `venv`, venv/ and .egg-info as well."""
    with processes.alone("clean"):
        paths = [path for pattern in _LEFT_BEHIND for path in project.ROOT.glob(pattern)]
        if venv and environment.is_there():
            paths += [project.VENV, *project.ROOT.glob("*.egg-info")]
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    names = ", ".join(sorted(path.relative_to(project.ROOT).as_posix() for path in paths))
    project.say(f"Removed {names}" if names else "Nothing to remove.")


def _compare(sdist: set[str], wheel: Path) -> None:
    """End the task where the wheel lacks a file of the package, or the sdist has one too many."""
    known = git_files() or sdist
    if known is sdist:
        project.say("Not compared with git's files: this is no repository.")
    package = [name for name in known if name.startswith(f"{project.PACKAGE}/")]
    lacking = [name for name in package if "/." not in name and not (wheel / name).exists()]
    own = re.compile(r"-info/|^PKG-INFO|^setup.cfg")
    strange = [name for name in sdist - known if not own.search(name)]
    lines = [f"The wheel lacks {name}." for name in sorted(lacking)]
    lines += [f"The sdist holds {name}, which git doesn't have." for name in sorted(strange)]
    if lines:
        project.fail("\n".join([*lines, _AGAIN]))
