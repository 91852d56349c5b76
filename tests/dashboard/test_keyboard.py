"""Everything can be reached and done without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Open

REACHED = """() => {
  const one = document.activeElement;
  one.dataset.reached = "yes";
  return one === document.body;
}"""
UNREACHED = """() => {
  const all = [...document.querySelectorAll("button, a[href], input, [tabindex='0']")];
  const own = (one) => one.tabIndex >= 0 && one.checkVisibility() && !one.disabled;
  const missed = all.filter((one) => own(one) && !one.dataset.reached);
  return missed.map((one) => one.outerHTML.slice(0, 90));
}"""


def ready(page: Page) -> None:
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".chart-growth svg")).to_be_attached()


def test_tab_reaches_every_control_and_shows_where_it_is(open_page: Open) -> None:
    page = open_page("?site=demo&f=page:is:/pricing")
    ready(page)
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(REACHED):
            break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert page.evaluate(UNREACHED) == []


def test_arrows_walk_ranges_tabs_and_menus(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    page.locator(".period").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Last 24 hours")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".period")).to_contain_text("Last 7 days")
    page.get_by_role("tab", name="Channels").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Sources")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Share")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Menu")).to_be_focused()


def test_enter_filters_and_alt_enter_excludes(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    page.locator("[aria-labelledby=pages-title]").get_by_role(
        "button", name="/pricing", exact=True
    ).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Page is /pricing")
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_count(0)
    page.locator("[aria-labelledby=pages-title]").get_by_role(
        "button", name="/changelog", exact=True
    ).focus()
    page.keyboard.press("Alt+Enter")
    expect(page.locator(".chip")).to_have_text("Page is not /changelog")


def test_keys_do_what_the_help_says(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    for key, name in (("1", "24 hours"), ("2", "7 days"), ("3", "30 days")):
        page.keyboard.press(key)
        expect(page.locator(".period")).to_contain_text(f"Last {name}")
    page.keyboard.press("4")
    expect(page.locator(".period")).to_contain_text("All time")
    page.keyboard.press("2")
    expect(page.locator(".progress")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".period")).to_contain_text("Nov 9, 2026 – Nov 15, 2026")
    page.keyboard.press("c")
    expect(page.locator(".period")).not_to_contain_text("vs previous")
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search what to filter by")).to_be_focused()
    page.keyboard.type("12")
    assert "range=24h" not in page.url
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    for key, title in (("5", "Custom"), ("s", "Share"), ("?", "Keyboard shortcuts")):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)


def test_a_chart_is_a_sentence_and_a_table(open_page: Open) -> None:
    page = open_page("?site=demo")
    ready(page)
    expect(page.locator(".chart-growth")).to_have_role("img")
    sentence = page.locator(".chart-growth").get_attribute("aria-label") or ""
    assert sentence.startswith("Users: ")
    assert "highest" in sentence
    page.get_by_role("button", name="Growth: more").click()
    expect(page.get_by_role("menuitem", name="View as table")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-labelledby=growth-title] .sheet tbody tr")).to_have_count(30)
