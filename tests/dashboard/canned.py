"""A server of one origin: the built dashboard and canned answers, as the edge would send them."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.dashboard import answers

DIST = Path(__file__).parents[2] / "dashboard_site" / "dist"
TOKEN = "canned-token-0123456789"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json"}
COMPRESSED_FROM = 1000

Question = dict[str, list[str]]
Answer = tuple[int, Any]


def answer(name: str, question: Question) -> Answer:
    """Status and body of the address that ends in `name`, as everything goes well."""
    made = {
        "stats": answers.stats,
        "sankey": answers.sankey,
        "realtime": answers.realtime,
        "list": answers.listed,
        "properties": answers.properties,
        "timings": answers.timings,
        "usage": answers.usage,
        "tokens": lambda _: {"tokens": answers.SECRETS},
        "shares": lambda _: {"shares": answers.SECRETS},
    }
    return 200, made[name](question)


@dataclass
class Canned:
    """The running server. `respond` may be changed by a test; `asked` keeps what was asked."""

    origin: str
    respond: Callable[[str, Question], Answer] = answer
    sites: list[dict[str, Any]] = field(default_factory=lambda: answers.SITES)
    sites_a_page: int = 1000
    asked: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Back to everything going well."""
        self.respond = answer
        self.sites, self.sites_a_page = answers.SITES, 1000
        self.asked.clear()


@contextmanager
def canned() -> Iterator[Canned]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.canned = Canned(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.canned  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        """Answer the API, else a file."""
        split = urlsplit(self.path)
        state: Canned = self.server.canned  # type: ignore[attr-defined]
        if not split.path.startswith("/api/"):
            self._file(split.path)
            return
        state.asked.append(self.path)
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._json(401, error("unauthorized", "Who asks is not known."))
        elif split.path == "/api/sites":
            self._json(200, _sites(state, parse_qs(split.query)))
        else:
            self._json(*state.respond(split.path.rsplit("/", 1)[1], parse_qs(split.query)))

    def _file(self, path: str) -> None:
        file = DIST / ("index.html" if path == "/" else unquote(path).lstrip("/"))
        if not file.is_file() or DIST not in file.resolve().parents:
            self._json(404, error("not_found", "There is no such file."))
            return
        self._send(200, TYPES[file.suffix], file.read_bytes())

    def _json(self, status: int, body: Any) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        if len(body) >= COMPRESSED_FROM:
            body = gzip.compress(body, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _sites(state: Canned, asked: Question) -> dict[str, Any]:
    """A page of the list of sites."""
    start = int(asked.get("cursor", ["0"])[0])
    end = start + state.sites_a_page
    cursor = str(end) if end < len(state.sites) else None
    return {"sites": state.sites[start:end], "role": "admin", "cursor": cursor}


def error(code: str, message: str) -> dict[str, Any]:
    """The contract's error body."""
    return {"error": {"code": code, "message": message}}
