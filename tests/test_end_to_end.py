"""From a click in a browser to a figure on the dashboard, through everything in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.harness.local_stage import Stage

pytestmark = pytest.mark.browser
SENT = {"pageview": 6, "scroll": 1, "click": 1, "add_to_basket": 1}
SHOWN = {"users": "1", "sessions": "1", "pageviews": "6", "bounce_rate": "0%"}
SCREENSHOT = Path(__file__).parent.parent / "build" / "end-to-end.png"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1360, "height": 900}) as opened:
        yield opened


def visit(page: Page, website: str) -> None:
    """Two pages by links, a purchase, an outbound click, a long read, an app's views; leave."""
    page.goto(f"{website}/?utm_source=newsletter&utm_medium=email&utm_campaign=spring")
    follow(page, "See the coffees")
    follow(page, "Ethiopia, Guji")
    page.get_by_role("button", name="Add 250 g").click()
    page.get_by_role("link", name="our importer").click(modifiers=["ControlOrMeta"])
    page.goto(f"{website}/journal/brewing-guide")
    page.keyboard.press("End")
    page.wait_for_function("scrollY + innerHeight > document.body.scrollHeight * 0.95")
    follow(page, "Finder")
    page.get_by_role("link", name="Filter").click()
    page.get_by_text("try Ethiopia").wait_for()
    page.close(run_before_unload=True)


def follow(page: Page, name: str) -> None:
    """Follow a link and stay until the next page has loaded."""
    with page.expect_event("load"):
        page.get_by_role("link", name=name).click()


def counted(stage: Stage) -> dict[str, Any]:
    """The stage's figures once all of the visit has arrived; what there is after 30 seconds."""
    deadline = time.monotonic() + 30
    while True:
        stats: dict[str, Any] = stage.report("stats", range="24h", limit=20).body
        events = {row["id"]: row["count"] for row in stats["top"]["event"]}
        is_whole = events.pop("user_engagement", 0) and events == SENT
        if is_whole or time.monotonic() > deadline:
            return stats


def test_a_visit_in_chromium_is_on_the_dashboard_to_the_last_unit(
    stage: Stage, context: BrowserContext
) -> None:
    visit(context.new_page(), stage.website)
    stats = counted(stage)
    events = {row["id"]: row["count"] for row in stats["top"]["event"]}
    assert events.pop("user_engagement") >= 1
    assert events == SENT
    assert stats["totals"]["users"] == stats["totals"]["sessions"] == 1
    assert stats["totals"]["pageviews"] == 6
    assert stats["totals"]["bounce_rate"] == 0
    assert {row["id"]: row["pageviews"] for row in stats["top"]["page"]} == {
        "/": 1,
        "/coffee": 1,
        "/coffee/ethiopia": 1,
        "/journal/brewing-guide": 1,
        "/finder": 1,
        "/finder/filter": 1,
    }
    assert [row["id"] for row in stats["top"]["channel"]] == ["Email"]
    assert [row["id"] for row in stats["top"]["campaign"]] == ["spring"]
    assert [row["id"] for row in stats["top"]["entry_page"]] == ["/"]
    assert [row["id"] for row in stats["top"]["exit_page"]] == ["/finder/filter"]
    assert [row["id"] for row in stats["top"]["outbound"]] == ["https://example.net/guji-station"]

    page = context.new_page()
    page.goto(f"{stage.origin}/?site=demo&range=24h")
    page.get_by_role("textbox").fill(stage.token)
    page.keyboard.press("Enter")
    for metric, shown in SHOWN.items():
        expect(page.locator(f"[data-metric={metric}] .kpi-value")).to_have_text(shown)
    for text in ("Email", "/coffee/ethiopia", "/finder/filter", "Chrome"):
        page.get_by_text(text, exact=True).first.wait_for()
    flow = page.locator("section", has=page.get_by_role("heading", name="User flow"))
    flow.scroll_into_view_if_needed()
    flow.get_by_text("/coffee/ethiopia").first.wait_for()
    SCREENSHOT.parent.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOT, full_page=True)
