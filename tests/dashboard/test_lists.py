"""Lists beside those of the overview: asked for when chosen, within the tabs of their kind."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.canned import Answer, Canned, Question, answer, error
from tests.dashboard.conftest import Open, asked_by


def lists_asked(page: Page) -> list[str]:
    return [query["dimension"][0] for query in asked_by(page, "list")]


def first_names(page: Page, card: str) -> list[str]:
    return page.locator(f"[aria-labelledby={card}-title] tbody bdi").all_text_contents()


@pytest.mark.parametrize(
    ("card", "tab", "choice", "address", "first"),
    [
        ("acquisition", "Campaigns", "medium", "by=medium", "(none)"),
        ("acquisition", "Campaigns", "content", "by=content", "(none)"),
        ("devices", "Countries", "region", "tech=region", "US-CA"),
        ("devices", "Countries", "city", "tech=city", "DE-BE/Berlin"),
        ("devices", "Browsers", "browser_version", "tech=browser_version", "Chrome 141"),
        ("devices", "Systems", "os_version", "tech=os_version", "Windows 11"),
    ],
)
def test_a_finer_list_is_asked_for_when_it_is_chosen_and_filters_as_any(
    open_page: Open, card: str, tab: str, choice: str, address: str, first: str
) -> None:
    page = open_page("?site=demo")
    place = page.locator(f"[aria-labelledby={card}-title]")
    place.get_by_role("tab", name=tab).click()
    expect(place.locator("tbody tr")).not_to_have_count(0)
    assert lists_asked(page) == []
    place.get_by_label("Which list").select_option(choice)
    name = "Not known" if first == "(none)" else first
    row = place.locator("tbody tr").first
    expect(row.locator("bdi")).to_have_text(name)
    assert lists_asked(page) == [choice]
    assert address in page.url
    expect(place.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(row.locator("bdi")).to_have_text(name)
    row.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".chip b")).to_have_text(name)
    page.go_back()
    page.go_back()
    expect(place.get_by_label("Which list")).not_to_have_value(choice)


def test_titles_are_a_tab_of_pages(open_page: Open) -> None:
    page = open_page("?site=demo")
    place = page.locator("[aria-labelledby=pages-title]")
    place.get_by_role("tab", name="Titles").click()
    expect(place.locator("tbody bdi").first).to_have_text("Acme: honest analytics")
    assert lists_asked(page) == ["title"]


def test_a_finer_list_that_fails_says_so_alone_and_is_asked_again(
    open_page: Open, server: Canned
) -> None:
    def failing(name: str, question: Question) -> Answer:
        return (503, error("busy", "Come back.")) if name == "list" else answer(name, question)

    server.respond = failing
    page = open_page("?site=demo&tech=city")
    place = page.locator("[aria-labelledby=devices-title]")
    expect(place.get_by_role("alert")).to_contain_text("Come back.")
    expect(page.locator("[aria-labelledby=pages-title] tbody tr")).not_to_have_count(0)
    server.respond = answer
    place.get_by_role("button", name="Retry").click()
    expect(place.locator("tbody bdi").first).to_have_text("DE-BE/Berlin")


def test_the_whole_list_offers_every_dimension_and_bots_reasons_with_bots(open_page: Open) -> None:
    page = open_page("?site=demo&list=city")
    choice = page.get_by_label("Filter by")
    expect(page.locator("dialog tbody bdi").first).to_have_text("DE-BE/Berlin")
    expect(choice.locator("option[value=bot]")).to_have_count(0)
    expect(choice.locator("option")).to_have_count(27)
    page.goto(f"{page.url}&bots=only")
    expect(choice.locator("option[value=bot]")).to_have_count(1)
    choice.select_option("bot")
    expect(page.locator("dialog tbody bdi").first).to_have_text("headless browser")


def test_a_source_says_why(open_page: Open) -> None:
    page = open_page("?site=demo&by=source&f=country:is:DE")
    row = page.locator("[aria-labelledby=acquisition-title] tbody tr").filter(has_text="google")
    row.get_by_role("button", name="google", exact=True).focus()
    page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="Why this source? google")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Why this source? google")
    expect(dialog.locator("tbody tr").first).to_have_text("utm_source: googlePaid search7,101")
    assert [(one["dimension"], one["filter"]) for one in asked_by(page, "list")] == [
        (["attributed_by"], ["country:is:DE", "source:is:google"])
    ]
    page.keyboard.press("Escape")
    expect(row.get_by_role("button", name="Why this source? google")).to_be_focused()
