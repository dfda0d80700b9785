"""`add` and `remove` edit, lock and install; what can't be locked changes nothing.

How a lock comes about has its own tests: here a lock is what FREEZE makes of a few wheels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Done
from tests.template import index
from tests.template.support import Repository, sentence, small

WHEELS = [
    index.wheel("alpha", "1.0"),
    index.wheel("beta", "1.5+cpu", "gamma>=1"),
    index.wheel("gamma", "1.0"),
    index.wheel("modern", "1.0", requires_python=">=3.9"),
    index.corrupted(index.wheel("broken", "1.0")),
]
NEEDS = {"beta": "gamma"}
FREEZE = """\
import json
from pathlib import Path
from tooling import files, project
from tooling.locking import requirements

TEXTS, NEEDS = json.loads((project.ROOT / "texts.json").read_text())

def locked(changed):
    before = {path: path.read_bytes() for path in changed}
    try:
        for path, content in changed.items():
            path.write_bytes(content.encode())
        requirements.check()
        return {files.lock(layer): lock(layer) for layer in files.layers()}
    finally:
        for path, content in before.items():
            path.write_bytes(content)

def lock(layer):
    via = {}
    for line in requirements.lines(layer):
        if line.name:
            via.setdefault(line.name, []).append(f"-r {line.file}")
    for name in [*via]:
        if name not in TEXTS:
            project.fail(f"There is no {name}.")
        if name in NEEDS:
            via.setdefault(NEEDS[name], []).append(name)
    pins = [(f"{TEXTS[name]}\\n    # via", *sorted(via[name])) for name in sorted(via)]
    entries = map("\\n    #   ".join, pins)
    return ("\\n".join(entries) + "\\n").encode()

def moves(locks):
    new = {pin.name for lock in locks for pin in files.parse(locks[lock].decode(), lock.name)}
    old = {pin.name for lock in locks if lock.exists() for pin in files.pins(lock)}
    return [f"{name} new" for name in sorted(new - old)]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A project with fresh locks and an environment, and a folder with the wheels."""
    import json

    from tooling import files

    folder = tmp_path_factory.mktemp("dependencies")
    clone = small(folder)
    for wheel in WHEELS:
        (folder / wheel.name).write_bytes(wheel.content)
    names = [wheel.name.split("-")[:2] for wheel in WHEELS]
    texts = {
        name: f"{name}=={version} \\\n    --hash=sha256:{wheel.sha256}"
        for (name, version), wheel in zip(names, WHEELS)
    }
    texts |= {pin.name: pin.text for pin in files.pins(clone.root / "requirements-dev.txt")}
    clone.write("texts.json", json.dumps([texts, NEEDS]))
    clone.write("tooling/locking/freeze.py", FREEZE)
    clone.task("setup")
    code = "from tooling import project; from tooling.locking import freeze as it; "
    clone.in_venv("-c", f"{code}project.write(it.locked({{}}))")
    clone.task("setup")
    clone.env.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder))
    yield clone


def contents(clone: Repository) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in clone.root.glob("*requirements*")}


def fails(clone: Repository, *words: str) -> Done:
    """Run a task that fails, and leaves every file and package as it was."""
    before, installed = contents(clone), clone.installed()
    done = clone.task(*words, ok=False)
    assert done.returncode
    assert "Traceback" not in done.stderr
    assert (contents(clone), clone.installed()) == (before, installed)
    return done


def test_what_is_added_is_locked_and_installed_and_removed_whenever_it_was_killed(
    project: Repository,
) -> None:
    before, installed = contents(project), project.installed()
    words = ("Beta", "alpha<2; python_version >= '3'", "modern")
    output = project.task("add", *words).stdout
    line = 'Beta>=1.5\nalpha<2; python_version >= "3"\nmodern>=1.0\n'
    assert project.read("requirements.txt").endswith(line)
    assert "What moves:\n  alpha new\n  beta new\n  gamma new\n" in output
    assert project.installed().keys() - installed.keys() == {"alpha", "beta", "gamma", "modern"}
    assert "What moves:\n  nothing" in project.task("add", "beta", "modern>=1.0").stdout
    assert "No line asks for gamma. " in fails(project, "remove", "gamma").stderr
    assert "No line asks for betta. " in sentence(fails(project, "remove", "betta"))

    after, with_it = contents(project), project.installed()
    hand_written = project.root / "requirements.txt"
    # Killed before the locks were written: the same again ends as if it had not been.
    hand_written.write_bytes(before["requirements.txt"])
    project.task("remove", "BETA", "alpha", "modern")
    assert (contents(project), project.installed()) == (before, installed)
    hand_written.write_bytes(after["requirements.txt"])
    project.task("add", *words)
    assert (contents(project), project.installed()) == (after, with_it)
    # Killed before the installation.
    for name, content in before.items():
        (project.root / name).write_bytes(content)
    project.task("remove", "beta", "alpha", "modern")
    assert (contents(project), project.installed()) == (before, installed)


def test_a_layer_of_its_own(project: Repository) -> None:
    refused = fails(project, "add", "alpha", "--layer", "nb")
    assert "requirements-nb.in comes first" in sentence(refused)
    project.write("requirements-nb.in", "alpha")
    done = project.task("add", "alpha==1.0", "beta==1.5+cpu", "--layer", "nb")
    assert done.stdout.endswith("tasks.py setup --layer dev --layer nb\n")
    assert project.read("requirements-nb.in") == "alpha==1.0\nbeta==1.5+cpu\n"
    assert "alpha" not in project.installed()
    for name in ("requirements-nb.in", "requirements-nb.txt"):
        (project.root / name).unlink()


def test_what_cannot_be_locked_changes_nothing(project: Repository) -> None:
    assert "There is no nope." in fails(project, "add", "nope").stderr
    assert "is no requirement" in sentence(fails(project, "add", "pip install six"))
    assert "has no hash" in fails(project, "add", "x @ git+https://example.invalid/x").stderr


def test_what_cannot_be_installed_is_taken_out_again(project: Repository) -> None:
    before, installed = contents(project), project.installed()
    assert "locked, and not installed" in project.task("add", "broken", ok=False).stderr
    project.task("remove", "broken")
    assert (contents(project), project.installed()) == (before, installed)


def test_an_environment_that_was_changed_by_hand_is_no_obstacle(project: Repository) -> None:
    folder = next(Path(project.venv).glob("**/site-packages"))
    (folder / "mine.py").touch()
    project.env.pop("PIP_NO_INDEX")
    project.task("add", "gamma")
    assert "gamma" in project.installed()
    assert not (folder / "mine.py").exists()
