"""Parts of sessions add up. Sealing an hour, merging hours and reporting are this one operation.

A part is a bag of events of one session under one set of attributes; a row is a part as a Parquet
file keeps it: the events themselves as parallel lists, and beside them the sums that answer most
questions without looking at an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

from chalicelib.model.event import Attributes, Event, Part, encode_data
from chalicelib.model.ids import session_number
from chalicelib.model.row import attribute_values
from chalicelib.model.spans import QUARTER_MS
from chalicelib.model.sums import none_if_unknown

EVENTS_A_SESSION = 5_000
"""Events of a session that count: a robot in a loop must not make a report slow."""

T = TypeVar("T")

Bags = dict[tuple[str, str, Attributes], list[Event]]

Order = tuple[int, int, str, str, str, str]


def order(event: Event) -> Order:
    """Where an event stands in its session: time, then `seq`, then content; never storage order."""
    return (event.at_ms, event.seq, event.type, event.path, event.title, encode_data(event.data))


def group_parts(parts: Iterable[Part], cap: int | None = EVENTS_A_SESSION) -> list[Part]:
    """The union of parts by session and attributes, each with its events in order.

    The same for any order or grouping of the input. Of each part the first `cap` events are kept
    (None: all), which is again the same however the parts were grouped before.
    """
    bags: Bags = {}
    gather_parts(parts, bags)
    return list(drain_bags(bags, cap))


def gather_parts(parts: Iterable[Part], bags: Bags) -> None:
    """Add the events of parts to their bags, by session and attributes."""
    for part in parts:
        key = (part.visitor_id, part.session_id, part.attributes)
        bags.setdefault(key, []).extend(part.events)


def drain_bags(bags: Bags, cap: int | None = EVENTS_A_SESSION) -> Iterator[Part]:
    """The parts of bags, as `group` has them. It empties them as it goes: a million events that
    nobody needs any more are 400 MB."""
    while bags:
        (visitor, session, attributes), events = bags.popitem()
        in_order = _sort_by(events, attrgetter("at_ms"), order)[:cap]
        yield Part(visitor, session, attributes, tuple(in_order))


def cut_to_span(
    parts: Sequence[Part], from_ms: int, to_ms: int, cap: int | None = EVENTS_A_SESSION
) -> Part | None:
    """What one session did in `[from_ms, to_ms)`: all its parts as one, None if it did nothing.

    Attributes are those of its first event inside.
    """
    if not any(from_ms <= event.at_ms < to_ms for part in parts for event in part.events):
        return None
    whole, *others = group_parts(parts, cap)
    if not others:
        return _cut_part(whole, from_ms, to_ms)
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


def _in_words(attributes: Attributes) -> tuple[str, ...]:
    """All values in order. What is not known reads the same from a file and from the tail."""
    return tuple(none_if_unknown(value) or "" for value in attribute_values(attributes))


def _cut_part(part: Part, from_ms: int, to_ms: int) -> Part | None:
    """Of a part with its events in order those in `[from_ms, to_ms)`; None without any."""
    if from_ms <= part.events[0].at_ms and part.events[-1].at_ms < to_ms:
        return part
    events = tuple(event for event in part.events if from_ms <= event.at_ms < to_ms)
    return replace(part, events=events) if events else None


def _in_order(parts: Iterable[Part]) -> list[tuple[Event, Part]]:
    found = [(event, part) for part in parts for event in part.events]
    return _sort_by(
        found,
        lambda pair: pair[0].at_ms,
        lambda pair: (order(pair[0]), _in_words(pair[1].attributes)),
    )


def _sort_by(things: Iterable[T], moment: Callable[[T], int], place: Callable[[T], Any]) -> list[T]:
    """By `place`, which begins with the moment and is worked out only where moments are equal."""
    found = sorted(things, key=moment)
    if all(moment(before) < moment(after) for before, after in pairwise(found)):
        return found
    return sorted(found, key=place)
