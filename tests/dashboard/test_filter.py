"""The filter builder: by keyboard alone, with the API's suggestions, losing nothing on the way."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.dashboard.canned import Canned
from tests.dashboard.conftest import Open

BUILT = [
    "medium:is:email|cpc",
    "page:matches:/docs/**",
    "event:is:purchase&plan:is:pro",
]


def ready(page: Page) -> None:
    expect(page.locator(".view-all").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)


def options(page: Page, place: str) -> Locator:
    return page.get_by_role("listbox", name=place).get_by_role("option")


def type_and_enter(page: Page, *texts: str) -> None:
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def open_builder(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search what to filter by")).to_be_focused()


def choose(page: Page, dimension: str) -> None:
    type_and_enter(page, dimension)
    expect(page.get_by_role("combobox", name="Search or type a value")).to_be_focused()


def filters_asked(server: Canned, name: str) -> list[str]:
    """The filters of the last question to a report."""
    asked = [one for one in server.asked if urlsplit(one).path.endswith(f"/{name}")]
    return parse_qs(urlsplit(asked[-1]).query).get("filter", [])


def test_the_keyboard_alone_builds_filters_that_hold_together(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo")
    ready(page)
    open_builder(page)
    choose(page, "Medium")
    type_and_enter(page, "email", "cpc")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)

    open_builder(page)
    choose(page, "Page")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("How it is compared")).to_be_focused()
    page.keyboard.type("matches")
    page.keyboard.press("Tab")
    type_and_enter(page, "/docs/**")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)

    open_builder(page)
    choose(page, "Event")
    type_and_enter(page, "purchase")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Condition on what the event says")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search or type a key")).to_be_focused()
    type_and_enter(page, "plan")
    expect(page.get_by_role("combobox", name="plan: Search or type a value")).to_be_focused()
    type_and_enter(page, "pro")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)

    expect(page.locator(".chip")).to_have_text(
        [
            "Medium is email or cpc",
            "Page matches /docs/**",
            "Event is purchase where plan is pro",
        ]
    )
    expect(page.locator(".progress")).to_have_count(0)
    assert parse_qs(urlsplit(page.url).query)["f"] == BUILT
    for report in ("stats", "sankey", "realtime"):
        assert filters_asked(server, report) == BUILT
