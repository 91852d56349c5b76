"""Makes the pictures of the dashboard anew: `make screenshots` (made-up numbers, fixed moment)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from tests.dashboard import answers
from tests.dashboard.canned import Answer, Canned, Question, answer, canned, error
from tests.dashboard.conftest import DESKTOP, MOBILE, memory
from tests.harness.browser import chromium

ORIGIN = "https://stats.acme.dev"
"""Where the pictures say they were taken: the page shows its own address."""
FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


def empty(name: str, question: Question) -> Answer:
    """Nothing in the period, something before it."""
    status, body = answer(name, question)
    return status, body if question.get("range") == ["all"] else answers.empty(body)


def failing(name: str, question: Question) -> Answer:
    """The report fails, the last minutes still come."""
    return answer(name, question) if name == "realtime" else (503, error("unavailable", "No."))


def untouched(name: str, question: Question) -> Answer:
    """A site without any event."""
    return 200, answers.empty(answer(name, question)[1])


PICTURES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "mobile": {"viewport": MOBILE},
    "chinese": {"address": "?site=demo&lang=zh"},
    "chinese-mobile": {"address": "?site=demo&lang=zh", "viewport": MOBILE},
    "filter": {"address": "?site=demo&range=7d&metric=users&f=country:is:DE"},
    "list": {"address": "?site=demo&list=page", "is_whole": False},
    "empty": {"respond": empty},
    "error": {"respond": failing},
    "new-site": {"respond": untouched},
}


def picture(browser: Browser, server: Canned, name: str, form: dict[str, Any]) -> None:
    """One picture of the whole page."""
    server.respond = form.pop("respond", answer)
    address = form.pop("address", "?site=demo")
    is_whole = form.pop("is_whole", True)
    context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **form})
    context.add_init_script(memory())
    context.route(f"{ORIGIN}/**", lambda route: pass_on(route, server))
    page = context.new_page()
    page.goto(f"{ORIGIN}/{address}")
    settle(page)
    if is_whole:
        show_whole(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def pass_on(route: Route, server: Canned) -> None:
    """Have the canned server answer for the origin."""
    route.fulfill(response=route.fetch(url=route.request.url.replace(ORIGIN, server.origin, 1)))


def settle(page: Page) -> None:
    """Numbers, dialogs and notices are there."""
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator(".progress")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def show_whole(page: Page) -> None:
    """A window as high as the page, with every chart drawn."""
    size = page.viewport_size
    assert size
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    for chart in page.locator(".chart").all():
        expect(chart.locator("svg")).to_be_attached()


def main() -> None:
    """All pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with canned() as server, chromium() as browser:
        for name, form in PICTURES.items():
            picture(browser, server, name, dict(form))
            print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
