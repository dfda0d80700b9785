"""A vulnerability service on this machine, as OSV answers: it knows the same on any day."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Service:
    """A running service. What it knows and how it answers may be changed between requests."""

    url: str
    # By package and version.
    known: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    body: bytes = b""  # answered to everything, if there is one


def advisory(package: str, id: str, *fixed: str, **fields: Any) -> dict[str, Any]:
    """Return an advisory on a package, fixed in versions; `fields` are OSV's, such as aliases."""
    events = [{"introduced": "0"}, *({"fixed": version} for version in fixed)]
    affected = {
        "package": {"name": package, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": id, "schema_version": "1.6.0", "affected": [affected], **fields}


@contextmanager
def serve(known: Mapping[tuple[str, str], list[dict[str, Any]]]) -> Iterator[Service]:
    """Serve what is `known`, by package and version, to queries as OSV takes them at /v1/query."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = (query["package"]["name"], query["version"])
            service.asked.append(key)
            vulns = service.known.get(key)
            body = service.body or json.dumps({"vulns": vulns} if vulns else {}).encode()
            self.send_response(service.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(f"http://127.0.0.1:{server.server_port}/v1/query", dict(known))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
