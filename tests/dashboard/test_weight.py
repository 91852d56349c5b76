"""What a visit costs: bytes, requests, layout shifts and DOM nodes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.dashboard.conftest import DESKTOP, MOBILE, Open

SITE = Path(__file__).parents[2] / "dashboard_site"
MOST_BYTES = 210 * 1024
MOST_REQUESTS = 7
MOST_NODES = 2000
MOST_SHIFT = 0.01

SHIFTS = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


def settle(page: Page) -> None:
    """All cards have their numbers and every chart has been drawn once."""
    expect(page.locator(".skeleton")).to_have_count(0)
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg")).to_be_attached()


def brotli(bodies: list[bytes]) -> int:
    """Bytes after brotli, as the edge sends them."""
    script = """
      const { brotliCompressSync } = require("node:zlib");
      const bodies = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
      const sizes = bodies.map((one) => brotliCompressSync(Buffer.from(one, "latin1")).length);
      console.log(sizes.reduce((sum, one) => sum + one, 0));
    """
    given = json.dumps([body.decode("latin1") for body in bodies])
    done = subprocess.run(
        ["node", "-e", script], input=given, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.parametrize("size", ["desktop", "mobile"])
def test_a_visit_is_seven_requests_without_shifts_and_with_few_nodes(
    open_page: Open, size: str
) -> None:
    viewport = DESKTOP if size == "desktop" else MOBILE
    page = open_page("?site=demo", viewport=viewport)
    settle(page)
    page.wait_for_load_state("networkidle")
    page.context.add_init_script(SHIFTS)
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))
    page.goto(page.url)
    settle(page)
    assert [one.url for one in answers[MOST_REQUESTS:]] == []
    assert brotli([one.body() for one in answers]) <= MOST_BYTES
    assert page.evaluate("document.querySelectorAll('*').length") <= MOST_NODES
    assert page.evaluate("window.shift") <= MOST_SHIFT


def test_the_build_fails_above_a_budget(tmp_path: Path) -> None:
    source = (SITE / "build.mjs").read_text()
    tight = source.replace("first: 20 * 1024 - 1500", "first: 10 * 1024")
    assert tight != source
    done = subprocess.run(
        ["node", "--input-type=module", "-", tmp_path / "dist"],
        input=tight.replace("import.meta.url", repr((SITE / "build.mjs").as_uri())),
        cwd=SITE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "JavaScript before the first numbers" in done.stderr
