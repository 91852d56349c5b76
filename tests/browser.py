"""The browser of the tests: an installed Chromium where there is one, else Playwright's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHOSEN = Path(__file__).parent.parent / ".venv" / "browser"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A headless Chromium until the block ends."""
    installed = CHOSEN.read_text().strip() if CHOSEN.exists() else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed or None, args=[*ARGUMENTS, *arguments]
        )
        yield browser
        browser.close()
