"""What the tests share: a clone to work in, the one way to run a program, and the machine's real interpreters."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from pathlib import Path

from packaging.requirements import Requirement

from tooling import lockfile, processes, project

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = sys.platform == "win32"
BASE_PYTHON = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
# A path with all that breaks scripts: a space, a quote, a letter beyond ASCII.
AWKWARD = "it's a déjà vu"
# What git ignores, for a working tree without git.
IGNORED = (
    "venv",
    ".venv",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    ".git",
    ".*_cache",
    ".hypothesis",
    ".idea",
    "sbom-*",
)
PACKAGE, DISTRIBUTION = project.PACKAGE, project.DISTRIBUTION
VERSION = version_of(DISTRIBUTION)
INSTALLED = f"Successfully installed {DISTRIBUTION}-{VERSION}"
# What takes the least to install, and has rich, which tests break and mend: production's packages, or else the tools.
LIGHT = "prod" if "rich" in lockfile.read(ROOT / "requirements-prod.txt") else "dev"
SAFETY = 400  # seconds: no assertion, only what keeps a hanging program from hanging the tests

Done = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    """Give the caller's variables, less what would steer git, pip, uv or Python, and less this venv on the PATH."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PYTHON", "VIRTUAL_ENV", "UV_", "INVOKE_", "PRE_COMMIT"))
        and (not name.startswith("PIP_") or name in processes.PIP_SETTINGS)
    }
    own = {str(project.scripts(ROOT / "venv")), str(Path(sys.executable).parent)}
    env["PATH"] = os.pathsep.join(part for part in env.get("PATH", os.defpath).split(os.pathsep) if part not in own)
    # Somebody's own git settings (signing, hooksPath) must not decide a test.
    env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    for who in ("AUTHOR", "COMMITTER"):
        env.update({f"GIT_{who}_NAME": "Somebody", f"GIT_{who}_EMAIL": "somebody@example.invalid"})
    return {**env, **changes}


def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None, ok: bool = True) -> Done:
    """Run a program and give its code and output as text; with `ok` (the default) it must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment() if env is None else env,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SAFETY,
        check=False,
    )
    if ok:
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


@dataclass
class Clone:
    """A copy of this working tree, with its tasks."""

    root: Path
    env: dict[str, str] = field(default_factory=environment)
    output: str = ""  # what the task that made it ready said

    def task(
        self, *arguments: str, python: str = BASE_PYTHON, ok: bool = True, env: Mapping[str, str] | None = None
    ) -> Done:
        """Run `python3 tasks.py ARGUMENTS` at the clone's top; `env` is added to the clone's variables."""
        return run(python, "tasks.py", *arguments, cwd=self.root, env={**self.env, **(env or {})}, ok=ok)

    def in_venv(self, *arguments: str | Path, ok: bool = True, cwd: Path | None = None) -> Done:
        """Run the environment's interpreter."""
        return run(self.python, *arguments, cwd=cwd or self.root, env=self.env, ok=ok)

    def git(self, *arguments: str, ok: bool = True) -> Done:
        """Run git at the clone's top."""
        return run("git", *arguments, cwd=self.root, env=self.env, ok=ok)

    @property
    def venv(self) -> Path:
        """The environment's folder."""
        return self.root / "venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return project.venv_python(self.venv)

    @property
    def site_packages(self) -> Path:
        """The folder of the environment's packages."""
        return Path(self.in_venv("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())

    def installed(self) -> dict[str, str]:
        """Give what is installed beside the project, by normalized name."""
        code = "from importlib.metadata import distributions as d; [print(x.metadata['Name'], x.version) for x in d()]"
        # -I: otherwise the .egg-info folder beside the code counts as well.
        pairs = (line.split() for line in self.in_venv("-I", "-c", code).stdout.splitlines())
        return {lockfile.normalized(name): version for name, version in pairs if name != project.DISTRIBUTION}

    def locked(self, layer: str = "dev") -> dict[str, str]:
        """Give what a layer's lock says for this system, by normalized name."""
        pins = lockfile.read(self.root / f"requirements-{layer}.txt")
        requirements = {name: Requirement(pin.text.split("--hash")[0].strip(" \\\n")) for name, pin in pins.items()}
        return {
            name: pins[name].version
            for name, requirement in requirements.items()
            if requirement.marker is None or requirement.marker.evaluate()
        }

    def write(self, name: str, text: str) -> Path:
        """Write a file of the clone, as a new one: an installed file may be a link into a cache."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def append(self, name: str, text: str) -> Path:
        """Add to the end of a file of the clone."""
        return self.write(name, (self.root / name).read_text(encoding="utf-8") + text)

    def snapshot(self, *names: str) -> dict[str, tuple[int, int]]:
        """Give each file's size and time of change, below `names`; Python's own caches don't count."""
        files = (path for name in names for path in [self.root / name, *(self.root / name).rglob("*")])
        return {
            str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
            for path in files
            if "__pycache__" not in path.parts and not path.is_dir()
        }


def copy_tree(target: Path) -> Path:
    """Copy this working tree as it stands, without what git ignores; with no git, as a ZIP holds it."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = run("git", "-c", "core.quotePath=off", "ls-files", "-co", "-z", "--exclude-standard").stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():  # else deleted, and not committed yet
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target / name)
    else:
        shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*IGNORED), dirs_exist_ok=True)
    with contextlib.suppress(FileExistsError):  # the README may not be written yet; the build needs one
        (target / "README.md").touch(exist_ok=False)
    return target


def make_clone(folder: Path, *, git: bool = True) -> Clone:
    """Copy this working tree to an awkwardly named folder below `folder`; with `git`, as a repository."""
    clone = Clone(copy_tree(folder / AWKWARD / "clone"))
    if git:
        clone.git("init", "-q", "-b", "main")
        clone.git("add", "-A")
        clone.git("commit", "-q", "--no-verify", "-m", "As it stands")
    return clone


def check_imports(root: Path) -> Done:
    """Check the imports of the project at `root` as `lint` does, by what is installed beside these tests."""
    code = "import sys; from pathlib import Path; from tooling import quality; "
    return run(sys.executable, "-c", f"{code}sys.exit(quality.imports(Path(sys.executable)))", cwd=root, ok=False)


def pyenv_versions() -> Path:
    """Give the folder where pyenv keeps its Pythons, whether it is there or not."""
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"


def find_python(version: str) -> str:
    """Find a real Python of a version such as "3.12", at pyenv's or on the PATH; "" if there is none."""
    for command in (*sorted(pyenv_versions().glob(f"{version}.*/bin/python")), f"python{version}"):
        found = shutil.which(str(command), path=environment()["PATH"])
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        # A pyenv shim answers with an error where its version isn't chosen.
        if found and run(found, "-c", code, ok=False).stdout.strip() == version:
            return found
    return ""
