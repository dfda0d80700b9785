"""Takes what belongs to this machine or its user out of a tool's words, to show them. Standard library only."""

from __future__ import annotations

import netrc
import os
import re
import tempfile
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

from tooling import pipsettings, project

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*:/+[^\s'\"<>|`,;()\[\]]+", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w.:/\\…~])(?:/[\w.@+~-]+|[A-Za-z]:\\[^\\\s'\":]+)(?:[/\\][^\s/\\'\":,;()]+)+")
_HOST = re.compile(r"host='[^']*'(, port=\d+)?")
# Settings that hold an address or a place; those of uv and of proxies are only ever variables.
_ADDRESSES = ("index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "cert", "client-cert")
_VARIABLES = re.compile(
    r"(PIP|UV)_.*(INDEX|INDEX_URL|FIND_LINKS|HOST|PROXY|CERT|USERNAME|PASSWORD)|\w*_proxy", re.IGNORECASE
)


def scrubbed(output: str, env: Mapping[str, str] = os.environ) -> str:
    """Give a tool's output without credentials, hosts, find-links and absolute paths; of a URL or a path its end stays.

    `env` are the variables that the tool had.
    """
    for place, sign in (
        (project.ROOT, "."),
        (project.HOME, "~"),
        (Path(tempfile.gettempdir()), "…"),
        (Path(tempfile.gettempdir()).resolve(), "…"),
    ):
        for spelled in {str(place), place.as_posix(), urllib.parse.quote(place.as_posix())} - {"/", "."}:
            output = re.sub(re.escape(spelled) + r"(?![\w-])", sign, output)
    output = _URL.sub(lambda found: _end(found[0]), output)
    for secret in sorted(_secrets(env), key=len, reverse=True):
        output = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", output)
    return _HOST.sub("host=…", _PATH.sub(lambda found: _end(found[0]), output))


def last_words(output: str) -> str:
    """Give the last lines of a failed tool's output, scrubbed."""
    return scrubbed("\n".join(output.strip().splitlines()[-15:]))


def _end(place: str) -> str:
    """Give the last part of a URL or a path, such as a package's name or a file's."""
    parts = re.split(r"[/\\]+", re.split(r"[?#]", place)[0].rstrip("/\\.:"))
    return f"…/{parts[-1]}" if len(parts) > 2 else "…"


def _secrets(env: Mapping[str, str]) -> set[str]:
    settings = pipsettings.read("install", env)
    words = [word for name in _ADDRESSES for word in settings.get(name, "").split()]
    words += [word for name, value in env.items() if _VARIABLES.fullmatch(name) for word in re.split(r"[\s,=]+", value)]
    return {secret for word in words for secret in _parts(word)} | set(_of_netrc(env))


def _parts(address: str) -> Iterable[str]:
    """List what mustn't be shown of an address: its host, with the port and without, its user name and its password."""
    if "://" not in address and os.sep in address:
        yield address  # a place on this machine
        return
    try:
        parts = urllib.parse.urlsplit(address if "://" in address else f"//{address}")
        hosts = [parts.netloc.rpartition("@")[2], parts.hostname or ""]
    except ValueError:
        yield address
        return
    for part in (*hosts, parts.username or "", parts.password or "", parts.path if parts.scheme == "file" else ""):
        yield from {part, urllib.parse.unquote(part)} - {"", "/"}


def _of_netrc(env: Mapping[str, str]) -> Iterable[str]:
    for path in [Path(env["NETRC"])] if env.get("NETRC") else [project.HOME / ".netrc", project.HOME / "_netrc"]:
        try:
            entries = netrc.netrc(str(path)).hosts.items()
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            continue
        for host, (login, account, password) in entries:
            yield from filter(None, (host, login, account or "", password or ""))
