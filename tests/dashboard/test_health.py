"""The page of health: how fast, graded, by what splits it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.dashboard.canned import Answer, Canned, Question, answer, error
from tests.dashboard.conftest import Open, asked_by


def test_each_timing_says_its_percentile_its_grade_and_how_loads_split(open_page: Open) -> None:
    page = open_page("?site=demo&view=health")
    gauges = page.locator(".gauge")
    expect(gauges).to_have_count(6)
    expect(gauges.nth(0)).to_contain_text("Largest paint LCPgood2.1 s")
    expect(gauges.nth(0)).to_contain_text("74% good · 17% need work · 9% poor")
    expect(gauges.nth(1)).to_contain_text("Response to input INPneeds work236 ms")
    expect(gauges.nth(2)).to_contain_text("Layout shift CLSgood0.04")
    expect(page.locator("[aria-labelledby=vitals-title] .note").first).to_have_text(
        "75th percentile, 118,240 page loads"
    )


def test_timings_are_split_and_each_row_filters(open_page: Open) -> None:
    page = open_page("?site=demo&view=health")
    rows = page.locator(".timings tbody tr")
    expect(rows.nth(1).locator("td").nth(1)).to_have_text("3.8 s needs work")
    expect(rows.nth(1).locator("td").nth(4)).to_have_text("3.3 s needs work")
    expect(rows.nth(2).locator("td")).to_have_text(["15.4K", "–", "–", "–", "1.8 s", "–", "–"])
    page.get_by_role("tab", name="Page").focus()
    page.keyboard.press("ArrowRight")
    expect(rows.first.locator("bdi")).to_have_text("Desktop")
    assert page.url.endswith("view=health&item=device")
    assert [one["by"] for one in asked_by(page, "timings")] == [["page"], ["device"]]
    rows.first.get_by_role("button").click()
    expect(page.locator(".chip")).to_have_text("Device is Desktop")
    page.go_back()
    page.go_back()
    expect(rows.first.locator("bdi")).to_have_text("/")


def test_few_loads_are_counted_and_not_graded(open_page: Open, server: Canned) -> None:
    def few(name: str, question: Question) -> Answer:
        status, body = answer(name, question)
        if name == "timings":
            body["totals"]["lcp"] = {"n": 49, "p75": 9000, "good": 0, "needs": 0, "poor": 49}
            body["totals"]["inp"] = None
        return status, body

    server.respond = few
    page = open_page("?site=demo&view=health")
    expect(page.locator(".gauge").nth(0)).to_contain_text("few9.0 s")
    expect(page.locator(".gauge").nth(0)).to_contain_text("Few: 49 measured")
    expect(page.locator(".gauge").nth(1)).to_contain_text("Not measured in this period.")


def test_timings_that_cannot_be_read_say_so_and_are_asked_again(
    open_page: Open, server: Canned
) -> None:
    def failing(name: str, question: Question) -> Answer:
        return (503, error("busy", "Come back.")) if name == "timings" else answer(name, question)

    server.respond = failing
    page = open_page("?site=demo")
    expect(page.locator(".view-all").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("alert").first).to_contain_text("Come back.")
    server.respond = answer
    page.get_by_role("button", name="Retry").first.click()
    expect(page.locator(".gauge")).to_have_count(6)
