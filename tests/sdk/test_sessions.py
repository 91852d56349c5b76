"""One visitor and one session a browser, whatever its tabs, its storage and its clock do."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.sdk.collector import Collector

pytestmark = pytest.mark.browser

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _ids(collector: Collector) -> set[tuple[Any, Any]]:
    return {(b.get("visitor_id"), b.get("session_id")) for b in collector.stored()}


def _story(collector: Collector) -> list[tuple[int, str]]:
    """(which session, event) in order; sessions are numbered as they appear."""
    order: dict[str, int] = {}
    return [
        (order.setdefault(beacon["session_id"], len(order)), hit["event_type"])
        for beacon in collector.stored()
        for hit in beacon["events"]
    ]


def test_tabs_and_windows_share_visitor_session_and_numbering(
    context: BrowserContext, collector: Collector
) -> None:
    address = collector.page("/tabs", head=collector.tag())
    first = context.new_page()
    first.goto(address)
    collector.wait_for("pageview")
    second = context.new_page()
    second.goto(address)
    collector.wait_for("pageview", 2)
    with context.expect_page():
        first.evaluate("void window.open('/tabs')")
    collector.wait_for("pageview", 3)
    [(visitor, session)] = _ids(collector)
    assert UUID4.fullmatch(visitor)
    assert UUID4.fullmatch(session)
    assert sorted(hit["seq"] for hit in collector.hits("pageview")) == [1, 2, 3]
    stored = first.evaluate("[JSON.stringify(localStorage), JSON.stringify(sessionStorage)]")
    assert visitor in stored[0]
    assert session in stored[1]


def test_after_half_an_hour_the_exit_is_the_old_sessions_and_the_next_act_begins_a_new_one(
    page: Page, collector: Collector
) -> None:
    page.clock.install()
    page.goto(collector.page("/idle", head=collector.tag()))
    page.clock.run_for(1_000)
    collector.wait_for("pageview")
    page.clock.fast_forward("29:00")
    page.evaluate("footfall('event', 'still_here')")
    page.clock.run_for(1_000)
    collector.wait_for("still_here")
    page.clock.fast_forward("31:00")
    page.evaluate("footfall('event', 'back_again')")
    page.clock.run_for(1_000)
    collector.wait_for("back_again")
    page.clock.fast_forward("31:00")
    page.goto("about:blank")
    collector.wait_for("user_engagement", 2)
    assert sorted(_story(collector), key=itemgetter(0)) == [  # beacons may overtake each other
        (0, "pageview"),
        (0, "still_here"),
        (0, "user_engagement"),
        (1, "pageview"),
        (1, "back_again"),
        (1, "user_engagement"),
    ]
    assert len({visitor for visitor, _ in _ids(collector)}) == 1


def test_somebody_who_only_reads_and_moves_stays_in_the_session(
    page: Page, collector: Collector
) -> None:
    page.clock.install()
    page.goto(collector.page("/reading", head=collector.tag()))
    page.clock.run_for(1_000)
    collector.wait_for("pageview")
    for step in range(3):
        page.clock.fast_forward("20:00")
        page.mouse.move(10 + step, 10)
    page.evaluate("footfall('event', 'done')")
    page.clock.run_for(1_000)
    collector.wait_for("done")
    assert {session for session, _ in _story(collector)} == {0}


def test_an_idle_tab_joins_the_session_that_a_sibling_began(
    context: BrowserContext, collector: Collector
) -> None:
    idle, busy = context.new_page(), context.new_page()
    address = collector.page("/siblings", head=collector.tag())
    for tab in (idle, busy):
        tab.clock.install()
        tab.goto(address)
        tab.clock.run_for(1_000)
    collector.wait_for("pageview", 2)
    for tab in (idle, busy):
        tab.clock.fast_forward("31:00")
    for tab, name in ((busy, "first"), (idle, "second")):
        tab.evaluate("name => footfall('event', name)", name)
        tab.clock.run_for(1_000)
        collector.wait_for(name)
    story = _story(collector)
    assert {session for session, _ in story} == {0, 1}
    assert story.count((1, "pageview")) == 2
    assert story[-1] == (1, "second")


def test_storage_cleared_in_mid_visit_changes_nothing(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/cleared", head=collector.tag()))
    collector.wait_for("pageview")
    page.evaluate("localStorage.clear(); sessionStorage.clear(); footfall('event', 'after')")
    collector.wait_for("after")
    page.evaluate("localStorage.clear()")
    page.goto(collector.site + "/cleared")
    collector.wait_for("pageview", 2)
    assert len(_ids(collector)) == 1


def test_campaign_and_midnight_do_not_split_a_session(page: Page, collector: Collector) -> None:
    page.clock.install(time="2026-11-22T23:59:00Z")
    address = collector.page("/campaign", head=collector.tag())
    page.goto(address + "?utm_source=first")
    page.clock.run_for(1_000)
    collector.wait_for("pageview")
    page.clock.fast_forward("02:00")
    page.goto(address + "?utm_source=second")
    page.clock.run_for(1_000)
    collector.wait_for("pageview", 2)
    assert len(_ids(collector)) == 1
    assert {b["entry"]["url"] for b in collector.stored()} == {address + "?utm_source=first"}


def test_without_random_uuid_ids_are_still_uuids(page: Page, collector: Collector) -> None:
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page.goto(collector.page("/old", head=collector.tag()))
    collector.wait_for("pageview")
    [(visitor, session)] = _ids(collector)
    assert UUID4.fullmatch(visitor)
    assert UUID4.fullmatch(session)


def test_storage_free_mode_stores_nothing_and_sends_no_ids(
    page: Page, collector: Collector
) -> None:
    page.goto(collector.page("/free", head=collector.tag(mode="storage-free")))
    collector.wait_for("pageview")
    page.evaluate("footfall('event', 'one')")
    collector.wait_for("one")
    assert _ids(collector) == {(None, None)}
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def _is_silent(page: Page, collector: Collector, address: str) -> bool:
    """Whether a page sends nothing and stores nothing; a sibling page tells when to look."""
    page.goto(address)
    page.evaluate("window.footfall && footfall('event', 'unwanted')")
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    other.goto(collector.page("/witness", head=collector.tag()))
    collector.wait_for("pageview")
    other.context.close()
    collector.wait_for("user_engagement")
    urls = {hit["url"] for hit in collector.hits()}
    return urls == {f"{collector.site}/witness"} and page.evaluate("localStorage.length") == 0


def test_global_privacy_control_is_obeyed(page: Page, collector: Collector) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    assert _is_silent(page, collector, collector.page("/gpc", head=collector.tag()))


def test_do_not_track_is_obeyed_where_the_site_asks_for_it(
    page: Page, collector: Collector
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'doNotTrack', {value: '1'})")
    assert _is_silent(page, collector, collector.page("/dnt", head=collector.tag(dnt="")))
    collector.clear()
    page.goto(collector.page("/no-dnt", head=collector.tag()))
    collector.wait_for("pageview")


def test_consent_mode_waits_and_then_sends_what_it_held_once(
    page: Page, collector: Collector
) -> None:
    address = collector.page("/consent", head=collector.tag(mode="consent"))
    page.goto(address)
    page.evaluate("footfall('event', 'held')")
    assert page.evaluate("localStorage.length") == 0
    assert collector.received == []
    page.evaluate("footfall('optIn'); footfall('optIn')")
    collector.wait_for("held")
    page.goto(address)
    collector.wait_for("pageview", 2)
    views = [
        hit["event_type"] for hit in collector.hits() if hit["event_type"] != "user_engagement"
    ]
    assert views == ["pageview", "held", "pageview"]


def test_a_page_without_consent_holds_its_first_five_hundred_calls(
    page: Page, collector: Collector
) -> None:
    page.goto(collector.page("/calls", head=collector.tag(mode="consent")))
    page.evaluate("""() => {
        for (let n = 0; n < 600; n++) footfall('event', 'held', { n });
        footfall('optIn');
        footfall('event', 'last');
    }""")
    collector.wait_for("last")
    collector.wait_for("held", 500)
    assert sorted(hit["data"]["n"] for hit in collector.hits("held")) == list(range(500))


def test_opting_out_removes_what_was_stored_and_holds_until_opting_in(
    page: Page, collector: Collector
) -> None:
    address = collector.page("/out", head=collector.tag())
    collector.page("/witness", head=collector.tag())
    page.goto(address)
    collector.wait_for("pageview")
    [(before, _)] = _ids(collector)
    page.evaluate("footfall('optOut'); footfall('event', 'unwanted')")
    assert page.evaluate("Object.keys(localStorage)") == ["footfall.mode"]
    assert page.evaluate("sessionStorage.length") == 0
    page.goto(address)
    page.evaluate("footfall('optIn')")
    collector.wait_for("pageview", 2)
    assert collector.hits("unwanted", "user_engagement") == []
    assert len({visitor for visitor, _ in _ids(collector)} - {before}) == 1
