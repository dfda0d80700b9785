"""A pip at hand: what it says of how an index is reached, and uv, which it fetches."""

import ast
import hashlib
import os
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, Mapping

from tooling import files, processes, project
from tooling.environment.venv import Python

Command = list[Any]
LOCKED: Command = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
# Where Debian and Fedora keep pip's wheel.
_SHARED = (Path("/usr/share/python-wheels"), Path("/usr/share/python3-wheels"))
# The settings that count, by pip's names, with uv's variables: how an index is reached.
_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "no-index": "",
    "find-links": "",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "HTTP_PROXY HTTPS_PROXY http_proxy https_proxy",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}


def command(python: Python) -> Command:
    """Return the command of a pip at hand. Ends the task, naming what to install, if none is."""
    found: list[Command] = [[python.path, "-m", "pip"]] if python.has_pip else []
    found += ([python.path, wheel] for wheel in bundled(python))
    found += ([program] for program in map(shutil.which, ("pip", "pip3")) if program)
    if found:
        return found[0]
    package = f"python{python.version[0]}.{python.version[1]}-venv"
    where = f"on Debian and Ubuntu: sudo apt install {package}"
    project.fail(f"{python} ({python.path}) has no pip. Install it ({where}).", then="setup")


def bundled(python: Python) -> list[Path]:
    """Return the pips that came as wheels, which any Python runs, if slowly: they are zipped."""
    folders = (Path(python.stdlib) / "ensurepip" / "_bundled", *_SHARED)
    return [wheel / "pip" for folder in folders for wheel in folder.glob("pip-*.whl")]


def settings(pip: Command) -> dict[str, str]:
    """Return pip's settings by their names there. Ends the task where it can't read them."""
    # With the caller's own variables: they are settings too, and may name the files.
    env = {**processes.inherited("PIP_"), "PYTHONIOENCODING": "utf-8"}
    done = processes.run([*pip, "config", "list"], env=env)
    done.checked("pip can't read its settings. Fix that, then run this again.")
    lines = (line.partition("=") for line in done.text.splitlines())
    values = {key.replace("default-timeout", "timeout"): value for key, _, value in lines}
    return {
        name: " ".join(ast.literal_eval(values[f"{section}.{name}"]).split())
        for section in ("global", "install", ":env:")  # the strongest comes last
        for name in _NAMES
        if f"{section}.{name}" in values
    }


def variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which pip and uv take `settings`, and no files of the machine's."""
    links = settings.get("find-links", "").split()
    paths = [link if ":/" in link else project.ROOT / Path(link).expanduser() for link in links]
    return {
        **{f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()},
        **{name: value for key, value in settings.items() for name in _NAMES[key].split()},
        **({"UV_FIND_LINKS": ",".join(map(str, paths))} if paths else {}),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # pip's own way: the best version of all indexes
        "UV_CONCURRENT_INSTALLS": "8",  # to copy is to wait for the disk, however many cores
        "UV_NO_CONFIG": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",  # nobody sees it ask for a password
    }


def uv_flags(settings: Mapping[str, str]) -> list[str]:
    """Return what uv takes on its command line alone."""
    on = settings.get("no-index", "").lower() in ("1", "y", "yes", "t", "true", "on")
    return ["--no-index"] if on else []


def uv(pip: Command, variables: Mapping[str, str]) -> Path | None:
    """Return the locked uv's program, from the user's cache or fetched; None if it can't be had."""
    pin, folder = files.tool("uv"), project.cache_folder(os.environ)
    digest = hashlib.sha256(pin.text.encode()).hexdigest()[:12]
    name = project.program("uv").name
    program = folder / "-".join([pin.version, sysconfig.get_platform(), digest, name])
    if program.exists():
        return program
    project.say(f"Fetching uv {pin.version}, which installs the packages")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            lock = Path(scratch) / "requirements.txt"
            lock.write_text(pin.text, encoding="utf-8")
            how = [*LOCKED, "--no-compile", "--target", scratch, "-r", lock]
            done = processes.run([*pip, "install", *how], env=variables)
            if not done.code:
                return (Path(scratch) / "bin" / name).replace(program)
        reason = done.words
    except OSError as error:
        reason = str(error)
    project.say(f"{reason}\nuv can't be fetched; going on with pip, which takes longer.")
    return None
