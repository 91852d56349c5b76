"""Main-thread CPU of the dashboard: `make bench-dashboard`.

Sums the thread time of the renderer's main-thread tasks in Chromium's trace (not wall time, so a
busy machine disturbs little): from the address to all visible charts, and for a range switch.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.dashboard.canned import Canned, canned
from tests.dashboard.conftest import DESKTOP, memory
from tests.harness.browser import chromium

RUNS = 7
GOALS = {"load": 400, "switch": 170}
CATEGORIES = ["-*", "toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]


def main_thread_ms(trace: dict[str, Any]) -> float:
    """CPU ms of the tasks of the renderer's main thread that did most."""
    events = trace["traceEvents"]
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one.get("name") == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    sums = dict.fromkeys(mains, 0.0)
    for one in events:
        place = one.get("pid"), one.get("tid")
        if one.get("ph") == "X" and "RunTask" in one["name"] and place in sums:
            sums[place] += one.get("tdur", 0) / 1000
    return max(sums.values())


def traced(browser: Browser, page: Page, act: Callable[[], None]) -> float:
    """CPU ms of the page's main thread while `act` runs."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    act()
    return main_thread_ms(json.loads(browser.stop_tracing()))


def settle(page: Page) -> None:
    """Numbers are there and the charts in sight are drawn, and painted."""
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".progress")).to_have_count(0)
    expect(page.locator(".chart-growth svg, .chart-minutes svg, .chart-donut svg")).to_have_count(4)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def measure(browser: Browser, server: Canned) -> dict[str, float]:
    """One load and one switch in a browser context of its own."""
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(memory())
    page = context.new_page()
    page.goto("about:blank")

    def load() -> None:
        page.goto(f"{server.origin}/?site=demo")
        settle(page)

    def switch() -> None:
        page.keyboard.press("2")
        expect(page.locator(".kpi[data-metric=users] .kpi-value")).not_to_have_text("37.9K")
        settle(page)

    found = {"load": traced(browser, page, load)}
    page.keyboard.press("1")  # the keys' chunk has arrived before the switch is measured
    expect(page.locator(".kpi[data-metric=users] .kpi-value")).not_to_have_text("37.9K")
    page.keyboard.press("3")
    expect(page.locator(".kpi[data-metric=users] .kpi-value")).to_have_text("37.9K")
    found["switch"] = traced(browser, page, switch)
    context.close()
    return found


def main() -> int:
    """Print the medians; 1 when a goal is missed."""
    with canned() as server, chromium() as browser:
        runs = [measure(browser, server) for _ in range(RUNS)]
    missed = 0
    for name, goal in GOALS.items():
        values = sorted(run[name] for run in runs)
        median = statistics.median(values)
        missed += median > goal
        spread = f"{values[0]:.0f} to {values[-1]:.0f} in {RUNS} runs"
        print(f"{name}: median {median:.0f} ms ({spread}), goal {goal} ms")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
