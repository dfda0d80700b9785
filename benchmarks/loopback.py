"""A package index on this machine, which answers as the public one does: hashes, metadata files, caching headers."""

from __future__ import annotations

import hashlib
import html
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tooling.lockfile import normalized


@contextmanager
def serve(wheels: Path) -> Iterator[str]:
    """Serve a folder of wheels as a simple repository (PEP 503, 658, 714) and give its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, _answers(wheels)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()


def _answers(wheels: Path) -> dict[str, tuple[str, bytes]]:
    """Give the content type and the body of each path."""
    answers: dict[str, tuple[str, bytes]] = {}
    links: dict[str, list[str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        content = wheel.read_bytes()
        with zipfile.ZipFile(wheel) as archive:
            metadata = archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))
        answers[f"/files/{wheel.name}"] = ("application/octet-stream", content)
        answers[f"/files/{wheel.name}.metadata"] = ("application/octet-stream", metadata)
        digest, described = hashlib.sha256(content).hexdigest(), hashlib.sha256(metadata).hexdigest()
        name = html.escape(wheel.name)
        link = f'<a href="/files/{name}#sha256={digest}" data-core-metadata="sha256={described}">{name}</a>'
        links.setdefault(normalized(wheel.name.split("-")[0]), []).append(link)
    for project, found in links.items():
        answers[f"/simple/{project}/"] = ("text/html", "\n".join(["<!DOCTYPE html>", *found]).encode())
    return answers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, answers: dict[str, tuple[str, bytes]], *arguments: object) -> None:
        self.answers = answers
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        kind, body = self.answers.get(self.path, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        age = "max-age=365000000, immutable" if self.path.startswith("/files/") else "max-age=600"
        self.send_header("Cache-Control", age)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass
