"""The one way to run another program: with clean variables, and ended when the task is."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from tooling import project
from tooling.project import ROOT

# What steers pip, uv, Python and git isn't inherited. How an index is reached says environment.pip.
_STEERING = tuple(
    "PIP_ UV_ PYTHON __PYVENV GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_OBJECT_DIRECTORY "
    "GIT_COMMON_DIR GIT_NAMESPACE GIT_ALTERNATE".split()
)
_ALLOWED = (
    "UV_CACHE_DIR UV_NATIVE_TLS UV_SYSTEM_CERTS UV_NO_PROGRESS UV_CONCURRENT_DOWNLOADS "
    "PIP_CACHE_DIR PIP_NO_CACHE_DIR PYTHONUNBUFFERED PYTHONIOENCODING PYTHONHASHSEED".split()
)
# The lock's file, which children share: a killed set-up's can't write into the next one's venv/.
_held: tuple[int, ...] = ()


class Done(NamedTuple):
    """How a program ended, and what it wrote, if that didn't go to the terminal."""

    code: int
    text: str = ""
    errors: str = ""

    @property
    def words(self) -> str:
        """All that it wrote."""
        return f"{self.text}{self.errors}".strip()

    def checked(self, failure: str, then: str = "") -> Done:
        """Return this; ends the task if the program failed: its words, and what to do."""
        if self.code:
            project.fail(f"{self.words}\n{failure}".lstrip(), then=then)
        return self


def inherited(*prefixes: str) -> dict[str, str]:
    """Return the caller's variables that begin so, which `run` drops."""
    return {name: value for name, value in os.environ.items() if name.startswith(prefixes)}


def run(
    command: Sequence[Any], *, cwd: Path = ROOT, env: Mapping[str, str] = {}, shown: bool = False
) -> Done:
    """Run a program to its end, on the terminal if `shown`. Raises OSError if it can't be started.

    It gets the caller's variables, less what would misdirect it, plus `env`.
    """
    own = {n: v for n, v in os.environ.items() if n in _ALLOWED or not n.startswith(_STEERING)}
    path = os.pathsep.join([str(project.program("python").parent), own.get("PATH", os.defpath)])
    own = {**own, "PATH": path, "VIRTUAL_ENV": str(project.VENV), "PYTHONUTF8": "1", **env}
    how: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "pass_fds": _held}
    if not shown:
        how.update(capture_output=True, stdin=subprocess.DEVNULL)
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=own, **how)
    return Done(done.returncode, done.stdout or "", done.stderr or "")


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold this clone for one task that changes the environment. Ends the task at an OSError."""
    global _held
    with (ROOT / "tasks.py").open("rb") as file:
        if not project.lock_file(file.fileno()):
            project.say(f"Another task changes this environment; {what} waits for it.")
        while not project.lock_file(file.fileno()):
            time.sleep(0.2)
        _held = () if sys.platform == "win32" else (file.fileno(),)
        try:
            yield
        except OSError as error:
            reason = f"{error.strerror or error}: {error.filename or what}"
            project.fail(f"{reason}. Fix that, then run this again.")
        finally:
            _held = ()
