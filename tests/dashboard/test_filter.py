"""The filter builder: by keyboard alone, with the API's suggestions, losing nothing on the way."""

from __future__ import annotations

import re
import threading
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.dashboard.canned import Answer, Canned, Question, answer, error
from tests.dashboard.conftest import MOBILE, Open, asked_by

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


def filters_asked(page: Page, report: str) -> list[str]:
    """The filters of the page's last question to a report."""
    return asked_by(page, report)[-1].get("filter", [])


def test_the_keyboard_alone_builds_filters_that_hold_together(open_page: Open) -> None:
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
        assert filters_asked(page, report) == BUILT


def test_a_chip_is_changed_and_nothing_of_its_other_conditions_is_lost(open_page: Open) -> None:
    written = r"event:is:purchase&plan:is:pro|team&a\:b:gt:5&$page:matches:/docs/\*/**"
    page = open_page(f"?site=demo&f={quote(written)}")
    ready(page)
    said = "Event is purchase where plan is pro or team and a:b is above 5 "
    said += r"and its page matches /docs/\*/**"
    expect(page.locator(".chip")).to_have_text(said)
    assert filters_asked(page, "stats") == [written]
    page.locator("button.chip-text").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search or type a value", exact=True)).to_be_focused()
    page.get_by_role("button", name="Remove value: team").click()
    page.get_by_role("button", name="Apply filter").click()
    changed = written.replace("pro|team", "pro")
    expect(page.locator(".chip")).to_have_text(said.replace(" or team", ""))
    expect(page.locator("button.chip-text")).to_be_focused()
    expect(page.locator(".progress")).to_have_count(0)
    assert filters_asked(page, "stats") == [changed]
    assert parse_qs(urlsplit(page.url).query)["f"] == [changed]


def test_escape_closes_the_builder_and_focus_goes_back(open_page: Open) -> None:
    page = open_page("?site=demo&f=country:is:DE")
    ready(page)
    for opener in (
        page.get_by_role("button", name="Filter", exact=True),
        page.locator(".chip-text"),
    ):
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("combobox").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        expect(opener).to_be_focused()
    assert page.url.endswith("f=country:is:DE")


def test_the_cross_of_the_last_chip_leaves_focus_at_the_filter_button(open_page: Open) -> None:
    page = open_page("?site=demo&f=country:is:DE&f=page:is:/")
    ready(page)
    page.get_by_role("button", name="Remove filter: Country is Germany").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove filter: Page is /")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Filter", exact=True)).to_be_focused()


def test_values_are_searched_by_the_api_and_one_question_follows_the_last_key(
    open_page: Open,
) -> None:
    page = open_page("?site=demo")
    page.clock.install(time=0)
    ready(page)
    open_builder(page)
    choose(page, "Entry page")
    expect(options(page, "Search or type a value")).to_have_count(50)
    page.clock.pause_at(3_600)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.keyboard.type("/blog")
    page.clock.run_for(1_000)
    found = options(page, "Search or type a value")
    expect(found).to_have_text(["/blogas typed", "/blog/why-we-left-ga412,026"])
    assert [url.split("&", 2)[2] for url in asked if "/list?" in url] == [
        "dimension=entry_page&limit=50&search=%2Fblog"
    ]
    page.clock.resume()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="sessions match")).to_have_text(
        "17,752 sessions match"
    )


def test_an_older_question_for_values_is_dropped(open_page: Open, server: Canned) -> None:
    page = open_page("?site=demo")
    ready(page)
    held = threading.Event()

    def slow(name: str, question: Question) -> Answer:
        if question.get("search") == ["/p"]:
            held.wait(30)
        return answer(name, question)

    server.respond = slow
    open_builder(page)
    choose(page, "Entry page")
    with page.expect_request("**/list*search=%2Fp*") as dropped:
        page.keyboard.type("/p")
    with page.expect_event("requestfailed", lambda one: one == dropped.value):
        page.keyboard.type("ricing")
    expect(options(page, "Search or type a value")).to_have_text(["/pricing6,872"])
    held.set()


def test_values_that_cannot_be_asked_for_say_so_and_are_asked_again(
    open_page: Open, server: Canned
) -> None:
    def failing(name: str, question: Question) -> Answer:
        return (503, error("busy", "Come back.")) if name == "list" else answer(name, question)

    page = open_page("?site=demo")
    ready(page)
    server.respond = failing
    open_builder(page)
    choose(page, "Browser")
    expect(page.get_by_role("alert")).to_contain_text("Come back.")
    server.respond = answer
    page.get_by_role("alert").get_by_role("button", name="Retry").click()
    expect(options(page, "Search or type a value").first).to_contain_text("Chrome")


def test_values_with_names_of_their_own_are_found_by_them(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    open_builder(page)
    choose(page, "Country")
    page.keyboard.type("germ")
    expect(options(page, "Search or type a value")).to_have_text(["Germany8,017"])
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Country is Germany")
    assert page.url.endswith("f=country:is:DE")


def test_engaged_is_yes_or_no(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    open_builder(page)
    choose(page, "Engaged")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Engaged session is yes")
    assert page.url.endswith("f=engaged:is:true")


def test_bots_are_counted_alone_or_too_and_the_dimension_of_their_reasons_is_offered(
    open_page: Open,
) -> None:
    page = open_page("?site=demo")
    ready(page)
    open_builder(page)
    dimensions = options(page, "Search what to filter by")
    expect(dimensions.filter(has_text=re.compile("^Bot$"))).to_have_count(0)
    page.get_by_label("Bots").select_option("only")
    expect(dimensions.filter(has_text=re.compile("^Bot$"))).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_text("Bots alone")
    expect(page.locator(".progress")).to_have_count(0)
    for report in ("stats", "sankey", "realtime"):
        asked = asked_by(page, report)
        assert "bots" not in asked[0]
        assert asked[-1]["bots"] == ["only"]
    page.goto(f"{page.url}&f=bot:is:x")
    expect(page.locator(".chip")).to_have_text(["Bot is x", "Bots alone"])
    page.get_by_role("button", name="Remove filter: Bots alone").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert "bot" not in page.url


def test_a_row_is_excluded_by_its_button(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    row = page.locator("[aria-labelledby=devices-title] tbody tr").filter(has_text="Safari")
    button = row.get_by_role("button", name="Exclude: Safari")
    expect(row.locator(".row-tools")).to_have_css("opacity", "0")
    row.get_by_role("button", name="Safari", exact=True).focus()
    expect(row.locator(".row-tools")).to_have_css("opacity", "1")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Browser is not Safari")
    assert page.url.endswith("f=browser:is_not:Safari")


def test_a_long_touch_excludes(open_page: Open) -> None:
    page = open_page("?site=demo", viewport=MOBILE, has_touch=True)
    page.clock.install()
    ready(page)
    row = page.locator("[aria-labelledby=devices-title] tbody tr").filter(has_text="Safari")
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    point = {"x": box["x"] + 40, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.clock.run_for(600)
    expect(page.locator(".chip")).to_have_text("Browser is not Safari", timeout=2_000)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".chip")).to_have_text("Browser is not Safari")
