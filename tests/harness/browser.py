"""A real Chromium for tests. What it shows is what visitors' browsers do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_CHOSEN = Path(__file__).parents[2] / ".venv" / "browser"

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
FLAGS = (
    # Headless Chromium names itself and would be counted as a bot. A context's own User-Agent is
    # not that of what a page sends while it is left, so it is set for the whole browser.
    f"--user-agent={USER_AGENT}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Without it `navigator.webdriver` is true, and trackers take the visitor for a machine.
    "--disable-blink-features=AutomationControlled",
    # Every name is this machine: pages may have different hosts, and none is reached outside.
    "--host-resolver-rules=MAP * 127.0.0.1",
)
# A visitor's browser keeps left pages alive and does not announce that it is driven.
_NOT_A_VISITORS = ("--disable-back-forward-cache", "--enable-automation")


def executable() -> str | None:
    """The browser that `make .venv/browser` chose; None stands for Playwright's own."""
    return (_CHOSEN.read_text().strip() or None) if _CHOSEN.exists() else None


@contextmanager
def chromium(*more_flags: str) -> Iterator[Browser]:
    """A headless Chromium, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=[*FLAGS, *more_flags],
            ignore_default_args=list(_NOT_A_VISITORS),
        )
        yield browser
        browser.close()
