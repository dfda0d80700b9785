"""Runs uv in a scratch folder, for every system: nothing of the project changes."""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomllib

from tooling import files, lockfile, processes, project
from tooling.environment import pip
from tooling.lockfile import Pin
from tooling.locking import requirements
from tooling.locking.requirements import Line

OLDEST = ".".join(map(str, project.OLDEST))
UNIVERSAL = ["--universal", "--fork-strategy", "fewest", "--python-version", OLDEST]
_LOOK = ["--color", "never", "--no-progress", "--no-header", "--annotation-style", "split"]
_PYTHON = str(project.program("python"))
_INDEX = re.compile(r"(-i|-f|--index-url|--extra-index-url|--find-links)[\s=]*(.+)")
_LONG = {"-i": "--index-url", "-f": "--find-links"}


class Unresolved(Exception):
    """No versions go together: uv's words."""


class Scratch(NamedTuple):
    """A folder with the hand-written files, and how uv and pip are run there."""

    root: Path
    flags: Sequence[str]  # uv's
    for_uv: dict[str, str]  # variables
    for_pip: Mapping[str, str]

    def write(self, name: str, lines: Iterable[str]) -> None:
        """Write lines to a file in the folder."""
        (self.root / name).write_bytes("".join(f"{line}\n" for line in lines).encode())

    def lines(self, layers: Iterable[str]) -> list[Line]:
        """Return what the hand-written files of `layers` ask for, and their options but -r."""
        lines = (line for layer in layers for line in requirements.lines(layer, self.root))
        return [line for line in dict.fromkeys(lines) if line.content and line.included[0] != "-r"]

    def options(self, layers: Iterable[str]) -> list[str]:
        """Return the lines of the layers' files that name an index, in a lock's spelling."""
        matches = filter(None, (_INDEX.fullmatch(line.content) for line in self.lines(layers)))
        return list(dict.fromkeys(f"{_LONG.get(m[1], m[1])} {m[2]}" for m in matches))

    def uv(self, sources: Sequence[str], output: str, *flags: str, warn: bool = False) -> str:
        """Return uv's answer, as near to what `output` holds as can be.

        Raises Unresolved; ends the task with exit code 3 where uv can't do its work.
        """
        how = [*_LOOK, *self.flags, *flags, "--output-file", output]
        command = [project.program("uv"), "pip", "compile", *how, *sources]
        done = processes.run(command, cwd=self.root, env=self.for_uv)
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
        how = [*UNIVERSAL, "--constraint", "fixed.in", *flags]
        return lockfile.parse(self.uv(["all.in"], "all.txt", *how), "uv's answer")

    def releases(self, lines: Iterable[str], *where: str) -> list[dict[str, Any]]:
        """Return pylock.toml's packages for `lines`, and what these need `where` that is given."""
        self.write("pins.in", lines)
        (self.root / "pylock.toml").unlink(missing_ok=True)
        how = [*(where or [*UNIVERSAL, "--no-deps"]), "--format", "pylock.toml"]
        return list(tomllib.loads(self.uv(["pins.in"], "pylock.toml", *how)).get("packages", []))


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
        variables = pip.variables(settings)
        here = Scratch(root, flags, {**variables}, variables)
        here.for_uv.update(_indexes(settings, here.options(files.layers(root))))
        here.bound([])
        yield here


def _indexes(settings: Mapping[str, str], options: Sequence[str]) -> dict[str, str]:
    own = [each.partition(" ")[2] for each in options if each.startswith("--index-url ")]
    first = [*own, settings.get("index-url", "")][0]
    extra = settings.get("extra-index-url", "").split()
    if extra and not first:
        # Not imported here: pip doesn't go with the setuptools that setup.py has imported.
        code = "from piptools.repositories import PyPIRepository as P; print(P.DEFAULT_INDEX_URL)"
        first = processes.run([_PYTHON, "-c", code]).text.strip()
    # Of a version that several have, uv takes the files of the first: hashes would depend on the
    # machine's extra ones, so these come last.
    *others, last = [first, *extra]
    return {"UV_INDEX": " ".join(others), "UV_DEFAULT_INDEX": last}
