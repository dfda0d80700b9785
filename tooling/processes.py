"""The one way to run another program: from the root, with clean variables, and ended when the task is.

Standard library only, Python 3.7 syntax: it is imported before anything is installed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any

from tooling import project

# Of the settings a caller's shell may hold, pip needs those that say how to reach an index. The others
# (PIP_USER, PIP_TARGET, PIP_PREFIX, PIP_REQUIREMENT, …) say what to install, or where: that is ours to say.
PIP_SETTINGS = frozenset(
    "PIP_" + name
    for name in (
        "INDEX_URL EXTRA_INDEX_URL FIND_LINKS NO_INDEX TRUSTED_HOST PROXY CERT CLIENT_CERT TIMEOUT DEFAULT_TIMEOUT "
        "RETRIES CACHE_DIR NO_CACHE_DIR CONFIG_FILE KEYRING_PROVIDER USE_FEATURE USE_DEPRECATED"
    ).split()
)
# Each of these makes a child import, write or install something else than the environment says.
NOT_INHERITED = frozenset(
    "PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONOPTIMIZE PYTHONSTARTUP PYTHONUSERBASE PYTHONINSPECT "
    "PYTHONWARNINGS PYTHONEXECUTABLE __PYVENV_LAUNCHER__ "
    "UV_PYTHON UV_SYSTEM_PYTHON UV_BREAK_SYSTEM_PACKAGES UV_PROJECT_ENVIRONMENT UV_CONSTRAINT UV_OVERRIDE "
    "UV_BUILD_CONSTRAINT UV_NO_BINARY UV_RESOLUTION UV_PRERELEASE UV_EXCLUDE_NEWER UV_COMPILE_BYTECODE "
    "UV_WORKING_DIRECTORY UV_WORKING_DIR UV_REQUIRE_HASHES UV_NO_BUILD_ISOLATION".split()
)

_held: tuple[int, ...] = ()  # the lock's file, while this process has it: children share it


def environment_variables(**changes: str) -> dict[str, str]:
    """Give the caller's variables for a child: less what would misdirect it, venv/ first on its PATH.

    `changes` are added last.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in NOT_INHERITED and (not name.upper().startswith("PIP_") or name.upper() in PIP_SETTINGS)
    }
    env["PATH"] = os.pathsep.join([str(project.scripts(project.VENV)), env.get("PATH", os.defpath)])
    env["VIRTUAL_ENV"] = str(project.VENV)
    env["PIP_USER"] = "0"  # a pip.conf may say otherwise, and pip then refuses to work in an environment
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PIP_NO_INPUT"] = "1"  # nobody sees it ask for a password
    env["PYTHONUTF8"] = "1"
    env.update(changes)
    return env


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path = project.ROOT,
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
    children: list[subprocess.Popen[bytes]] = []
    with _terminated_as_exit():
        try:
            child = _start(children, arguments, cwd=cwd, env=env, **pipe)
            for raw in child.stdout or ():
                lines.append(raw.decode("utf-8", "replace"))
                if on_line:
                    on_line(lines[-1].rstrip())
            return child.wait(), "".join(lines)
        except BaseException:
            _end(children)
            raise
        finally:
            for child in children:
                if child.stdout:
                    child.stdout.close()


def quietly(
    command: Sequence[str | Path], *, cwd: Path = project.ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a program as `run` does, and show nothing of it."""
    return run(command, cwd=cwd, env=env, on_line=lambda line: None)


def together(
    commands: Sequence[tuple[Sequence[str | Path], Mapping[str, str]]], cwd: Path = project.ROOT
) -> list[tuple[int, str]]:
    """Run several programs side by side, each with its variables; give their exit codes and outputs."""
    with _terminated_as_exit(), contextlib.ExitStack() as stack:
        children: list[subprocess.Popen[bytes]] = []
        outputs: list[IO[bytes]] = []
        try:
            for command, env in commands:
                outputs.append(stack.enter_context(tempfile.TemporaryFile()))
                arguments = [str(part) for part in command]
                _start(children, arguments, cwd=cwd, env=env, stdout=outputs[-1], stderr=subprocess.STDOUT)
            codes = [child.wait() for child in children]
        except BaseException:
            _end(children)
            raise
        results = []
        for code, output in zip(codes, outputs):
            output.seek(0)
            results.append((code, output.read().decode("utf-8", "replace")))
        return results


def captured(
    command: Sequence[str | Path],
    *,
    cwd: Path = project.ROOT,
    env: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> tuple[int, bytes, str]:
    """Run a program with `given` as its whole input; give its exit code, its output, and what it said on stderr."""
    with _terminated_as_exit(), contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(given)
        files[0].seek(0)
        children: list[subprocess.Popen[bytes]] = []
        env = environment_variables() if env is None else env
        try:
            how = dict(zip(("stdin", "stdout", "stderr"), files))
            code = _start(children, [str(part) for part in command], cwd=cwd, env=env, **how).wait()
        except BaseException:
            _end(children)
            raise
        for file in files:
            file.seek(0)
        return code, files[1].read(), files[2].read().decode("utf-8", "replace")


def _start(children: list[subprocess.Popen[bytes]], command: list[str], **how: Any) -> subprocess.Popen[bytes]:
    """Start a program and enter it in `children`; a signal meanwhile waits until it is there to be ended."""
    _signals.starting = True
    try:
        children.append(subprocess.Popen(command, pass_fds=_held, **how))
    finally:
        _signals.starting = False
    if _signals.waiting:
        _leave(_signals.waiting)
    return children[-1]


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()


class _Signals:
    starting = False  # whether a child is being started
    waiting = 0  # the signal that came meanwhile


_signals = _Signals()


def _leave(number: int, frame: FrameType | None = None) -> None:
    _signals.waiting = number if _signals.starting else 0
    if _signals.starting:
        return
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


@contextlib.contextmanager
def _terminated_as_exit() -> Iterator[None]:
    try:
        before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGINT)}
    except ValueError:  # not in the main thread: whoever started the thread sees to it
        yield
        return
    try:
        yield
    except KeyboardInterrupt:
        project.fail("Interrupted. The same command again takes it from here.", 130)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def alone(what: str, platform: str = sys.platform) -> Iterator[None]:
    """Hold this clone for one set-up at a time; a second one waits, and says for what.

    The lock is on tasks.py itself and is the system's: it leaves no file behind and ends with its owner, and with
    the programs that it started (except on Windows), so that a killed set-up's pip can't write into the next one's
    environment. A file system that knows no locks is used without.
    """
    global _held
    with (project.ROOT / "tasks.py").open("rb") as file:
        waiting = False
        while True:
            try:
                project.lock_file(file.fileno(), platform)
                break
            except BlockingIOError:
                if not waiting:
                    project.say(f"Another task is changing this environment; waiting for it before {what}.")
                waiting = True
                time.sleep(0.2)
            except OSError:
                break
        _held = () if platform == "win32" else (file.fileno(),)
        try:
            yield
        except OSError as error:
            project.fail(f"{error.strerror or error}: {error.filename}. Mend that, then type the same command again.")
        finally:
            _held = ()
