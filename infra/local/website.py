"""The demo website: a small shop, instrumented with the tracker, on an origin of its own.

Its pages are fragments in website/: the first line is the title, the rest the body.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent / "website"
FRAGMENTS = {
    "/": "home",
    "/coffee": "coffee",
    "/coffee/ethiopia": "ethiopia",
    "/coffee/colombia": "colombia",
    "/subscribe": "subscribe",
    "/journal": "journal",
    "/journal/brewing-guide": "brewing-guide",
    "/finder": "finder",
}
FILES = {
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/finder.js": ("finder.js", "text/javascript; charset=utf-8"),
    "/brewing-guide.pdf": ("brewing-guide.pdf", "application/pdf"),
}


class Website(ThreadingHTTPServer):
    """The demo website on 127.0.0.1; its pages load the tracker from `stage` (an origin)."""

    daemon_threads = True

    def __init__(self, port: int, stage: str) -> None:
        self.stage = stage
        super().__init__(("127.0.0.1", port), _Handler)

    def page(self, path: str) -> bytes | None:
        """A whole page, or None where the website has none at this path."""
        # Views of the coffee finder are made in the browser; a reload must find them too.
        name = FRAGMENTS.get("/finder" if path.startswith("/finder/") else path)
        if name is None:
            return None
        title, _, body = (FOLDER / f"{name}.html").read_text("utf-8").partition("\n")
        layout = (FOLDER / "layout.html").read_text("utf-8")
        for key, value in (("title", title), ("stage", self.stage), ("body", body)):
            layout = layout.replace("{{" + key + "}}", value)
        return layout.encode()


class _Handler(BaseHTTPRequestHandler):
    server: Website

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the stage prints only what its user must know."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in FILES:
            name, kind = FILES[path]
            self._send(200, kind, (FOLDER / name).read_bytes())
            return
        page = self.server.page(path.rstrip("/") or "/")
        if page is None:
            self._send(404, "text/plain; charset=utf-8", b"There is no such page.")
        else:
            self._send(200, "text/html; charset=utf-8", page)

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(content)
