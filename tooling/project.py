"""Names and places, what differs between systems, and the one way to run another program.

Standard library only: it is imported before anything is installed. Whatever depends on the system takes
`platform` (a value of sys.platform) as a parameter, so that every system's answer can be tested on any.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn, TextIO

from tooling import stamp

PACKAGE = "tagifai"
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / stamp.VENV
HOME = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the locks and the tools serve

# Of the settings a caller's shell may hold, pip needs those that say how to reach an index. The others
# (PIP_USER, PIP_TARGET, PIP_PREFIX, PIP_REQUIREMENT, …) say what to install, or where: that is ours to say.
PIP_SETTINGS = frozenset(
    "PIP_" + name
    for name in (
        "INDEX_URL EXTRA_INDEX_URL FIND_LINKS NO_INDEX TRUSTED_HOST PROXY CERT CLIENT_CERT TIMEOUT DEFAULT_TIMEOUT "
        "RETRIES CACHE_DIR NO_CACHE_DIR CONFIG_FILE KEYRING_PROVIDER USE_FEATURE USE_DEPRECATED"
    ).split()
)
WHEEL_FOLDERS = (
    Path("/usr/share/python-wheels"),
    Path("/usr/share/python3-wheels"),
)  # Debian and Fedora keep pip's wheel here
# Each of these makes a child import, write or install something else than the environment says.
NOT_INHERITED = frozenset(
    "PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONOPTIMIZE PYTHONSTARTUP PYTHONUSERBASE PYTHONINSPECT "
    "PYTHONEXECUTABLE __PYVENV_LAUNCHER__ "
    "UV_PYTHON UV_SYSTEM_PYTHON UV_BREAK_SYSTEM_PACKAGES UV_PROJECT_ENVIRONMENT UV_CONSTRAINT UV_OVERRIDE "
    "UV_BUILD_CONSTRAINT UV_NO_BINARY UV_RESOLUTION UV_PRERELEASE UV_EXCLUDE_NEWER UV_COMPILE_BYTECODE "
    "UV_WORKING_DIRECTORY UV_WORKING_DIR UV_REQUIRE_HASHES UV_NO_BUILD_ISOLATION".split()
)
_held: tuple[int, ...] = ()  # the lock's file, while this process has it: children share it


def fail(message: str, code: int = 1) -> NoReturn:
    """End the task: `message` on stderr (what happened, what to type next), exit code `code`."""
    say(message, sys.stderr)
    raise SystemExit(code)


def say(message: str, stream: TextIO | None = None) -> None:
    """Print a line at once; what the stream's encoding lacks is escaped rather than fatal."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), file=out, flush=True)


def typed(task: str, platform: str = sys.platform) -> str:
    """Give what a user types for `task`: it must work where nothing is installed yet."""
    return f"{'py' if platform == 'win32' else 'python3'} tasks.py {task}"


def activation(platform: str = sys.platform) -> str:
    """Give the line that activates venv/ in the system's usual shell."""
    return rf"{VENV.name}\Scripts\activate" if platform == "win32" else f"source {VENV.name}/bin/activate"


def scripts(venv: Path, platform: str = sys.platform) -> Path:
    """Give the folder of an environment's programs."""
    return venv / ("Scripts" if platform == "win32" else "bin")


def venv_python(venv: Path = VENV, platform: str = sys.platform) -> Path:
    """Give the path of an environment's interpreter."""
    return scripts(venv, platform) / ("python.exe" if platform == "win32" else "python")


def site_packages(venv: Path, version: tuple[int, ...], platform: str = sys.platform) -> Path:
    """Give the folder that an environment of Python `version` installs packages to."""
    if platform == "win32":
        return venv / "Lib" / "site-packages"
    return venv / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"


def interpreter_commands(version: str, platform: str = sys.platform) -> list[list[str]]:
    """List the commands by which Python `version` (such as "3.12") usually answers on a system."""
    launcher = [["py", f"-{version}"]] if platform == "win32" else []
    return [*launcher, [f"python{version}"]]


def pyenv_pythons(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """List the interpreters that pyenv (or pyenv-win) keeps, newest first, whichever of them is selected."""
    windows = platform == "win32"
    default = home / ".pyenv" / "pyenv-win" if windows else home / ".pyenv"
    versions = Path(env.get("PYENV_ROOT") or env.get("PYENV") or default) / "versions"
    found = sorted(versions.glob("3.*"), key=lambda path: [int(n) for n in path.name.split(".") if n.isdigit()])
    return [path / ("python.exe" if windows else "bin/python") for path in reversed(found)]


def pip_settings(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """List pip's configuration files, the strongest first."""
    named = [Path(env["PIP_CONFIG_FILE"])] if env.get("PIP_CONFIG_FILE") else []
    if platform == "win32":
        return [
            *named,
            Path(env.get("APPDATA") or home / "AppData" / "Roaming") / "pip" / "pip.ini",
            home / "pip" / "pip.ini",
        ]
    support = [home / "Library" / "Application Support" / "pip" / "pip.conf"] if platform == "darwin" else []
    user = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    return [*named, *support, user, home / ".pip" / "pip.conf", Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]


def package_with_pip(os_release: str, version: tuple[int, ...]) -> str:
    """Give the command that installs pip for the system's Python, by the text of its os-release file."""
    named = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    system = f"{named.get('ID', '')} {named.get('ID_LIKE', '')}".replace('"', "").split()
    for likes, command in (
        (("debian", "ubuntu"), f"sudo apt install python{version[0]}.{version[1]}-venv"),
        (("alpine",), "apk add py3-pip"),
        (("arch",), "sudo pacman -S python-pip"),
        (("suse", "opensuse"), f"sudo zypper install python{version[0]}{version[1]}-pip"),
        (("fedora", "rhel"), f"sudo dnf install python{version[0]}.{version[1]}-pip"),
    ):
        if set(likes) & set(system):
            return command
    return "your system's package with pip for this Python"


def cache_folder(env: Mapping[str, str], home: Path, platform: str = sys.platform) -> Path:
    """Give the folder for downloads, shared by all clones: where the system's user keeps such things."""
    if platform == "win32":
        base = Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    return base / PACKAGE


def cache() -> Path:
    """Make and give the download cache; a folder of this clone's own where the user's can't be written."""
    for folder in (cache_folder(os.environ, HOME), ROOT / "build" / "cache"):
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    fail(f"{ROOT} can't be written to. Make it yours, or clone the repository into a folder that is.")


def environment_variables(**changes: str) -> dict[str, str]:
    """Give the caller's variables for a child: less what would misdirect it, venv/ first on its PATH.

    `changes` are added last.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in NOT_INHERITED and (not name.upper().startswith("PIP_") or name.upper() in PIP_SETTINGS)
    }
    env["PATH"] = os.pathsep.join([str(scripts(VENV)), env.get("PATH", os.defpath)])
    env["VIRTUAL_ENV"] = str(VENV)
    env["PIP_USER"] = "0"  # a pip.conf may say otherwise, and pip then refuses to work in an environment
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PYTHONUTF8"] = "1"
    env.update(changes)
    return env


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run a program to its end, by default at the root of the project, and give its exit code and output.

    Without `on_line` it writes to the terminal itself and the output given is empty; with it, each line of
    its output (stderr too) goes to `on_line` as it comes. Interrupted or terminated, the task ends its child first.
    """
    arguments = [str(part) for part in command]
    pipe: dict[str, object] = {} if on_line is None else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    env = environment_variables() if env is None else env
    lines = []
    child = subprocess.Popen(arguments, cwd=cwd, env=env, pass_fds=_held, **pipe)  # type: ignore[call-overload]
    with _terminated_as_exit(), child:
        try:
            for raw in child.stdout or ():
                lines.append(raw.decode("utf-8", "replace"))
                if on_line:
                    on_line(lines[-1].rstrip())
            return child.wait(), "".join(lines)
        except BaseException:
            _end(child)
            raise


def quietly(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program as `run` does, and show nothing of it."""
    return run(command, cwd=cwd, env=env, on_line=lambda line: None)


def together(commands: Sequence[tuple[Sequence[str | Path], Mapping[str, str]]]) -> list[tuple[int, str]]:
    """Run several programs side by side at the root, each with its variables; give their exit codes and outputs."""
    with _terminated_as_exit(), contextlib.ExitStack() as stack:
        children: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        try:
            for command, env in commands:
                output: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())
                arguments = [str(part) for part in command]
                child = subprocess.Popen(
                    arguments, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, pass_fds=_held
                )
                children.append((child, output))
            codes = [child.wait() for child, _ in children]
        except BaseException:
            for child, _ in children:
                _end(child)
            raise
        results = []
        for code, (_, output) in zip(codes, children):
            output.seek(0)
            results.append((code, output.read().decode("utf-8", "replace")))
        return results


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()


@contextlib.contextmanager
def _terminated_as_exit() -> Iterator[None]:
    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not in the main thread: whoever started the thread sees to it
        yield
        return
    try:
        yield
    except KeyboardInterrupt:
        fail("Interrupted. The same command again takes it from here.", 130)
    finally:
        signal.signal(signal.SIGTERM, before)


def replace_process(command: Sequence[str], platform: str = sys.platform) -> NoReturn:
    """Go on as another program. (Windows' exec returns to the shell at once, so there a child is waited for.)"""
    if platform == "win32":
        raise SystemExit(subprocess.call(list(command)))
    os.execv(command[0], list(command))


def shown(command: Sequence[str | Path]) -> str:
    """Give a command as a user could type it."""
    return " ".join(shlex.quote(str(part)) for part in command)


@contextlib.contextmanager
def alone(what: str, platform: str = sys.platform) -> Iterator[None]:
    """Hold this clone for one set-up at a time; a second one waits, and says for what.

    The lock is on tasks.py itself and is the system's: it leaves no file behind and ends with its owner, and with
    the programs that it started (except on Windows), so that a killed set-up's pip can't write into the next one's
    environment. A file system that knows no locks is used without.
    """
    global _held
    with (ROOT / "tasks.py").open("rb") as file:
        waiting = False
        while True:
            try:
                _lock(file.fileno(), platform)
                break
            except BlockingIOError:
                if not waiting:
                    say(f"Another task is changing this environment; waiting for it before {what}.")
                waiting = True
                time.sleep(0.2)
            except OSError:
                break
        _held = () if platform == "win32" else (file.fileno(),)
        try:
            yield
        except OSError as error:
            fail(f"{error.strerror}: {error.filename}. Mend that, then type the same command again.")
        finally:
            _held = ()


def _lock(descriptor: int, platform: str) -> None:
    if platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # past the end: the lock is mandatory, and others read the file
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
