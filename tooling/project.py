"""Names and places, how a task speaks to its user, and what differs between systems."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Mapping, NoReturn, TextIO

from tooling import start

PACKAGE = "tagifai"
DISTRIBUTION = PACKAGE.replace("_", "-")  # what is installed; the command is called so, too
ROOT = Path(start.ROOT)
VENV = ROOT / start.VENV
HOME = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
QUIET = "TASKS_QUIET"  # a variable, so that the tasks in venv/ know it
OLDEST, NEWEST = start.OLDEST, start.NEWEST
ACTIVATION = "In this shell: "
ACTIVATION += r"venv\Scripts\activate" if sys.platform == "win32" else "source venv/bin/activate"


def say(message: str, stream: TextIO | None = None) -> None:
    """Print a line at once, without a URL's login; with --quiet, to stderr alone."""
    out = stream or sys.stdout
    if not out or (out is sys.stdout and os.environ.get(QUIET)):  # none: it is closed (`>&-`)
        return
    encoding = out.encoding or "utf-8"
    line = without_logins(message).encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(line, file=out, flush=True)
    except BrokenPipeError:  # the reader has had enough (`| head`): the task goes on without
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def fail(message: str, code: int = 1, then: str = "") -> NoReturn:
    """End the task: `message` on stderr, its last line in red; `then` is the task to run next."""
    words, end, own = (f"{message} Then: {typed(then)}" if then else message).rpartition("\n")
    env, terminal = os.environ, os.isatty(2) and os.environ.get("TERM") != "dumb"
    if (terminal or env.get("FORCE_COLOR")) and not env.get("NO_COLOR"):
        own = f"\x1b[1;31m{own}\x1b[0m"
    say(f"{words}{end}{own}", sys.stderr)
    raise SystemExit(code)


def write(contents: Mapping[Path, bytes]) -> None:
    """Write all of the files, or none: then the task ends, and they are as before."""
    staged = {path: path.with_name(f".{path.name}.new") for path in contents}
    try:
        for path, content in contents.items():
            staged[path].write_bytes(content)
        for path in contents:
            staged[path].replace(path)
    except OSError as error:
        fail(f"{path.name} can't be written: {error.strerror}. Fix that; run this again.")
    finally:
        for path in filter(Path.exists, staged.values()):
            path.unlink()


def without_logins(text: str) -> str:
    """Return a text without the user names and passwords in its URLs; ssh needs the former."""
    text = re.sub(r"(ssh://[^\s/@:]*):[^\s/]*@", r"\1@", text)
    return re.sub(r"(?<!ssh)://[^\s/]*@", "://", text)


def typed(task: str, platform: str = sys.platform) -> str:
    """Return what a user types for `task`: it must work where nothing is installed yet."""
    return f"{'py' if platform == 'win32' else 'python3'} tasks.py {task}"


def program(name: str, venv: Path = VENV, platform: str = sys.platform) -> Path:
    """Return the path of an environment's program, such as its "python"."""
    file = f"{name}.exe" if platform == "win32" else name
    return venv / start.program_names(platform)[0] / file


def site_packages(venv: Path = VENV, platform: str = sys.platform) -> Path:
    """Return the folder that an environment installs packages to, whichever Python it has."""
    pattern = "Lib/site-packages" if platform == "win32" else "lib/python*/site-packages"
    return next(venv.glob(pattern), venv / "lib" / "site-packages")


def interpreter_commands(
    version: str, env: Mapping[str, str], platform: str = sys.platform
) -> list[list[str]]:
    """Return the commands by which Python `version` ("3.12") may answer, pyenv's among them."""
    windows = platform == "win32"
    pyenv = Path(env.get("PYENV_ROOT") or HOME / ".pyenv" / ("pyenv-win" if windows else ""))
    program = "python.exe" if windows else "bin/python"
    paths = [str(folder / program) for folder in pyenv.glob(f"versions/{version}.*")]
    newest = sorted(paths, key=lambda path: (len(path), path), reverse=True)
    launcher = [["py", f"-{version}"]] if windows else []
    return [*launcher, [f"python{version}"], *([path] for path in newest)]


def cache_folder(env: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder for downloads, which all clones share: where uv has its own, too."""
    base = env.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME")
    return Path(base or HOME / ".cache") / "locked-tools"


def lock_file(descriptor: int) -> bool:
    """Lock an open file for this process, if that can be; return whether no other has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # past the end, as others read the file
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True
