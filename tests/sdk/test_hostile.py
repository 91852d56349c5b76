"""On pages that fight back: no error of ours, the page works, and the visit counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.sdk.collector import Collector

pytestmark = pytest.mark.browser

HOSTILE = {
    "storage_denied": """
        for (const name of ['localStorage', 'sessionStorage']) {
            Object.defineProperty(window, name, { get() { throw new DOMException('denied') } });
        }""",
    "storage_null": """
        for (const name of ['localStorage', 'sessionStorage']) {
            Object.defineProperty(window, name, { value: null });
        }""",
    "storage_full": """
        Storage.prototype.setItem = () => { throw new DOMException('QuotaExceededError') };
        for (const name of ['localStorage', 'sessionStorage']) {
            const full = new Proxy({}, { set() { throw new DOMException('QuotaExceededError') } });
            Object.defineProperty(window, name, { value: full });
        }""",
    "storage_garbage": """
        localStorage['footfall.session'] = '{"visitor_id": 7';
        sessionStorage['footfall.session'] = 'null';""",
    "queue_garbage": "localStorage['footfall.beacon.9'] = '[0, ';",
    "frozen": """
        Object.freeze(history); Object.freeze(History.prototype);
        Object.freeze(Object.prototype); Object.freeze(Array.prototype);""",
    "no_timing": "performance.getEntriesByType = () => [];",
    "stub_is_no_function": "window.footfall = { q: 'nonsense' };",
}


@pytest.mark.parametrize("trouble", HOSTILE)
def test_the_visit_counts_and_nothing_breaks(
    trouble: str, page: Page, collector: Collector
) -> None:
    page.add_init_script(HOSTILE[trouble])
    page.goto(collector.page(f"/{trouble}", head=collector.tag()))
    collector.wait_for("pageview")
    page.evaluate("footfall('event', 'works'); history.pushState({}, '', '/moved')")
    collector.wait_for("works")
    assert page.evaluate("location.pathname") == "/moved"


def test_a_page_without_a_doctype_whose_body_scrolls_is_followed(
    page: Page, collector: Collector
) -> None:
    style = "<style>html, body { height: 100%; overflow: auto }</style>"
    collector.pages["/quirks"] = (f"<html><head>{style}{collector.tag()}</head><body>x", {})
    page.goto(f"{collector.site}/quirks")
    collector.wait_for("pageview")
    assert page.evaluate("document.scrollingElement") is None
    page.evaluate("history.pushState({}, '', '/quirks/next')")
    collector.wait_for("pageview", 2)
    [engaged] = collector.hits("user_engagement")
    assert engaged["data"]["percent"] == 100


def test_a_strict_content_security_policy_needs_only_script_and_connect(
    page: Page, collector: Collector
) -> None:
    origin = collector.script.removesuffix("/sdk.js")
    policy = (
        f"default-src 'none'; script-src {origin}; connect-src {origin};"
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    headers = {"Content-Security-Policy": policy}
    page.goto(collector.page("/csp", head=collector.tag(), **headers))
    collector.wait_for("pageview")
    assert [text for text in violations if "footfall" in text or "sdk" in text] == []


def test_a_page_that_forbids_the_connection_goes_on_unharmed(
    page: Page, collector: Collector
) -> None:
    headers = {"Content-Security-Policy": "connect-src 'none'"}
    page.goto(collector.page("/forbidden", head=collector.tag(), **headers))
    page.wait_for_function("Object.keys(localStorage).some(k => k.includes('beacon'))")
    page.evaluate("footfall('event', 'lost')")
    assert collector.received == []


def test_data_that_is_no_data_is_left_out(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/data", head=collector.tag()))
    page.evaluate("""() => {
        const cyclic = { ok: 1, big: 10n, none: undefined, call() {}, text: 'x', yes: true };
        cyclic.self = cyclic;
        footfall('event', 'cyclic', cyclic);
        footfall('event', 'getter', { get trap() { throw new Error('trap') } });
        footfall('event', 'nothing', null);
        footfall('nonsense');
        footfall();
    }""")
    collector.wait_for("nothing")
    assert collector.hits("cyclic")[0]["data"] == {"ok": 1, "text": "x", "yes": True}


def test_broken_links_break_nothing(page: Page, collector: Collector) -> None:
    body = (
        "<a id=t href='http://[' onclick='event.preventDefault()'>x</a>"
        "<a id=u href='javascript:void 0'>y</a>"
    )
    page.goto(collector.page("/broken", body, collector.tag()))
    page.click("#t")
    page.click("#u")
    page.evaluate("footfall('event', 'works')")
    collector.wait_for("works")
    assert collector.hits("click") == []


def test_history_keeps_its_results_and_its_arity(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/history", head=collector.tag()))
    assert page.evaluate("[history.pushState.length, history.replaceState.length]") == [2, 2]
    error = page.evaluate("""() => {
        try { history.pushState({}, '', 'https://elsewhere.test/') } catch (e) { return e.name }
    }""")
    assert error == "SecurityError"


def test_no_listener_costs_the_back_forward_cache(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/listeners", head=collector.tag()))
    collector.wait_for("pageview")
    session = page.context.new_cdp_session(page)
    window = session.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    found = session.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    types = {listener["type"] for listener in found}
    assert {"pagehide", "visibilitychange"} <= types
    assert not types & {"unload", "beforeunload"}


def test_start_up_asks_for_no_time_zone_and_no_layout_and_idling_holds_no_timer(
    page: Page, collector: Collector
) -> None:
    page.add_init_script("""
        window.asked = [];
        const note = (owner, name) => {
            const { get } = Object.getOwnPropertyDescriptor(owner, name);
            Object.defineProperty(owner, name, {
                get() { asked.push(name); return get.call(this) }, configurable: true });
        };
        for (const name of ['clientHeight', 'scrollHeight', 'scrollTop']) {
            note(Element.prototype, name);
        }
        Intl.DateTimeFormat = function () { asked.push('Intl') };
        window.pending = new Set();
        const { setTimeout: later, setInterval: often } = window;
        window.setTimeout = (work, wait, ...given) => {
            const id = later(() => { pending.delete(id); work(...given) }, wait);
            pending.add(id);
            return id;
        };
        window.setInterval = (...given) => { asked.push('setInterval'); return often(...given) };
    """)
    page.goto(collector.page("/cheap", "<p>x</p>", collector.tag()))
    collector.wait_for("pageview")
    page.wait_for_function("Object.keys(localStorage).length == 1")
    assert page.evaluate("[asked, pending.size]") == [[], 0]
