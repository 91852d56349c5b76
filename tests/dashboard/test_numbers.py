"""Every section shows the API's numbers, and every choice of the reader changes all of them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import Page, Position, Request, expect

from tests.dashboard import answers
from tests.dashboard.conftest import Open, choose_period

Json = dict[str, Any]


def titled(page: Page, selector: str) -> list[str]:
    """Exact numbers, which stand in the titles of the short ones."""
    titles: list[str] = page.locator(selector).evaluate_all("all => all.map(one => one.title)")
    return titles


def count(text: str) -> int:
    return int(text.replace(",", ""))


def shown(page: Page) -> Json:
    """What the page says, as numbers."""
    page.locator(".chart-flow").scroll_into_view_if_needed()
    expect(page.locator(".chart-flow svg")).to_be_attached()
    return {
        "totals": [count(one) for one in titled(page, ".kpi-value")[:3]],
        "live": count(titled(page, ".live-number")[0]),
        "acquisition": rows_of(page, "acquisition"),
        "pages": rows_of(page, "pages"),
        "devices": rows_of(page, "devices"),
        "visitors": [
            count(one)
            for one in titled(page, "[aria-labelledby=visitors-title] .legend span[title]")
        ],
        "flow": flow_of(page),
    }


def rows_of(page: Page, card: str) -> list[int]:
    return [
        count(one)
        for one in titled(page, f"[aria-labelledby={card}-title] tbody tr td:nth-child(2)")
    ]


def flow_of(page: Page) -> list[str]:
    return page.locator(".chart-flow svg text").all_text_contents()


def expected(question: dict[str, list[str]]) -> Json:
    stats = answers.stats(question)
    top = stats["top"]
    return {
        "totals": [stats["totals"][name] for name in ("users", "sessions", "pageviews")],
        "live": answers.realtime(question)["live_users"],
        "acquisition": [row["sessions"] for row in top["channel"][:6]],
        "pages": [row["pageviews"] for row in top["page"][:8]],
        "devices": [row["sessions"] for row in top["browser"][:7]],
        "visitors": [stats["visitors"]["new"], stats["visitors"]["returning"]],
    }


def asked(query: str) -> dict[str, list[str]]:
    return parse_qs(query)


def expect_numbers(page: Page, query: str) -> list[str]:
    """The page shows exactly the numbers of the question; returns the flow's labels."""
    question = asked(query)
    whole = expected(question)
    value = page.locator(".kpi[data-metric=users] .kpi-value")
    expect(value).to_have_attribute("title", f"{whole['totals'][0]:,}")
    expect(page.locator(".live-number")).to_have_attribute("title", f"{whole['live']:,}")
    expect(page.locator(".is-loading")).to_have_count(0)
    found = shown(page)
    flow = found.pop("flow")
    assert found == whole
    return flow


def test_every_section_shows_the_numbers_of_the_api(open_page: Open) -> None:
    page = open_page("?site=demo")
    flow = expect_numbers(page, "site=demo&range=30d&compare=previous")
    links = answers.sankey(asked("site=demo&range=30d"))["links"]
    landed = sum(link["value"] for link in links if link["source"] == "1|/")
    assert any(f"{landed / 1000:.1f}K" in text for text in flow)
    growth = page.locator(".chart-growth svg text").all_text_contents()
    assert {"Users", "Sessions", "Pageviews"} <= set(growth)
    assert page.locator(".chart-minutes svg path").count() >= 30
    before = page.locator(".kpi[data-metric=users] .before")
    stats = answers.stats(asked("site=demo&range=30d&compare=previous"))
    expect(before).to_have_attribute("title", f"{stats['previous']['users']:,}")


def test_a_range_changes_every_section_and_the_address(open_page: Open) -> None:
    page = open_page("?site=demo")
    whole = expect_numbers(page, "site=demo&range=30d&compare=previous")
    choose_period(page, "Last 7 days")
    expect_numbers(page, "site=demo&range=7d&compare=previous")
    assert "range=7d" in page.url
    page.go_back()
    assert expect_numbers(page, "site=demo&range=30d&compare=previous") == whole
    page.go_forward()
    expect_numbers(page, "site=demo&range=7d&compare=previous")
    page.reload()
    expect_numbers(page, "site=demo&range=7d&compare=previous")


def test_a_row_filters_everything_and_again_removes(open_page: Open) -> None:
    page = open_page("?site=demo")
    whole = expect_numbers(page, "site=demo&range=30d&compare=previous")
    row = page.locator("[aria-labelledby=acquisition-title]").get_by_role(
        "button", name="Referral", exact=True
    )
    row.click()
    part = expect_numbers(page, "site=demo&range=30d&compare=previous&filter=channel:is:Referral")
    assert part != whole
    assert page.url.endswith("f=channel:is:Referral")
    expect(page.locator(".chip")).to_have_text("Channel is Referral")
    row.click()
    assert expect_numbers(page, "site=demo&range=30d&compare=previous") == whole


def test_alt_excludes(open_page: Open) -> None:
    page = open_page("?site=demo")
    row = page.locator("[aria-labelledby=devices-title]").get_by_role(
        "button", name="Safari", exact=True
    )
    with page.expect_request(asks("filter=browser:is_not:Safari")):
        row.click(modifiers=["Alt"])
    expect(page.locator(".chip")).to_have_text("Browser is not Safari")


def asks(query: str) -> Callable[[Request], bool]:
    return lambda request: query in unquote(request.url)


def test_what_is_below_the_window_is_drawn_and_redrawn_without_scrolling(open_page: Open) -> None:
    page = open_page("?site=demo")
    labels = page.locator(".chart-flow svg text")
    expect(labels.first).to_be_attached()
    before = labels.all_text_contents()
    page.keyboard.press("1")
    expect(labels).not_to_have_text(before)
    assert page.evaluate("scrollY") == 0


def test_a_slice_and_a_node_filter(open_page: Open) -> None:
    page = open_page("?site=demo")
    click_at(page, "[aria-labelledby=acquisition-title] .chart-donut", 0.95, 0.5)
    expect(page.locator(".chip")).to_have_text("Channel is Organic search")
    page.locator(".chart-flow").scroll_into_view_if_needed()
    expect(page.locator(".is-loading")).to_have_count(0)
    click_at(page, ".chart-flow", 0.003, 0.1)
    expect(page.locator(".chip").last).to_have_text("Page is /")


def click_at(page: Page, chart: str, right: float, down: float) -> None:
    """Click a chart at a place given as shares of its width and height."""
    expect(page.locator(f"{chart} svg path").first).to_be_attached()
    expect(page.locator(".is-loading")).to_have_count(0)
    box = page.locator(chart).bounding_box()
    assert box
    place: Position = {"x": box["width"] * right, "y": box["height"] * down}
    page.locator(chart).hover(position=place)
    expect(page.locator(f"{chart} .tip-title")).to_be_visible()
    page.locator(chart).click(position=place)


def test_a_bucket_and_a_drag_select_a_span_and_back_restores(open_page: Open) -> None:
    page = open_page("?site=demo&range=30d")
    chart = page.locator(".chart-growth")
    expect(chart.locator("svg")).to_be_attached()
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 100, steps=3)
    page.mouse.up()
    expect(page.locator(".period")).not_to_contain_text("Last 30 days")
    first, last = re.findall(r"\d{4}-\d\d-\d\d", page.url)
    assert first < last
    page.go_back()
    expect(page.locator(".period")).to_contain_text("Last 30 days")
    page.mouse.click(box["x"] + 300, box["y"] + 100)
    expect(page.locator(".period")).not_to_contain_text("Last 30 days")


def test_comparison_off_leaves_no_previous_number(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".before").first).to_be_visible()
    choose_period(page, "Compare")
    expect(page.locator(".before")).to_have_count(0)
    expect_numbers(page, "site=demo&range=30d")
    assert "cmp=off" in page.url


def test_a_metric_is_chosen_alone_and_all_three_come_back(open_page: Open) -> None:
    page = open_page("?site=demo")
    labels = page.locator(".chart-growth svg text")
    expect(labels.filter(has_text="Pageviews")).to_have_count(1)
    page.locator(".kpi[data-metric=sessions]").click()
    expect(labels.filter(has_text="Pageviews")).to_have_count(0)
    expect(labels.filter(has_text="Sessions")).to_have_count(1)
    page.get_by_role("radio", name="All three").click()
    expect(labels.filter(has_text="Pageviews")).to_have_count(1)


@pytest.mark.parametrize("metric", ["users", "sessions", "pageviews"])
def test_the_growth_charts_sentence_says_the_total_of_the_period_not_a_sum_of_its_buckets(
    open_page: Open, metric: str
) -> None:
    page = open_page("?site=demo" + ("" if metric == "users" else f"&metric={metric}"))
    total = answers.stats(asked("site=demo&range=30d"))["totals"][metric]
    sentence = f"{metric.capitalize()}: {total:,} in total, highest "
    expect(page.locator(".chart-growth")).to_have_attribute(
        "aria-label", re.compile(f"^{re.escape(sentence)}")
    )


def test_another_site_opens_with_its_own_numbers_and_is_remembered(open_page: Open) -> None:
    page = open_page("?site=demo&range=7d")
    page.get_by_role("button", name="Switch site").click()
    page.get_by_role("menuitemradio", name="shop.acme.dev").click()
    expect_numbers(page, "site=shop&range=7d&compare=previous")
    choose_period(page, "Last 24 hours")
    expect_numbers(page, "site=shop&range=24h&compare=previous")
    page.goto(page.url.split("?")[0])
    expect_numbers(page, "site=shop&range=24h&compare=previous")


def test_tabs_show_their_list_and_stand_in_the_address(open_page: Open) -> None:
    page = open_page("?site=demo")
    page.get_by_role("tab", name="Sources").click()
    expect(page.locator("[aria-labelledby=acquisition-title] tbody bdi").first).to_have_text(
        "google"
    )
    page.get_by_role("tab", name="Exit").click()
    assert page.url.endswith("by=source&pages=exit_page")
    page.reload()
    expect(page.get_by_role("tab", name="Sources")).to_have_attribute("aria-selected", "true")


def test_a_whole_list_is_searched_and_loaded_page_by_page(open_page: Open) -> None:
    page = open_page("?site=demo&list=page")
    rows = page.locator("dialog tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Load more").click()
    expect(rows).to_have_count(100)
    page.get_by_role("searchbox").fill("docs")
    expect(rows).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert "list=" not in page.url


@pytest.mark.parametrize(
    "card", ["growth", "now", "acquisition", "visitors", "pages", "devices", "flow"]
)
def test_each_card_gives_its_numbers_as_csv_and_json(open_page: Open, card: str) -> None:
    page = open_page("?site=demo")
    section = page.locator(f"[aria-labelledby={card}-title]")
    expect(section.locator(".skeleton")).to_have_count(0)

    def saved(item: str) -> str:
        section.get_by_role("button", name=re.compile("more$")).click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=item).click()
        return Path(waiting.value.path()).read_text("utf-8-sig")

    table = list(csv.reader(io.StringIO(saved("Download CSV"))))
    raw = json.loads(saved("Download JSON"))
    stats = answers.stats(asked("site=demo&range=30d&compare=previous"))
    known = {
        "growth": [str(one) for one in stats["trend"]["users"]],
        "now": [str(one) for one in answers.realtime(asked("site=demo"))["minutes"]],
        "acquisition": [str(row["sessions"]) for row in stats["top"]["channel"]],
        "visitors": [str(one) for one in stats["visitors"]["new_pageviews"]],
        "devices": [str(row["sessions"]) for row in stats["top"]["browser"]],
    }
    if card in known:
        assert [row[1] for row in table[1:]] == known[card]
    if card == "pages":
        assert raw == stats["top"]["page"]
    if card == "flow":
        links = answers.sankey(asked("site=demo&range=30d"))["links"]
        assert sorted(int(row[3]) for row in table[1:]) == sorted(link["value"] for link in links)


def test_everything_is_exported_at_once(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".chart-growth svg")).to_be_attached()
    with page.expect_event("download", lambda one: one.suggested_filename.endswith("json")) as last:
        page.keyboard.press("e")
    whole = json.loads(Path(last.value.path()).read_text())
    assert whole["stats"] == json.loads(
        json.dumps(answers.stats(asked("site=demo&range=30d&compare=previous")))
    )


def test_a_custom_span_is_chosen_in_the_calendar(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".chart-growth svg")).to_be_attached()
    choose_period(page, "Custom")
    page.get_by_role("button", name="Monday, November 2, 2026").click()
    page.get_by_role("button", name="Sunday, November 8, 2026").click()
    with page.expect_request(asks("from=2026-11-02&to=2026-11-09")):
        page.get_by_role("button", name=re.compile("^Show ")).click()
    expect(page.locator(".period")).to_contain_text("Nov 2, 2026 – Nov 8, 2026")
    assert "range=2026-11-02..2026-11-09" in page.url
