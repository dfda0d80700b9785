"""Resolves the layers in a scratch folder: uv all of them as one, then pip-compile each from that answer."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tooling import environment, formats, interpreters, lockfile, pipsettings, processes, project, scrubbing
from tooling.lockfile import Pin

SEED = "all.txt"
WIDE = "10000"  # columns of a terminal: uv's words, which are read here, are broken into lines at these
_PRE_RELEASE = re.compile(r"pre-?release|\d(?:a|b|rc|\.dev)\d")
UNREACHED = re.compile(r"Failed to fetch|lack of valid authentication credentials \((.+?)\)")
# Of a package: its name, its newest release that would do, and the day of that, if the index tells it.
TOO_YOUNG = re.compile(
    r"`([\w.-]+)` was filtered by `exclude-newer`.*? is v(\S+?)(?:, published at (\d{4}-\d\d-\d\d)\S*)?\. "
)
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_REFERENCE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)", re.MULTILINE)


class Unresolved(Exception):
    """No versions go together: what uv said of that."""


class Unreachable(Exception):
    """No index answers: what uv said of that."""

    def __str__(self) -> str:
        """Say why, in a few words."""
        refused = UNREACHED.search(str(self.args[0]))
        if refused and refused[1]:
            return refused[1]
        causes = re.findall(r"cause: (.+)", str(self.args[0]))
        return scrubbing.scrubbed(causes[-1].split(" (os error")[0]) if causes else "no reason given"


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


def variables(scratch: Path) -> set[str]:
    """Give the names of the variables that the files in a scratch folder name, in the way that pip reads: ${NAME}."""
    files = [path for pattern in ("*.in", "*.txt") for path in scratch.rglob(pattern)]
    return {name for path in files for name in _VARIABLE.findall(path.read_text(encoding="utf-8", errors="replace"))}


def seed(
    scratch: Path,
    compile_: list[str | Path],
    env: dict[str, str],
    upgrade: bool = False,
    packages: Sequence[str] = (),
    cooldown: int = 0,
) -> str:
    """Resolve all layers as one, from the pins that the locks have now, and give the lock of that.

    uv does it in a second, with the hashes, of wheels alone: pip-compile, which then starts from its answer, need
    neither run a package's code nor download all files of an index that doesn't tell their hashes. What is upgraded
    (`upgrade`: everything, else `packages`) is at least `cooldown` days old.
    Raises Unresolved where no versions go together, Unreachable where no index answers.
    """
    names = lockfile.layers(scratch)
    lines = [f"-r {name}" for layer in names for name in sources(layer, scratch)]
    (scratch / "all.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
    old = {name: pin for layer in names for name, pin in _pins(scratch / lockfile.lock(layer).name).items()}
    start = "".join(_without_hashes(pin) + "\n" for pin in old.values())
    flags = ["--upgrade"] if upgrade else [flag for name in packages for flag in ("--upgrade-package", name)]
    project.say("Resolving all layers together")
    code, said = uv(scratch, start, flags)
    if code == 0 and cooldown and flags:
        return _cooled(scratch, start, old, flags, () if upgrade else packages, cooldown)
    if code == 0:
        return _finished(scratch, old)
    fetched = not UNREACHED.search(said)
    if fetched and not _PRE_RELEASE.search(said):
        raise Unresolved(said)
    # pip may know a way to the index that uv doesn't, and takes pre-releases where uv doesn't.
    (scratch / SEED).write_text(start, encoding="utf-8")
    once = {"PIP_RETRIES": "0", **env} if not fetched else env  # uv has tried several times
    code, _ = processes.quietly([*compile_, *flags, "--output-file", SEED, "all.in"], cwd=scratch, env=once)
    if code:
        raise Unresolved(said) if fetched else Unreachable(said)
    if cooldown and flags:
        project.say(f"No cooldown of {cooldown} days this time: pip alone finds an answer, and it knows no such thing.")
    return (scratch / SEED).read_text(encoding="utf-8")


def formats_taken() -> list[str]:
    """Give the flags, pip's and uv's, by which wheels alone are taken, but for what pyproject.toml names.

    Those are built with the tools that are locked, to learn what they need.
    """
    named = [flag for name in sorted(formats.from_source()) for flag in ("--no-binary", name)]
    return [*formats.WHEELS_ONLY, *named, *(["--no-build-isolation"] if named else [])]


def uv(scratch: Path, start: str, flags: Sequence[str], source: str = "all.in") -> tuple[int, str]:
    """Resolve `source` in a scratch folder from the pins in `start`, into SEED; give uv's exit code and words."""
    (scratch / SEED).write_text(start, encoding="utf-8")
    settings = pipsettings.read("install")
    how = ["-q", "--no-header", "--no-annotate", "--emit-index-annotation", "--generate-hashes", "--color", "never"]
    how += ["--python-version", interpreters.pinned_version(), *formats_taken(), *pipsettings.uv_flags(settings)]
    command: list[str | Path] = [project.venv_python(), "-m", "uv", "pip", "compile", *how, *flags]
    command += ["--python", project.venv_python(), "--no-python-downloads"]  # else it looks for one to build with
    env = processes.environment_variables(**pipsettings.for_uv(settings), COLUMNS=WIDE)
    return processes.quietly([*command, "--output-file", SEED, source], cwd=scratch, env=env)


def _cooled(
    scratch: Path, start: str, old: Mapping[str, Pin], flags: Sequence[str], packages: Sequence[str], cooldown: int
) -> str:
    """Resolve again with the cooldown, for everything or for `packages`, and say what it holds back."""
    newest = read(scratch)
    free = [name for name, index in indexes(scratch).items() if index.startswith("file:")]
    aged(scratch, start, old, flags, packages, cooldown, free)
    new = read(scratch)
    held = [
        f"{name} {newest[name].version}" for name in new if name in newest and newest[name].version != new[name].version
    ]
    if held:
        name = held[0].split()[0]
        project.say(f"Held back, as they are not {cooldown} days old: {', '.join(held)}")
        project.say(f"To take one all the same: {project.typed(f'freeze --package {name} --cooldown 0')}")
    young = [name for name in free if name in new and _is_new(new[name], old)]
    if young:
        project.say(f"No cooldown for what a file: index has, which tells no upload times: {', '.join(young)}")
    return _finished(scratch, old)


def aged(
    scratch: Path,
    start: str,
    old: Mapping[str, Pin],
    flags: Sequence[str],
    packages: Sequence[str],
    cooldown: int,
    free: Sequence[str],
) -> None:
    """Resolve with the cooldown, for everything or for `packages`, but not for those in `free`; `read` gives the pins.

    Raises Unresolved where it leaves no versions that go together.
    """
    from packaging.version import Version

    cutoff = datetime.now(timezone.utc) - timedelta(days=cooldown)
    limits = ["--exclude-newer", cutoff.strftime("%Y-%m-%dT%H:%M:%SZ")]
    limits += [f"--exclude-newer-package={name}=false" for name in free]
    chosen = {lockfile.normalized(name) for name in packages}
    # What is locked already stays, however young: a lock doesn't go back because the clock says so.
    stay: set[str] = set()
    first = ""
    while True:
        bounds = "".join(f"{name}<={old[name].version}\n" for name in sorted(stay))
        (scratch / "stay.in").write_text(bounds, encoding="utf-8")
        exempt = [f"--exclude-newer-package={name}=false" for name in sorted(stay)]
        code, said = uv(scratch, start, [*flags, *limits, *exempt, "--constraint", "stay.in"])
        if code:
            first = first or said
            young = {lockfile.normalized(name): date for name, _, date in TOO_YOUNG.findall(said)}
            if not all(date for name, date in young.items() if not chosen or name in chosen):
                raise Unresolved(said)  # nobody knows how old it is
            more = young.keys() & old.keys() - stay
        else:
            new = read(scratch)
            both = new.keys() & old.keys() - stay
            more = {name for name in both if Version(new[name].version) < Version(old[name].version)}
        if not more:
            break
        stay |= more
    if code:
        raise Unresolved(first)


def _finished(scratch: Path, old: Mapping[str, Pin]) -> str:
    """Give uv's lock, with the hashes that a pin had so far if the index knows them all: else somebody put one there.

    Says which new pins come from an extra index, and leaves these their hashes out: whoever offers a higher version
    there wins, meant or not. And uv knows the files of one index alone, while pip takes those of all: pip-compile then
    looks for the hashes itself.
    """
    _, *extra = [*map(_bare, pipsettings.indexes(pipsettings.read("install"))), ""]
    noted, found, text = indexes(scratch), [], ""
    for name, pin in read(scratch).items():
        is_extra = noted.get(name, "") in filter(None, extra)
        entry = pin.text
        if is_extra and _is_new(pin, old):
            found.append(f"{name} {pin.version}")
            entry = _without_hashes(pin)
        elif not _is_new(pin, old) and (is_extra or old[name].hashes <= pin.hashes):
            entry = old[name].text
        text += entry + "\n"
    if found:
        project.say(
            f"From an extra index: {', '.join(found)}. If that isn't meant, take extra-index-url out of pip's settings."
        )
    return text


def _without_hashes(pin: Pin) -> str:
    return pin.text.partition(" \\\n")[0]


def _is_new(pin: Pin, old: Mapping[str, Pin]) -> bool:
    return pin.name not in old or old[pin.name].version != pin.version


def indexes(scratch: Path) -> dict[str, str]:
    """Give the index that each package comes from, as uv has noted it, by normalized name."""
    noted = re.findall(r"^([\w.-]+).*\n(?: .*\n)*? +# from (\S+)$", (scratch / SEED).read_text("utf-8"), re.MULTILINE)
    return {lockfile.normalized(name): _bare(index) for name, index in noted}


def _bare(url: str) -> str:
    return re.sub(r"(?<=://)[^/]*@", "", url).rstrip("/")


def _pins(lock: Path) -> dict[str, Pin]:
    return lockfile.read(lock) if lock.exists() else {}


def read(scratch: Path) -> dict[str, Pin]:
    """Read the pins of the last resolution in a scratch folder, by normalized name."""
    return lockfile.parse((scratch / SEED).read_text(encoding="utf-8"), SEED)


def give_up_unless_ok(code: int, output: str) -> None:
    """End the task where pip-compile failed on what uv had resolved."""
    if code != 0:
        project.say(scrubbing.last_words(output))
        project.fail("pip-compile found no answer; the locks are as they were. Mend the requirements that it names.")
