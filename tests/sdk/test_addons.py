"""The package and the add-ons, each in a page as a site would use it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page

from tests.sdk.collector import Collector, Json

pytestmark = pytest.mark.browser

ADD_ONS = ("vitals.js", "forms.js", "search.js", "not_found.js")
STUB = (
    "<script>window.footfall = function () { (footfall.q = footfall.q || []).push(arguments) }"
    "</script>"
)
NOT_FOUND = "<meta name=footfall content=not_found>"


def told(collector: Collector, event_type: str) -> list[tuple[str, Json]]:
    """The path and the data of each event of a type."""
    return [(urlsplit(hit["url"]).path, hit["data"]) for hit in collector.hits(event_type)]


def push(page: Page, address: str) -> None:
    """Goes to another address as routers do, and lets the tasks run that it caused."""
    page.evaluate(
        "to => { history.pushState({}, '', to); return new Promise(done => setTimeout(done)) }",
        address,
    )


def end(page: Page, collector: Collector) -> None:
    """Reports a last event and waits for it: all others were sent before."""
    page.evaluate("footfall('event', 'end')")
    collector.wait_for("end")


def test_the_package_tracks_like_the_tag(page: Page, collector: Collector) -> None:
    origin = collector.script.removesuffix("/sdk.js")
    module = (
        f"<script type=module>import {{ event, init }} from '{origin}/npm/index.js';"
        f"init({{ site: 'shop', api: '{origin}/api/e' }}); event('from_package', {{ n: 1 }});"
        "</script>"
    )
    page.goto(collector.page("/package", head=module))
    [hit] = collector.wait_for("from_package")
    assert hit["data"] == {"n": 1}
    assert [hit["event_type"] for hit in collector.hits()] == ["pageview", "from_package"]


def test_the_tag_as_a_module_finds_its_options(page: Page, collector: Collector) -> None:
    tag = collector.tag().replace("<script defer", "<script type=module")
    page.goto(collector.page("/module", head=tag))
    collector.wait_for("pageview")
    assert collector.stored()[0]["site"] == "shop"


def test_the_core_build_tells_a_visit(page: Page, collector: Collector) -> None:
    body = "<div style='height:4000px'></div><a href='http://away.test/'>x</a>"
    page.goto(collector.page("/core", body, collector.tag("sdk.core.js")))
    collector.wait_for("pageview")
    page.evaluate("footfall('event', 'own', {n: 1}); scrollTo(0, 9000)")
    collector.wait_for("own")
    collector.wait_for("scroll")
    page.click("a")
    collector.wait_for("user_engagement")
    assert {hit["event_type"] for hit in collector.hits()} == {
        "pageview",
        "own",
        "scroll",
        "click",
        "user_engagement",
    }


def test_web_vitals_travel_in_the_last_beacon(page: Page, collector: Collector) -> None:
    head = collector.tag("vitals.js") + collector.tag()
    page.goto(collector.page("/vitals", "<h1>Large text</h1><button>x</button>", head))
    collector.wait_for("pageview")
    page.click("button")
    page.goto("about:blank")
    [hit] = collector.wait_for("web_vitals")
    assert {"fcp", "lcp", "ttfb"} <= set(hit["data"])
    assert 0 < hit["data"]["ttfb"] <= hit["data"]["fcp"] <= hit["data"]["lcp"]
    last = collector.received[-1].hits
    assert [hit["event_type"] for hit in last] == ["web_vitals", "user_engagement"]


def test_a_route_is_left_with_its_vitals_where_there_is_no_navigation_api(
    page: Page, collector: Collector
) -> None:
    page.add_init_script("delete window.navigation")
    head = collector.tag("vitals.js") + collector.tag()
    page.goto(collector.page("/first", "<h1>Text</h1>", head))
    collector.wait_for("pageview")
    page.evaluate("history.replaceState({}, '', '/first?page=2')")
    push(page, "/second")
    page.goto("about:blank")
    collector.wait_for("web_vitals", 2)
    [(first, load), (second, route)] = told(collector, "web_vitals")
    assert (first, second, route) == ("/first", "/second", {"cls": 0})
    assert {"fcp", "ttfb", "cls"} <= set(load)


def test_in_hash_mode_a_fragment_is_a_route(page: Page, collector: Collector) -> None:
    head = collector.tag("vitals.js") + collector.tag(hash="")
    page.goto(collector.page("/hash", "<h1>Text</h1>", head))
    collector.wait_for("pageview")
    page.evaluate("location.hash = '#/pricing'")
    [hit] = collector.wait_for("web_vitals")
    assert hit["url"] == f"{collector.site}/hash"


def test_an_address_changed_before_the_tracker_looked_is_no_route(
    page: Page, collector: Collector
) -> None:
    collector.scripts["/boot.js"] = b"history.replaceState({}, '', '/home')"
    head = "".join(collector.tag(script) for script in ("vitals.js", "boot.js", "sdk.js"))
    page.goto(collector.page("/redirected", "<h1>Text</h1>", head))
    collector.wait_for("pageview")
    page.goto("about:blank")
    collector.wait_for("web_vitals")
    [(path, vitals)] = told(collector, "web_vitals")
    assert path == "/home"
    assert {"fcp", "lcp", "ttfb", "cls"} == set(vitals)


def test_the_click_that_opens_a_route_counts_for_that_route(
    page: Page, collector: Collector
) -> None:
    head = collector.tag("vitals.js") + collector.tag()
    body = (
        "<button onclick=\"history.pushState({}, '', '/opened');"
        'for (const end = performance.now() + 60; performance.now() < end;);">x</button>'
        "<script>new PerformanceObserver(list => { window.seen = list.getEntries().length })"
        ".observe({ type: 'first-input', buffered: true })</script>"
    )
    page.goto(collector.page("/opener", body, head))
    collector.wait_for("pageview")
    page.click("button")
    page.wait_for_function("window.seen")
    page.goto("about:blank")
    collector.wait_for("web_vitals", 2)
    [(_, opener), (path, opened)] = told(collector, "web_vitals")
    assert "inp" not in opener
    assert path == "/opened"
    assert opened["inp"] >= 60


def test_a_submitted_form_is_an_event_without_its_content(page: Page, collector: Collector) -> None:
    body = (
        "<form id=signup action='/thanks'><input name=id value='secret'>"
        "<button>send</button></form>"
    )
    page.goto(collector.page("/form", body, collector.tag("forms.js") + collector.tag()))
    page.click("button")
    [hit] = collector.wait_for("form_submit")
    assert hit["data"] == {"form": "signup"}
    assert "secret" not in str([received.beacon for received in collector.received])


def test_a_form_is_begun_once_a_pageview(page: Page, collector: Collector) -> None:
    body = (
        "<form name=order><input id=one name=secret><select><option>a<option>b</select></form>"
        "<input id=outside form=far><form id=far></form><input id=alone>"
        "<form id=scripted><input id=set></form>"
    )
    page.goto(collector.page("/order", body, collector.tag("forms.js") + collector.tag()))
    page.type("#alone", "x")
    page.evaluate("document.all.set.dispatchEvent(new Event('input', { bubbles: true }))")
    page.type("#one", "typed")
    page.select_option("select", "b")
    page.type("#outside", "typed")
    push(page, "/order?step=2")
    page.type("#one", "typed")
    push(page, "/order/2")
    page.type("#one", "typed")
    push(page, "/order")
    page.type("#one", "typed")
    end(page, collector)
    assert told(collector, "form_start") == [
        ("/order", {"form": "order"}),
        ("/order", {"form": "far"}),
        ("/order/2", {"form": "order"}),
        ("/order", {"form": "order"}),
    ]
    sent = str([received.beacon for received in collector.received])
    assert "secret" not in sent
    assert "typed" not in sent


def test_a_form_marked_off_is_never_reported(page: Page, collector: Collector) -> None:
    body = (
        "<div data-footfall-off><form id=inner onsubmit='return false'><input></form></div>"
        "<form data-footfall-off id=own onsubmit='return false'><input></form>"
    )
    page.goto(collector.page("/off", body, collector.tag("forms.js") + collector.tag()))
    for form in ("#inner", "#own"):
        page.type(f"{form} input", "x")
        page.press(f"{form} input", "Enter")
    end(page, collector)
    assert told(collector, "form_start") == told(collector, "form_submit") == []


def test_a_search_is_reported_on_each_pageview_that_has_one(
    page: Page, collector: Collector
) -> None:
    head = collector.tag("search.js", params="q, s") + collector.tag()
    page.goto(collector.page("/find", head=head) + "?q=&s=Red++Shoes%20&page=secret")
    collector.wait_for("site_search")
    push(page, "/find?q=red%20shoes&page=2")  # the same
    push(page, "/find?q=blue")
    push(page, "/item")
    push(page, "/other?s=blue")
    push(page, "/other?q=%20")
    push(page, "/other?s=blue")
    page.evaluate("history.go(-4)")
    page.wait_for_function("location.search === '?q=blue'")
    collector.wait_for("site_search", 5)
    end(page, collector)
    assert told(collector, "site_search") == [
        ("/find", {"term": "red shoes"}),
        ("/find", {"term": "blue"}),
        ("/other", {"term": "blue"}),
        ("/other", {"term": "blue"}),
        ("/find", {"term": "blue"}),
    ]
    assert [hit["event_type"] for hit in collector.hits()][:2] == ["pageview", "site_search"]
    assert "secret" not in str([received.beacon for received in collector.received])


def test_without_named_parameters_no_search_is_reported(page: Page, collector: Collector) -> None:
    head = collector.tag("search.js") + collector.tag()
    page.goto(collector.page("/unnamed", head=head) + "?q=shoes&undefined=x&=y")
    end(page, collector)
    assert told(collector, "site_search") == []


TERMS = {
    "  Caf\u0065\u0301\t\n AU  lait ": "caf\u00e9 au lait",
    "from Joe.Doe@Example.com today": "from *** today",
    "joe%40example.com": "***",
    "mailto:joe@example.com?x": "mailto:***?x",
    "@joe v1.2": "@joe v1.2",
    "joe@home": "joe@home",
    "123456": "123456",
    "1234567": "***",
    "call +49 30-123.45 67!": "call +***!",
    "+1 \u2013 555 \u2013 0199 ext": "+*** ext",
    "12345 and 67890": "12345 and 67890",
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667": "***",
    "x" * 90 + " joe@example.com": "x" * 90 + " ***",
    "x" * 99 + "\U0001f45f\U0001f45f": "x" * 99 + "\U0001f45f",
    "x" * 98 + "1234567": "x" * 98 + "**",
}


def test_a_term_is_folded_masked_and_cut(page: Page, collector: Collector) -> None:
    head = collector.tag("search.js", params="q") + collector.tag()
    page.goto(collector.page("/terms", head=head))
    collector.wait_for("pageview")
    for term in TERMS:
        push(page, f"/terms?q={quote(term)}")
    collector.wait_for("site_search", len(TERMS))
    assert [data["term"] for _, data in told(collector, "site_search")] == list(TERMS.values())


def test_a_page_that_is_not_found_says_so_once(page: Page, collector: Collector) -> None:
    head = NOT_FOUND + collector.tag("not_found.js") + collector.tag()
    page.goto(collector.page("/gone", head=head))
    collector.wait_for("not_found")
    push(page, "/gone?again")
    page.evaluate("footfall('event', 'waited')")  # sent 300 ms after it, as the page is looked at
    collector.wait_for("waited")
    page.evaluate("history.replaceState({}, '', '/found'); document.querySelector('meta').remove()")
    collector.wait_for("pageview", 2)
    push(page, "/passed")
    page.evaluate(
        "history.pushState({}, '', '/lost');"
        "requestAnimationFrame(() => requestAnimationFrame(() => {"
        f"document.head.innerHTML += '{NOT_FOUND}' }}))"
    )
    collector.wait_for("not_found", 2)
    page.go_back()
    collector.wait_for("not_found", 3)
    end(page, collector)
    assert told(collector, "not_found") == [("/gone", {}), ("/lost", {}), ("/passed", {})]


TROUBLE = {
    "no_observer": "delete window.PerformanceObserver",
    "no_timing": "delete window.performance",
    "no_entries": "performance.getEntriesByType = () => []",
    "no_navigation": "delete window.navigation",
    "frozen_history": "Object.freeze(history); Object.freeze(History.prototype)",
    "broken_command": "window.footfall = () => { throw new Error('broken') }",
    "no_command": "window.footfall = { q: 'nonsense' }",
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_no_add_on_breaks_a_page_that_has_not_what_it_needs(
    trouble: str, page: Page, collector: Collector
) -> None:
    page.add_init_script(TROUBLE[trouble])
    page.goto(all_add_ons(collector, f"/trouble/{trouble}"))
    page.type("input", "x")
    page.press("input", "Enter")
    push(page, f"/trouble/{trouble}?q=shoes")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("location.search") == "?q=shoes"


@pytest.mark.parametrize("stub", ["", STUB])
def test_calls_for_a_tracker_that_never_loads_do_not_pile_up(
    stub: str, page: Page, collector: Collector
) -> None:
    page.goto(all_add_ons(collector, "/untracked", stub))
    page.evaluate("""async () => {
        for (let n = 0; n < 60; n++) {
            history.pushState({}, '', '?q=' + n);
            await new Promise(done => setTimeout(done));
        }
    }""")
    assert page.evaluate("footfall.q.length") == 50


def all_add_ons(collector: Collector, path: str, head: str = "") -> str:
    """Serves a page with every add-on and no tracker; returns its address."""
    head += NOT_FOUND + "".join(collector.tag(script, params="q") for script in ADD_ONS)
    return collector.page(path, "<form id=f onsubmit='return false'><input></form>", head)


def test_add_ons_leave_no_names_in_the_page(page: Page, collector: Collector) -> None:
    head = (
        "<script>window.known = new Set(Object.getOwnPropertyNames(window))</script>"
        + "".join(collector.tag(script, params="q") for script in ADD_ONS)
        + collector.tag()
    )
    page.goto(collector.page("/names", head=head))
    collector.wait_for("pageview")
    names = page.evaluate("Object.getOwnPropertyNames(window).filter(name => !known.has(name))")
    assert set(names) <= {"known", "footfall"}


def test_what_add_ons_say_before_the_tracker_has_loaded_is_not_lost(
    page: Page, collector: Collector
) -> None:
    head = NOT_FOUND + collector.tag("search.js", params="q") + collector.tag("not_found.js")
    page.goto(collector.page("/early", head=head) + "?q=shoes")
    page.wait_for_function("window.footfall?.q?.length === 2")
    page.add_script_tag(url=collector.script)
    collector.wait_for("not_found")
    assert [hit["event_type"] for hit in collector.hits()] == [
        "pageview",
        "site_search",
        "not_found",
    ]
