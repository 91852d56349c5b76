"""Parts of sessions add up. Sealing an hour, merging hours and reporting are this one operation.

A part is a bag of events of one session under one set of attributes; a row is a part as a Parquet
file keeps it: the events themselves as parallel lists, and beside them the sums that answer most
questions without looking at an event.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, TypeVar

from chalicelib.model import Attributes, Event, Part, Scalar
from chalicelib.spans import QUARTER_MS

EVENTS_A_SESSION = 5_000
"""Events of a session that count: a robot in a loop must not make a report slow."""

UNKNOWN = "(none)"
"""The id of what is not known, wherever a list shows it."""

ATTRIBUTES = tuple(field.name for field in fields(Attributes))

IDENTITY_COLUMNS = {"session": "UBIGINT", "visitor": "UBIGINT"}
STEPS = tuple(f"step_{n}" for n in range(1, 9))
"""The first pages of a session, repeats of one page in a row folded."""

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
    "page_views": "INTEGER[]",
    "page_engagement_ms": "BIGINT[]",
    "page_scrolls": "INTEGER[]",
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

_values = attrgetter(*ATTRIBUTES)
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

T = TypeVar("T")
Row = dict[str, Any]
Bags = dict[tuple[str, str, Attributes], list[Event]]
Order = tuple[int, int, str, str, str, str]


def number(text: str) -> int:
    """The 64-bit number of an id. An id that is written as a number already (`#` and 16 hex
    digits, as exports have it) stands for itself."""
    if len(text) == 17 and text[0] == "#":
        return int(text[1:], 16)
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def session_number(part: Part) -> int:
    """The 64-bit number of a session: the pair of visitor and session id."""
    if part.session_id[:1] == "#":
        return number(part.session_id)
    return number(f"{part.visitor_id}|{part.session_id}")


def order(event: Event) -> Order:
    """Where an event stands in its session: time, then `seq`, then content; never storage order."""
    return (event.at_ms, event.seq, event.type, event.path, event.title, _json(event.data))


def group(parts: Iterable[Part], cap: int | None = EVENTS_A_SESSION) -> list[Part]:
    """The union of parts by session and attributes, each with its events in order.

    The same for any order or grouping of the input. Of each part the first `cap` events are kept
    (None: all), which is again the same however the parts were grouped before.
    """
    bags: Bags = {}
    gather(parts, bags)
    return list(united(bags, cap))


def gather(parts: Iterable[Part], bags: Bags) -> None:
    """Add the events of parts to their bags, by session and attributes."""
    for part in parts:
        key = (part.visitor_id, part.session_id, part.attributes)
        bags.setdefault(key, []).extend(part.events)


def united(bags: Bags, cap: int | None = EVENTS_A_SESSION) -> Iterator[Part]:
    """The parts of bags, as `group` has them. It empties them as it goes: a million events that
    nobody needs any more are 400 MB."""
    while bags:
        (visitor, session, attributes), events = bags.popitem()
        in_order = _sorted(events, attrgetter("at_ms"), order)[:cap]
        yield Part(visitor, session, attributes, tuple(in_order))


def inside(
    parts: Sequence[Part], from_ms: int, to_ms: int, cap: int | None = EVENTS_A_SESSION
) -> Part | None:
    """What one session did in `[from_ms, to_ms)`: all its parts as one, None if it did nothing.

    Attributes are those of its first event inside.
    """
    if not any(from_ms <= event.at_ms < to_ms for part in parts for event in part.events):
        return None
    whole, *others = group(parts, cap)
    if not others:
        return _between(whole, from_ms, to_ms)
    first_to_last = _in_order(parts)[:cap]
    kept = [(event, part) for event, part in first_to_last if from_ms <= event.at_ms < to_ms]
    if not kept:
        return None
    first = kept[0][1]
    events = tuple(event for event, _ in kept)
    return Part(first.visitor_id, first.session_id, first.attributes, events)


def sort_key(part: Part) -> tuple[bool, int, int]:
    """Where a part with its events in order stands in a file: those in one quarter of an hour come
    first, each by start."""
    start, end = part.events[0].at_ms, part.events[-1].at_ms
    return start // QUARTER_MS != end // QUARTER_MS, start, session_number(part)


def figures(part: Part) -> Row:
    """The row of a part whose events are in order (as `group` and `inside` give them), as far as
    questions are answered from it. What is not known may be absent."""
    start = part.events[0].at_ms
    return {
        "session": session_number(part),
        "visitor": number(part.visitor_id),
        **_said(part.attributes),
        **_sums(part.events),
        "ev_after_ms": [event.at_ms - start for event in part.events],
    }


def row(part: Part) -> Row:
    """The whole row of a part whose events are in order, as a file keeps it."""
    return {
        **figures(part),
        "ev_type": [event.type for event in part.events],
        "ev_seq": [event.seq for event in part.events],
        "ev_path": [event.path for event in part.events],
        "ev_title": [event.title for event in part.events],
        "ev_data": [_json(event.data) for event in part.events],
    }


def part(row: Mapping[str, Any]) -> Part:
    """The part that a row was made from, its ids written as numbers."""
    start = row["started_at_ms"]
    lists = (row[name] for name in EVENT_COLUMNS)
    events = tuple(
        Event(type_, start + after, seq, path, title, json.loads(data) if data else {})
        for type_, after, seq, path, title, data in zip(*lists, strict=True)
    )
    attributes = Attributes(**{name: row.get(name) or "" for name in ATTRIBUTES})
    return Part(f"#{row['visitor']:016x}", f"#{row['session']:016x}", attributes, events)


def page(event: Event) -> str:
    """The page of an event as lists show it."""
    return event.path or UNKNOWN


def engagement_ms(event: Event) -> int:
    """Milliseconds of engagement that an event reports."""
    if event.type != "user_engagement":
        return 0
    value = event.data.get("engagement_ms", 0)
    return int(value) if isinstance(value, int | float) else 0


def outbound(event: Event) -> str:
    """The link a click left the site by, without query and fragment; empty if it did not."""
    link = event.data.get("link_url")
    if event.type != "click" or not isinstance(link, str) or event.data.get("outbound") is False:
        return ""
    return link.partition("#")[0].partition("?")[0]


@lru_cache(maxsize=10_000)
def _said(attributes: Attributes) -> Row:
    """The columns of what is known; the same in many sessions."""
    values = zip(ATTRIBUTES, _values(attributes), strict=True)
    return {name: value for name, value in values if _known(value)}


def _in_words(attributes: Attributes) -> tuple[str, ...]:
    """All values in order. What is not known reads the same from a file and from the tail."""
    return tuple(_known(value) or "" for value in _values(attributes))


@lru_cache(maxsize=10_000)
def _tally(counts: tuple[tuple[str, int], ...]) -> str:
    return _json(dict(counts))


def _known(text: str) -> str | None:
    return None if text in ("", UNKNOWN) else text


def folded(views: Iterable[str]) -> list[str]:
    """Pages in their order, repeats of one page in a row once."""
    return [page for page, _ in groupby(views)]


def _between(part: Part, from_ms: int, to_ms: int) -> Part | None:
    """Of a part with its events in order those in `[from_ms, to_ms)`; None without any."""
    if from_ms <= part.events[0].at_ms and part.events[-1].at_ms < to_ms:
        return part
    events = tuple(event for event in part.events if from_ms <= event.at_ms < to_ms)
    return replace(part, events=events) if events else None


def _in_order(parts: Iterable[Part]) -> list[tuple[Event, Part]]:
    found = [(event, part) for part in parts for event in part.events]
    return _sorted(
        found,
        lambda pair: pair[0].at_ms,
        lambda pair: (order(pair[0]), _in_words(pair[1].attributes)),
    )


def _sorted(things: Iterable[T], moment: Callable[[T], int], place: Callable[[T], Any]) -> list[T]:
    """By `place`, which begins with the moment and is worked out only where moments are equal."""
    found = sorted(things, key=moment)
    if all(moment(before) < moment(after) for before, after in pairwise(found)):
        return found
    return sorted(found, key=place)


def _sums(events: tuple[Event, ...]) -> Row:
    views = [page(event) for event in events if event.type == "pageview"]
    pages: dict[str, list[int]] = {}
    types: dict[str, int] = {}
    links: dict[str, int] = {}
    for event in events:
        types[event.type] = types.get(event.type, 0) + 1
        if event.type in ("pageview", "user_engagement", "scroll"):
            sums = pages.setdefault(page(event), [0, 0, 0])
            sums[0] += event.type == "pageview"
            sums[1] += engagement_ms(event)
            sums[2] += event.type == "scroll"
        elif link := outbound(event):
            links[link] = links.get(link, 0) + 1
    start, end = events[0].at_ms, events[-1].at_ms
    return {
        "started_at_ms": start,
        "ended_at_ms": end,
        **_quarters(events),
        "pageviews": len(views),
        "engagement_ms": sum(sums[1] for sums in pages.values()),
        **dict(zip(STEPS, folded(views), strict=False)),
        "entry_page": _known(views[0]) if views else None,
        "exit_page": _known(views[-1]) if views else None,
        "pages": list(pages),
        "page_views": [sums[0] for sums in pages.values()],
        "page_engagement_ms": [sums[1] for sums in pages.values()],
        "page_scrolls": [sums[2] for sums in pages.values()],
        "events": _tally(tuple(types.items())),
        "outbounds": _tally(tuple(links.items())) or None,
    }


def _quarters(events: tuple[Event, ...]) -> Row:
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


def _json(data: Mapping[str, Scalar]) -> str:
    return _encode(data) if data else ""
