"""What the template's own tests share: whole clones with git, and the machine's interpreters."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import AWKWARD, ROOT, Clone, environment, run
from tooling import files, project

PRODUCTION = ("click", "iniconfig")  # small, and one module or folder each
TOOLS = ("invoke", "packaging", "setuptools", "uv", "wheel")
RESOLVING = ("build", "pip", "pip-tools", "pyproject-hooks")  # what locking takes beside these
WINDOWS = sys.platform == "win32"
IDENTITY = {
    # Somebody's own git settings (signing, hooksPath) must not decide a test.
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Somebody"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "somebody@example.invalid"),
}


class Repository(Clone):
    """A whole copy of this working tree, with what a test does to it."""

    def git(self, *arguments: str | Path, ok: bool = True) -> str:
        """Run git there; return what it printed."""
        return run("git", *arguments, cwd=self.root, env=self.env, ok=ok).stdout.strip()

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.root / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def append(self, name: str, text: str) -> Path:
        """Add to the end of a file."""
        return self.write(name, self.read(name) + text)

    def commit(self, subject: str = "A change") -> str:
        """Commit all there is, without the hook; return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def files(self, *names: str) -> dict[str, tuple[int, int]]:
        """Return the size and the time of change of each file below `names`, but for bytecode."""
        paths = (
            path for name in names for path in [self.root / name, *(self.root / name).rglob("*")]
        )
        return {
            str(path.relative_to(self.root)): (path.lstat().st_size, path.lstat().st_mtime_ns)
            for path in paths
            if path.suffix != ".pyc" and not path.is_dir()
        }


def tracked() -> list[str]:
    """Return the files of this working tree that git doesn't ignore."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this tree is no git repository, or git is not on the PATH")
    listing = run(
        "git", "-c", "core.quotePath=off", "ls-files", "-coz", "--exclude-standard"
    ).stdout
    return [name for name in filter(None, listing.split("\0")) if (ROOT / name).is_file()]


def whole(folder: Path, *, git: bool = False) -> Repository:
    """Copy this whole tree to an awkward path below `folder`; with `git`, as a repository."""
    clone = Repository(folder / AWKWARD / "clone", environment(**IDENTITY))
    for name in tracked():
        (clone.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone.root / name)
    if git:
        clone.git("init", "-q", "-b", "main")
        clone.commit("As it stands")
    return clone


def small(folder: Path, *more: str) -> Repository:
    """Copy this tree with few packages in its locks, so that setting it up takes a second.

    `more` are further tools.
    """
    tools = (*TOOLS, *more)
    clone = whole(folder)
    for path in clone.root.glob("requirements-*"):
        path.unlink()
    pins = {pin.name: pin for pin in files.pins(files.lock("dev"))}
    entries = [
        f"{pins[name].text}\n    # via -r {source}\n"
        for names, source in ((PRODUCTION, "requirements.txt"), (tools, "requirements-dev.in"))
        for name in names
    ]
    clone.write("requirements-prod.txt", "".join(entries[: len(PRODUCTION)]))
    clone.write("requirements-dev.txt", "".join(entries))
    clone.write("requirements.txt", "\n".join(PRODUCTION) + "\n")
    clone.write("requirements-dev.in", "-r requirements.txt\n" + "\n".join(tools) + "\n")
    return clone


def assert_right(clone: Repository, layer: str = "dev") -> None:
    """The environment holds what is locked, and imports; a further set-up has nothing to do."""
    assert clone.installed() == clone.locked(layer)
    code = f"import sys, click, {project.PACKAGE} as it; print(sys.prefix); print(it.__file__)"
    paths = [
        Path(line) for line in clone.in_venv("-c", code, cwd=clone.root.parent).stdout.splitlines()
    ]
    assert paths == [clone.venv, clone.root / project.PACKAGE / "__init__.py"]
    assert run(project.program(project.DISTRIBUTION, clone.venv), "--help", ok=False).args
    assert "nothing to do" in clone.task("setup").stdout
    assert [path.name for path in clone.root.glob("build/*")] == []


@functools.cache
def python(version: str) -> str:
    """Return a real Python of a version such as "3.12" or "3.14t", or skip where there is none."""
    folder = Path(os.environ.get("PYENV_ROOT") or project.HOME / ".pyenv") / "versions"
    kept = sorted(folder.glob(f"{version.rstrip('t')}.*/bin/python"))
    code = "import sys; from sysconfig import get_config_var as of; "
    code += "print('%d.%d' % sys.version_info[:2] + 't' * bool(of('Py_GIL_DISABLED')))"
    for command in (*kept, f"python{version}"):
        path = shutil.which(str(command), path=environment()["PATH"])
        # A pyenv shim answers with an error where its version isn't chosen.
        if path and run(path, "-c", code, ok=False).stdout.strip() == version:
            return path
    pytest.skip(f"there is no Python {version} on this machine")


def script(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    if WINDOWS:
        pytest.skip("this needs shell scripts")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def sentence(done: object) -> str:
    """Return the one or two lines on stderr with which a task failed, and no traceback."""
    code, errors = getattr(done, "returncode", 0), str(getattr(done, "stderr", ""))
    assert code not in (0, None)
    assert "Traceback" not in errors
    assert 0 < len(errors.strip().splitlines()) <= 2, errors
    return errors.strip()
