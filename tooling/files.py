"""The project's files: the settings, each layer's requirements and its lock, with its pins."""

import re
from pathlib import Path
from typing import Any, Iterable, NamedTuple, NoReturn
from urllib.parse import unquote

import tomllib

from tooling import project, start

# NAME==VERSION, or NAME @ URL: the version is then in the wheel's name.
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?"
    r"(?:==(?P<version>[^\s;\\]+)| @ \S*/[^\s/#-]+-(?P<of_wheel>[^\s/#-]+)-[^\s/#]+\.whl\b)"
)


class Pin(NamedTuple):
    """A locked package. One may have several pins, with markers that exclude each other."""

    name: str  # normalized
    version: str
    requirement: str  # without hashes: name, version or URL, and marker
    hashes: frozenset[str]  # "sha256:…"
    packages: tuple[str, ...] = ()  # the normalized names of those that need it
    files: tuple[str, ...] = ()  # those that ask for it, as they are named from the root

    @property
    def marker(self) -> str:
        """When it is installed, such as 'sys_platform == "win32"'; "" for always."""
        return self.requirement.partition(" ;" if self.url else ";")[2].strip()

    @property
    def url(self) -> str:
        """Where it is from, if the lock names that."""
        return self.requirement.partition(" @ ")[2].split(" ")[0]

    @property
    def text(self) -> str:
        """The pin as a requirements file has it."""
        hashes = (f"--hash={each}" for each in sorted(self.hashes))
        return " \\\n    ".join([self.requirement, *hashes])


def layers(root: Path = project.ROOT) -> list[str]:
    """Return the layers: `prod`, which is requirements.txt, and each requirements-NAME.in."""
    names = {path.stem.partition("-")[2] for path in root.glob("requirements-*.in")}
    return ["prod", *sorted(names - {"prod"})]


def sources(layer: str, root: Path = project.ROOT) -> list[str]:
    """Return the names of the hand-written files that a layer is locked from."""
    names = ["requirements.txt"] if layer == "prod" else []
    return [name for name in [*names, f"requirements-{layer}.in"] if (root / name).exists()]


def lock(layer: str, root: Path = project.ROOT) -> Path:
    """Return the path of a layer's lock."""
    return root / start.lock_name(layer)


def settings(tool: str, root: Path = project.ROOT) -> dict[str, Any]:
    """Return [tool.TOOL] of pyproject.toml, or {}. Ends the task if that can't be read."""
    try:
        return dict(tomllib.loads(read(root / "pyproject.toml")).get("tool", {}).get(tool, {}))
    except ValueError as error:
        fail("pyproject.toml", f"can't be read ({error})")


def from_source(root: Path = project.ROOT) -> list[str]:
    """Return the packages that pip-args names with --no-binary; all others are taken as wheels."""
    pip_args = str(settings("pip-tools", root).get("pip-args", ""))
    names = ",".join(re.findall(r"--no-binary[ =](\S+)", pip_args)).split(",")
    return [normalized(name) for name in names if name and ":" not in name]


def read(path: Path) -> str:
    """Return a file's text. Ends the task if it isn't there, or isn't UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        fail(path.name, f"can't be read ({error})")


def fail(name: str, problem: str) -> NoReturn:
    """End the task over a file that something is wrong with."""
    project.fail(f"{name} {problem}. Fix it, or take the committed one: git checkout HEAD {name}")


def normalized(name: str) -> str:
    """Return a package's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> list[Pin]:
    """Return the pins of a lock in its order. Ends the task if it can't be read."""
    if not path.exists():
        fail(path.name, f"isn't there (`{project.typed('freeze')}` writes it)")
    return parse(read(path), path.name)


def parse(text: str, file: str) -> list[Pin]:
    """Return the pins in a lock's text. Ends the task, naming the file, at what is no pin."""
    result = []
    # An entry is its first line and the indented lines that follow it.
    for entry in re.split(r"\n(?=\S)", text.replace("\r\n", "\n")):
        match = _PIN.match(entry)
        if match:
            line = re.sub(r"\s*\\?\n *(#.*)?", " ", entry)
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            via = re.findall(r"^ +# +(?:via )?((?!via$).+)$", entry, re.MULTILINE)
            pin = Pin(
                normalized(match["name"]),
                match["version"] or unquote(match["of_wheel"]),
                requirement,
                frozenset(hashes),
                packages=tuple(normalized(each.split("[")[0]) for each in via if each[0] != "-"),
                files=tuple(each[3:] for each in via if each.startswith("-r ")),
            )
            result.append(pin)
        elif entry.strip() and not entry.startswith(("#", "--")):
            fail(file, f"holds “{entry.splitlines()[0]}”, which is no pin")
    return result


def merged(layers: Iterable[str]) -> list[Pin]:
    """Return the pins of several locks, each once. Ends the task where they have other hashes."""
    result: dict[str, Pin] = {}
    for pin in (pin for layer in layers for pin in pins(lock(layer))):
        if result.setdefault(pin.requirement, pin).hashes != pin.hashes:
            project.fail(f"The locks disagree on the hashes of {pin.name}.", then="freeze")
    return list(result.values())


def options(layers: Iterable[str]) -> list[str]:
    """Return pip's options in the locks, such as an index that a hand-written file names."""
    texts = [read(lock(layer)) for layer in layers]
    return list(dict.fromkeys(line for text in texts for line in re.findall(r"^--.+$", text, re.M)))


def tool(name: str) -> Pin:
    """Return the pin of a tool that set-up works with. Ends the task if the lock “dev” lacks it."""
    path = lock("dev")
    found = [pin for pin in pins(path) if pin.name == name]
    return found[0] if found else fail(path.name, f"has no {name}, which set-up needs")
