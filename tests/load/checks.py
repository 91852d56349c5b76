"""What a load test finds in its world, each in its own way: in DynamoDB, in the sealed files, by
what a report reads, and by what a report says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.model.event import Part
from chalicelib.model.spans import HOUR_MS, Span
from chalicelib.store.items import Record, decode_record
from tests.load.world import SITE, World
from tests.report import oracle

COMPARED = ("totals", "trend", "visitors", "top")
LIMIT = 1000


def numbers(parts: Iterable[Part]) -> Iterator[int]:
    """The numbers of their events."""
    return (event.seq for part in parts for event in part.events)


def without(parts: Iterable[Part], gone: Collection[int]) -> list[Part]:
    """The parts without these events."""
    left = [replace(p, events=tuple(e for e in p.events if e.seq not in gone)) for p in parts]
    return [part for part in left if part.events]


def in_dynamodb(world: World, start_ms: int) -> list[Part]:
    """All that the events table holds, asked hour by hour."""
    hours = range(start_ms // HOUR_MS - 1, world.clock() // HOUR_MS + 1)
    found = [one for h in hours for one in world.wired.buckets.hour(SITE.id, h * HOUR_MS)]
    return [part for one in found if isinstance(one, Record) for part in decode_record(one).parts]


def in_files(world: World) -> list[Part]:
    """All that the sealed files hold."""
    sealed, engine = world.wired.sealed, world.wired.engine
    return list(
        engine.segments.read([sealed.cache.fetch(SITE.id, file) for file in world.manifest().files])
    )


def as_reported(world: World, start_ms: int) -> list[Part]:
    """Sealed files and tail, as a report reads both."""
    now_ms = world.clock()
    found = world.wired.reader.snapshot(SITE, [_span(start_ms, now_ms)], now_ms)
    return [*world.wired.engine.segments.read(found.files), *found.tail]


def wrong_figures(world: World, start_ms: int, parts: Iterable[Part]) -> list[str]:
    """Which parts of `stats` differ from a plain recount of what DynamoDB holds."""
    span = _span(start_ms, world.clock())
    query = {"from": _text(span.from_ms), "to": _text(span.to_ms), "tz": "UTC", "limit": LIMIT}
    answer = world.call("GET", f"/api/reports/stats?{urlencode({'site': SITE.id, **query})}")
    question = {
        "name": "stats", "site": SITE.id, "now": world.clock(), "tz": "UTC", "limit": LIMIT,
        "from": span.from_ms, "to": span.to_ms,
    }  # fmt: skip
    recount = oracle.stats(list(_events(parts)), question)
    return [
        f"stats: {name} is {str(answer[name])[:200]}, a recount says {str(recount[name])[:200]}"
        for name in COMPARED
        if _same(answer[name], recount[name]) != recount[name]
    ]


def _same(answer: Any, recount: Any) -> Any:
    """Of an answer what the recount has too: later versions say more."""
    if not isinstance(recount, dict):
        return answer
    return {name: _same(answer[name], inner) for name, inner in recount.items()}


def _events(parts: Iterable[Part]) -> Iterator[dict[str, Any]]:
    """Events as the recount knows them."""
    for part in parts:
        attributes = asdict(part.attributes)
        for event in part.events:
            yield {
                "visitor": part.visitor_id,
                "session": part.session_id,
                "attributes": attributes,
                "at": event.at_ms,
                **{name: getattr(event, name) for name in ("seq", "type", "path", "title", "data")},
            }


def _span(start_ms: int, now_ms: int) -> Span:
    """From an hour before to the next hour: events may be older than their receipt."""
    return Span((start_ms // HOUR_MS - 1) * HOUR_MS, (now_ms // HOUR_MS + 1) * HOUR_MS)


def _text(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
