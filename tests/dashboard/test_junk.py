"""Whatever else wrote into this origin's storage or address, a reader gets in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.canned import TOKEN, Canned
from tests.dashboard.conftest import DESKTOP

NOTHING = ["null", "5", '"text"', "[]", "[1]", "{", "", "true"]
WRONG = [
    ("lang", "__proto__"), ("lang", 5), ("theme", "constructor"), ("theme", {}), ("site", 7),
    ("sites", 3), ("sites", "x"), ("sites", {}), ("views", None), ("views", 4),
    ("views", {"demo": 5}), ("asked", 1), ("asked", {"questions": 3}),
]  # fmt: skip


Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, server: Canned) -> Iterator[Opens]:
    """Opens the dashboard in a browser that remembers a text and has a fragment in its address."""
    contexts = []

    def open_one(kept: str, fragment: str = "") -> Page:
        contexts.append(browser.new_context(viewport=DESKTOP, locale="en-US"))
        remembered = f"localStorage['footfall.dashboard'] ??= {json.dumps(kept)}"
        contexts[-1].add_init_script(remembered)
        page: Page = contexts[-1].new_page()
        page.goto(f"{server.origin}/?site=demo{fragment}")
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("kept", NOTHING)
def test_storage_that_is_not_ours_shows_the_login(opens: Opens, kept: str) -> None:
    expect(opens(kept).locator("input[name=token]")).to_be_visible()


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_field_that_is_not_ours_keeps_no_signed_in_reader_out(
    opens: Opens, field: str, value: object
) -> None:
    page = opens(json.dumps({"token": TOKEN, "site": "demo", field: value}))
    expect(page.locator(".card").first).to_be_visible()


@pytest.mark.parametrize("fragment", ["#", "#anything", "#share", "#share=", "#%", "#share=junk"])
def test_a_fragment_that_is_no_share_link_keeps_no_signed_in_reader_out(
    opens: Opens, fragment: str
) -> None:
    page = opens(json.dumps({"token": TOKEN, "site": "demo"}), fragment)
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_role("link", name="127 online now")).to_be_visible()
