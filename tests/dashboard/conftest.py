"""One canned server for all tests of the dashboard; a fresh browser context for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.dashboard import answers
from tests.dashboard.canned import TOKEN, Canned, canned

DESKTOP = {"width": 1296, "height": 900}
MOBILE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def canned_server() -> Iterator[Canned]:
    with canned() as server:
        yield server


@pytest.fixture
def server(canned_server: Canned) -> Canned:
    """The canned server as it answers when everything goes well."""
    canned_server.reset()
    return canned_server


@dataclass
class Visit:
    """A page of the dashboard and what went wrong on it."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep errors of the console; failed answers are the tests' own doing."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)


Open = Callable[..., Page]


def memory(token: str = TOKEN, **more: Any) -> str:
    """A script that gives the browser what a signed-in reader's browser remembers."""
    kept = {"token": token, "site": "demo", "sites": answers.SITES, **more}
    text = json.dumps({name: value for name, value in kept.items() if value})
    return f"localStorage['footfall.dashboard'] ??= {json.dumps(text)}"


@pytest.fixture
def open_page(browser: Browser, server: Canned) -> Iterator[Open]:
    """Opens the dashboard signed in: `open_page("?range=7d", viewport=MOBILE)`.

    The test fails if a page logged an error, threw, opened a dialog or asked another origin.
    """
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def open_one(
        address: str = "?site=demo", origin: str = "", token: str = TOKEN, **context: Any
    ) -> Page:
        home = origin or server.origin
        made = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", **context})
        contexts.append(made)
        made.add_init_script(memory(token))
        visit = Visit(made.new_page())
        visits.append(visit)
        visit.page.on("console", visit.hear)
        visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
        visit.page.on("dialog", lambda dialog: visit.problems.append(f"dialog {dialog.message}"))
        visit.page.on("request", lambda sent: _expect_home(sent.url, home, visit))
        visit.page.goto(f"{home}/{address}")
        return visit.page

    yield open_one
    for context in contexts:
        context.close()
    assert [problem for visit in visits for problem in visit.problems] == []


def _expect_home(url: str, home: str, visit: Visit) -> None:
    if not url.startswith((home, "data:", "blob:")):
        visit.problems.append(f"asked {url}")


def choose_period(page: Page, name: str) -> None:
    """Press an item of the period's menu."""
    page.locator(".period").click()
    page.get_by_role("menuitemradio", name=name).click()


def asked_by(page: Page, report: str) -> list[dict[str, list[str]]]:
    """The questions to a report that the page has had answered since it was opened."""
    urls: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').map((one) => one.name)"
    )
    split = [urlsplit(url) for url in urls]
    return [parse_qs(one.query) for one in split if one.path.endswith(f"/{report}")]
