"""Brings venv/ to the locks and installs the project: with the locked uv, or else with pip."""

import base64
import csv
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Mapping, NamedTuple, Sequence

from tooling import files, processes, project
from tooling.environment import pip, venv
from tooling.files import Pin

_PYTHON = project.program("python")
# What installers note. Beside these, only a file that names the folder it is in may differ.
_MAY_DIFFER = "INSTALLER RECORD REQUESTED direct_url.json uv_build.json uv_cache.json".split()


class Installer(NamedTuple):
    """A program that installs into venv/: what its commands begin with, and its variables."""

    name: str  # "uv" or "pip"
    install: pip.Command
    uninstall: pip.Command
    variables: Mapping[str, str]

    def locked(self, options: Sequence[str], pins: Sequence[Pin], *how: str) -> None:
        """Install pins, with these options of pip's in the file that has them."""
        with tempfile.TemporaryDirectory() as folder:
            file, shown = Path(folder) / "requirements.txt", os.isatty(1)
            file.write_text("\n".join([*options, *(pin.text for pin in pins), ""]), "utf-8")
            command = [*self.install, *pip.LOCKED, *how, "-r", file, *([] if shown else ["-q"])]
            done = processes.run(command, env=self.variables, shown=shown)
        done.checked(f"{self.name} could not install what is locked. Fix that.", "setup")


def choose(name: str, python: venv.Python) -> Installer:
    """Return what installs: pip if that is named, else uv, or pip where uv can't be fetched."""
    if name not in ("", "pip", "uv"):
        project.fail(f"--installer takes pip or uv, not “{name}”.", 2)
    command = pip.command(python)
    settings = {"retries": "1", **pip.settings(command)}  # enough to see that none answers
    variables = pip.variables(settings)
    uv = None if name == "pip" else pip.uv(command, variables)
    if uv:
        # Not its default: a file edited in one venv/ must not change another.
        flags = ["--python", _PYTHON, "--link-mode", "copy", *pip.uv_flags(settings)]
        uninstall = [uv, "pip", "uninstall", "--python", _PYTHON]
        return Installer("uv", [uv, "pip", "install", *flags], uninstall, variables)
    # `pip --python` starts a second pip, which goes on where the first is killed.
    inside = pip.bundled(python)
    own = [_PYTHON, inside[0]] if inside else [*command, "--python", _PYTHON]
    # To compile all of it takes longer than the rest together; imports do it as needed.
    return Installer("pip", [*own, "install", "--no-compile"], [*own, "uninstall", "-y"], variables)


def install(installer: Installer, options: Sequence[str], pins: Sequence[Pin], whole: bool) -> None:
    """Bring venv/ to `pins`, those built from source last; `whole` installs the project, too."""
    names, source = {pin.name for pin in pins}, files.from_source()
    # What installs the project goes again where no layer has it.
    builder = [] if "setuptools" in names else [files.tool("setuptools")]
    project.say(f"Installing {len(pins)} packages with {installer.name}")
    installer.locked(options, [*builder, *(pin for pin in pins if pin.name not in source)])
    for pin in (pin for pin in pins if pin.name in source):
        project.say(f"Building {pin.name}. What it lacks: {project.typed('add NAME --layer dev')}")
        installer.locked(options, [pin], "--no-binary", pin.name, "--no-build-isolation")
    editable = [*installer.install, "--no-deps", "--no-build-isolation", "-e", ".", "-q"]
    if whole:
        with ThreadPoolExecutor() as pool:
            done = pool.submit(processes.run, editable, env=installer.variables)
            # It writes the .egg-info folder, which editable installs no longer leave.
            described = processes.run([_PYTHON, "setup.py", "-q", "egg_info"])
        described.checked("Fix setup.py or requirements.txt.", "setup")
        done.result().checked("The project could not be installed. Fix that.", "setup")
    versions = installed()
    # A pin with a marker may not be meant for this system.
    lacking = {(pin.name, pin.version) for pin in pins if not pin.marker} - {*versions.items()}
    if lacking or project.DISTRIBUTION not in versions:
        project.fail("Nothing failed, and still venv/ hasn't what is locked.", then="setup")
    unlocked = sorted({*versions} - names - {project.DISTRIBUTION})
    if unlocked:
        project.say(f"Removing what isn't locked: {', '.join(unlocked)}")
        removed = processes.run([*installer.uninstall, *unlocked, "-q"], env=installer.variables)
        removed.checked("What isn't locked couldn't be removed. Fix that.", "setup")
    project.say(f"Successfully installed {project.DISTRIBUTION}-{versions[project.DISTRIBUTION]}")


def installed() -> dict[str, str]:
    """Return the version of each package in venv/, by normalized name."""
    packages = metadata.distributions(path=[str(project.site_packages())])
    return {files.normalized(each.metadata["Name"] or ""): each.version for each in packages}


def digests(venv: Path, folder: str) -> dict[str, str]:
    """Return a digest of each package's files in a venv/, by name and version, less the project's.

    Ends the task where a file isn't as its wheel's RECORD says, unless it names `folder`.
    """
    site, recorded = project.site_packages(venv), set[Path]()
    result = dict[str, str]()
    for each in metadata.distributions(path=[str(site)]):
        lines = []
        # Not each.files: since Python 3.12 it leaves out what isn't there.
        for name, hashed, _size in csv.reader((each.read_text("RECORD") or "").splitlines()):
            path, (kind, _, value) = Path(os.path.normpath(site / name)), hashed.partition("=")
            recorded.add(path)
            content = path.read_bytes() if path.exists() else b"gone"
            if value and path.name not in _MAY_DIFFER and os.fsencode(folder) not in content:
                digest = base64.urlsafe_b64encode(hashlib.new(kind, content).digest())
                if digest.rstrip(b"=").decode() != value:
                    project.fail(f"{path} isn't what the RECORD of {each.name} says.")
                lines.append(f"{name} {value}\n")
        if each.name != project.DISTRIBUTION:
            listing = "".join(sorted(lines)).encode()
            result[f"{each.name}=={each.version}"] = hashlib.sha256(listing).hexdigest()
    strange = {p for p in site.rglob("*") if p.is_file() and p.suffix != ".pyc"} - recorded
    if strange:
        project.fail(f"{min(strange)} is in no wheel's RECORD.")
    return dict(sorted(result.items()))
