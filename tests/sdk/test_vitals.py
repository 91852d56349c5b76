"""The add-on's web vitals beside those of the npm package `web-vitals`, on the very same pages."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.sdk.collector import DIST, Collector, Json
from tests.sdk.conftest import HIDING
from tests.sdk.test_prerender import GO, RULES
from tests.sdk.undriven import undriven_browser

pytestmark = pytest.mark.browser

PACKAGE = DIST.parents[1] / "node_modules/web-vitals/dist/web-vitals.iife.js"
OF_A_ROUTE = ("inp", "cls")
TOLERANCE = {"cls": 0.001}
TOLERANCE_MS = 1

STUB = (
    "<script>window.footfall = function () { (footfall.q = footfall.q || []).push(arguments) }"
    "</script>"
)
# What the package measures, as events. What it measures while the page is shown is sent in a task
# of its own, so that its next metric is not late; `hidden` ends what was sent.
REFERENCE = """
let turn = 0;
addEventListener('pageshow', () => { turn++ }, true);
for (const name of ['LCP', 'INP', 'CLS', 'FCP', 'TTFB']) {
    webVitals['on' + name](({ value, navigationType, navigationURL }) => {
        const data = { name: name.toLowerCase(), value, kind: navigationType, of: navigationURL,
            turn: navigationType === 'back-forward-cache' ? turn : 0 };
        const send = () => footfall('event', 'reference', data);
        if (document.hidden) send(); else setTimeout(send);
    }, { reportSoftNavs: true });
}
addEventListener('visibilitychange', () => document.hidden && footfall('event', 'hidden'), true);
"""

# A page that can be pushed down and is busy with clicks and keys for as long as the visit says;
# another button changes the route. It notes what the browser measured of what was done.
ACTS = """
const { efforts, routes } = VISIT;
const lcps = [], shifts = [], softs = [], owed = new Set();
let lastInput = -Infinity;
const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type, buffered: true, durationThreshold: 16 });
watch('largest-contentful-paint', (entry) => lcps.push(entry));
watch('layout-shift', (entry) => shifts.push(entry));
watch('soft-navigation', (entry) => softs.push(entry));
watch('event', (entry) => owed.delete(entry.name + entry.startTime));
for (const type of ['pointerup', 'keydown', 'keyup']) {
    addEventListener(type, () => { lastInput = performance.now() });
}
const labour = (event, ms = efforts.shift()) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    if (ms >= 40) owed.add(event.type + event.timeStamp);
};
work.onclick = (event) => labour(event);
addEventListener('keydown', (event) => labour(event));
const frames = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)));
const idle = () => new Promise((done) => requestIdleCallback(done, { timeout: 1000 }));
const until = async (holds) => { while (!holds()) await frames(); };
const settle = async () => {
    await until(() => document.readyState === 'complete' && !owed.size);
    await frames(); await idle(); await idle();
};
const write = (size) => {
    const line = document.createElement('div');
    line.style = 'position: fixed; top: 300px; font-size: ' + size + 'px';
    line.textContent = 'Text of some length';
    document.body.append(line);
};
const grow = async (size) => {
    const known = lcps.length;
    write(size);
    await until(() => lcps.length > known);
};
const hastyShift = async (pixels) => {
    const known = shifts.length;
    box.style.height = (parseInt(box.style.height) + pixels) + 'px';
    await until(() => shifts.length > known);
};
const shift = async (gap, pixels) => {
    const last = shifts.at(-1)?.startTime ?? -Infinity;
    // Shifts within half a second of an input do not count.
    await until(() => performance.now() - Math.max(last + gap, lastInput + 600) > 0);
    await hastyShift(pixels);
};
const draw = (path) => { news.innerHTML = '<h2>Now at ' + path + '</h2>' };
route.onclick = async (event) => {
    // The click is measured first, so that it belongs to the route it leaves.
    labour(event, 45);
    await settle();
    const [how, path] = routes.shift();
    if (how === 'back') history.back();
    else { history[how + 'State']({}, '', path); draw(path); }
};
addEventListener('popstate', () => draw(location.pathname));
const clock = performance.now.bind(performance);
addEventListener('pageshow', ({ persisted }) => {
    window.isRestored = persisted;
    // Who asks for the time in one frame is told the same, however busy the machine is.
    if (persisted) requestAnimationFrame(() => requestAnimationFrame(() => {
        const now = clock();
        performance.now = () => now;
        setTimeout(() => { performance.now = clock });
    }));
});
"""
BODY = """
<style>
    body { margin: 0 } #news { height: 60px }
    button { position: fixed; left: 600px; width: 100px; height: 30px }
</style>
<button id=work style='top: 0'>work</button><button id=route style='top: 50px'>route</button>
<div id=box style='height: 10px'></div><div id=news>Some text</div>
<div style='height: 900px; background: silver'></div>
"""
WORK, ROUTE = (650, 15), (650, 65)

SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='500' height='400'>{}</svg>".format(
    # Chromium counts no image of less than 0.05 bits a pixel.
    "".join(f"<rect x='{n}' y='{n}' width='99' height='99'/>" for n in range(100, 300))
)


@dataclass
class Visit:
    """What is done on a page, step by step."""

    name: str
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    starts_hidden: bool = False
    ends_hidden: bool = False

    @property
    def path(self) -> str:
        return f"/vitals/{self.name}"

    @property
    def restores(self) -> int:
        return self.steps.count(("restore",))

    def body(self) -> str:
        efforts = [step[1] for step in self.steps if step[0] in ("click", "key")]
        routes = [step for step in self.steps if step[0] in ("push", "replace", "back")]
        acts = ACTS.replace("VISIT", json.dumps({"efforts": efforts, "routes": routes}))
        return f"{BODY}<script>{acts}</script>"


def visits() -> Iterator[Visit]:
    """Chosen ones, and some drawn by lot."""
    yield Visit("still")
    yield Visit("late_image", [("image",), ("click", 50)])
    yield Visit("text_grows", [("grow", 40), ("grow", 60), ("key", 60)])
    yield Visit("larger_text_after_input", [("click", 0), ("write", 90)])
    yield Visit("one_window", [("shift", 0, 40), ("shift", 300, 60), ("shift", 300, 20)])
    yield Visit("worse_window_first", [("shift", 0, 90), ("shift", 1_050, 40)])
    yield Visit("worse_window_last", [("shift", 0, 20), ("shift", 1_050, 90), ("shift", 0, 60)])
    yield Visit("more_than_five_seconds", [("shift", 600, 20 + n * 5) for n in range(11)])
    yield Visit("shift_after_input", [("shift", 0, 10), ("click", 45), ("hastyShift", 90)])
    yield Visit("quick_clicks", [("click", 0)] * 3)
    yield Visit("49_interactions", [("click", 90), *[("key", 0)] * 47, ("click", 60)])
    yield Visit("60_interactions", [("click", 120), *[("key", 0)] * 58, ("click", 64)])
    yield Visit("110_interactions", [*[("key", 0)] * 107, *(("click", ms) for ms in (96, 64, 48))])
    yield Visit("12_slow_interactions", [("click", 45 + n * 10 % 70) for n in range(12)])
    yield Visit("hidden_at_start", [("shift", 0, 40), ("click", 60)], True, True)
    yield Visit("hidden_at_start_still", [], True, True)
    yield Visit("hidden_at_start_pushed", [("click", 60), ("push", "/shown")], True, True)
    yield Visit("other_tab", [("shift", 0, 50), ("click", 80)], ends_hidden=True)
    yield Visit("pushed", [("shift", 0, 60), ("click", 90), ("push", "/pushed"), ("click", 70)])
    yield Visit("replaced", [("key", 70), ("replace", "/new"), ("shift", 0, 80), ("click", 60)])
    yield Visit(
        "back",
        [
            *[("click", 80), ("push", "/back/a"), ("shift", 0, 30), ("click", 110), ("back",)],
            *[("shift", 0, 80), ("key", 65)],
        ],
    )
    yield Visit(
        "many_routes",
        [("key", 60), *(s for n in range(3) for s in (("push", f"/many/{n}"), ("key", 60 + n)))],
    )
    yield Visit("restored", [("shift", 0, 50), ("click", 70), ("restore",)])
    yield Visit("restored_quick", [("click", 100), ("restore",), ("click", 0)])
    yield Visit(
        "restored_twice",
        [("click", 0), ("restore",), ("shift", 0, 30), ("key", 80), ("restore",), ("key", 50)],
    )
    for number in range(6):
        yield drawn(number)


def drawn(number: int) -> Visit:
    lot = random.Random(number)
    images = [("image",)] * lot.randrange(2)
    texts = [("grow", size) for size in sorted(lot.sample((30, 40, 50, 60), lot.randrange(3)))]
    shifts = [
        ("shift", lot.choice((0, 0, 200, 1_020)), lot.randrange(10, 90))
        for _ in range(lot.randrange(4))
    ]
    acts = [
        (lot.choice(("click", "key")), lot.choice((0, 0, 45, 60, 90, 130)))
        for _ in range(lot.randrange(12))
    ]
    return Visit(f"drawn_{number}", [*texts, *images, *shifts, *acts])


VISITS = list(visits())


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_the_add_on_measures_what_the_package_measures(
    visit: Visit, context: BrowserContext, collector: Collector
) -> None:
    collector.pages["/late.svg"] = (
        SVG,
        {"Content-Type": "image/svg+xml", "Cache-Control": "no-store"},
    )
    elsewhere = collector.page("/elsewhere")
    page = context.new_page()
    if visit.starts_hidden:
        page.add_init_script("window.startsHidden = true;")
    if visit.starts_hidden or visit.ends_hidden:
        page.add_init_script(HIDING)
    page.goto(collector.page(visit.path, visit.body(), measuring_head(collector)))
    if visit.starts_hidden:
        page.evaluate("frames()")
        page.evaluate("show(true)")
    for step in visit.steps:
        act(step, page, collector)
    finish(page, "settle()")
    if visit.ends_hidden:
        page.evaluate("show(false)")
    else:
        page.goto(elsewhere)
    compare(collector, hidings=visit.restores + 1)


def test_the_add_on_measures_a_prerendered_page_as_the_package_does(
    collector: Collector, tmp_path: Path
) -> None:
    leave = (
        "<script>addEventListener('load', () => document.prerendering && fetch('/prepared'));"
        "document.addEventListener('prerenderingchange', () => new PerformanceObserver("
        "() => requestIdleCallback(() => { location.href = '/elsewhere' })"
        ").observe({ type: 'largest-contentful-paint', buffered: true }))</script>"
    )
    collector.page("/elsewhere")
    collector.page("/rendered", f"<h1>Text</h1>{leave}", measuring_head(collector))
    start = collector.page("/start", GO, RULES)
    with undriven_browser(start, tmp_path / "profile"):
        collector.wait(lambda: "/prepared" in collector.requested)
        collector.go.set()
        collector.wait_for("web_vitals")
        # The package may end LCP when the page becomes visible, before it is painted.
        compare(collector, hidings=1, without="lcp")
    [hit] = collector.hits("web_vitals")
    assert hit["data"]["lcp"] >= hit["data"]["fcp"]
    assert {hit["data"]["kind"] for hit in collector.hits("reference")} == {"prerender"}


def measuring_head(collector: Collector) -> str:
    """Loads the add-on, the package and the tracker."""
    collector.scripts["/package.js"] = PACKAGE.read_bytes()
    collector.scripts["/reference.js"] = REFERENCE.encode()
    scripts = ("vitals.js", "package.js", "reference.js", "sdk.js")
    return STUB + "".join(collector.tag(script) for script in scripts)


def act(step: tuple[Any, ...], page: Page, collector: Collector) -> None:
    match step:
        case ("click", _):
            page.mouse.click(*WORK)
        case ("key", _):
            page.keyboard.press("a")
        case ("image",):
            draw_late_image(page, collector)
        case ("grow" | "shift" | "hastyShift" as name, *how):
            finish(page, f"{name}(...{how})")
        case ("write", size):
            finish(page, f"settle().then(() => write({size}))")
        case ("push" | "replace" | "back", *_):
            finish(page, "settle()")
            page.evaluate("softs.length = 0")
            page.mouse.click(*ROUTE)
            finish(page, "until(() => softs.length)")
        case ("restore",):
            finish(page, "settle()")
            page.goto(f"{collector.site}/elsewhere")
            page.go_back(wait_until="commit")
            page.wait_for_function("window.isRestored")


def finish(page: Page, work: str) -> None:
    """Waits for a promise, not for ever."""
    page.wait_for_function(f"{work}.then(() => true)")


def draw_late_image(page: Page, collector: Collector) -> None:
    gate = collector.gates["/late.svg"] = threading.Event()
    finish(page, "until(() => lcps.length)")
    known = page.evaluate("lcps.length")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        "'<img src=/late.svg style=\"position: fixed; top: 200px; width: 500px; height: 400px\">')"
    )
    collector.wait(lambda: "/late.svg" in collector.requested)
    gate.set()
    finish(page, f"until(() => lcps.length > {known})")


def compare(collector: Collector, hidings: int, without: str = "") -> None:
    """Both measured the same on the same pages, of each address in the same order."""

    def is_complete() -> bool:
        numbers = {hit["seq"] for hit in collector.hits()}
        ends = [hit["seq"] for hit in collector.hits("hidden")]
        return len(ends) == hidings and numbers >= set(range(1, max(ends)))

    collector.wait(is_complete)
    ours = sorted_by_path((hit["url"], hit["data"]) for hit in collector.hits("web_vitals"))
    theirs = reference(collector)
    assert [path for path, _ in ours] == [path for path, _ in theirs]
    for (_, measured), (_, expected) in zip(ours, theirs, strict=True):
        assert {*measured} - {without} == {*expected} - {without}, (ours, theirs)
        for name, value in expected.items():
            if name == without:
                continue
            tolerance = TOLERANCE.get(name, TOLERANCE_MS)
            assert abs(measured[name] - value) <= tolerance, (name, ours, theirs)


def reference(collector: Collector) -> list[tuple[str, Json]]:
    """What the package said last of each metric of each page that it tells apart."""
    found: dict[tuple[str, str, int], Json] = {}
    for hit in sorted(collector.hits("reference"), key=lambda hit: hit["seq"]):
        data = hit["data"]
        if data["kind"] != "soft-navigation" or data["name"] in OF_A_ROUTE:
            key = (data["of"], data["kind"], data["turn"])
            found.setdefault(key, {})[data["name"]] = data["value"]
    return sorted_by_path((of, values) for (of, *_), values in found.items())


def sorted_by_path(told: Any) -> list[tuple[str, Json]]:
    return sorted(((urlsplit(url).path, data) for url, data in told), key=lambda one: one[0])
