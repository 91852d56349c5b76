"""When a page counts as viewed, and what is said of it."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.sdk.collector import Collector
from tests.sdk.conftest import HIDING

pytestmark = pytest.mark.browser


def _paths(collector: Collector) -> list[str]:
    return [hit["url"].removeprefix(collector.site) for hit in collector.hits("pageview")]


def _settled(page: Page, collector: Collector) -> list[str]:
    """The pageviews so far, once an event that was reported after them has arrived."""
    page.evaluate("footfall('event', 'end_of_test')")
    collector.wait_for("end_of_test")
    return _paths(collector)


def test_a_load_is_one_request_without_preflight_and_says_all_of_the_contract(
    page: Page, collector: Collector
) -> None:
    address = collector.page("/load", head=f"<title>A load</title>{collector.tag()}")
    page.goto(address + "?utm_source=mail&token=secret#part")
    [hit] = collector.wait_for("pageview")
    [received] = collector.received
    assert collector.preflights == 0
    assert received.path == "/api/e"
    assert received.headers["content-type"].startswith("text/plain")
    assert (hit["url"], hit["title"]) == (f"{address}?utm_source=mail", "A load")
    assert hit["seq"] == 1
    assert hit["data"]["load_time_ms"] > 0
    assert 0 <= hit["age_ms"] < 5_000
    beacon = received.beacon
    assert beacon["entry"] == {"url": f"{address}?utm_source=mail", "referrer": ""}
    assert (beacon["site"], beacon["screen"], beacon["language"]) == ("shop", "1280x720", "en-US")
    assert len(beacon["visitor_id"]) == len(beacon["session_id"]) == 36


def test_the_tag_twice_counts_once(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/twice", head=collector.tag() + collector.tag()))
    page.evaluate("history.pushState({}, '', '/twice/next')")
    assert _settled(page, collector) == ["/twice", "/twice/next"]


def test_routes_count_and_states_of_one_page_do_not(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/spa", "<a id=here href='#below'>x</a>", collector.tag()))
    page.evaluate("""() => {
        history.replaceState({}, '', location.href);
        history.replaceState({}, '', '?sort=price');
        history.pushState({}, '', '?sort=name#top');
    }""")
    page.click("#here")
    page.evaluate("history.pushState({}, '', '/spa/detail')")
    collector.wait_for("pageview", 2)
    page.evaluate("history.back()")
    collector.wait_for("pageview", 3)
    assert _settled(page, collector) == ["/spa", "/spa/detail", "/spa"]


def test_a_redirect_within_one_task_counts_its_end_alone(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/redirect", head=collector.tag()))
    page.evaluate("""() => {
        history.pushState({}, '', '/account');
        history.replaceState({}, '', '/login');
    }""")
    assert _settled(page, collector) == ["/redirect", "/login"]


def test_a_route_has_the_title_set_after_it_and_the_page_before_as_referrer(
    page: Page, collector: Collector
) -> None:
    address = collector.page("/title", head=f"<title>Old</title>{collector.tag()}")
    page.goto(address, referer="https://news.example/story?id=7")
    collector.wait_for("pageview")
    page.evaluate("""() => {
        history.pushState({}, '', '/title/new');
        requestAnimationFrame(() => { document.title = 'New' });
    }""")
    first, second = collector.wait_for("pageview", 2)
    assert (first["title"], first["referrer"]) == ("Old", "https://news.example/story")
    assert (second["title"], second["referrer"]) == ("New", address)
    assert collector.stored()[-1]["entry"]["referrer"] == "https://news.example/story"


def test_hash_routes_count_when_asked_for(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/hash", head=collector.tag(hash="")))
    page.evaluate("location.hash = '#/pricing'")
    collector.wait_for("pageview", 2)
    page.evaluate("history.back()")
    collector.wait_for("pageview", 3)
    assert _settled(page, collector) == ["/hash", "/hash#/pricing", "/hash"]


def test_a_page_from_the_back_forward_cache_is_viewed_again_with_a_new_clock(
    page: Page, collector: Collector
) -> None:
    head = collector.tag() + (
        "<script>addEventListener('pageshow', e => { window.isRestored = e.persisted })</script>"
    )
    collector.page("/next", head=collector.tag())
    page.goto(collector.page("/first", "<a href='/next'>x</a>", head))
    collector.wait_for("pageview")
    page.click("a")
    collector.wait_for("pageview", 2)
    page.go_back(wait_until="commit")
    collector.wait_for("pageview", 3)
    assert page.evaluate("window.isRestored") is True
    assert _settled(page, collector) == ["/first", "/next", "/first"]
    restored = collector.hits("pageview")[2]
    assert "load_time_ms" not in restored["data"]
    page.goto("about:blank")
    visits = collector.wait_for("user_engagement", 3)
    assert visits[2]["data"]["engagement_ms"] < 5_000


def test_a_background_tab_counts_when_it_is_first_shown(
    context: BrowserContext, collector: Collector
) -> None:
    page = context.new_page()
    page.add_init_script("window.startsHidden = true;" + HIDING)
    page.goto(collector.page("/background", head=collector.tag()))
    page.evaluate("footfall('event', 'early')")
    other = context.new_page()
    other.goto(collector.page("/other", head=collector.tag()))
    collector.wait_for("pageview")
    assert _paths(collector) == ["/other"]
    page.evaluate("show(true)")
    collector.wait_for("early")
    assert _paths(collector) == ["/other", "/background"]


def test_a_visitor_who_leaves_before_the_load_is_over_is_counted(
    page: Page, collector: Collector
) -> None:
    collector.gates["/slow.png"] = threading.Event()
    address = collector.page("/slow", "<img src='/slow.png'>", collector.tag())
    page.goto(address, wait_until="commit")
    page.wait_for_function("!!window.footfall")
    page.goto("about:blank")
    collector.gates["/slow.png"].set()
    [hit] = collector.wait_for("pageview")
    assert "load_time_ms" not in hit["data"]


def test_calls_before_the_script_are_replayed_in_order(page: Page, collector: Collector) -> None:
    stub = (
        "<script>window.footfall = window.footfall ||"
        "function () { (footfall.q = footfall.q || []).push(arguments) };"
        "footfall('event', 'one'); footfall('event', 'two', { n: 2 })</script>"
    )
    page.goto(collector.page("/queue", head=stub + collector.tag()))
    collector.wait_for("two")
    assert [hit["event_type"] for hit in collector.hits()] == ["pageview", "one", "two"]
    assert collector.hits("two")[0]["data"] == {"n": 2}


def test_addresses_lose_private_parameters_and_mail_addresses(
    page: Page, collector: Collector
) -> None:
    page.goto(
        collector.page("/u/ann@mail.example", head=collector.tag())
        + "?utm_content=bob%40mail.example&gclid=G1&session=abc"
    )
    [hit] = collector.wait_for("pageview")
    assert hit["url"] == f"{collector.site}/u/(email)?utm_content=(email)&gclid=G1"


def test_excluded_paths_are_silent(page: Page, collector: Collector) -> None:
    tag = collector.tag(exclude="/admin*,/preview/*/draft")
    collector.page("/preview/7/draft", head=tag)
    page.goto(collector.page("/administration", head=tag))
    page.goto(collector.page("/preview/7/draft", head=tag))
    page.goto(collector.page("/preview/7", head=tag))
    assert _settled(page, collector) == ["/preview/7"]


EXCLUDED = [
    ("*", "/x"), ("/a*a", "/aa"), ("/*/b*/c", "/a/bb/c"), ("/**x", "/x"), ("*.pdf", "/a.pdf"),
    ("/a(b)+", "/a(b)+"), ("/x,/y", "/y"), ("/a*b*b", "/abab"), ("*/", "/a/"),
]  # fmt: skip
COUNTED = [
    ("/a*a", "/a"), ("/a", "/ab"), ("a", "/a"), ("/a*b*b", "/ab"), ("/a.c", "/abc"), ("*b/", "/b"),
    ("/*/b*/c", "/a/c"), ("", "/a"), ("/A", "/a"), ("/a*ab", "/ab"),
]  # fmt: skip


def test_only_a_star_has_a_meaning_in_an_excluded_path(page: Page, collector: Collector) -> None:
    for place, (pattern, path) in enumerate(EXCLUDED + COUNTED):
        tag = collector.tag(exclude=pattern, site=f"{place}")
        page.goto(collector.page(path, head=tag))
    _settled(page, collector)
    counted = {int(beacon["site"]) for beacon in collector.stored()}
    assert counted >= set(range(len(EXCLUDED), len(EXCLUDED + COUNTED)))
    assert not counted & set(range(len(EXCLUDED)))
