"""Pages, a browser and a collector for the tracker's tests; all work is done by the real parts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.sdk.collector import Collector

# Lets a test hide the page or take its focus, as Chromium cannot be told to from outside.
HIDING = """
let shown = !window.startsHidden;
Object.defineProperty(document, 'visibilityState', { get: () => shown ? 'visible' : 'hidden' });
Object.defineProperty(document, 'hidden', { get: () => !shown });
window.show = (value) => {
  shown = value;
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
};
let focused = true;
document.hasFocus = () => focused;
window.focusIs = (value) => {
  focused = value;
  window.dispatchEvent(new Event(value ? 'focus' : 'blur'));
};
"""


@pytest.fixture(scope="session")
def running_collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, daemon=True)
    thread.start()
    yield collector
    collector.shutdown()
    collector.server_close()


@pytest.fixture
def collector(running_collector: Collector) -> Collector:
    running_collector.clear()
    return running_collector


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor's browser; no page of it may have an uncaught error."""
    errors: list[str] = []
    visitor = browser.new_context()
    visitor.on("weberror", lambda error: errors.append(str(error.error)))
    yield visitor
    visitor.close()
    assert errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
