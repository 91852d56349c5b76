"""A collector that did not answer for a minute has lost nothing and counted nothing twice."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.harness.local_stage import Stage

pytestmark = pytest.mark.browser
DOWN = {"status": 503, "headers": {"Access-Control-Allow-Origin": "*"}, "body": ""}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as opened:
        yield opened


def a_minute_of_trying(page: Page, website: str) -> None:
    """Three pages with an event each, and a minute of the page's own clock."""
    for path in ("/", "/coffee", "/journal"):
        page.goto(website + path)
        page.evaluate(f"footfall('event', 'seen', {{path: '{path}'}})")
        pass_seconds(page, 20)
    page.close()


def pass_seconds(page: Page, seconds: int) -> None:
    """Let the clock of all pages go on, in steps that leave time for answers to come."""
    for _ in range(seconds):
        page.clock.run_for(1000)


def counts(stage: Stage, wanted: dict[str, int]) -> dict[str, int]:
    """Events by type once there are as many as wanted; what there is after half a minute."""
    deadline = time.monotonic() + 30
    while True:
        rows = stage.report("stats", range="24h").body["top"]["event"]
        found = {row["id"]: row["count"] for row in rows if row["id"] in wanted}
        if found == wanted or time.monotonic() > deadline:
            return found


def test_after_a_minute_of_outage_and_a_closed_tab_all_is_counted_once(
    stage: Stage, context: BrowserContext
) -> None:
    address = f"{stage.origin}/api/e"
    requests: list[Route] = []

    def lose(route: Route) -> None:
        """Of every second request only the answer, of the others all."""
        requests.append(route)
        if len(requests) % 2 == 0:
            route.fetch()
        route.fulfill(**DOWN)

    context.clock.install()
    context.route(address, lose)
    a_minute_of_trying(context.new_page(), stage.website)
    assert len(requests) > 3
    context.unroute(address)
    page = context.new_page()
    page.clock.fast_forward("10:00")
    page.goto(f"{stage.website}/subscribe")
    pass_seconds(page, 3)
    wanted = {"pageview": 4, "seen": 3}
    assert counts(stage, wanted) == wanted
    page.goto(f"{stage.website}/coffee")
    pass_seconds(page, 3)
    assert counts(stage, {"pageview": 5, "seen": 3}) == {"pageview": 5, "seen": 3}
