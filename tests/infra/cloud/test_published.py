"""Dashboard and tracker from the site bucket, in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from infra.deploy.commands import snippet
from infra.deploy.smoke import BROWSER
from infra.deploy.stage import Deployment
from tests.harness.browser import chromium
from tests.infra.cloud.conftest import ADMIN, SITE, STAGE, Checkout
from tests.infra.cloud.test_deployed import report

pytestmark = pytest.mark.browser
ARRIVAL_SECONDS = 30


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@contextmanager
def website(head: str) -> Iterator[str]:
    """A page of the site shop.example that carries the snippet."""

    class Page(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            body = f"<!doctype html><title>Shop</title>{head}<p>Welcome".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://shop.example:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def views(stage: Checkout, path: str) -> int:
    """Pageviews of a path; bots count, since a headless browser may be taken for one."""
    rows = json.loads(report(stage, ADMIN, "range=24h&bots=include&limit=100").body)["top"]["page"]
    return sum(row["pageviews"] for row in rows if row["id"] == path)


@pytest.mark.parametrize("variant", [0, 1], ids=["current", "pinned"])
def test_the_snippet_counts_a_visit_of_another_origin(
    deployed: Checkout, browser: Browser, variant: int
) -> None:
    deployment = Deployment(deployed.session, STAGE, url=deployed.edge_url, root=deployed.root)
    scripts = [line for line in snippet(deployment).splitlines() if line.startswith("<script")]
    page = browser.new_page(user_agent=BROWSER)
    path = f"/from-chromium-{variant}"
    with website(scripts[variant]) as origin:
        page.goto(origin + path)
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while views(deployed, path) == 0 and time.monotonic() < deadline:
            page.wait_for_timeout(300)
        page.close()
    assert views(deployed, path) == 1


def test_the_dashboard_shows_what_the_api_counts(deployed: Checkout, browser: Browser) -> None:
    totals = json.loads(report(deployed, ADMIN).body)["totals"]
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{deployed.edge_url}/?site={SITE}&range=24h")
    page.get_by_role("textbox").fill(ADMIN)
    page.keyboard.press("Enter")
    shown = page.locator("[data-metric=pageviews] .kpi-value")
    expect(shown).to_have_text(str(totals["pageviews"]), timeout=ARRIVAL_SECONDS * 1000)
    page.close()
    assert troubles == []
