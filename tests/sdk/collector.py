"""A stand-in for a tracked website and its collector: it serves pages and remembers requests.

Both are one server; pages reach it as `site.test` and the tracker as `collect.test`, so that
tracking is cross-origin as in life.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DIST = Path(__file__).parents[2] / "sdk" / "dist"
PATIENCE_S = 20.0

Json = dict[str, Any]


@dataclass
class Received:
    """One POST. `beacon` is its body, `status` what it was answered (0: the line was cut)."""

    beacon: Json
    headers: dict[str, str]
    path: str
    status: int

    @property
    def hits(self) -> list[Json]:
        return self.beacon["events"]


@dataclass
class Answer:
    """How the collector answers; status 0 cuts the line without a word."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Collector(ThreadingHTTPServer):
    """Pages by path in `pages`; what came in in `received`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port: int = self.server_address[1]
        self.scripts: dict[str, bytes] = {}
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self.changed = threading.Condition()
        self.clear()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of lines that a browser cut: closed tabs do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def clear(self) -> None:
        """Forgets everything, answers 200 again."""
        self.received: list[Received] = []
        self.preflights = 0
        self.answer: Callable[[Json], Answer] = lambda _beacon: Answer()
        self.gates: dict[str, threading.Event] = {}
        self.requested: set[str] = set()
        self.go = threading.Event()

    @property
    def site(self) -> str:
        return f"http://site.test:{self.port}"

    @property
    def script(self) -> str:
        return f"http://collect.test:{self.port}/sdk.js"

    def page(self, path: str, body: str = "", head: str = "", **headers: str) -> str:
        """Serves a page at `path` from now on; returns its address."""
        html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
        self.pages[path] = (html, headers)
        return self.site + path

    def tag(self, script: str = "sdk.js", **options: str) -> str:
        """The tag as a site owner writes it."""
        given = {"site": "shop", **options}
        attributes = " ".join(f'data-{name}="{value}"' for name, value in given.items())
        return (
            f'<script defer src="http://collect.test:{self.port}/{script}" {attributes}></script>'
        )

    def stored(self) -> list[Json]:
        """Every beacon that was acknowledged, once, as the collector's idempotency has it."""
        seen = {r.beacon["beacon_id"]: r.beacon for r in self.received if r.status == 200}
        return list(seen.values())

    def hits(self, *types: str) -> list[Json]:
        """Hits of the stored beacons in order, of these types or of all."""
        hits = [hit for beacon in self.stored() for hit in beacon["events"]]
        return [hit for hit in hits if not types or hit["event_type"] in types]

    def wait(self, is_there: Callable[[], object]) -> None:
        """Returns when `is_there`, looking whenever a request has come in."""
        with self.changed:
            assert self.changed.wait_for(is_there, PATIENCE_S), (
                f"not received; there is {[r.beacon for r in self.received]}"
            )

    def wait_for(self, event_type: str, count: int = 1) -> list[Json]:
        """The stored hits of a type, once there are `count`."""
        self.wait(lambda: len(self.hits(event_type)) >= count)
        return self.hits(event_type)


class _Handler(BaseHTTPRequestHandler):
    server: Collector
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        with self.server.changed:
            self.server.requested.add(path)
            self.server.changed.notify_all()
        if gate := self.server.gates.get(path):
            gate.wait(PATIENCE_S)
        if path == "/go":
            self.server.go.wait(PATIENCE_S)
            self._send(200, b"data: now\n\n", {"Content-Type": "text/event-stream"})
            return
        if path in self.server.pages:
            html, headers = self.server.pages[path]
            self._send(200, html.encode(), {"Content-Type": "text/html; charset=utf-8", **headers})
        elif path in self.server.scripts:
            self._send(200, self.server.scripts[path], {"Content-Type": "text/javascript"})
        elif (file := DIST / path.lstrip("/")).is_file():
            cors = {"Access-Control-Allow-Origin": "*"}
            self._send(200, file.read_bytes(), {"Content-Type": "text/javascript", **cors})
        else:
            self._send(404, b"", {"Content-Type": "text/plain"})

    def do_OPTIONS(self) -> None:
        self.server.preflights += 1
        allow = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        self._send(204, b"", allow)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        beacon = json.loads(body)
        with self.server.changed:
            answer = self.server.answer(beacon)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.server.received.append(Received(beacon, headers, self.path, answer.status))
            self.server.changed.notify_all()
        if answer.status == 0:
            self.close_connection = True
            return
        cors = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Content-Type": "application/json",
        }
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send(answer.status, b'{"accepted": 1}', {**cors, **answer.headers})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
