"""A prerendered page counts when it is shown. With DevTools attached Chromium prerenders nothing,
so this browser runs on its own and is known by what it sends."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.harness.browser import FLAGS, executable
from tests.sdk.collector import Collector

pytestmark = pytest.mark.browser

RULES = (
    '<script type=speculationrules>{"prerender": [{"urls": ["/rendered"], "eagerness":'
    '"immediate"}]}</script>'
)
# The page tells by a request of its own that it was prepared; then the first page goes there.
PREPARED = "<script>if (document.prerendering) fetch('/prepared')</script>"
GO = "<script>new EventSource('/go').onmessage = () => { location.href = '/rendered' }</script>"


def test_a_prerendered_page_counts_when_it_is_shown(collector: Collector, tmp_path: Path) -> None:
    collector.page("/rendered", PREPARED, collector.tag())
    start = collector.page("/start", GO, RULES + collector.tag())
    program = executable() or _playwrights_own()
    browser = subprocess.Popen(
        [program, "--headless=new", f"--user-data-dir={tmp_path / 'profile'}", *FLAGS, start],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        collector.wait_for("pageview")
        collector.wait(lambda: "/prepared" in collector.requested)
        assert [hit["url"] for hit in collector.hits("pageview")] == [start]
        collector.go.set()
        collector.wait_for("pageview", 2)
    finally:
        browser.terminate()
        browser.wait()
        shutil.rmtree(tmp_path / "profile", ignore_errors=True)
    second = collector.hits("pageview")[1]
    assert second["url"] == collector.site + "/rendered"
    assert second["data"].get("load_time_ms", 0) < 1_000


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
