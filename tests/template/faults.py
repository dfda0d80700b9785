"""A project on a machine of its own, and what befalls it: each fault is a context, gone after it.

What changes a system (a disk that is full, another user) needs root on Linux; else that skips.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support import BASE_PYTHON, Done, run
from tests.template import index
from tests.template.support import WINDOWS, Repository, small
from tooling import project

NEW = index.wheel("alpha", "1.0")  # what the locks have, and the environment hasn't yet
OTHERS = [index.wheel("beta", "1.0", "gamma"), index.wheel("gamma", "1.0")]
OTHERS.append(index.wheel("colorama", "0.4.6"))  # some tools need it on Windows, so a lock has it
LOCKS = ("requirements-prod.txt", "requirements-dev.txt")
CACHES = ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "UV_CACHE_DIR", "PIP_CACHE_DIR")


class Case(Repository):
    """A project that is set up but for one package of its locks, and how its tasks are started."""

    def __init__(self, folder: Path, wheels: list[index.File], *tools: str) -> None:
        made = small(folder / "usual", *tools)
        super().__init__(made.root, made.env)
        self.folder, self.wheels = folder, [*wheels, NEW, *OTHERS]
        self.command, self.stack = [BASE_PYTHON, "tasks.py"], contextlib.ExitStack()
        self.env.update({name: str(folder / "caches" / name.lower()) for name in CACHES})
        self.env.update(PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
        self.env["PYENV_ROOT"] = os.environ.get("PYENV_ROOT", str(project.HOME / ".pyenv"))

    def prepare(self) -> None:
        """Set it up, and keep it to be restored."""
        self.task("setup")
        entry = f"{NEW.name.split('-')[0]}==1.0 \\\n    --hash=sha256:{NEW.sha256}\n"
        for name in LOCKS:
            self.write(name, f"{entry}    # via -r requirements.txt\n{self.read(name)}")
        self.append("requirements.txt", "alpha\n")
        shutil.copytree(self.folder / "usual", self.folder / "kept", symlinks=True)
        self.usual = (self.root, self.command, self.env)

    def restore(self) -> None:
        """Bring back the project as it was prepared."""
        self.stack.close()
        (self.root, self.command), self.env = self.usual[:2], dict(self.usual[2])
        for name in ("usual", "empty"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "kept", self.folder / "usual", symlinks=True)

    def forget(self) -> None:
        """Have nothing in the project, and no caches."""
        shutil.rmtree(self.folder / "empty", ignore_errors=True)
        for path in (self.venv, *self.root.glob("*.egg-info")):
            shutil.rmtree(path, ignore_errors=True)
        self.env.update({name: str(self.folder / "empty" / name.lower()) for name in CACHES})

    def task(
        self,
        *arguments: str,
        python: str = "",
        env: Mapping[str, str] | None = None,
        ok: bool = True,
    ) -> Done:
        """Run a task as this case has it done."""
        both = {**self.env, **(env or {})}
        return run(*self.command, *arguments, cwd=self.root, env=both, ok=ok)

    @contextmanager
    def using(
        self, command: list[str] | None = None, env: Mapping[str, str | None] = {}
    ) -> Iterator[None]:
        """Start tasks with another command, and with these variables (None: without it)."""
        before = (self.command, self.env)
        both = {**self.env, **env}
        self.env = {name: value for name, value in both.items() if value is not None}
        self.command = command or self.command
        try:
            yield
        finally:
            self.command, self.env = before


def contents(folder: Path, *but: str) -> dict[str, str]:
    """Return what each file and link below a folder is, but for bytecode and the names `but`."""
    held = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in (*but, "__pycache__")]
        for path in (Path(place, name) for name in (*names, *folders)):
            kind = f"-> {path.readlink()}" if path.is_symlink() else "a folder"
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else kind
            held[path.relative_to(folder).as_posix()] = kind if path.is_symlink() else digest
    return {name: what for name, what in held.items() if not name.endswith(".pyc")}


Fault = Callable[[Case], AbstractContextManager[None]]


# The index.


def an_index(kind: str, begins: str = "/", file: index.File = NEW) -> Fault:
    """Return the fault of an index, which befalls paths that begin so."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        served = [file, *(each for each in case.wheels if each.name != file.name)]
        with index.serve(served, fault=(kind, begins)) as it:
            url = "http://127.0.0.1:9/simple" if kind == "absent" else it.url
            env = {"PIP_INDEX_URL": url, "PIP_DEFAULT_TIMEOUT": "1", "PIP_RETRIES": "0"}
            with case.using(env=env):
                yield

    return fault


# The locks.


def the_locks(change: Callable[[bytes], bytes], *names: str) -> Fault:
    """Return the fault of locks that something has changed."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        before = {case.root / name: (case.root / name).read_bytes() for name in names or LOCKS}
        for path, content in before.items():
            path.write_bytes(change(content))
        yield
        for path, content in before.items():
            path.write_bytes(content)

    return fault


def with_a_wrong_hash(lock: bytes) -> bytes:
    return lock.replace(NEW.sha256.encode(), b"0" * 64)


def without_a_hash(lock: bytes) -> bytes:
    return lock.replace(f" \\\n    --hash=sha256:{NEW.sha256}".encode(), b"")


def cut_at(part: float) -> Callable[[bytes], bytes]:
    return lambda lock: lock[: int(len(lock) * part)]


# The disk.


def mounted(case: Case, place: Path, *how: str) -> None:
    """Mount something on a folder until the case is over, or skip the test."""
    if sys.platform != "linux" or os.geteuid():
        pytest.skip("to mount takes root on Linux")
    done = run("mount", *how, place, ok=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    case.stack.callback(run, "umount", place)


def all_of(*faults: Fault) -> Fault:
    """Return the fault that is all of these at once."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for each in faults:
                stack.enter_context(each(case))
            yield

    return fault


@contextmanager
def filled(folder: Path, left: int) -> Iterator[None]:
    """Have no more than `left` bytes on the disk of a folder, of which it is all."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    with filler.open("wb") as file, contextlib.suppress(OSError):
        for _ in range(max(0, room.f_bavail * room.f_frsize - left) // 4096):
            file.write(bytes(4096))
    yield
    filler.unlink()


def full(left: int, fresh: bool) -> Fault:
    """Return the fault of a disk for the project that has no more than so many bytes."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        mounted(case, case.root, "-t", "tmpfs", "-o", "size=400m", "tmpfs")
        kept = case.folder / "kept" / case.root.relative_to(case.folder / "usual")
        shutil.copytree(kept, case.root, symlinks=True, dirs_exist_ok=True)
        if fresh:  # it is made again, which takes room for a second one
            (case.venv / "setup.stamp").write_bytes(b"")
        # Python tears what it compiles where there is no room for it.
        with filled(case.root, left), case.using(env={"PYTHONDONTWRITEBYTECODE": "1"}):
            yield

    return fault


def full_cache(left: int) -> Fault:
    """Return the fault of a disk for the caches that has no more than so many bytes."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        case.forget()
        (case.folder / "empty").mkdir()
        mounted(case, case.folder / "empty", "-t", "tmpfs", "-o", "size=400m", "tmpfs")
        with filled(case.folder / "empty", left):
            yield

    return fault


@contextmanager
def read_only(case: Case) -> Iterator[None]:
    """A disk on which nothing can be written."""
    with contextlib.ExitStack() as case.stack:
        mounted(case, case.root, "--bind", str(case.root))
        run("mount", "-o", "remount,ro,bind", case.root)
        yield


# Where the project is, and whose.


@contextmanager
def moved(case: Case) -> Iterator[None]:
    """The folder has another name, for good."""
    case.root = case.root.rename(case.root.with_name("moved"))
    yield


@contextmanager
def copied(case: Case) -> Iterator[None]:
    """The folder is a copy, environment and all, of one that is to stay as it is."""
    original = case.root
    case.root = Path(shutil.copytree(original, original.with_name("copy"), symlinks=True))
    before = contents(original)
    yield
    # A file that is edited in one environment must not change another.
    (project.site_packages(case.venv) / "click" / "core.py").write_text("changed")
    assert contents(original) == before


@contextmanager
def linked(case: Case) -> Iterator[None]:
    """The folder is reached by a link."""
    original, link = case.root, case.root.with_name("link")
    link.symlink_to(original, target_is_directory=True)
    with case.using([BASE_PYTHON, str(link / "tasks.py")]):
        yield


@contextmanager
def elsewhere(case: Case) -> Iterator[None]:
    """In the place of venv/ is a link to an environment."""
    other = case.venv.rename(case.root.with_name("other"))
    case.venv.symlink_to(other, target_is_directory=True)
    yield
    case.venv.unlink()
    other.rename(case.venv)


def called(name: str) -> Fault:
    """Return the fault of a folder with a name."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        original = case.root
        try:
            case.root = case.root.rename(case.root.with_name(name))
        except (OSError, ValueError) as error:
            pytest.skip(f"there can't be such a name here: {error}")
        yield
        case.root = case.root.rename(original)

    return fault


def by_user(number: int, *, owner: bool, **env: str) -> Fault:
    """Return the fault of a task of the user of that number, who owns the project or doesn't."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        if sys.platform != "linux" or os.geteuid() or not shutil.which("setpriv"):
            pytest.skip("to be somebody else takes root and setpriv")
        somebody = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
        for python in (BASE_PYTHON, "/usr/bin/python3"):
            code = "import sys; sys.exit(sys.version_info < (3, 11))"
            if run(*somebody, python, "-c", code, ok=False).returncode == 0:
                break
        else:
            pytest.skip("no Python that is served is for all users of this machine")
        if owner:
            run("chown", "-R", f"{number}:{number}", case.root)
        caches: dict[str, str | None] = {**dict.fromkeys((*CACHES, "PYENV_ROOT")), **env}
        with case.using([*somebody, python, "tasks.py"], caches):
            yield
        run("chown", "-R", "0:0", case.root)

    return fault


# What surrounds a task.

UV_TOML = (
    'index-url = "http://127.0.0.1:9/simple"\n[pip]\nresolution = "lowest-direct"\ntarget = "x"\n'
)
PIP_CONF = """
[global]
require-virtualenv = true
require-hashes = true
[install]
target = {0}
prefix = {0}
root = {0}
dry-run = true
constraint = {0}
python = {0}
no-binary = :all:
"""


@contextmanager
def hostile(case: Case) -> Iterator[None]:
    """Files and variables that send packages elsewhere, and Python to the wrong modules."""
    shutil.rmtree(case.venv)
    around = case.root.parent
    config, shadow, away = around / "config", around / "shadow", around / "away"
    shadow.mkdir()
    for name in ("zipfile", "venv", "hashlib", project.PACKAGE):
        (shadow / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    for name, text in (("uv/uv.toml", UV_TOML), ("pip/pip.conf", PIP_CONF.format(away))):
        (config / name).parent.mkdir(parents=True)
        (config / name).write_text(text)
    env: dict[str, str | None] = {
        "XDG_CONFIG_HOME": str(config),
        "PIP_CONFIG_FILE": None,
        "PYTHONPATH": str(shadow),
        **dict.fromkeys(("PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_INDEX"), "0"),
        **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT"), str(away)),
        **dict.fromkeys(("UV_PYTHON", "UV_CONSTRAINT", "UV_PROJECT_ENVIRONMENT"), str(away)),
        **dict.fromkeys(("UV_SYSTEM_PYTHON", "UV_NO_BINARY", "UV_OFFLINE"), "1"),
        **dict.fromkeys(("PYTHONUSERBASE", "VIRTUAL_ENV"), str(away)),
    }
    # -E: what starts tasks.py is the caller's; what tasks.py starts is what this is about.
    with case.using([BASE_PYTHON, "-E", "tasks.py"], env):
        yield
    assert not away.exists()


def variables(**env: str | None) -> Fault:
    """Return the fault of variables that Python itself obeys, or that aren't there."""
    return lambda case: case.using(env=env)


def closed(stream: str) -> Fault:
    """Return the fault of a closed stream, as the shell writes it."""

    @contextmanager
    def fault(case: Case) -> Iterator[None]:
        if WINDOWS:
            pytest.skip("this needs a POSIX shell")
        with case.using(["sh", "-c", f'exec "$@" {stream}', "sh", *case.command]):
            yield

    return fault


# The end of all of its processes.


def killed(case: Repository, command: list[str], seconds: float) -> bool:
    """Run a command for so long, then kill its whole process group; return whether it ran still."""
    child = subprocess.Popen(
        command,
        cwd=case.root,
        env=case.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.wait() < 0
    return False
