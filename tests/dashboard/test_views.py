"""The pages beside the overview: files of their own, opened by address, press or key."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request, Route, expect

from tests.dashboard.conftest import Open, choose_period

EVENTS = "[aria-labelledby=event-title]"


def files_asked(page: Page) -> list[str]:
    """The names of the files that are asked for from now on, without their hashes."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if found := re.search(r"/assets/(\w+)-", request.url):
            asked.append(found[1])

    page.on("request", note)
    return asked


def test_a_page_comes_when_it_is_opened_and_once(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".view-all").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked = files_asked(page)
    page.reload()
    expect(page.locator(".view-all").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert set(asked) == {"chunk", "later", "charts"}
    asked.clear()
    for _ in range(2):
        page.get_by_role("link", name="Events").click()
        expect(page.locator(f"{EVENTS} tbody tr")).not_to_have_count(0)
        page.get_by_role("link", name="Overview").click()
        expect(page.locator(EVENTS)).to_have_count(0)
    assert asked == ["events"]


def test_filters_and_period_survive_a_change_of_page_and_back_walks_it(open_page: Open) -> None:
    page = open_page("?site=demo&f=channel:is:Referral")
    expect(page.locator(".chip")).to_have_text("Channel is Referral")
    choose_period(page, "Last 7 days")
    page.get_by_role("link", name="Events").click()
    expect(page.locator(f"{EVENTS} tbody tr")).not_to_have_count(0)
    expect(page.locator(".chip")).to_have_text("Channel is Referral")
    expect(page.locator(".period")).to_contain_text("Last 7 days")
    assert page.url.endswith("?site=demo&range=7d&view=events&f=channel:is:Referral")
    expect(page.get_by_role("link", name="Events")).to_have_attribute("aria-current", "page")
    page.locator(f"{EVENTS} tbody button").first.click()
    expect(page.locator("[aria-labelledby=keys-title]")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("[aria-labelledby=growth-title]")).to_be_visible()
    page.go_forward()
    expect(page.locator(f"{EVENTS} tbody tr")).not_to_have_count(0)


def test_an_unknown_page_is_the_overview(open_page: Open) -> None:
    page = open_page("?site=demo&view=nothing")
    expect(page.locator("[aria-labelledby=growth-title]")).to_be_visible()
    assert "view=" not in page.url


def test_a_site_opens_with_its_overview_whatever_page_was_left(open_page: Open) -> None:
    page = open_page("?site=demo&view=events")
    choose_period(page, "Last 7 days")
    page.keyboard.press("g")
    page.keyboard.press(",")
    expect(page.locator(".usage .note")).to_be_visible()
    expect(page.locator(".scope")).to_have_count(0)
    page.goto(page.url.split("?")[0])
    expect(page.locator("[aria-labelledby=growth-title]")).to_be_visible()
    expect(page.locator(".period")).to_contain_text("Last 7 days")


def test_a_page_that_does_not_come_says_so_and_comes_when_asked_again(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".view-all").first).to_be_visible()
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        route.abort()

    page.route("**/assets/events-*", lose)
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.locator("main .state")).to_contain_text("This page could not be loaded.")
    assert lost
    page.unroute("**/assets/events-*", lose)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(f"{EVENTS} tbody tr")).not_to_have_count(0)


def test_keys_open_pages_and_the_period(open_page: Open) -> None:
    page = open_page("?site=demo")
    expect(page.locator(".view-all").first).to_be_visible()
    for keys, place in (("ge", EVENTS), ("g,", ".settings"), ("go", "#growth-title")):
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator(place)).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("menuitemradio", name="Last 24 hours")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".period")).to_be_focused()


def test_a_whole_list_offers_every_dimension(open_page: Open) -> None:
    page = open_page("?site=demo&list=page")
    expect(page.locator("dialog tbody tr")).not_to_have_count(0)
    page.get_by_label("Filter by").select_option("browser")
    row = page.locator("dialog tbody").get_by_role("button", name="Firefox", exact=True)
    row.click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".chip")).to_have_text("Browser is Firefox")
    assert "list=" not in page.url
