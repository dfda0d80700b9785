"""A package index on this machine, with small wheels made here: the same on any day."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from tooling.files import normalized

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class File:
    """A distribution, and what an index says of it."""

    name: str
    content: bytes
    days: float | None = 365  # since it was uploaded; None: the index doesn't tell
    yanked: str = ""  # the reason
    requires_python: str = ""
    metadata: bytes = b""  # of a wheel: what PEP 658 has beside it
    digest: str = field(default="")  # the sha256 that the index tells; "" for the true one
    hashed: bool = True  # whether the index tells one

    @property
    def sha256(self) -> str:
        """The hash that the index tells."""
        return self.digest or hashlib.sha256(self.content).hexdigest()


def wheel(
    name: str,
    version: str,
    *requires: str,
    days: float | None = 365,
    yanked: str = "",
    requires_python: str = "",
    tag: str = "py3-none-any",
    module: str = "",
    extras: Iterable[str] = (),
    build: str = "",
) -> File:
    """Make a wheel that holds one empty module.

    `requires` are as in Requires-Dist, with markers and extras.
    """
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {each}" for each in requires] + [
        f"Provides-Extra: {each}" for each in extras
    ]
    metadata = ("\n".join(lines) + "\n").encode()
    folder = f"{normalized(name).replace('-', '_')}-{version}"
    files = {
        f"{module or normalized(name).replace('-', '_')}.py": b"",
        f"{folder}.dist-info/METADATA": metadata,
        f"{folder}.dist-info/WHEEL": (
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
        ),
    }
    record = f"{folder}.dist-info/RECORD"
    files[record] = "".join(f"{path},,\n" for path in [*files, record]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)  # the date of all: 1980
    file = f"{folder}{'-' + build if build else ''}-{tag}.whl"
    return File(file, out.getvalue(), days, yanked, requires_python, metadata)


def sdist(name: str, version: str, code: str, *requires: str, days: float | None = 365) -> File:
    """Make a source distribution of one empty module, whose setup.py runs `code` first.

    `requires` is what it says that building it needs, beside setuptools.
    """
    module = normalized(name).replace("-", "_")
    folder = f"{module}-{version}"
    arguments = f"name={name!r}, version={version!r}, py_modules=[{module!r}]"
    setup = f"{code}\nfrom setuptools import setup\nsetup({arguments})"
    needed = json.dumps(["setuptools", *requires])
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, text in {
            "setup.py": setup,
            f"{module}.py": "",
            "pyproject.toml": f"[build-system]\nrequires = {needed}\n",
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }.items():
            info = tarfile.TarInfo(f"{folder}/{path}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return File(f"{folder}.tar.gz", out.getvalue(), days)


def corrupted(file: File) -> File:
    """Return the file with other bytes than the index's hash says."""
    return replace(file, content=file.content + b"\0", digest=file.sha256)


@dataclass
class Index:
    """A running index: its simple repository's URL, and the paths that were asked for."""

    url: str
    requests: list[str]


@contextmanager
def serve(
    files: Iterable[File],
    *,
    as_json: bool = True,
    caching: bool = True,
    login: tuple[str, str] | None = None,
    rate: float = float("inf"),
    fault: tuple[str, str] = ("", ""),
) -> Iterator[Index]:
    """Serve `files` as a simple repository (PEP 503, 592, 658, 691, 700).

    Without `as_json` there are HTML pages alone, which tell no upload times; without `caching` no
    headers that let a client keep anything; with `login` nothing is served without that user name
    and password. `rate` is that of a network, in bytes a second. `fault` is what befalls requests,
    and how their paths begin: it "fails" with 500, "greets" with a page to sign in on, is "silent",
    "stalls" or "cuts" in the middle of an answer.
    """
    requests: list[str] = []
    answers = _answers(list(files), as_json)
    handler = partial(_Handler, answers, requests, caching, login, rate, fault)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Index(f"http://127.0.0.1:{server.server_port}/simple/", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def written(folder: Path, files: Iterable[File]) -> str:
    """Write `files` and the pages of a simple repository below `folder`; give its file: URL."""
    for (path, kind), body in _answers(list(files), as_json=False).items():
        place = folder / path.strip("/") / ("index.html" if kind == "html" else "")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body.replace(b'"/files/', b'"../../files/') if kind == "html" else body)
    return (folder / "simple").as_uri()


def read_wheels(wheels: Path) -> list[File]:
    """Read the wheels that lie in a folder."""
    found = []
    for path in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(path) as archive:
            metadata = archive.read(
                next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            )
        found.append(File(path.name, path.read_bytes(), metadata=metadata))
    return found


def _answers(files: list[File], as_json: bool) -> dict[tuple[str, str], bytes]:
    """Return the bodies by path and kind: "json", "html" or "file"."""
    answers: dict[tuple[str, str], bytes] = {}
    projects: dict[str, list[File]] = {}
    for file in files:
        answers[f"/files/{file.name}", "file"] = file.content
        if file.metadata:
            answers[f"/files/{file.name}.metadata", "file"] = file.metadata
        stem = file.name.removesuffix(".tar.gz")
        name = stem.rsplit("-", 1)[0] if stem != file.name else file.name.split("-")[0]
        projects.setdefault(normalized(name), []).append(file)
    for project, found in projects.items():
        links = "\n".join(map(_link, found))
        answers[f"/simple/{project}/", "html"] = (
            f"<!DOCTYPE html>\n<html><body>\n{links}\n</body></html>\n".encode()
        )
        if as_json:
            page = {
                "meta": {"api-version": "1.1"},
                "name": project,
                "files": list(map(_described, found)),
            }
            answers[f"/simple/{project}/", "json"] = json.dumps(page).encode()
    return answers


def _link(file: File) -> str:
    described = hashlib.sha256(file.metadata).hexdigest()
    attributes = [
        f'href="/files/{html.escape(file.name)}{f"#sha256={file.sha256}" if file.hashed else ""}"',
        *([f'data-core-metadata="sha256={described}"'] if file.metadata else []),
        *([f'data-yanked="{html.escape(file.yanked)}"'] if file.yanked else []),
        *(
            [f'data-requires-python="{html.escape(file.requires_python)}"']
            if file.requires_python
            else []
        ),
    ]
    return f"<a {' '.join(attributes)}>{html.escape(file.name)}</a>"


def _described(file: File) -> dict[str, object]:
    said: dict[str, object] = {
        "filename": file.name,
        "url": f"/files/{file.name}",
        "hashes": {"sha256": file.sha256} if file.hashed else {},
        "size": len(file.content),
        "yanked": file.yanked or False,
        "requires-python": file.requires_python or None,
    }
    if file.metadata:
        said["core-metadata"] = {"sha256": hashlib.sha256(file.metadata).hexdigest()}
    if file.days is not None:
        uploaded = datetime.now(timezone.utc) - timedelta(days=file.days)
        said["upload-time"] = uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return said


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client to acknowledge

    def __init__(
        self,
        answers: dict[tuple[str, str], bytes],
        requests: list[str],
        caching: bool,
        login: tuple[str, str] | None,
        rate: float,
        fault: tuple[str, str],
        *arguments: object,
    ) -> None:
        self.answers, self.requests, self.caching, self.rate = answers, requests, caching, rate
        self.fault = fault
        self.wanted = (
            "Basic " + base64.b64encode(":".join(login).encode()).decode() if login else ""
        )
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        kinds = ["json", "html"] if JSON in self.headers.get("Accept", "") else ["html"]
        path = unquote(self.path)  # a local version's plus may come quoted
        found = next((kind for kind in [*kinds, "file"] if (path, kind) in self.answers), None)
        body = self.answers[path, found] if found else b""
        code = 200 if found else 404
        fault = self.fault[0] if self.path.startswith(self.fault[1]) else ""
        if fault == "fails":
            code, body = 500, b""
        elif fault == "greets":
            code, found, body = 200, "html", b"<html><title>Sign in</title></html>"
        elif fault == "silent":
            time.sleep(60)  # longer than any client of the tests waits
        if self.wanted and self.headers.get("Authorization") != self.wanted:
            code, body = 401, b""
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
        types = {"json": JSON, "html": "text/html", "file": "application/octet-stream"}
        self.send_header("Content-Type", types.get(found or "", "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        if self.caching:
            age = "max-age=365000000, immutable" if found == "file" else "max-age=600"
            self.send_header("Cache-Control", age)
        self.end_headers()
        if self.command != "HEAD":
            time.sleep(len(body) / self.rate)
            half = fault in ("cuts", "stalls")
            self.wfile.write(body[: len(body) // 2] if half else body)
            time.sleep(60 if fault == "stalls" else 0)
            self.close_connection = half

    do_HEAD = do_GET  # uv asks so for the size of what a requirement's URL names

    def log_message(self, format: str, *arguments: object) -> None:
        pass
