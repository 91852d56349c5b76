"""The page of events: event, key, value; each place has an address, each value is a filter."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.canned import Answer, Canned, Question, answer, error
from tests.dashboard.conftest import Open, asked_by


def card(page: Page, name: str) -> Locator:
    return page.locator(f"[aria-labelledby={name}-title]")


def open_property(page: Page, event: str, key: str) -> None:
    card(page, "event").get_by_role("button", name=event, exact=True).click()
    card(page, "keys").get_by_role("button", name=key).click()


def test_an_event_opens_its_keys_and_a_key_its_values(open_page: Open) -> None:
    page = open_page("?site=demo&view=events")
    expect(page.get_by_text("Press an event to see what it says.")).to_be_visible()
    assert asked_by(page, "properties") == []
    open_property(page, "purchase", "value")
    expect(card(page, "keys").locator("tbody tr")).to_have_text(
        ["plan · text, number, true/false496%", "value · number485%", "order_id · text4010%"]
    )
    expect(card(page, "property").locator("tbody tr")).to_have_text(
        ["49180177", "29120117", "1474037", "117696"]
    )
    expect(card(page, "property").locator(".figures dd")).to_have_text(
        ["18,342.5", "49", "147", "29", "1,176"]
    )
    expect(card(page, "property").locator(".note")).to_have_text(
        ["number", "340 more values in 63 events.", "8 events without this property."]
    )
    assert [one.get("key") for one in asked_by(page, "properties")] == [None, ["value"]]


def test_event_and_key_stand_in_the_address_and_back_walks_them(open_page: Open) -> None:
    page = open_page("?site=demo&view=events")
    open_property(page, "purchase", "plan")
    expect(card(page, "property").locator("tbody tr")).to_have_count(4)
    assert page.url.endswith("view=events&item=purchase&key=plan")
    page.reload()
    expect(card(page, "property").locator("h2")).to_have_text("purchase · plan")
    page.go_back()
    expect(card(page, "property")).to_have_count(0)
    expect(card(page, "keys").locator("h2")).to_have_text("purchase")
    page.go_back()
    expect(card(page, "keys")).to_have_count(0)
    page.go_forward()
    page.get_by_role("link", name="Overview").click()
    assert "item=" not in page.url


@pytest.mark.parametrize(
    ("value", "operator", "said"),
    [
        ("pro", "is", "is pro"),
        ("2 · number", "is_number", "is the number 2"),
        ("true · true/false", "is_boolean", "is the truth value true"),
    ],
)
def test_a_value_is_a_filter_of_its_type_and_again_none(
    open_page: Open, value: str, operator: str, said: str
) -> None:
    page = open_page("?site=demo&view=events&item=purchase&key=plan")
    row = card(page, "property").get_by_role("button", name=value, exact=True)
    row.click()
    expect(page.locator(".chip")).to_have_text(f"Event is purchase where plan {said}")
    expect(row).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".progress")).to_have_count(0)
    written = f"event:is:purchase&plan:{operator}:{value.split(' ')[0]}"
    assert asked_by(page, "stats")[-1]["filter"] == [written]
    row.click()
    expect(page.locator(".chip")).to_have_count(0)


def test_an_event_that_says_nothing_and_one_that_cannot_be_asked_for_say_so(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo&view=events&item=sign_up")
    expect(card(page, "keys")).to_contain_text("This event says nothing but that it happened.")
    card(page, "keys").get_by_role("button", name="Filter by this event").click()
    expect(page.locator(".chip")).to_have_text("Event is sign_up")

    def failing(name: str, question: Question) -> Answer:
        return (
            (503, error("busy", "Come back.")) if name == "properties" else answer(name, question)
        )

    server.respond = failing
    card(page, "event").get_by_role("button", name="purchase", exact=True).click()
    expect(card(page, "keys").get_by_role("alert")).to_contain_text("Come back.")
    server.respond = answer
    card(page, "keys").get_by_role("button", name="Retry").click()
    expect(card(page, "keys").locator("tbody tr")).to_have_count(3)
