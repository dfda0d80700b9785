"""Fetches the locked pip where the environment has none yet, by its hash. Standard library only.

Whatever pip the machine has does it best: it knows the way to the index (mirror, proxy, certificate). Where
there is none, the wheel is read from the index that pip's settings name.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tooling import pipsettings, processes, project, scrubbing
from tooling.interpreters import Interpreter
from tooling.lockfile import Pin


def fetch_pip(interpreter: Interpreter, pin: Pin, folder: Path) -> Path:
    """Download pip's wheel to `folder` and check it. Ends the task, naming what to install, if nothing can."""
    project.say(f"Fetching pip {pin.version}")
    wanted = folder / "requirements.txt"
    wanted.write_text(pin.text + "\n", encoding="utf-8")
    said = ""
    for pip in pips(interpreter):
        command = [*pip, "download", "-q", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        code, output = processes.quietly([*command, "-d", folder, "-r", wanted])
        wheels = list(folder.glob("pip-*.whl"))
        if code == 0 and wheels:
            return wheels[0]
        # A pip that isn't there, or that this Python is too new for, says nothing of its own about the index.
        said = next((line for line in reversed(output.splitlines()) if line.startswith("ERROR: ")), said)
    configured = pipsettings.read("download").get("index-url", "")
    if configured:
        try:
            return _fetch(configured, pin, folder)
        except (OSError, ValueError) as error:
            said = str(error)
    if said:
        why = scrubbing.scrubbed(said)
        project.fail(
            f"pip {pin.version} could not be fetched: {why}\nCheck the network, then: {project.typed('setup')}"
        )
    release = Path("/etc/os-release")
    package = project.package_with_pip(release.read_text() if release.exists() else "", interpreter.version)
    project.fail(
        f"{interpreter} ({interpreter.path}) came without ensurepip and pip, and pip's settings name no index. "
        f"Install it: {package}. Then: {project.typed('setup')} (or choose another Python with --python)"
    )


def pips(interpreter: Interpreter) -> Iterator[list[str | Path]]:
    """List the pips of this machine: the interpreter's own, the wheel that comes with it, those on the PATH."""
    yield [interpreter.path, "-m", "pip"]
    for bundled in (Path(interpreter.stdlib) / "ensurepip" / "_bundled", *project.WHEEL_FOLDERS):
        for wheel in sorted(bundled.glob("pip-*.whl")):
            yield [interpreter.path, wheel / "pip"]
    for name in ("pip", "pip3"):
        found = shutil.which(name)
        if found:
            yield [found]


def _fetch(url: str, pin: Pin, folder: Path) -> Path:
    """Find the pinned wheel on an index's page (PEP 503: each link ends in its hash) and check what arrives."""
    page = f"{url.rstrip('/')}/{pin.name}/"
    with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": "text/html"}), timeout=60) as answer:
        text = answer.read().decode("utf-8", "replace")
    for link, digest in re.findall(r'href="([^"#]+\.whl)#sha256=([0-9a-f]{64})', text):
        if f"sha256:{digest}" in pin.hashes:
            with urllib.request.urlopen(urllib.parse.urljoin(page, link), timeout=60) as answer:
                content = answer.read()
            if hashlib.sha256(content).hexdigest() != digest:
                raise ValueError(f"{link} does not match its hash in the lock")
            wheel: Path = folder / link.rsplit("/", 1)[-1]
            wheel.write_bytes(content)
            return wheel
    raise ValueError(f"the index has no file with the locked hashes of {pin.name} {pin.version}")
