"""A row: what one session did in one hour, with the figures that questions are answered from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from chalicelib.model.event import Attributes, Event, Part, Scalar
from chalicelib.model.event_types import EVENT_TYPES
from chalicelib.model.ids import number_of, session_number
from chalicelib.model.spans import QUARTER_MS

UNKNOWN = "(none)"
"""The id of what is not known, wherever a list shows it."""

ATTRIBUTES = tuple(field.name for field in fields(Attributes))

IDENTITY_COLUMNS = {"session": "UBIGINT", "visitor": "UBIGINT"}

STEPS = tuple(f"step_{n}" for n in range(1, 9))
"""The first pages of a session, repeats of one page in a row folded."""

PAGE_SUMS = {
    "page_views": "INTEGER[]",
    "page_engagement_ms": "BIGINT[]",
    "page_scrolls": "INTEGER[]",
}
"""What events add up to by page, in lists parallel to `pages`."""

SUM_COLUMNS = {
    "started_at_ms": "BIGINT",
    "ended_at_ms": "BIGINT",
    "is_over_quarter": "BOOLEAN",  # it lies in more than one quarter of an hour
    "quarters": "INTEGER[]",  # those it has events in, after its first; null where there is one
    "quarter_pageviews": "INTEGER[]",
    "pageviews": "INTEGER",
    "engagement_ms": "BIGINT",
    **dict.fromkeys(STEPS, "VARCHAR"),
    "entry_page": "VARCHAR",
    "exit_page": "VARCHAR",
    "pages": "VARCHAR[]",
    **PAGE_SUMS,
    "events": "VARCHAR",  # {"type": count}: few texts, which Parquet keeps once
    "outbounds": "VARCHAR",  # {"link": count}, null without
}

MOMENT_COLUMNS = {"ev_after_ms": "BIGINT[]"}

EVENT_COLUMNS = {
    "ev_type": "VARCHAR[]",
    **MOMENT_COLUMNS,
    "ev_seq": "BIGINT[]",
    "ev_path": "VARCHAR[]",
    "ev_title": "VARCHAR[]",
    "ev_data": "VARCHAR[]",
}

FIGURE_COLUMNS: Mapping[str, str] = {
    **IDENTITY_COLUMNS,
    **dict.fromkeys(ATTRIBUTES, "VARCHAR"),
    **SUM_COLUMNS,
    **MOMENT_COLUMNS,
}
"""What questions are answered from."""

COLUMNS: Mapping[str, str] = {**FIGURE_COLUMNS, **EVENT_COLUMNS}
"""The row, schema 1: name and type of every column. Unknown attributes are null."""

ROW_COLUMNS = (*IDENTITY_COLUMNS, *ATTRIBUTES, "started_at_ms", *EVENT_COLUMNS)
"""What `part` needs to make a part of a row again."""

attribute_values = attrgetter(*ATTRIBUTES)

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

Row = dict[str, Any]


def make_figures(part: Part) -> Row:
    """The row of a part whose events are in order (as `group` and `inside` give them), as far as
    questions are answered from it. What is not known may be absent."""
    start = part.events[0].at_ms
    return {
        "session": session_number(part),
        "visitor": number_of(part.visitor_id),
        **_known_attributes(part.attributes),
        **_sum_events(part.events),
        "ev_after_ms": [event.at_ms - start for event in part.events],
    }


def make_row(part: Part) -> Row:
    """The whole row of a part whose events are in order, as a file keeps it."""
    return {
        **make_figures(part),
        "ev_type": [event.type for event in part.events],
        "ev_seq": [event.seq for event in part.events],
        "ev_path": [event.path for event in part.events],
        "ev_title": [event.title for event in part.events],
        "ev_data": [encode_data(event.data) for event in part.events],
    }


def read_part(row: Mapping[str, Any]) -> Part:
    """The part that a row was made from, its ids written as numbers."""
    start = row["started_at_ms"]
    lists = (row[name] for name in EVENT_COLUMNS)
    events = tuple(
        Event(type_, start + after, seq, path, title, json.loads(data) if data else {})
        for type_, after, seq, path, title, data in zip(*lists, strict=True)
    )
    attributes = Attributes(**{name: row.get(name) or "" for name in ATTRIBUTES})
    return Part(f"#{row['visitor']:016x}", f"#{row['session']:016x}", attributes, events)


def page_of(event: Event) -> str:
    """The page of an event as lists show it."""
    return event.path or UNKNOWN


_SUMMED = {
    type_.name: ([*PAGE_SUMS].index(type_.summed_in), type_.amount)
    for type_ in EVENT_TYPES
    if type_.summed_in
}
"""Where the events of a type are summed, and the key of their amount."""


def page_sum(event: Event) -> tuple[int, int] | None:
    """What an event adds to the sums of its page: the place in `PAGE_SUMS` and the number; None
    if nothing."""
    summed = _SUMMED.get(event.type)
    if summed is None:
        return None
    place, key = summed
    value = event.data.get(key, 0) if key else 1
    return place, int(value) if isinstance(value, int | float) else 0


def outbound_link(event: Event) -> str:
    """The link a click left the site by, without query and fragment; empty if it did not."""
    link = event.data.get("link_url")
    if event.type != "click" or not isinstance(link, str) or event.data.get("outbound") is False:
        return ""
    return link.partition("#")[0].partition("?")[0]


@lru_cache(maxsize=10_000)
def _known_attributes(attributes: Attributes) -> Row:
    """The columns of what is known; the same in many sessions."""
    values = zip(ATTRIBUTES, attribute_values(attributes), strict=True)
    return {name: value for name, value in values if none_if_unknown(value)}


@lru_cache(maxsize=10_000)
def _spell_tally(counts: tuple[tuple[str, int], ...]) -> str:
    return encode_data(dict(counts))


def none_if_unknown(text: str) -> str | None:
    return None if text in ("", UNKNOWN) else text


def fold_repeats(views: Iterable[str]) -> list[str]:
    """Pages in their order, repeats of one page in a row once."""
    return [page for page, _ in groupby(views)]


def _sum_events(events: tuple[Event, ...]) -> Row:
    views = [page_of(event) for event in events if event.type == "pageview"]
    pages: dict[str, list[int]] = {}
    types: dict[str, int] = {}
    links: dict[str, int] = {}
    for event in events:
        types[event.type] = types.get(event.type, 0) + 1
        if adds := page_sum(event):
            place, number = adds
            pages.setdefault(page_of(event), [0, 0, 0])[place] += number
        elif link := outbound_link(event):
            links[link] = links.get(link, 0) + 1
    start, end = events[0].at_ms, events[-1].at_ms
    return {
        "started_at_ms": start,
        "ended_at_ms": end,
        **_count_quarters(events),
        "pageviews": len(views),
        "engagement_ms": sum(sums[1] for sums in pages.values()),
        **dict(zip(STEPS, fold_repeats(views), strict=False)),
        "entry_page": none_if_unknown(views[0]) if views else None,
        "exit_page": none_if_unknown(views[-1]) if views else None,
        "pages": list(pages),
        **{name: [sums[place] for sums in pages.values()] for place, name in enumerate(PAGE_SUMS)},
        "events": _spell_tally(tuple(types.items())),
        "outbounds": _spell_tally(tuple(links.items())) or None,
    }


def _count_quarters(events: tuple[Event, ...]) -> Row:
    """The pageviews of each quarter of an hour, where there are several: what an axis needs of a
    session over the edge of a bucket. No bucket of an hour or more cuts a quarter."""
    first = events[0].at_ms // QUARTER_MS
    if first == events[-1].at_ms // QUARTER_MS:
        return {"is_over_quarter": False}
    views: dict[int, int] = {}
    for event in events:
        after = event.at_ms // QUARTER_MS - first
        views[after] = views.get(after, 0) + (event.type == "pageview")
    lists = {"quarters": list(views), "quarter_pageviews": list(views.values())}
    return {"is_over_quarter": True, **lists}


def encode_data(data: Mapping[str, Scalar]) -> str:
    return _encode(data) if data else ""
