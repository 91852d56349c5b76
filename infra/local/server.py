"""The stage's own origin: what CloudFront is in production, before Chalice and the site bucket.

`chalice local` sends headers and body in two segments, which costs every request on a
kept-alive connection 40 ms (Nagle's algorithm against delayed acknowledgement); this server
buffers the answer and turns Nagle's algorithm off. It builds on chalice.local, hence the exact pin.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    CustomLocalChalice,
    LocalChalice,
    LocalGatewayException,
)

Job = Callable[[int | None], Mapping[str, Any]]
"""A scheduled handler: the moment it runs at (epoch ms), None for now, to its result."""

MOMENT = re.compile("[0-9]{1,15}")
BEACONS = ("/api/collect", "/api/e")
"""The paths of infra/edge.yaml that alone have the edge's secret and tell where a viewer is."""
OF_THE_EDGE = ("cloudfront-", "x-footfall-edge")

LINGER_S = 1.0
MAX_LINGERED = 160
"""Pieces of 64 KB that are thrown away at most."""
COMPRESSED_FROM = 1024  # bytes; CloudFront compresses from 1,000
COMPRESSED_TYPES = ("text/", "application/json", "application/javascript", "image/svg")


class Origin(ThreadingHTTPServer):
    """All that one origin serves; `read_object` returns (type, cache control, bytes) or None."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        app: Chalice,
        read_object: Callable[[str], tuple[str, str, bytes] | None],
        jobs: Mapping[str, Job],
        edge_headers: Mapping[str, str],
        site_headers: Mapping[str, str],
    ) -> None:
        # As `chalice local` does: each thread gets a current_request of its own.
        CustomLocalChalice.__bases__ = (LocalChalice, app.__class__)
        app.__class__ = CustomLocalChalice
        self.app = app
        self.config = Config.create(lambda_timeout=29, lambda_memory_size=1769, app_name="footfall")
        self.read_object = read_object
        self.jobs = jobs
        self.edge_headers = edge_headers
        self.site_headers = site_headers
        super().__init__(("127.0.0.1", port), _handler)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection once the other end has sent all: closed before, it would be reset, and
        an answer that is still under way lost with it (RFC 9112, section 9.6)."""
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(LINGER_S)
            for _ in range(MAX_LINGERED):
                if not request.recv(65_536):
                    break
        super().shutdown_request(request)


def _handler(request: Any, address: tuple[str, int], server: Origin) -> Handler:
    return Handler(request, address, server, server.app, server.config)


class Handler(ChaliceRequestHandler):
    """One connection. Every error it makes itself has the contract's body."""

    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 75
    server: Origin

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses and query strings are not logged."""

    def _generic_handle(self) -> None:
        path = urlsplit(self.path).path
        try:
            body = self._read_body()
            if body is None:
                return
            if path.startswith("/api/"):
                self._answer_api(body)
            elif path.startswith("/__dev__/run/"):
                self._run_job(path.removeprefix("/__dev__/run/"))
            else:
                self._answer_object(unquote(path))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle

    def _read_body(self) -> bytes | None:
        if "transfer-encoding" in self.headers:
            self.close_connection = True
            self._error(400, "bad_request", "Send a Content-Length.")
            return None
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > 10_485_760:
            self.close_connection = True
            self._error(413 if length.isdigit() else 400, "bad_request", "Bad Content-Length.")
            return None
        return self.rfile.read(int(length)) if int(length) else b""

    def _answer_api(self, body: bytes) -> None:
        try:
            answer = self.local_gateway.handle_request(
                method=self.command, path=self.path, headers=self._api_headers(), body=body or None
            )
        except LocalGatewayException:
            # API Gateway says 403 to an unknown path; the edge makes it a 404 in production.
            self._error(404, "not_found", "There is no such address.")
            return
        headers = {**answer["headers"], **answer["multiValueHeaders"]}
        content = self._handle_binary(answer)["body"] or ""
        if answer["statusCode"] == 405:
            headers.pop("Content-Type", None)
            content = json.dumps(
                error_body("method_not_allowed", "This address has no such method.")
            )
        self._send(answer["statusCode"], headers, content)

    def _api_headers(self) -> dict[str, str]:
        """What the API is told of a request. Where a viewer of a beacon is nobody here can find
        out, so a beacon may say it itself."""
        given = {name.lower(): value for name, value in self.headers.items()}
        if urlsplit(self.path).path not in BEACONS:
            return {name: v for name, v in given.items() if not name.startswith(OF_THE_EDGE)}
        address = ":".join(map(str, self.client_address[:2]))
        return {"cloudfront-viewer-address": address, **given, **self.server.edge_headers}

    def _answer_object(self, path: str) -> None:
        if self.command not in ("GET", "HEAD"):
            self._error(405, "method_not_allowed", "Files are read only.")
            return
        found = self.server.read_object("index.html" if path == "/" else path.lstrip("/"))
        if found is None:
            self._error(404, "not_found", "There is no such file.")
            return
        kind, cache, content = found
        headers = {"Content-Type": kind, "Cache-Control": cache, **self.server.site_headers}
        self._send(200, headers, content)

    def _run_job(self, name: str) -> None:
        if "origin" in self.headers:
            self._error(403, "forbidden", "Pages of a browser may not run jobs.")
        elif self.command != "POST":
            self._error(405, "method_not_allowed", "Use POST.")
        elif name not in self.server.jobs:
            known = ", ".join(sorted(self.server.jobs))
            self._error(404, "not_found", f"No such scheduled function; known are {known}.")
        else:
            self._run_known_job(name)

    def _run_known_job(self, name: str) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if unknown := sorted(query.keys() - {"now"}):
            self._error(400, "bad_request", "The only parameter is now.", field=unknown[0])
            return
        given = query.get("now", [None])[-1]
        if given is not None and not MOMENT.fullmatch(given):
            self._error(400, "bad_request", "now is a number of milliseconds.", field="now")
            return
        try:
            result = self.server.jobs[name](None if given is None else int(given))
        except Exception as defect:
            print(f"{name} failed: {defect!r}", file=sys.stderr, flush=True)
            self._error(500, "defect", f"{name} failed; the stage's output says why.")
            return
        self._send(200, {}, json.dumps(result))

    def send_error(self, code: int, message: str | None = None, *_: object) -> None:
        """What `http.server` refuses before a method of ours is called, as all other errors."""
        self.close_connection = True
        # Neither may have been read yet: then they are missing, or the last request's.
        self.headers, self.request_version = Message(), "HTTP/1.1"
        status = 405 if code == 501 else code
        names = {405: "method_not_allowed", 414: "uri_too_long", 431: "headers_too_large"}
        self._error(status, names.get(status, "bad_request"), message or HTTPStatus(code).phrase)

    def _error(self, status: int, code: str, message: str, field: str = "") -> None:
        self._send(status, {}, json.dumps(error_body(code, message, field)))

    def _send(self, status: int, headers: Mapping[str, Any], content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        sent = {"Content-Type": "application/json", **headers}
        if self._compresses(sent["Content-Type"], body):
            body = gzip.compress(body, 6, mtime=0)
            sent.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        self.send_response(status)
        sent["Content-Length"] = str(len(body))
        self._send_headers(sent)
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _compresses(self, kind: str, body: bytes) -> bool:
        accepted = "gzip" in (self.headers.get("accept-encoding") or "")
        return accepted and len(body) >= COMPRESSED_FROM and kind.startswith(COMPRESSED_TYPES)


def error_body(code: str, message: str, field: str = "") -> dict[str, Any]:
    """The contract's error body."""
    error = {"code": code, "message": message, "field": field}
    return {"error": {name: value for name, value in error.items() if value}}
