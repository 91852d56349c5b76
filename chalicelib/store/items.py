"""Items of the events table: how a beacon is spelled in one, what it weighs, and how it is read.

A beacon not yet received has `received_at_ms` 0 and its events at minus their age: every attempt
to put it stamps the receipt anew, and items keep ages, not times.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from sys import intern
from typing import NamedTuple

from chalicelib.model.event import HOT_DAYS, Beacon, Part
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.encoding import (
    decode_event,
    encode_parts,
    make_attributes,
    resolve_text,
    resolve_texts,
)
from chalicelib.store.weights import ITEM_WEIGHT, Item, item_bytes, weigh_parts, write_units

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What `record` and `decoded` raise of an item that is none of ours."""

_COUNTED_BYTES = len("weight" + "units") + 7
"""Of the two numbers that are known only when the rest of the item is."""


class Record(NamedTuple):  # made in a sixth of the time of a frozen dataclass
    """An item whose events have not been looked at: in memory a tenth of them. `weight` is what
    its hour's budget pays for it, `units` the write units that it took."""

    site: str
    session_id: str
    beacon_id: str
    received_at_ms: int
    weight: int
    units: int
    visitor_id: str
    hour: str
    expires_at: int
    parts: str

    @property
    def item(self) -> Item:
        """The item again, for those who have to look at it."""
        return {
            "pk": {"S": f"{self.site}#{self.session_id}"},
            "sk": {"S": self.beacon_id},
            "hour": {"S": self.hour},
            "received_at_ms": {"N": str(self.received_at_ms)},
            "visitor_id": {"S": self.visitor_id},
            "parts": {"S": self.parts},
            "expires_at": {"N": str(self.expires_at)},
            "weight": {"N": str(self.weight)},
            "units": {"N": str(self.units)},
        }


def hour_key(site: str, at_ms: int, shard: int) -> str:
    """The partition of `by_hour` that holds a moment of a site."""
    hour = datetime.fromtimestamp(at_ms // HOUR_MS * 3600, UTC)
    return f"{site}#{hour:%Y-%m-%dT%H}#{shard}"


def shard_of(session_id: str, shards: int) -> int:
    """The index shard of a session: the same in every process."""
    return zlib.crc32(session_id.encode()) % shards if shards > 1 else 0


def item_of(beacon: Beacon, received_at_ms: int, shards: int, together: int) -> Item:
    """The item that keeps a beacon received at that moment, one of so many of a transaction."""
    rest: Item = {
        "pk": {"S": f"{beacon.site}#{beacon.session_id}"},
        "sk": {"S": beacon.beacon_id},
        "hour": {"S": hour_key(beacon.site, received_at_ms, shard_of(beacon.session_id, shards))},
        "received_at_ms": {"N": str(received_at_ms)},
        "visitor_id": {"S": beacon.parts[0].visitor_id},
        "parts": {"S": encode_parts(beacon.parts)},
        "expires_at": {"N": str(received_at_ms // 1000 + HOT_DAYS * 86_400)},
    }
    size = item_bytes(rest) + _COUNTED_BYTES
    return {
        **rest,
        "weight": {"N": str(size + ITEM_WEIGHT + weigh_parts(beacon.parts))},
        "units": {"N": str(write_units(size, together))},
    }


def make_record(item: Item) -> Record:
    """An item as it was read. Raises one of `UNREADABLE`."""
    site, _, session_id = item["pk"]["S"].rpartition("#")
    return Record(
        site=intern(site),
        session_id=intern(session_id),
        beacon_id=item["sk"]["S"] + "",
        received_at_ms=int(item["received_at_ms"]["N"]),
        weight=int(item["weight"]["N"]),
        units=int(item["units"]["N"]),
        visitor_id=intern(item["visitor_id"]["S"]),
        hour=intern(item["hour"]["S"]),
        expires_at=int(item["expires_at"]["N"]),
        parts=item["parts"]["S"] + "",
    )


def decode_record(found: Record) -> Beacon:
    """The beacon of a record. Raises one of `UNREADABLE`."""
    shared, *pieces = json.loads(found.parts)
    first = resolve_texts(pieces[0]["a"], shared)
    parts = tuple(
        Part(
            visitor_id=resolve_text(piece["v"], shared),
            session_id=found.session_id,
            attributes=make_attributes(
                tuple(first.items())
                if piece is pieces[0]
                else tuple({**first, **resolve_texts(piece["a"], shared)}.items())
            ),
            events=tuple(decode_event(e, shared, found.received_at_ms) for e in piece["e"]),
        )
        for piece in pieces
    )
    return Beacon(found.site, found.session_id, found.beacon_id, found.received_at_ms, parts)


def receive_beacon(beacon: Beacon, received_at_ms: int) -> Beacon:
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
    """The item with these parts: itself if they are what it has, None if there are none. It
    weighs what it did, so that its hour leaves out the same sessions as before."""
    if parts == beacon.parts:
        return item
    if not parts:
        return None
    unreceived = receive_beacon(replace(beacon, parts=parts), -beacon.received_at_ms)
    return {
        **item,
        "visitor_id": {"S": parts[0].visitor_id},
        "parts": {"S": encode_parts(unreceived.parts)},
    }


def is_expired(item: Item, now_s: int) -> bool:
    """Whether the table was to delete the item by now; it may take days to do so."""
    try:
        return int(item["expires_at"]["N"]) <= now_s
    except (KeyError, TypeError, ValueError):
        return False
