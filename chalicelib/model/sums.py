"""What the events of a session add up to: the columns of a row that most questions need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from chalicelib.model.columns import PAGE_SUMS, STEPS, TITLE_COLUMNS, UNKNOWN, VITALS
from chalicelib.model.event import Event, Scalar, encode_data
from chalicelib.model.event_types import BUILT_IN, EVENT_TYPES
from chalicelib.model.spans import QUARTER_MS

HEAT = "heat"

ENGAGED_MS = 10_000
"""So much engagement makes a session engaged."""

Row = dict[str, Any]

_SUMMED = {
    type_.name: ([*PAGE_SUMS].index(type_.summed_in), type_.amount)
    for type_ in EVENT_TYPES
    if type_.summed_in
}
"""Where the events of a type are summed, and the key of their amount."""


def sum_events(events: tuple[Event, ...]) -> Row:
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
        "engagement_ms": (engagement_ms := sum(sums[1] for sums in pages.values())),
        "is_engaged": engagement_ms >= ENGAGED_MS
        or len(views) >= 2
        or not types.keys() <= BUILT_IN,
        **dict(zip(STEPS, fold_repeats(views), strict=False)),
        "entry_page": none_if_unknown(views[0]) if views else None,
        "exit_page": none_if_unknown(views[-1]) if views else None,
        "pages": list(pages),
        **dict(zip(PAGE_SUMS, _transpose(pages.values()), strict=True)),
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


def sum_by_title(events: tuple[Event, ...]) -> Row:
    titles: dict[str, list[int]] = {}
    for event in events:
        if adds := page_sum(event):
            place, number = adds
            titles.setdefault(event.title or UNKNOWN, [0, 0, 0])[place] += number
    return dict(zip(TITLE_COLUMNS, ([*titles], *_transpose(titles.values())), strict=True))


def list_timings(events: tuple[Event, ...]) -> Row:
    row: Row = {}
    loads = [event for event in events if event.type == "pageview" and "load_time_ms" in event.data]
    if loads:
        row["load_pages"] = [page_of(event) for event in loads]
        row["load_ms"] = [event.data["load_time_ms"] for event in loads]
    reports = [event for event in events if event.type == "web_vitals"]
    if reports:
        row["vital_pages"] = [page_of(event) for event in reports]
        for name in VITALS:
            row[f"vital_{name}"] = [read_number(event.data, name) for event in reports]
    return row


def list_events(events: tuple[Event, ...]) -> Row:
    return {
        "ev_type": [event.type for event in events],
        "ev_seq": [event.seq for event in events],
        "ev_path": [event.path for event in events],
        "ev_title": [event.title for event in events],
        "ev_data": ["" if event.type == HEAT else encode_data(event.data) for event in events],
    }


def list_heat(events: tuple[Event, ...]) -> Row:
    heat = [event for event in events if event.type == HEAT]
    if not heat:
        return {}
    return {
        "heat_pages": [page_of(event) for event in heat],
        "heat_data": [encode_data(event.data) for event in heat],
    }


def page_sum(event: Event) -> tuple[int, int] | None:
    """What an event adds to the sums of its page: the place in `PAGE_SUMS` and the number; None
    if nothing."""
    summed = _SUMMED.get(event.type)
    if summed is None:
        return None
    place, key = summed
    return place, int(read_number(event.data, key) or 0) if key else 1


def outbound_link(event: Event) -> str:
    """The link a click left the site by, without query and fragment; empty if it did not."""
    link = event.data.get("link_url")
    if event.type != "click" or not isinstance(link, str) or event.data.get("outbound") is False:
        return ""
    return link.partition("#")[0].partition("?")[0]


def page_of(event: Event) -> str:
    """The page of an event as lists show it."""
    return event.path or UNKNOWN


def none_if_unknown(text: str) -> str | None:
    return None if text in ("", UNKNOWN) else text


def fold_repeats(views: Iterable[str]) -> list[str]:
    """Pages in their order, repeats of one page in a row once."""
    return [page for page, _ in groupby(views)]


def read_number(data: Mapping[str, Scalar], key: str) -> int | float | None:
    """The number at a key; None for all else."""
    value = data.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _transpose(sums: Iterable[Sequence[int]]) -> Iterable[list[int]]:
    return ([one[place] for one in sums] for place in range(len(PAGE_SUMS)))


@lru_cache(maxsize=10_000)
def _spell_tally(counts: tuple[tuple[str, int], ...]) -> str:
    return encode_data(dict(counts))
