"""Engagement is the time in which the page is visible, in focus and its visitor not idle."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page

from tests.sdk.collector import Collector
from tests.sdk.conftest import HIDING

pytestmark = pytest.mark.browser


def _engagement(collector: Collector) -> int:
    return sum(hit["data"]["engagement_ms"] for hit in collector.hits("user_engagement"))


def _open(page: Page, collector: Collector, path: str, body: str = "") -> None:
    page.clock.install()
    page.add_init_script(HIDING)
    page.goto(collector.page(path, body, collector.tag()))
    page.clock.pause_at("2030-01-01")
    page.evaluate("window.origin_ms = performance.now()")
    page.clock.run_for(1_000)
    collector.wait_for("pageview")


def _end(page: Page, collector: Collector) -> None:
    """Hides the page and waits for an event after it, and for all that happened before: beacons
    may overtake each other on their way."""
    page.evaluate("show(false); footfall('event', 'end_of_test')")
    _wait_for_all_until("end_of_test", collector)


def _wait_for_all_until(name: str, collector: Collector) -> None:
    [last] = collector.wait_for(name)
    collector.wait(lambda: {hit["seq"] for hit in collector.hits()} >= set(range(1, last["seq"])))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twenty_flips_are_counted_to_fifty_milliseconds(
    seed: int, page: Page, collector: Collector
) -> None:
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.add_init_script(HIDING)
    page.goto(collector.page("/flips", head=collector.tag()))
    page.clock.pause_at("2026-11-22T12:10:00Z")
    page.evaluate("show(false); footfall('event', 'ready')")
    _wait_for_all_until("ready", collector)
    before = _engagement(collector)
    dice = random.Random(seed)
    is_visible, is_focused, idle_at, now, truth = False, True, 0, 0, 0
    for _ in range(20):
        flip = dice.choice(["hide", "show", "blur", "focus", "input", "rest"])
        if flip in ("hide", "show"):
            is_visible = flip == "show"
            page.evaluate(f"show({str(is_visible).lower()})")
        elif flip in ("blur", "focus"):
            is_focused = flip == "focus"
            page.evaluate(f"focusIs({str(is_focused).lower()})")
        elif flip == "input":
            page.evaluate("document.body.dispatchEvent(new Event('keydown', {bubbles: true}))")
        if flip in ("show", "focus", "input"):
            idle_at = now + 60_000
        wait = dice.choice([40, 700, 12_345, 75_000])
        page.clock.run_for(wait)
        if is_visible and is_focused:
            truth += max(0, min(now + wait, idle_at) - now)
        now += wait
    _end(page, collector)
    assert abs(_engagement(collector) - before - truth) <= 50


def test_focus_in_an_iframe_is_focus_on_the_page(page: Page, collector: Collector) -> None:
    page.goto(
        collector.page(
            "/iframe", "<iframe srcdoc='<input>' width=300 height=100></iframe>", collector.tag()
        )
    )
    collector.wait_for("pageview")
    page.evaluate("window.marks = []; addEventListener('blur', () => marks.push('blur'))")
    page.frame_locator("iframe").locator("input").click()
    assert page.evaluate("document.activeElement.localName") == "iframe"
    started = page.evaluate("performance.now()")
    page.wait_for_function(f"performance.now() > {started} + 300")
    page.goto("about:blank")
    [hit] = collector.wait_for("user_engagement")
    assert hit["data"]["engagement_ms"] >= started + 250 - 1_000


def test_engagement_is_never_more_than_the_time_that_passed(
    page: Page, collector: Collector
) -> None:
    page.goto(collector.page("/wall", head=collector.tag()))
    collector.wait_for("pageview")
    for _ in range(3):
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    elapsed = page.evaluate("performance.now()")
    page.goto("about:blank")
    collector.wait_for("user_engagement")
    assert 0 < _engagement(collector) <= elapsed + 1_000


def test_a_route_takes_its_own_time_with_it(page: Page, collector: Collector) -> None:
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.add_init_script(HIDING)
    page.goto(collector.page("/a", head=collector.tag()))
    page.clock.pause_at("2026-11-22T12:00:30Z")
    collector.wait_for("pageview")
    page.clock.run_for(5_000)
    page.evaluate("history.pushState({}, '', '/b')")
    page.clock.run_for(7_000)
    _end(page, collector)
    # Beacons may overtake each other on their way; `seq` is the order in which things happened.
    first, second = sorted(collector.hits("user_engagement"), key=lambda hit: hit["seq"])
    assert first["url"].endswith("/a")
    assert second["url"].endswith("/b")
    assert 6_900 <= second["data"]["engagement_ms"] <= 7_000


TALL = "<div style='height:5000px'></div>"


def test_the_end_of_a_tall_page_is_a_scroll_once_a_pageview(
    page: Page, collector: Collector
) -> None:
    page.goto(collector.page("/tall", TALL, collector.tag()))
    collector.wait_for("pageview")
    page.evaluate("scrollTo(0, 2000)")
    page.wait_for_function("scrollY == 2000")
    page.evaluate("footfall('event', 'halfway')")
    collector.wait_for("halfway")
    assert collector.hits("scroll") == []
    page.evaluate("scrollTo(0, 5000)")
    assert collector.wait_for("scroll")[0]["data"] == {"percent": 90}
    page.evaluate("scrollTo(0, 0); history.pushState({}, '', '/tall/next')")
    collector.wait_for("pageview", 2)
    page.evaluate("scrollTo(0, 5000)")
    collector.wait_for("scroll", 2)
    page.goto("about:blank")
    collector.wait_for("user_engagement", 2)
    assert collector.hits("user_engagement")[-1]["data"]["percent"] == 100


def test_a_page_that_grows_counts_by_its_height_of_then(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/grows", "<div id=d style='height:2000px'></div>", collector.tag()))
    collector.wait_for("pageview")
    page.evaluate("scrollTo(0, 500)")
    page.wait_for_function("scrollY == 500")
    page.evaluate("d.style.height = '12000px'")
    page.goto("about:blank")
    [hit] = collector.wait_for("user_engagement")
    assert 8 <= hit["data"]["percent"] <= 12


def test_a_short_page_is_seen_whole_without_a_scroll(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/short", "short", collector.tag()))
    collector.wait_for("pageview")
    page.goto("about:blank")
    [hit] = collector.wait_for("user_engagement")
    assert hit["data"]["percent"] == 100
    assert collector.hits("scroll") == []


def test_an_overflowing_box_that_fills_the_page_is_the_page(
    page: Page, collector: Collector
) -> None:
    body = (
        f"<div id=menu style='height:90px;width:90px;overflow:auto;float:right'>{TALL}</div>"
        f"<div id=main style='height:600px;overflow:auto'>{TALL}</div>"
    )
    page.goto(collector.page("/box", body, collector.tag()))
    collector.wait_for("pageview")
    page.evaluate("menu.scrollTo(0, 5000)")
    page.wait_for_function("menu.scrollTop > 4000")
    page.evaluate("footfall('event', 'menu')")
    collector.wait_for("menu")
    assert collector.hits("scroll") == []
    page.evaluate("main.scrollTo(0, 5000)")
    collector.wait_for("scroll")
