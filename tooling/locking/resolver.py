"""Runs uv in a scratch folder, for every system: nothing of the project changes."""

import contextlib
import itertools
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomllib

from tooling import files, processes, project
from tooling.environment import pip
from tooling.files import Pin
from tooling.locking import requirements
from tooling.locking.requirements import Line

OLDEST = ".".join(map(str, project.OLDEST))
UNIVERSAL = ["--universal", "--fork-strategy", "fewest", "--python-version", OLDEST]
UNIVERSAL += ["--constraint", "fixed.in"]
_LOOK = ["--color", "never", "--no-progress", "--no-header", "--annotation-style", "split"]
_PYTHON = str(project.program("python"))


class Unresolved(Exception):
    """No versions go together: uv's words."""


class Scratch(NamedTuple):
    """A folder with the hand-written files, and how uv and pip are run there."""

    root: Path
    flags: Sequence[str]  # uv's
    variables: dict[str, str]
    proven: Mapping[str, str]  # locks by layer: to add something else proves none of them again

    def write(self, name: str, lines: Iterable[str]) -> None:
        """Write lines to a file in the folder."""
        (self.root / name).write_bytes("".join(f"{line}\n" for line in lines).encode())

    def lines(self, layers: Iterable[str]) -> list[Line]:
        """Return what the hand-written files of `layers` ask for, and their options but -r."""
        lines = (line for layer in layers for line in requirements.lines(layer, self.root))
        return [line for line in dict.fromkeys(lines) if line.content and line.included[0] != "-r"]

    def options(self, layers: Iterable[str]) -> list[str]:
        """Return the lines of the layers' files that name an index, as a lock has them."""
        options = (line for line in self.lines(layers) if not line.name and not line.included[0])
        return list(dict.fromkeys(re.sub(r"[\s=]+", " ", o.content, count=1) for o in options))

    def uv(self, sources: Sequence[str], output: str, *flags: str, warn: bool = False) -> str:
        """Return uv's answer, near to what `output` holds. Raises Unresolved; fails with code 3."""
        how = [*_LOOK, *self.flags, *flags, "--output-file", output]
        command = [project.program("uv"), "pip", "compile", *how, *sources]
        done = processes.run(command, cwd=self.root, env=self.variables)
        if done.code == 1:
            raise Unresolved(done.words)
        if done.code:
            hint = "If no index answers: how one is reached is what `pip config list` shows."
            project.fail(f"{done.words}\nuv failed. Nothing was written. {hint}", 3)
        for line in done.errors.splitlines():
            if warn and line.startswith("warning:"):
                project.say(f"uv: {line}")  # such as of a withdrawn release, with the reason
        return (self.root / output).read_text(encoding="utf-8")

    def bound(self, pins: Iterable[Pin]) -> None:
        """Write fixed.in: what all has to go with, `pins` and what builds the project itself."""
        build = tomllib.loads(files.read(self.root / "pyproject.toml")).get("build-system", {})
        self.write("fixed.in", [*build.get("requires", []), *(pin.requirement for pin in pins)])

    def pins(self, lines: Iterable[Line], start: Iterable[Pin] = (), *flags: str) -> list[Pin]:
        """Return the pins that go for all of `lines` and fixed.in, as near to `start` as can be."""
        contents = (" ".join(line.included).strip() or line.content for line in lines)
        self.write("all.in", dict.fromkeys(contents))
        self.write("all.txt", (pin.requirement for pin in start))
        return files.parse(self.uv(["all.in"], "all.txt", *UNIVERSAL, *flags), "uv's answer")

    def releases(self, lines: Iterable[str], *where: str) -> dict[str, list[dict[str, Any]]]:
        """Return pylock.toml's files by "NAME VERSION"; `where` takes what is needed there, too."""
        self.write("pins.in", lines)
        (self.root / "pylock.toml").unlink(missing_ok=True)
        how = [*(where or [*UNIVERSAL, "--no-deps"]), "--format", "pylock.toml"]
        packages = tomllib.loads(self.uv(["pins.in"], "pylock.toml", *how)).get("packages", [])
        kinds = ("sdist", "archive")
        return {
            f"{p['name']} {p['version']}": p.get("wheels", []) + [p[k] for k in kinds if k in p]
            for p in packages
        }


@contextlib.contextmanager
def scratch(changed: Mapping[Path, str]) -> Iterator[Scratch]:
    """Yield a folder to resolve in. Ends the task at a line that can't be locked."""
    settings = pip.settings([_PYTHON, "-m", "pip"])
    source = [flag for name in files.from_source() for flag in ("--no-binary", name)]
    flags = ["--only-binary", ":all:", *source, *(["--no-build-isolation"] if source else [])]
    flags += ["--python", _PYTHON, "--no-python-downloads", *pip.uv_flags(settings)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        names = {"pyproject.toml", *(path.name for path in project.ROOT.glob("requirements*.*"))}
        names |= {
            each.included[1] for layer in files.layers() for each in requirements.lines(layer)
        }
        for name in names:
            if name[:1] not in "./" and (project.ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(project.ROOT / name, root / name)
        for path, content in changed.items():
            (root / path.relative_to(project.ROOT)).write_bytes(content.encode())
        requirements.check(root)
        locks = {layer: files.lock(layer) for layer in files.layers() if changed}
        proven = {layer: files.read(lock) for layer, lock in locks.items() if lock.exists()}
        here = Scratch(root, flags, pip.variables(settings), proven)
        here.variables.update(_indexes(settings, here.options(files.layers(root))))
        here.bound([])
        yield here


def _indexes(settings: Mapping[str, str], options: Sequence[str]) -> dict[str, str]:
    # Of a version that several have, uv takes the first's files: the machine's extra ones are last.
    own = [each.partition(" ")[2] for each in options if each.startswith("--index-url ")]
    first, extra = own or [settings.get("index-url", "")], settings.get("extra-index-url", "")
    if extra and not first[0]:
        # Not imported here: pip doesn't go with the setuptools that setup.py has imported.
        code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
        first = [processes.run([_PYTHON, "-c", code]).text.strip()]
    *others, last = [first[0], *extra.split()]
    return {"UV_INDEX": " ".join(others), "UV_DEFAULT_INDEX": last}


def groups() -> list[list[str]]:
    """Return the layers in groups that go together: one for each choice of exclusive ones."""
    exclusive = files.settings("freeze").get("exclusive", [])
    out = {name for names in exclusive for name in names}
    choices = itertools.product(*exclusive)
    return [[each for each in files.layers() if each not in out - {*c}] for c in choices]


def named(pins: Iterable[Pin]) -> set[str]:
    """Return "NAME VERSION" of each pin without a URL."""
    return {f"{pin.name} {pin.version}" for pin in pins if not pin.url}
