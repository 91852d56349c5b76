"""The dashboard on the real local stage: what was collected is what every section says."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Stage
from tests.dashboard.conftest import Open, choose_period

SITE = "http://example.com"


def visit(stage: Stage, visitor: str, paths: list[str], referrer: str, engaged_ms: int) -> None:
    """One session of a visitor, as the tracker reports it."""
    session = str(uuid.uuid4())
    common = {"visitor_id": visitor, "session_id": session, "language": "de-DE"}
    entry = {"url": SITE + paths[0], "referrer": referrer}
    events: list[dict[str, Any]] = [
        {"event_type": "pageview", "url": SITE + path, "seq": at} for at, path in enumerate(paths)
    ]
    last = {"url": SITE + paths[-1], "seq": len(paths), "data": {"engagement_ms": engaged_ms}}
    events.append({"event_type": "user_engagement", **last})
    answer = stage.collect({**common, "entry": entry, "referrer": referrer, "events": events})
    assert answer.body["accepted"] == len(events)


@pytest.fixture(scope="module")
def history(stage: Stage) -> Stage:
    """Nine sessions of seven visitors; two of them come back."""
    visitors = [str(uuid.uuid4()) for _ in range(7)]
    google = "https://www.google.com/"
    for at, visitor in enumerate(visitors):
        visit(stage, visitor, ["/", "/pricing"][: 1 + at % 2], google if at < 4 else "", 4000 * at)
    visit(stage, visitors[0], ["/pricing", "/docs", "/pricing"], "https://github.com/x", 12_000)
    visit(stage, visitors[1], ["/docs"], "", 0)
    return stage


def number(page: Page, selector: str) -> int:
    text = page.locator(selector).first.get_attribute("title") or ""
    return int(text.replace(",", ""))


def rows(page: Page, card: str) -> dict[str, int]:
    found: list[list[str]] = page.locator(f"[aria-labelledby={card}-title] tbody tr").evaluate_all(
        "all => all.map(one => [one.querySelector('bdi').textContent, one.cells[1].title])"
    )
    return {name: int(value.replace(",", "")) for name, value in found}


def expect_answers(page: Page, stage: Stage, **question: Any) -> None:
    """Every section says what the API says to the same question."""
    stats = stage.report("stats", compare="previous", **question).body
    users = page.locator(".kpi[data-metric=users] .kpi-value")
    expect(users).to_have_attribute("title", str(stats["totals"]["users"]))
    expect(page.locator(".progress")).to_have_count(0)
    for metric in ("sessions", "pageviews"):
        shown = number(page, f".kpi[data-metric={metric}] .kpi-value")
        assert shown == stats["totals"][metric]
    assert list(rows(page, "pages").values()) == [row["pageviews"] for row in stats["top"]["page"]]
    sources = [row["sessions"] for row in stats["top"]["source"]]
    assert list(rows(page, "acquisition").values()) == sources[:6]
    assert sum(rows(page, "devices").values()) == stats["totals"]["sessions"]
    legend = page.locator("[aria-labelledby=visitors-title] .legend span[title]")
    kinds = legend.evaluate_all("all => all.map(one => Number(one.title))")
    assert kinds == [stats["visitors"]["new"], stats["visitors"]["returning"]]


def test_every_section_says_what_was_collected(open_page: Open, history: Stage) -> None:
    page = open_page("?site=demo&range=24h&by=source", origin=history.origin, token=history.token)
    expect_answers(page, history, range="24h")
    assert number(page, ".kpi[data-metric=users] .kpi-value") == 7
    assert number(page, ".kpi[data-metric=sessions] .kpi-value") == 9
    expect(page.locator(".live-number")).to_have_text("7")
    page.locator(".chart-flow").scroll_into_view_if_needed()
    labels = page.locator(".chart-flow svg text")
    flow = history.report("sankey", range="24h", steps=4, limit=6).body
    expect(labels.filter(has_text="Exit").first).to_be_attached()
    named = {re.sub(r"\s+", "", text) for text in labels.all_text_contents()}
    assert flow["sessions"] == 9
    assert any(text.startswith("/pricing") for text in named)


def test_range_filter_and_comparison_change_all_of_it(open_page: Open, history: Stage) -> None:
    page = open_page("?site=demo&range=24h&by=source", origin=history.origin, token=history.token)
    expect_answers(page, history, range="24h")
    choose_period(page, "Last 7 days")
    expect_answers(page, history, range="7d")
    page.locator("[aria-labelledby=acquisition-title] tbody button").first.click()
    expect(page.locator(".chip")).to_have_count(1)
    source = history.report("stats", range="7d").body["top"]["source"][0]["id"]
    expect_answers(page, history, range="7d", filter=f"source:is:{source}")
    page.reload()
    expect_answers(page, history, range="7d", filter=f"source:is:{source}")
    page.go_back()
    expect_answers(page, history, range="7d")


def test_a_share_link_made_in_the_dashboard_opens_with_its_filters_locked(
    open_page: Open, history: Stage
) -> None:
    page = open_page("?site=demo&range=24h", origin=history.origin, token=history.token)
    expect(page.locator(".skeleton")).to_have_count(0)
    page.locator("[aria-labelledby=pages-title]").get_by_role(
        "button", name="/docs", exact=True
    ).click()
    expect(page.locator(".chip")).to_have_text("Page is /docs")
    page.keyboard.press("s")
    page.get_by_label("Links without signing in: Name").fill("For the board")
    page.get_by_role("button", name="Create").click()
    link = page.get_by_label("Copy it now: it is shown this once.").input_value()
    guest = open_page(link.removeprefix(f"{history.origin}/"), origin=history.origin, token="")
    expect(guest.locator(".chip")).to_have_text("Page is /docs")
    expect(guest.locator(".kpi[data-metric=sessions] .kpi-value")).to_have_text("2")
    page.get_by_role("button", name="Revoke: For the board").click()
    expect(page.get_by_role("button", name="Revoke: For the board")).to_have_count(0)


def test_the_site_is_renamed_and_a_reader_gets_a_token(open_page: Open, history: Stage) -> None:
    page = open_page("?site=demo&range=24h", origin=history.origin, token=history.token)
    expect(page.locator(".skeleton")).to_have_count(0)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name="Site and tracking").click()
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".site-name")).to_have_text("Renamed")
    page.get_by_label("Tokens for readers: Name").fill("A reader")
    page.get_by_role("button", name="Create").click()
    token = page.get_by_label("Copy it now: it is shown this once.").input_value()
    reader = open_page("?site=demo&range=24h", origin=history.origin, token=token)
    expect(reader.locator(".kpi[data-metric=users] .kpi-value")).to_have_text("7")


def test_the_settings_say_what_was_received_this_month_and_what_it_costs(
    open_page: Open, history: Stage
) -> None:
    authorization = f"Bearer {history.token}"
    used = history.call("GET", "/api/sites/demo/usage", authorization=authorization).body
    page = open_page("?site=demo&range=24h", origin=history.origin, token=history.token)
    expect(page.locator(".skeleton")).to_have_count(0)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name="Site and tracking").click()
    usage = page.get_by_role("region", name="Usage this month")
    shown = usage.locator("dd")
    expect(shown.first).to_have_text(f"{used['requests']:,}")
    assert used["requests"] >= 9
    dollars = f"{used['estimate_usd']:.4f}".rstrip("0").ljust(4, "0")
    counts = [f"{used['write_units']:,}", f"${dollars}", "0", "0"]
    assert shown.all_text_contents()[1:] == counts
