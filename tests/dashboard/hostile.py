"""Strings that strangers may send, and what must not happen when the dashboard shows them."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.dashboard import answers
from tests.dashboard.canned import Answer, Canned, Question, answer

CALLS = ("pwned()", "window.pwned()", "alert(1)", "top.pwned()", "(pwned)``")
SEEDS = (
    "<script>{call}</script>",
    "</script><script>{call}</script>",
    "<img src=x onerror={call}>",
    "<svg/onload={call}>",
    "<svg><a xlink:href='javascript:{call}'><text y=9>x</text></a></svg>",
    "\"><img src=x onerror='{call}'>",
    "' autofocus onfocus={call} x='",
    "<iframe srcdoc=\"<script>parent.{call}</script>\">",
    "<details open ontoggle={call}>",
    "<style>*{{animation-name:x}}</style><b style='animation:x 1s' onanimationstart={call}>",
    "javascript:{call}",
    "data:text/html,<script>{call}</script>",
    "{{{{constructor.constructor('{call}')()}}}}",
    "${{{call}}}",
    "<%= {call} %>",
    "#{{{call}}}",
    "{{a|{call}}}",
    "{{v|0}}{{a|x}}",
    "{{b}}{{c}}{{d}}",
    "{{@[1]}} {{value}}",
    "=HYPERLINK(\"http://x.test\",\"{call}\")",
    "=cmd|'/C calc'!A0",
    "+1+{call}",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*{call}",
    "\t=1+1",
    "\r\n=1+1",
    "＝1+1",
    " =1+1",
    "\u202e{call}\u202c",
    "\u2067rtl \u05e9\u05dc\u05d5\u05dd{call}",
    "\u200b=1+1",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "\ud800",
    "a|b\\|c",
    "%00%0a<b>",
    "\x00\x01\x1b[31m",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "(exit)",
    "(other)",
    "(none)",
    "",
    "/{call}?a=<b>#'\"`",
    "𝕏" * 40,
    "é" * 300,
    "العربية " * 30,
    "x" * 4000,
    "a\u0301" * 200,
)  # fmt: skip
RUNS_IN_A_SPREADSHEET = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠\t\r\n]")
SHOWN = 6
BATCH = 14 * SHOWN
"""Lists in tabs, times the rows that every one of them shows at least."""


def strings(count: int, seed: int = 20261122) -> list[str]:
    """Hostile strings, all different, the same for the same seed."""
    dice = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        text = dice.choice(SEEDS).format(call=dice.choice(CALLS))
        if len(made) >= len(SEEDS):
            text = dice.choice(("", "/", "x", " ", "\n", "/a/")) + text
            text += dice.choice(("", dice.choice(SEEDS).format(call="pwned()"), str(len(made))))
        made[text] = None
    return list(made)


def poisoned(batch: Sequence[str], users: int = 1) -> Any:
    """A responder whose every visitor-controlled field holds strings of the batch, each list
    another part of it first, so that the rows shown by all lists together hold them all; by the
    number of users it is known once it is on the page.
    """

    def rows(found: list[dict[str, Any]], place: int) -> list[dict[str, Any]]:
        start = place * SHOWN % len(batch)
        return [{**found[0], "id": text} for text in [*batch[start:], *batch[:start]]]

    def respond(name: str, question: Question) -> Answer:
        status, body = answer(name, question)
        if name == "list":
            return status, {**body, "rows": rows(body["rows"], 0), "cursor": None}
        if name == "realtime":
            return status, {**body, "pages": rows(body["pages"], 0), "sources": []}
        if name == "stats":
            lists = enumerate(sorted(body["top"].items(), key=lambda one: one[0] == "device"))
            body["top"] = {key: rows(found, place) for place, (key, found) in lists}
            body["totals"]["users"] = users
            return status, body
        return status, flow(batch[:24])

    return respond


def flow(batch: Sequence[str]) -> dict[str, Any]:
    """A flow whose pages are the strings of the batch."""
    nodes = [
        {"id": f"{step}|{text}", "step": step, "label": text} for step in (1, 2) for text in batch
    ]
    links = [
        {"source": f"1|{one}", "target": f"2|{batch[(at + 1) % len(batch)]}", "value": 10 + at}
        for at, one in enumerate(batch)
    ]
    return {"nodes": nodes, "links": links, "sessions": 1000}


def batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def show_in_every_view(page: Page, server: Canned, texts: Sequence[str]) -> None:
    """Render all strings in all cards and all tabs, in chips, tables, tooltips and flow."""
    for turn, batch in enumerate(batches(texts, BATCH), 1):
        server.respond = poisoned(batch, users=turn)
        server.sites = [{**answers.SITES[0], "name": batch[0]}]
        with page.expect_response("**/sankey*"):
            page.keyboard.press("2" if turn % 2 else "3")
        expect(page.locator("[data-metric=users] .kpi-value")).to_have_text(str(turn))
        check_tabs(page, batch)
        check_layout(page)
        hover_charts(page)
        check_filters(page)


def check_tabs(page: Page, batch: Sequence[str]) -> None:
    """The lists of all tabs show every string of the batch as text, whole."""
    seen: list[list[str]] = page.evaluate(
        """async () => {
          const seen = [];
          const shown = '.card [role=tabpanel] tbody th bdi';
          const text = (one) => one.textContent;
          const names = () => [...document.querySelectorAll(shown)].map(text);
          const tabs = () => [...document.querySelectorAll('[role=tab]')];
          for (const place of tabs().keys()) {
            tabs()[place].click();
            do await new Promise(requestAnimationFrame);
            while (tabs()[place].ariaSelected !== 'true');
            seen.push(names());
          }
          return seen;
        }"""
    )
    wanted = {text.encode("utf-16", "replace") for text in batch if not text.startswith("(")}
    shown = {text.encode("utf-16", "replace") for names in seen for text in names}
    missing = [text.decode("utf-16", "replace") for text in wanted - shown]
    assert missing == []


def check_layout(page: Page) -> None:
    """Nothing sticks out and no row has grown."""
    wide, rows = page.evaluate(
        """() => {
          const rows = [...document.querySelectorAll('.rows tbody tr')];
          const heights = rows.map((one) => one.offsetHeight);
          return [document.documentElement.scrollWidth - innerWidth, Math.max(...heights)];
        }"""
    )
    assert wide <= 0
    assert rows <= 40


def hover_charts(page: Page) -> None:
    """Tooltips of slices, bars and nodes."""
    for chart, right, down in (
        (".chart-donut", 0.95, 0.5),
        (".chart-devices", 0.2, 0.5),
        (".chart-flow", 0.003, 0.05),
    ):
        place = page.locator(chart).first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box
        place.hover(position={"x": box["width"] * right, "y": box["height"] * down}, force=True)


def check_filters(page: Page) -> None:
    """Strings as filters: in chips, in the address, and taken away again."""
    buttons = page.locator("[aria-labelledby=pages-title] [role=tabpanel] tbody th > button")
    for at in range(2):
        buttons.nth(at).click()
    expect(page.locator(".chip")).not_to_have_count(0)
    check_layout(page)
    page.keyboard.press("Escape")
    expect(page.locator(".progress")).to_have_count(0)


def check_list(page: Page, server: Canned, texts: Sequence[str]) -> None:
    """The whole list shows every string, and its CSV holds no cell that a spreadsheet runs."""
    server.respond = poisoned(texts)
    page.goto(f"{server.origin}/?site=demo&list=referrer")
    expect(page.locator("dialog tbody tr")).to_have_count(len(texts))
    check_layout(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    saved = Path(waiting.value.path()).read_text("utf-8-sig", newline="")
    table = list(csv.reader(io.StringIO(saved, newline="")))
    assert len(table) == len(texts) + 1
    assert [cell for row in table for cell in row if RUNS_IN_A_SPREADSHEET.search(cell)] == []


def executions(page: Page) -> int:
    """How often a string was run."""
    count: int = page.evaluate("window.hits ?? 0")
    return count
