"""What strangers send stays text, in every view (`make fuzz-dashboard` tries 5,000 strings)."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.canned import Canned
from tests.dashboard.conftest import DESKTOP, MOBILE, Open, memory
from tests.dashboard.hostile import batches, check_list, executions, show_in_every_view, strings

COUNT = int(os.environ.get("HOSTILE_STRINGS", "252"))
ARM = "window.hits = 0; window.pwned = () => { window.hits += 1; }; 0"


@pytest.mark.parametrize("size", ["desktop", "mobile"])
def test_hostile_strings_stay_text_in_every_view(
    open_page: Open, server: Canned, size: str
) -> None:
    page = open_page("?site=demo", viewport=DESKTOP if size == "desktop" else MOBILE)
    page.evaluate(ARM)
    expect(page.locator(".skeleton")).to_have_count(0)
    texts = strings(COUNT)
    show_in_every_view(page, server, texts if size == "desktop" else texts[: COUNT // 3])
    assert executions(page) == 0


def test_whole_lists_and_their_csv_hold_hostile_strings_as_text(
    open_page: Open, server: Canned
) -> None:
    page = open_page("?site=demo")
    page.context.add_init_script(ARM)
    for batch in batches(strings(COUNT), 250):
        check_list(page, server, batch)
        assert executions(page) == 0


def test_the_page_refuses_markup_from_strings_and_scripts_from_the_page(
    browser: Browser, server: Canned
) -> None:
    context = browser.new_context()
    context.add_init_script(memory())
    page = context.new_page()
    page.goto(f"{server.origin}/?site=demo")
    expect(page.locator(".skeleton")).to_have_count(0)
    tried = page.evaluate(
        """() => new Promise((done) => setTimeout(() => {
          const attempts = {
            markup: () => { document.body.innerHTML = "<b>x</b>"; },
            code: () => { new Function("1"); },
            script: () => { document.createElement("script").text = "1"; },
          };
          const refused = Object.keys(attempts).filter((name) => {
            try { attempts[name](); return false; } catch { return true; }
          });
          done(refused);
        }))"""
    )
    context.close()
    assert tried == ["markup", "code", "script"]


def test_the_policy_allows_no_inline_script_style_or_other_origin(open_page: Open) -> None:
    page = open_page("?site=demo")
    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
