"""A browser without DevTools, which Chromium prerenders for; it is known by what its pages send."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.harness.browser import FLAGS, executable


@contextmanager
def undriven_browser(address: str, profile: Path) -> Iterator[None]:
    """Opens a page in a browser of its own, which is gone at the end."""
    program = executable() or _playwrights_own()
    browser = subprocess.Popen(
        [program, "--headless=new", f"--user-data-dir={profile}", *FLAGS, address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        browser.terminate()
        browser.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
