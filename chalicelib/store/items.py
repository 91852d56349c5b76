"""Items of the events table: how a beacon is spelled in one, and read from it.

A beacon not yet received has `received_at_ms` 0 and its events at minus their age: every attempt
to put it stamps the receipt anew, and items keep ages, not times.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern
from typing import Any

from chalicelib.model import Attributes, Beacon, Event, Part
from chalicelib.spans import HOUR_MS

Item = Mapping[str, Mapping[str, Any]]

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What `decoded` raises of an item that is none of ours."""

_ATTRIBUTES = frozenset(Attributes.__dataclass_fields__)


def hour_key(site: str, at_ms: int, shard: int) -> str:
    """The partition of `by_hour` that holds a moment of a site."""
    hour = datetime.fromtimestamp(at_ms // HOUR_MS * 3600, UTC)
    return f"{site}#{hour:%Y-%m-%dT%H}#{shard}"


def shard_of(session_id: str, shards: int) -> int:
    """The index shard of a session: the same in every process."""
    return zlib.crc32(session_id.encode()) % shards if shards > 1 else 0


def encoded(parts: Sequence[Part]) -> str:
    """Parts as compact JSON: empty values left out, ages (`ago`, ms) in place of times."""
    return json.dumps(
        [
            {
                "v": part.visitor_id,
                "a": {
                    n: v
                    for n in Attributes.__dataclass_fields__
                    if (v := getattr(part.attributes, n))
                },
                "e": [_encoded_event(event) for event in part.events],
            }
            for part in parts
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _encoded_event(event: Event) -> dict[str, object]:
    values = {
        "type": event.type,
        "ago": -event.at_ms,
        "seq": event.seq,
        "path": event.path,
        "title": event.title,
        "data": dict(event.data),
    }
    return {name: value for name, value in values.items() if value}


def decoded(item: Item) -> Beacon:
    """The beacon of an item. Raises KeyError, TypeError, ValueError or AttributeError."""
    site, _, session_id = item["pk"]["S"].rpartition("#")
    received_at_ms = int(item["received_at_ms"]["N"])
    parts = tuple(
        Part(
            visitor_id=part["v"] + "",
            session_id=session_id,
            attributes=_attributes(tuple(part["a"].items())),
            events=tuple(_decoded_event(event, received_at_ms) for event in part["e"]),
        )
        for part in json.loads(item["parts"]["S"])
    )
    if not parts:
        raise ValueError("a beacon without parts")
    return Beacon(site, session_id, item["sk"]["S"], received_at_ms, parts)


@lru_cache(maxsize=10_000)
def _attributes(said: tuple[tuple[str, str], ...]) -> Attributes:
    """One value for all sessions alike: a busy hour is sealed in memory."""
    return Attributes(**{name: intern(value) for name, value in said if name in _ATTRIBUTES})


def _decoded_event(event: Mapping[str, Any], received_at_ms: int) -> Event:
    return Event(
        type=intern(event["type"]),
        at_ms=received_at_ms - int(event.get("ago", 0)),
        seq=int(event.get("seq", 0)),
        path=intern(event.get("path", "")),
        title=intern(event.get("title", "")),
        data=dict(event.get("data", {})),
    )


def received(beacon: Beacon, received_at_ms: int) -> Beacon:
    """A beacon not yet received, as the store would give it back had it come at that moment."""
    parts = tuple(
        replace(
            part,
            events=tuple(replace(e, at_ms=received_at_ms + e.at_ms) for e in part.events),
        )
        for part in beacon.parts
    )
    return replace(beacon, received_at_ms=received_at_ms, parts=parts)


def with_parts(item: Item, beacon: Beacon, parts: tuple[Part, ...]) -> Item | None:
    """The item with these parts: itself if they are what it has, None if there are none."""
    if parts == beacon.parts:
        return item
    if not parts:
        return None
    unreceived = received(replace(beacon, parts=parts), -beacon.received_at_ms)
    return {
        **item,
        "visitor_id": {"S": parts[0].visitor_id},
        "parts": {"S": encoded(unreceived.parts)},
    }


def is_expired(item: Item, now_s: int) -> bool:
    """Whether the table was to delete the item by now; it may take days to do so."""
    try:
        return int(item["expires_at"]["N"]) <= now_s
    except (KeyError, TypeError, ValueError):
        return False
