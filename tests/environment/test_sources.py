"""What pip-args names with --no-binary is built from source, with what is locked; of all else no code runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import index, small
from tests.support import DISTRIBUTION, INSTALLED, ROOT, Clone
from tooling import formats, lockfile
from tooling.project import cache

INSTALLERS = pytest.mark.parametrize("installer", ["pip", "uv"])
ARGS = 'pip-args = "--only-binary :all:'
# Leaves beside the file `ran` what built it, and where from.
SAYS = "import json, setuptools, sys\nwith open({ran!r}, 'a') as file:\n"
SAYS += "    file.write(json.dumps([{name!r}, setuptools.__version__, sys.path]) + '\\n')"


class Sources:
    """A small project, whose index has source distributions that say when their code runs."""

    def __init__(self, folder: Path) -> None:
        self.ran = folder / "ran"
        self.files = {
            "alpha": self.sdist("alpha"),
            "asks": self.sdist("asks", "needed>=1"),
            "bounded": self.sdist("bounded", "setuptools<1"),
            "after": self.sdist("after", "zeta"),
            "zeta": self.sdist("zeta"),
            "fails": index.sdist("fails", "1.0", "import nothing_like_it"),
            "changed": index.corrupted(self.sdist("changed")),
            "both": self.sdist("both"),
        }
        self.wheels = [index.wheel("both", "1.0"), index.wheel("needed", "1.0")]
        self.clone: Clone
        self.tools = ""  # the lock of these

    def sdist(self, name: str, *requires: str) -> index.File:
        return index.sdist(name, "1.0", SAYS.format(ran=str(self.ran), name=name), *requires)

    def lock(self, *names: str, source: tuple[str, ...] = ()) -> None:
        """Write the locks, with these packages in both, and name `source` in pip-args."""
        files = [*self.files.values(), *self.wheels]
        lines = []
        for name in names:
            hashes = [file.sha256 for file in files if file.name.startswith(f"{name}-")]
            lines.append(" \\\n    ".join([f"{name}==1.0", *(f"--hash=sha256:{each}" for each in hashes)]) + "\n")
        self.clone.write("requirements-prod.txt", "".join(lines))
        self.clone.write("requirements-dev.txt", self.tools + "".join(lines))
        settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        self.clone.write("pyproject.toml", settings.replace(ARGS, " --no-binary ".join([ARGS, *source])))

    def built(self) -> list[str]:
        """Give the packages whose code ran since this was last asked; each says so more than once."""
        said = [json.loads(line)[0] for line in self.said()]
        self.ran.unlink(missing_ok=True)
        return sorted(set(said))

    def said(self) -> list[str]:
        return self.ran.read_text(encoding="utf-8").splitlines() if self.ran.exists() else []

    def fails(self, *arguments: str) -> str:
        """Run a task that has to end with one sentence, and give that."""
        done = self.clone.task(*arguments, ok=False)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        for place in (self.clone.root, cache(), Path.home()):
            assert str(place) not in done.stdout + done.stderr
        (said,) = done.stderr.splitlines()
        return said


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, with_uv: dict[str, str]) -> Iterator[Sources]:
    """The one project of all these tests: each writes the lock that it needs."""
    made = Sources(tmp_path_factory.mktemp("sources"))
    files = [*made.files.values(), *made.wheels]
    with small.made(made.ran.parent, files, with_uv, "") as made.clone:
        made.tools = (made.clone.root / "requirements-dev.txt").read_text(encoding="utf-8")
        yield made


@pytest.fixture
def at_start(project: Sources) -> Sources:
    """The project with nothing but the tools installed."""
    project.lock()
    project.clone.task("setup")
    project.ran.unlink(missing_ok=True)
    return project


@INSTALLERS
def test_without_a_wheel_no_code_runs_and_it_is_said_how_to_opt_out(at_start: Sources, installer: str) -> None:
    at_start.lock("alpha")
    said = at_start.fails("setup", "--installer", installer)
    assert "no wheel of alpha 1.0" in said
    assert "add --no-binary alpha to the end of pip-args in pyproject.toml" in said
    assert not at_start.built()


@INSTALLERS
def test_what_is_opted_out_is_built_once_with_the_locked_setuptools(at_start: Sources, installer: str) -> None:
    at_start.lock("alpha", source=("Alpha",))
    assert "Building alpha 1.0 from source" in at_start.clone.task("setup", "--installer", installer).stdout
    assert at_start.clone.installed()["alpha"] == "1.0"
    at_start.clone.in_venv("-c", "import alpha")
    locked = lockfile.read(at_start.clone.root / "requirements-dev.txt")["setuptools"].version
    for line in at_start.said():
        _, version, path = json.loads(line)
        assert version == locked
        assert not [folder for folder in path if "pip-build-env" in folder]  # where pip's isolated builds happen
    assert at_start.built() == ["alpha"]
    for task in (["setup"], ["install", "--installer", "pip"], ["install", "--installer", "uv"]):
        at_start.clone.task(*task)
        assert at_start.clone.installed()["alpha"] == "1.0"
        assert not at_start.built()
    assert "nothing to do" in at_start.clone.task("setup").stdout


@INSTALLERS
def test_production_alone_is_built_with_the_locked_setuptools_too(at_start: Sources, installer: str) -> None:
    at_start.lock("alpha", "needed", source=("alpha",))
    assert INSTALLED in at_start.clone.task("setup", "--layer", "prod", "--installer", installer).stdout
    assert at_start.clone.installed() == {"alpha": "1.0", "needed": "1.0"}
    assert "nothing to do" in at_start.clone.task("setup", "--layer", "prod").stdout
    assert at_start.built() == ["alpha"]


def test_what_a_build_lacks_is_named_and_can_be_added(at_start: Sources) -> None:
    at_start.lock("asks", source=("asks",))
    for _ in range(2):  # it isn't taken for done
        said = at_start.fails("setup")
        assert "asks 1.0 can't be built without needed>=1" in said
        assert 'tasks.py add "needed>=1" --layer dev' in said
    assert not at_start.built()
    before = (at_start.clone.root / "requirements-dev.in").read_text(encoding="utf-8")
    at_start.clone.task("add", "needed>=1", "--layer", "dev")
    assert at_start.clone.locked()["needed"] == "1.0"
    at_start.lock("asks", "needed", source=("asks",))
    at_start.clone.task("setup")
    assert at_start.built() == ["asks"]
    assert at_start.clone.installed()["asks"] == "1.0"
    at_start.clone.write("requirements-dev.in", before)


def test_a_build_that_wants_another_setuptools_is_refused(at_start: Sources) -> None:
    at_start.lock("bounded", source=("bounded",))
    said = at_start.fails("setup")
    assert "bounded 1.0 can't be built with setuptools==" in said
    assert 'tasks.py add "setuptools<1" --layer dev' in said
    assert not at_start.built()


def test_one_that_another_is_built_with_is_built_first(at_start: Sources) -> None:
    at_start.lock("after", "zeta", source=("after,zeta",))
    at_start.clone.task("setup")
    assert at_start.clone.installed().keys() >= {"after", "zeta"}
    assert json.loads(at_start.said()[0])[0] == "zeta"


def test_what_the_index_has_no_source_of_is_named(at_start: Sources) -> None:
    at_start.lock("needed", source=("needed",))
    assert "No source of needed 1.0 was found" in at_start.fails("setup")


def test_a_build_that_fails_is_named_with_the_module_that_it_lacks(at_start: Sources) -> None:
    at_start.lock("fails", source=("fails",))
    said = at_start.fails("setup")
    assert "fails 1.0 could not be built: its code wants the module nothing_like_it" in said


@INSTALLERS
def test_no_code_runs_of_what_is_not_the_file_that_was_locked(at_start: Sources, installer: str) -> None:
    at_start.lock("changed", source=("changed",))
    said = at_start.fails("setup", "--installer", installer)
    assert "changed 1.0" in said
    assert "differs from the one that was locked" in said
    assert not at_start.built()


@INSTALLERS
def test_a_package_goes_from_its_wheel_to_its_source_and_back(at_start: Sources, installer: str) -> None:
    for source in ((), ("both",), ()):
        at_start.lock("both", source=source)
        at_start.clone.task("setup", "--installer", installer)
        assert at_start.clone.installed()["both"] == "1.0"
        assert at_start.built() == list(source)


@INSTALLERS
def test_what_was_built_and_is_damaged_is_built_again_and_what_is_not_locked_goes(
    at_start: Sources, installer: str
) -> None:
    at_start.lock("alpha", source=("alpha",))
    at_start.clone.task("setup", "--installer", installer)
    (at_start.clone.site_packages / "alpha.py").unlink()
    at_start.built()
    at_start.clone.task("install", "--installer", installer)
    at_start.clone.in_venv("-c", "import alpha")
    assert at_start.built() == ["alpha"]
    at_start.lock()
    at_start.clone.task("setup", "--installer", installer)
    assert "alpha" not in at_start.clone.installed()
    assert not list(at_start.clone.site_packages.glob("alpha*"))


def test_the_project_itself_is_built_with_the_locked_setuptools_and_no_index(at_start: Sources) -> None:
    nowhere = dict.fromkeys(("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), "http://127.0.0.1:9/simple/")
    at_start.clone.task("build", env={**nowhere, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"})
    (wheel,) = (at_start.clone.root / "dist").glob("*.whl")
    shutil.unpack_archive(wheel, at_start.ran.parent / "unpacked", "zip")
    (info,) = (at_start.ran.parent / "unpacked").glob(f"{DISTRIBUTION.replace('-', '_')}-*.dist-info")
    locked = lockfile.read(at_start.clone.root / "requirements-dev.txt")["setuptools"].version
    assert f"Generator: setuptools ({locked})" in (info / "WHEEL").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("pip_args", "names"),
    [
        ("--only-binary :all:", []),
        ("--only-binary=:all: --no-binary Foo_Bar,baz --retries 3 --no-binary=x.y", ["baz", "foo-bar", "x-y"]),
        ("--no-binary early --only-binary :all: --no-binary a --only-binary a", []),
        ("--only-binary :all: --no-binary a --no-binary :none: --no-binary b", ["b"]),
    ],
)
def test_pip_args_are_read_as_pip_reads_them(pip_args: str, names: list[str]) -> None:
    assert sorted(formats.named(pip_args)) == names


@pytest.mark.parametrize(
    ("pip_args", "said"),
    [
        ("", "--only-binary :all: has to be there"),
        ("--only-binary numpy", "--only-binary :all: has to be there"),
        ("--only-binary :all: --no-binary :all:", "name the packages"),
        ("--only-binary :all: --no-binary SetupTools", "setuptools is what the others are built with"),
        ("--only-binary :all: --no-binary", "expected one argument"),
        ("--only-binary ':all:", "No closing quotation"),
    ],
)
def test_pip_args_that_would_let_any_code_run_are_refused(
    pip_args: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        formats.named(pip_args)
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pip-args in pyproject.toml")
    assert said in line


def test_set_up_refuses_pip_args_that_would_let_any_code_run(at_start: Sources) -> None:
    settings = (at_start.clone.root / "pyproject.toml").read_text(encoding="utf-8")
    at_start.clone.write("pyproject.toml", settings.replace(ARGS, 'pip-args = "'))
    assert "has to be there" in at_start.fails("install")
    at_start.clone.write("pyproject.toml", "[")
    assert "pyproject.toml can't be read" in at_start.fails("install")
    at_start.clone.write("pyproject.toml", settings)
    assert "nothing to do" in at_start.clone.task("setup").stdout


@pytest.fixture
def asked(at_start: Sources) -> Iterator[Sources]:
    """The same; what a test writes into requirements.txt is undone."""
    yield at_start
    at_start.clone.write("requirements.txt", "")


def test_locking_takes_the_source_of_what_is_opted_out_alone(asked: Sources) -> None:
    asked.clone.write("requirements.txt", "alpha\n")
    done = asked.clone.task("freeze", ok=False)
    assert "alpha has no wheel, and a source distribution would run its code" in done.stderr
    assert not asked.built()
    asked.lock(source=("alpha",))
    asked.clone.task("freeze")
    locked = lockfile.read(asked.clone.root / "requirements-prod.txt")["alpha"]
    assert locked.hashes == {f"sha256:{asked.files['alpha'].sha256}"}
    version = lockfile.read(asked.clone.root / "requirements-dev.txt")["setuptools"].version
    assert {json.loads(line)[1] for line in asked.said()} == {version}
    asked.clone.task("setup")
    assert asked.clone.installed()["alpha"] == "1.0"
    assert "nothing to do" in asked.clone.task("setup").stdout


def test_locking_runs_no_code_of_a_source_that_lies_in_a_folder(asked: Sources, tmp_path: Path) -> None:
    (tmp_path / "elsewhere-1.0.tar.gz").write_bytes(asked.sdist("elsewhere").content)
    asked.clone.write("requirements.txt", "elsewhere\n")
    done = asked.clone.task("freeze", ok=False, env={"PIP_FIND_LINKS": str(tmp_path)})
    assert done.returncode == 1
    assert "elsewhere has no wheel" in done.stderr
    assert not asked.built()


def test_what_cannot_be_built_to_be_locked_is_said_in_a_sentence(asked: Sources) -> None:
    asked.lock(source=("fails",))
    asked.clone.write("requirements.txt", "fails\n")
    said = asked.fails("freeze")
    assert said.startswith("fails 1.0 can't be built to learn what it needs, as that takes the module nothing_like_it.")
