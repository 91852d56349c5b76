"""A row: what one session did in one hour, with the figures that questions are answered from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from chalicelib.model import sums
from chalicelib.model.columns import (
    ATTRIBUTES,
    COLUMNS,
    EVENT_COLUMNS,
    HEAT_COLUMNS,
    MOMENT_COLUMNS,
    TIMING_COLUMNS,
    TITLE_COLUMNS,
)
from chalicelib.model.event import Attributes, Event, Part, decode_data
from chalicelib.model.ids import number_of, session_number
from chalicelib.model.sums import HEAT, Row, none_if_unknown

attribute_values = attrgetter(*ATTRIBUTES)

_BESIDE: Sequence[tuple[Collection[str], Callable[[tuple[Event, ...]], Row]]] = (
    (TITLE_COLUMNS, sums.sum_by_title),
    (TIMING_COLUMNS, sums.list_timings),
    (EVENT_COLUMNS.keys() - MOMENT_COLUMNS.keys(), sums.list_events),
    (HEAT_COLUMNS, sums.list_heat),
)
"""What is made only where it is asked for."""


def make_row(part: Part, columns: Collection[str] = COLUMNS) -> Row:
    """The row of a part whose events are in order (as `group` and `inside` give them): these of
    its columns, and others that cost nothing more. What is not known may be absent."""
    start = part.events[0].at_ms
    row = {
        "session": session_number(part),
        "visitor": number_of(part.visitor_id),
        **_known_attributes(part.attributes),
        **sums.sum_events(part.events),
        "ev_after_ms": [event.at_ms - start for event in part.events],
    }
    for some, make in _BESIDE:
        if any(name in columns for name in some):
            row |= make(part.events)
    return row


def read_part(row: Mapping[str, Any]) -> Part:
    """The part that a row was made from, its ids written as numbers."""
    start = row["started_at_ms"]
    lists = (row[name] for name in EVENT_COLUMNS)
    heat = iter(row.get("heat_data") or ())
    events = tuple(
        Event(
            type_,
            start + after,
            seq,
            path,
            title,
            decode_data(next(heat) if type_ == HEAT else data),
        )
        for type_, after, seq, path, title, data in zip(*lists, strict=True)
    )
    attributes = Attributes(**{name: row.get(name) or "" for name in ATTRIBUTES})
    return Part(f"#{row['visitor']:016x}", f"#{row['session']:016x}", attributes, events)


@lru_cache(maxsize=10_000)
def _known_attributes(attributes: Attributes) -> Row:
    """The columns of what is known; the same in many sessions."""
    values = zip(ATTRIBUTES, attribute_values(attributes), strict=True)
    return {name: value for name, value in values if none_if_unknown(value)}
