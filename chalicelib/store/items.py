"""Items of the events table: how a beacon is spelled in one, what it weighs, and how it is read.

A beacon not yet received has `received_at_ms` 0 and its events at minus their age: every attempt
to put it stamps the receipt anew, and items keep ages, not times.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from sys import intern
from typing import Any, NamedTuple

from chalicelib.model import HOT_DAYS, Attributes, Beacon, Event, Part
from chalicelib.spans import HOUR_MS

Item = Mapping[str, Mapping[str, Any]]

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What `record` and `decoded` raise of an item that is none of ours."""

ITEM_WEIGHT = 2 * 1024
"""What an item weighs beside its bytes: it is read and sorted by itself, and often a session of
its own in every report."""
EVENT_WEIGHT = 1024
"""What an event weighs beside its bytes: parsed it takes about so much memory, and as much time
as a kilobyte of text."""
PART_WEIGHT = 8 * 1024
"""What each part of an item after its first weighs: a row of its own in a file, and a session that
has to be put together again in every report."""
UNIT_BYTES = 1024
WRITES_OF_AN_ITEM = 2
"""The table, and the copy of the item in the index `by_hour`."""
WRITES_TOGETHER = 2
"""Items of one transaction are prepared and committed (Amazon DynamoDB Developer Guide, "Capacity
management for transactions")."""

_ATTRIBUTES = tuple(Attributes.__dataclass_fields__)
_KNOWN = frozenset(_ATTRIBUTES)
_COUNTED_BYTES = len("weight" + "units") + 7
"""Of the two numbers that are known only when the rest of the item is."""
_NOTHING: tuple[Any, ...] = ("", 0, 0, "", "", {})
"""An event without type, age, seq, path, title and data."""
_NOBODY = Attributes()


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
        "parts": {"S": encoded(beacon.parts)},
        "expires_at": {"N": str(received_at_ms // 1000 + HOT_DAYS * 86_400)},
    }
    size = item_bytes(rest) + _COUNTED_BYTES
    return {
        **rest,
        "weight": {"N": str(size + ITEM_WEIGHT + _further_weight(beacon.parts))},
        "units": {"N": str(write_units(size, together))},
    }


def _further_weight(parts: Sequence[Part]) -> int:
    """What parts weigh beside their bytes."""
    events = sum(len(part.events) for part in parts)
    return EVENT_WEIGHT * events + PART_WEIGHT * (len(parts) - 1)


def item_bytes(item: Item) -> int:
    """What DynamoDB counts of an item: its names and texts in UTF-8, of numbers a byte for two
    digits and one more (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""
    return sum(
        len(name) + _value_bytes(kind, text)
        for name, value in item.items()
        for kind, text in value.items()
    )


def _value_bytes(kind: str, text: str) -> int:
    return (len(text.strip("0")) + 3) // 2 if kind == "N" else len(text.encode())


def write_units(size: int, together: int = 1) -> int:
    """The write units of an item of so many bytes, table and index, put with so many others."""
    units = -(-size // UNIT_BYTES) * WRITES_OF_AN_ITEM
    return units * WRITES_TOGETHER if together > 1 else units


def encoded(parts: Sequence[Part]) -> str:
    """Parts as compact JSON: `[shared, part, ...]`, a part `{"v": visitor, "a": attributes,
    "e": [[type, ago, seq, path, title, data], ...]}`.

    A text that stands in several places stands once, in `shared`, and its place there (from 1)
    elsewhere: what a beacon says once for all its events is not stored once for each. Attributes
    are those that differ from the first part's; an event ends with its last value that is not
    empty. `ago` is an age in ms.
    """
    shared = _repeated(parts)
    place = {text: number for number, text in enumerate(shared, 1)}

    def spelled(text: str) -> str | int:
        return place.get(text, text)

    first = parts[0].attributes
    pieces = [
        {
            "v": spelled(part.visitor_id),
            "a": {n: spelled(v) for n, v in _differences(part.attributes, first)},
            "e": [_encoded_event(event, spelled) for event in part.events],
        }
        for part in parts
    ]
    return json.dumps([shared, *pieces], ensure_ascii=False, separators=(",", ":"))


def _repeated(parts: Sequence[Part]) -> list[str]:
    """The texts that stand in several places and are longer than a place is."""
    if len(parts) == 1 and len(parts[0].events) == 1:
        return []
    first = parts[0].attributes
    found = chain.from_iterable(
        chain(
            (part.visitor_id,),
            (value for _, value in _differences(part.attributes, first)),
            *((event.type, event.path, event.title) for event in part.events),
        )
        for part in parts
    )
    return [text for text, count in Counter(found).items() if count > 1 and len(text) > 2]


def _differences(said: Attributes, first: Attributes) -> Iterator[tuple[str, str]]:
    """Of the first part what it says, of others what they say differently."""
    for name in _ATTRIBUTES:
        value = getattr(said, name)
        if value if said is first else value != getattr(first, name):
            yield name, value


def _encoded_event(event: Event, spelled: Callable[[str], str | int]) -> list[Any]:
    texts = spelled(event.path), spelled(event.title)
    values = [spelled(event.type), -event.at_ms, event.seq, *texts, dict(event.data)]
    while values[-1] in (0, "", {}) and len(values) > 1:
        values.pop()
    return values


def record(item: Item) -> Record:
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


def decoded(found: Record) -> Beacon:
    """The beacon of a record. Raises one of `UNREADABLE`."""
    shared, *pieces = json.loads(found.parts)
    first = _resolved(pieces[0]["a"], shared)
    parts = tuple(
        Part(
            visitor_id=_text(piece["v"], shared),
            session_id=found.session_id,
            attributes=_attributes(
                tuple(first.items())
                if piece is pieces[0]
                else tuple({**first, **_resolved(piece["a"], shared)}.items())
            ),
            events=tuple(_decoded_event(e, shared, found.received_at_ms) for e in piece["e"]),
        )
        for piece in pieces
    )
    return Beacon(found.site, found.session_id, found.beacon_id, found.received_at_ms, parts)


def _resolved(said: Mapping[str, Any], shared: Sequence[str]) -> Mapping[str, str]:
    if not shared:
        return said
    return {name: _text(value, shared) for name, value in said.items()}


def _text(value: str | int, shared: Sequence[str]) -> str:
    return intern(shared[value - 1] if isinstance(value, int) else value)


@lru_cache(maxsize=10_000)
def _attributes(said: tuple[tuple[str, str], ...]) -> Attributes:
    """One value for all sessions alike: a busy hour is sealed in memory."""
    if not all(isinstance(value, str) for _, value in said):
        raise TypeError("an attribute is a text")
    return Attributes(**{name: value for name, value in said if name in _KNOWN})


def _decoded_event(values: Sequence[Any], shared: Sequence[str], received_at_ms: int) -> Event:
    type_, ago, seq, path, title, data = (*values[:6], *_NOTHING[len(values) :])
    return Event(
        type=_text(type_, shared),
        at_ms=received_at_ms - int(ago),
        seq=int(seq),
        path=_text(path, shared),
        title=_text(title, shared),
        data=dict(data),
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
    """The item with these parts: itself if they are what it has, None if there are none. It
    weighs what it did, so that its hour leaves out the same sessions as before."""
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


def heaviest_field(parts: Sequence[Part]) -> str:
    """The field of a hit that the texts of these parts came from, most of their bytes at least."""
    events = [event for part in parts for event in part.events]
    texts = {
        "url": [event.path for event in events],
        "title": [event.title for event in events],
        "data": [json.dumps(dict(event.data), ensure_ascii=False) for event in events],
        "entry": [value for part in parts for _, value in _differences(part.attributes, _NOBODY)],
    }
    return max(texts, key=lambda name: sum(len(text.encode()) for text in texts[name]))
