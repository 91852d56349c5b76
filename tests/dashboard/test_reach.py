"""Everybody can use it: no finding of axe in any state, and the keyboard reaches everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard import answers
from tests.dashboard.canned import Answer, Canned, Question, answer, error
from tests.dashboard.conftest import DESKTOP, MOBILE, Open, memory

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def empty(name: str, question: Question) -> Answer:
    status, body = answer(name, question)
    return status, body if question.get("range") == ["all"] else answers.empty(body)


def failing(_name: str, _question: Question) -> Answer:
    return 503, error("unavailable", "It went wrong.")


def untouched(name: str, question: Question) -> Answer:
    return 200, answers.empty(answer(name, question)[1])


STATES: dict[str, tuple[Any, str, str]] = {
    "data": (answer, "?site=demo&f=channel:is:Referral", ".chart-growth svg"),
    "empty": (empty, "?site=demo", ".notice"),
    "new site": (untouched, "?site=demo", ".onboarding"),
    "error": (failing, "?site=demo", ".state"),
    "list": (answer, "?site=demo&list=page", "dialog tbody tr"),
    "events": (answer, "?site=demo&view=events", "[aria-labelledby=event-title] tbody tr"),
    "event": (
        answer,
        "?site=demo&view=events&item=purchase&key=value&f=event:is:purchase%26plan:is:pro",
        ".figures",
    ),
    "finer lists": (answer, "?site=demo&by=medium&tech=city&pages=title&bots=only", ".list-choice"),
    "health": (answer, "?site=demo&view=health", ".gauge"),
    "settings": (answer, "?site=demo&view=settings", ".usage .note"),
}
DIALOGS = ("calendar", "filter", "glossary", "keys", "share")
CONDITIONED = "event:is:purchase%26plan:is:pro|team%26value:gt:50"
OPENERS = {"calendar": "5", "filter": "/", "keys": "?", "share": "s"}


def findings(page: Page) -> list[str]:
    """What axe finds in light and in dark, one element each."""
    found: list[dict[str, Any]] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def settle(page: Page, state: str) -> None:
    expect(page.locator(STATES[state][2]).first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".progress")).to_have_count(0)


def open_dialog(page: Page, name: str) -> None:
    if name in OPENERS:
        page.keyboard.press(OPENERS[name])
    else:
        page.locator(".bar-tools [aria-haspopup=menu]").click()
        page.locator("[role=menu] button").nth(-4).click()
    expect(page.locator("dialog")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", ["desktop", "mobile"])
def test_axe_finds_nothing_in_light_and_dark(
    open_page: Open, server: Canned, size: str, lang: str
) -> None:
    viewport = DESKTOP if size == "desktop" else MOBILE
    page = open_page("", token="", viewport=viewport)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        expect(page.locator(".is-loading")).to_have_count(0)  # dimmed until its answer is there
        page.evaluate(AXE.read_text())
        if problems := findings(page):
            found[name] = problems

    expect(page.locator("input")).to_be_visible()
    look("login")
    page.evaluate(memory().replace("??=", "="))
    for name, (respond, address, _) in STATES.items():
        server.respond = respond
        page.goto(f"{server.origin}/{address}&lang={lang}")
        settle(page, name)
        look(name)
    server.respond = answer
    page.goto(f"{server.origin}/?site=demo&lang={lang}")
    settle(page, "data")
    for name in DIALOGS:
        open_dialog(page, name)
        look(name)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
    page.goto(f"{server.origin}/?site=demo&by=source&lang={lang}&f={CONDITIONED}")
    settle(page, "data")
    page.locator("button.chip-text").click()
    expect(page.locator(".condition .option")).not_to_have_count(0)
    look("conditions")
    page.keyboard.press("Escape")
    page.locator("[aria-labelledby=acquisition-title] .row-tools button").first.press("Enter")
    expect(page.locator("dialog tbody tr")).not_to_have_count(0)
    look("why")
    page.keyboard.press("Escape")
    page.locator(".bar-tools [aria-haspopup=menu]").click()
    look("menu")
    page.keyboard.press("Escape")
    page.locator(".period").click()
    look("period")
    assert found == {}
