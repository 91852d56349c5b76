"""What a landing page's query says of where somebody came from: UTM tags and click ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from chalicelib.enrich.page import canonical_host, read_parameters
from chalicelib.enrich.sources import LISTS
from chalicelib.model.limits import MAX_CAMPAIGN_VALUE
from chalicelib.model.text import clean_text

_UTM = ("source", "medium", "campaign", "id", "term", "content")


@dataclass(frozen=True, slots=True)
class ClickId:
    """A parameter that a platform adds to links: whose it is, and what it proves."""

    parameter: str
    source: str
    medium: str
    is_advertisement: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """UTM values, cleaned; source and medium in lower case, known misspellings folded."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    id: str = ""
    term: str = ""
    content: str = ""
    click: ClickId | None = None


NO_CAMPAIGN = Campaign()


@cache
def click_ids() -> tuple[ClickId, ...]:
    """Click ids in the order they are looked for."""
    rows = _read_rows("click_ids.txt")
    return tuple(ClickId(p.lower(), s, m, proof == "ad") for p, s, m, proof in rows)


@cache
def _read_spellings() -> dict[str, str]:
    return {other: name for name, *others in _read_rows("source_spellings.txt") for other in others}


def _read_rows(name: str) -> list[list[str]]:
    lines = (LISTS / name).read_text("utf-8").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


@cache
def _list_parameters() -> frozenset[str]:
    return frozenset(f"utm_{name}" for name in _UTM) | {c.parameter for c in click_ids()}


def read_campaign(query: str) -> Campaign:
    """The campaign in a query string; empty tags are no tags."""
    if not query:
        return NO_CAMPAIGN
    found = read_parameters(query, _list_parameters())
    if not found:
        return NO_CAMPAIGN
    values = {name: clean_text(found.get(f"utm_{name}", ""), MAX_CAMPAIGN_VALUE) for name in _UTM}
    click = next((c for c in click_ids() if c.parameter in found), None)
    return Campaign(
        source=fold_source(values.pop("source")),
        medium=values.pop("medium").lower(),
        click=click,
        **values,
    )


def fold_source(source: str) -> str:
    """A source in its one spelling: lower case, no scheme or `www.`, misspellings corrected."""
    name = source.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    name = canonical_host(name) or name if "." in name else name
    name = name.removeprefix("www.")
    return _read_spellings().get(name.replace(" ", "_"), name)
