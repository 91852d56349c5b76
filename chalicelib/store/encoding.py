"""How the parts of a beacon are spelled in an item."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from sys import intern
from typing import Any

from chalicelib.model.event import Attributes, Event, Part

_ATTRIBUTES = tuple(Attributes.__dataclass_fields__)

_KNOWN = frozenset(_ATTRIBUTES)

_NOTHING: tuple[Any, ...] = ("", 0, 0, "", "", {})
"""An event without type, age, seq, path, title and data."""

_NOBODY = Attributes()


def encode_parts(parts: Sequence[Part]) -> str:
    """Parts as compact JSON: `[shared, part, ...]`, a part `{"v": visitor, "a": attributes,
    "e": [[type, ago, seq, path, title, data], ...]}`.

    A text that stands in several places stands once, in `shared`, and its place there (from 1)
    elsewhere: what a beacon says once for all its events is not stored once for each. Attributes
    are those that differ from the first part's; an event ends with its last value that is not
    empty. `ago` is an age in ms.
    """
    shared = _list_repeated(parts)
    place = {text: number for number, text in enumerate(shared, 1)}

    def spelled(text: str) -> str | int:
        return place.get(text, text)

    first = parts[0].attributes
    pieces = [
        {
            "v": spelled(part.visitor_id),
            "a": {n: spelled(v) for n, v in _list_differences(part.attributes, first)},
            "e": [_encoded_event(event, spelled) for event in part.events],
        }
        for part in parts
    ]
    return json.dumps([shared, *pieces], ensure_ascii=False, separators=(",", ":"))


def _list_repeated(parts: Sequence[Part]) -> list[str]:
    """The texts that stand in several places and are longer than a place is."""
    if len(parts) == 1 and len(parts[0].events) == 1:
        return []
    first = parts[0].attributes
    found = chain.from_iterable(
        chain(
            (part.visitor_id,),
            (value for _, value in _list_differences(part.attributes, first)),
            *((event.type, event.path, event.title) for event in part.events),
        )
        for part in parts
    )
    return [text for text, count in Counter(found).items() if count > 1 and len(text) > 2]


def _list_differences(said: Attributes, first: Attributes) -> Iterator[tuple[str, str]]:
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


def resolve_texts(said: Mapping[str, Any], shared: Sequence[str]) -> Mapping[str, str]:
    if not shared:
        return said
    return {name: resolve_text(value, shared) for name, value in said.items()}


def resolve_text(value: str | int, shared: Sequence[str]) -> str:
    return intern(shared[value - 1] if isinstance(value, int) else value)


@lru_cache(maxsize=10_000)
def make_attributes(said: tuple[tuple[str, str], ...]) -> Attributes:
    """One value for all sessions alike: a busy hour is sealed in memory."""
    if not all(isinstance(value, str) for _, value in said):
        raise TypeError("an attribute is a text")
    return Attributes(**{name: value for name, value in said if name in _KNOWN})


def decode_event(values: Sequence[Any], shared: Sequence[str], received_at_ms: int) -> Event:
    type_, ago, seq, path, title, data = (*values[:6], *_NOTHING[len(values) :])
    return Event(
        type=resolve_text(type_, shared),
        at_ms=received_at_ms - int(ago),
        seq=int(seq),
        path=resolve_text(path, shared),
        title=resolve_text(title, shared),
        data=dict(data),
    )


def heaviest_field(parts: Sequence[Part]) -> str:
    """The field of a hit that the texts of these parts came from, most of their bytes at least."""
    events = [event for part in parts for event in part.events]
    texts = {
        "url": [event.path for event in events],
        "title": [event.title for event in events],
        "data": [json.dumps(dict(event.data), ensure_ascii=False) for event in events],
        "entry": [
            value for part in parts for _, value in _list_differences(part.attributes, _NOBODY)
        ],
    }
    return max(texts, key=lambda name: sum(len(text.encode()) for text in texts[name]))
