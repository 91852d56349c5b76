"""Every beacon arrives, and counts once, whatever network, collector and tabs do."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.sdk.collector import Answer, Collector

pytestmark = pytest.mark.browser

# Beacons that earlier pages left behind, n of them, free to be sent; the oldest first.
STORED = """n => {
    for (let i = 1; i <= n; i++) {
        const beacon_id = Date.now() - 60_000 + i + '-stored';
        const hit = { event_type: 'numbered', url: location.href, seq: i, data: { n: i } };
        localStorage['footfall.beacon.' + beacon_id] = JSON.stringify(
            [0, { beacon_id, events: [{ ...hit, age_ms: Date.now() }] }]);
    }
}"""
# Timers that wait and requests, as a page sees them that looks over everybody's shoulder.
WATCHED = """
    window.pending = new Set();
    const { setTimeout: later, clearTimeout: never, fetch: ask } = window;
    window.setTimeout = (work, wait, ...given) => {
        const id = later(() => { pending.delete(id); work(...given) }, wait);
        pending.add(id);
        return id;
    };
    window.clearTimeout = (id) => { pending.delete(id); never(id) };
    window.asked = window.answered = window.failed = 0;
    window.fetch = (...given) => {
        asked++;
        window.answer = ask(...given);
        answer.catch(() => { answered++; failed++ });
        return answer;
    };
    const { text: read } = Response.prototype;
    Response.prototype.text = function () {
        const text = read.call(this);
        const note = () => { answered++ };
        text.then(note, note);
        return text;
    };
"""
# Events of 3 KB each: five make a beacon, and three beacons are all that a page may keep alive.
BURST = """(first, count) => {
    const part = 'x'.repeat(1000);
    for (let n = first; n < first + count; n++) {
        footfall('event', 'numbered', { n, part, more: part, most: part });
    }
}"""


def _numbers(collector: Collector) -> list[int]:
    return sorted(hit["data"]["n"] for hit in collector.hits("numbered"))


def _failing_first(*answers: Answer) -> object:
    """The given answers to the first requests, 200 afterwards."""
    left = list(answers)
    return lambda _beacon: left.pop(0) if left else Answer()


@pytest.mark.parametrize("status", [500, 503, 429, 408, 0])
def test_a_refused_beacon_is_sent_again_unchanged(
    status: int, page: Page, collector: Collector
) -> None:
    collector.answer = _failing_first(Answer(status))
    page.goto(collector.page("/retry", head=collector.tag()))
    collector.wait_for("pageview")
    first, second = (received.beacon for received in collector.received)
    for beacon in (first, second):
        ages = [hit.pop("age_ms") for hit in beacon["events"]]
        beacon["age"] = ages[0]
    assert second.pop("age") > first.pop("age")
    assert first == second
    page.wait_for_function("Object.keys(localStorage).join() == 'footfall.session'")


@pytest.mark.parametrize("status", [400, 403, 413, 415])
def test_a_beacon_that_is_wrong_is_not_sent_again(
    status: int, page: Page, collector: Collector
) -> None:
    collector.answer = _failing_first(Answer(status))
    page.goto(collector.page("/wrong", head=collector.tag()))
    collector.wait(lambda: collector.received)
    page.evaluate("footfall('event', 'later')")
    collector.wait_for("later")
    assert [received.status for received in collector.received] == [status, 200]


def test_retry_after_is_waited_for(page: Page, collector: Collector) -> None:
    page.clock.install()
    collector.answer = _failing_first(Answer(503, {"Retry-After": "600"}))
    page.goto(collector.page("/patience", head=collector.tag()))
    page.clock.run_for(1_000)
    collector.wait(lambda: collector.received)
    page.wait_for_function(
        "Object.keys(localStorage).some(k => k.includes('beacon') &&"
        "JSON.parse(localStorage[k])[0] > Date.now() + 590_000)"
    )
    page.clock.run_for(590_000)
    assert len(collector.received) == 1
    page.clock.run_for(20_000)
    collector.wait_for("pageview")


def test_the_back_off_grows_while_the_collector_is_down(page: Page, collector: Collector) -> None:
    page.clock.install()
    collector.answer = lambda _beacon: Answer(503)
    page.goto(collector.page("/down", head=collector.tag()))
    page.clock.run_for(1_000)
    for attempt in range(1, 6):
        collector.wait(lambda attempt=attempt: len(collector.received) >= attempt)
        page.wait_for_function(
            "Object.keys(localStorage).some(k => k.includes('beacon') &&"
            "JSON.parse(localStorage[k])[0] < Date.now() + 600_000)"
        )
        page.clock.run_for(1_000 * 2**attempt)
    assert 4 <= len(collector.received) <= 7


def test_however_many_beacons_wait_one_timer_waits(page: Page, collector: Collector) -> None:
    page.clock.install()
    page.add_init_script(WATCHED)
    address = collector.page("/hour", head=collector.tag())
    page.goto(address)
    page.clock.run_for(1_000)
    collector.wait_for("pageview")
    page.evaluate(STORED, 10)
    collector.clear()
    collector.answer = lambda _beacon: Answer(503)
    page.goto(address)
    page.clock.run_for(1_000)
    page.wait_for_function("asked > 0 && asked == answered")
    for minute in range(60):
        assert page.evaluate("pending.size") == 1, f"after {minute} minutes"
        page.clock.run_for(60_000)
        page.wait_for_function("asked == answered")
    assert 12 <= len(collector.received) <= 40
    collector.answer = lambda _beacon: Answer()
    for _ in range(10):  # each answer starts the clock of what waits next
        page.clock.run_for(60_000)
        page.wait_for_function("asked == answered")
    collector.wait(lambda: _numbers(collector) == list(range(1, 11)))
    collector.wait_for("pageview")
    assert page.evaluate("pending.size") == 0


def test_opting_out_forgets_the_beacon_under_way_too(page: Page, collector: Collector) -> None:
    under_way: list[Route] = []
    page.add_init_script(WATCHED)
    page.goto(collector.page("/withdrawn", head=collector.tag()))
    collector.wait_for("pageview")
    page.route("**/api/e", lambda route: under_way.append(route))
    page.evaluate("footfall('event', 'under_way')")
    page.wait_for_function("asked == 2")
    page.evaluate("footfall('optOut')")
    under_way[0].fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"})
    page.wait_for_function("answered == 2")
    assert page.evaluate("Object.keys(localStorage)") == ["footfall.mode"]


def test_what_happened_offline_is_sent_when_the_network_is_back(
    context: BrowserContext, collector: Collector
) -> None:
    page = context.new_page()
    address = collector.page("/offline", head=collector.tag())
    page.goto(address)
    collector.wait_for("pageview")
    context.set_offline(True)
    page.evaluate("footfall('event', 'numbered', {n: 1})")
    page.wait_for_function(
        "Object.keys(localStorage).some(k => k.includes('beacon') &&"
        "JSON.parse(localStorage[k])[0] < Date.now() + 600_000)"
    )
    context.set_offline(False)
    page.goto(address)
    collector.wait_for("numbered")
    assert _numbers(collector) == [1]


def test_an_outage_and_closed_tabs_lose_nothing(
    context: BrowserContext, collector: Collector
) -> None:
    address = collector.page("/outage", head=collector.tag())
    page = context.new_page()
    page.goto(address)
    collector.wait_for("pageview")
    collector.answer = lambda _beacon: Answer(503)
    for n in range(3):
        page.evaluate("n => footfall('event', 'numbered', {n})", n)
        collector.wait(
            lambda n=n: any(hit["data"].get("n") == n for r in collector.received for hit in r.hits)
        )
    page.evaluate("footfall('event', 'numbered', {n: 3})")
    page.close(run_before_unload=True)
    collector.wait(
        lambda: any(
            hit["event_type"] == "user_engagement" for r in collector.received for hit in r.hits
        )
    )
    collector.answer = lambda _beacon: Answer()
    context.new_page().goto(address)
    collector.wait_for("user_engagement")
    collector.wait(lambda: len(_numbers(collector)) == 4)
    assert _numbers(collector) == [0, 1, 2, 3]
    assert len(collector.hits("pageview")) == 2


@pytest.mark.parametrize("target", ["/after", "about:blank"])
def test_thirty_large_events_and_a_navigation_all_arrive(
    target: str, context: BrowserContext, collector: Collector
) -> None:
    collector.page("/after", head=collector.tag())
    page = context.new_page()
    page.goto(collector.page("/burst", head=collector.tag()))
    collector.wait_for("pageview")
    page.evaluate(f"target => {{ ({BURST})(0, 30); location.href = target }}", target)
    collector.wait(lambda: len(_numbers(collector)) >= 30)
    assert _numbers(collector) == list(range(30))


def test_a_beacon_that_may_not_outlive_its_page_is_sent_by_the_page_after_it(
    context: BrowserContext, collector: Collector
) -> None:
    collector.page("/after", head=collector.tag())
    page = context.new_page()
    page.add_init_script(WATCHED)
    page.goto(collector.page("/burst", head=collector.tag()))
    collector.wait_for("pageview")
    held: list[Route] = []

    def hold_the_fourth(route: Route) -> None:
        if '"n":18,' in (route.request.post_data or "") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/e", hold_the_fourth)
    page.evaluate(f"({BURST})(0, 24)")
    page.evaluate("footfall('event', 'last')")
    page.wait_for_function("asked == 6 && asked == answered + 1")
    beacons = [received.beacon["beacon_id"] for received in collector.received]
    assert len(held) == 1
    assert _numbers(collector) == [*range(15), *range(20, 24)]
    assert len(set(beacons)) == len(beacons) == page.evaluate("answered")
    page.unroute("**/api/e")
    page.goto(f"{collector.site}/after")
    collector.wait(lambda: _numbers(collector) == list(range(24)))


def test_an_answer_makes_room_when_it_is_read(page: Page, collector: Collector) -> None:
    page.add_init_script(WATCHED)
    page.goto(collector.page("/room", head=collector.tag()))
    collector.wait_for("pageview")
    page.evaluate(
        f"""async () => {{
            for (let first = 0; first < 48; first += 6) {{ ({BURST})(first, 7); await answer; }}
        }}"""
    )
    collector.wait(lambda: set(_numbers(collector)) == set(range(49)))
    assert page.evaluate("failed") == 0


def test_a_long_text_is_cut_and_takes_nothing_with_it(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/text", head=collector.tag()))
    given = "{ short: 'a', long: 'b'.repeat(200_000), count: 5, is_new: false, list: [1] }"
    page.evaluate(f"footfall('event', 'talkative', {given})")
    [hit] = collector.wait_for("talkative")
    assert hit["data"] == {"short": "a", "long": "b" * 1_000, "count": 5, "is_new": False}
    collector.wait_for("pageview")


def test_a_large_event_travels_alone(page: Page, collector: Collector) -> None:
    page.goto(collector.page("/large", head=collector.tag()))
    page.evaluate(
        """() => {
            const text = 'x'.repeat(1000);
            footfall('event', 'many', Object.fromEntries([...Array(50)].map((_, n) => [n, text])));
            footfall('event', 'after');
        }"""
    )
    for kind in ("pageview", "many", "after"):
        collector.wait_for(kind)
    kinds = [[hit["event_type"] for hit in received.hits] for received in collector.received]
    assert ["many"] in kinds


def test_a_visit_costs_one_request_a_load_and_one_an_exit(page: Page, collector: Collector) -> None:
    collector.page("/two", head=collector.tag())
    page.goto(collector.page("/one", "<a href='/two'>x</a>", collector.tag()))
    collector.wait_for("pageview")
    page.click("a")
    collector.wait_for("pageview", 2)
    page.goto("about:blank")
    collector.wait_for("user_engagement", 2)
    kinds = [[hit["event_type"] for hit in received.hits] for received in collector.received]
    assert sorted(kinds) == [["pageview"], ["pageview"], ["user_engagement"], ["user_engagement"]]
    assert collector.preflights == 0


def test_entries_older_than_a_week_are_given_up(page: Page, collector: Collector) -> None:
    page.clock.install()
    collector.answer = lambda _beacon: Answer(503)
    address = collector.page("/week", head=collector.tag())
    page.goto(address)
    page.clock.run_for(1_000)
    collector.wait(lambda: collector.received)
    page.goto("about:blank")
    collector.clear()
    page.clock.fast_forward(7 * 24 * 3_600_000 + 60_000)
    page.goto(address)
    page.clock.run_for(1_000)
    collector.wait_for("pageview")
    page.wait_for_function("!Object.keys(localStorage).some(k => k.includes('beacon'))")
    assert len(collector.hits("pageview")) == 1


def test_a_clock_that_is_days_off_changes_no_age(page: Page, collector: Collector) -> None:
    page.clock.install(time="2019-01-01T00:00:00Z")
    page.goto(collector.page("/clock", head=collector.tag()))
    page.clock.run_for(1_000)
    [hit] = collector.wait_for("pageview")
    assert 0 <= hit["age_ms"] <= 1_000


def test_a_visitor_who_clicks_through_at_once_loses_nothing(
    context: BrowserContext, collector: Collector
) -> None:
    body = "<a id=next href='/click/{}'>on</a>"
    for n in range(5):
        collector.page(f"/click/{n}", body.format(n + 1), collector.tag())
    page = context.new_page()
    page.goto(f"{collector.site}/click/0")
    for n in range(1, 5):
        page.evaluate("n => footfall('event', 'numbered', {n})", n)
        page.click("#next")
        page.wait_for_url(f"**/click/{n}")
    collector.wait(lambda: _numbers(collector) == [1, 2, 3, 4])
    collector.wait_for("pageview", 5)
    collector.wait_for("user_engagement", 4)
