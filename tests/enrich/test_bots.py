"""Programs are told from people, measured on a public collection of bots' headers."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from chalicelib.enrich.bots import find_bot
from chalicelib.enrich.device import read_agent
from chalicelib.model.limits import MAX_USER_AGENT

PEOPLE = {
    r"AP3A\.240617\.008", "MetaIAB Facebook", r"Code\/1\.", r"Trae\/", "Fluid",
}  # fmt: skip
"""Patterns of the collection whose headers are browsers: in-app views, editors, site apps."""
BEYOND_US = {r"feeder\.co", r"abuse\.xmco\.fr"}
"""Browsers' headers with a host's name in them and nothing else to tell by."""


def test_the_public_collection_of_bots_is_recognised_but_for_named_exceptions() -> None:
    file = resources.files("crawleruseragents").joinpath("crawler-user-agents.json")
    collection = json.loads(file.read_text("utf-8"))
    headers = [(c["pattern"], header) for c in collection for header in c.get("instances", ())]
    missed = {pattern for pattern, header in headers if not find_bot(header[:MAX_USER_AGENT])}
    assert len(headers) > 2000
    assert missed == PEOPLE | BEYOND_US


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Mozilla/5.0 (Linux; Android 12; CUBOT KINGKONG STAR) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S Build/PPR1; wv) AppleWebKit/537.36 (KHTML, "
        "like Gecko) Version/4.0 Chrome/90.0.4430.91 Mobile Safari/537.36 CUBOT",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/18.4 Mobile/15E148 Safari/605.1.15 (Ecosia ios@11.0.2.2268)",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/191.308; U; en) Presto/2.12.423 Version/12.16",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
        "Nokia6230/2.0 (03.14) Profile/MIDP-2.0 Configuration/CLDC-1.1",
    ],
)  # fmt: skip
def test_a_person_with_an_odd_header_is_no_bot(header: str) -> None:
    assert read_agent({"user-agent": header}).bot is None


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"purpose": "prefetch"}, "prefetch"),
        ({"sec-purpose": "prefetch;prerender"}, "prefetch"),
        ({"x-moz": "prefetch"}, "prefetch"),
        ({"sec-purpose": "x"}, None),
    ],
)
def test_a_page_fetched_ahead_is_no_visit(headers: dict[str, str], reason: str | None) -> None:
    browser = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
    found = read_agent({"user-agent": browser, **headers}).bot
    assert (found.reason if found else None) == reason
