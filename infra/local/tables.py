"""Tables in memory: items by key, and an index beside them."""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.local.dynamodb_rules import Request, Term
from infra.local.item_rules import Keys, check_item, check_key
from infra.local.sizes import Item, number, write_units

TABLE = ""
"""The name of the table itself among its indexes."""

Sort = str | int | Decimal

ItemKey = tuple[Any, Any]

Place = tuple[Sort, Any, Any]
"""Where an item stands in a partition: its sort key there, and its own key to tell it apart."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The keys of a table and of its indexes, which have all attributes (projection ALL)."""

    keys: Keys
    indexes: Mapping[str, Keys] = field(default_factory=dict)

    def all(self) -> Iterator[tuple[str, Keys]]:
        """The table under the name `TABLE`, and every index under its own."""
        yield TABLE, self.keys
        yield from self.indexes.items()


REGISTRY = Schema({"pk": "S", "sk": "S"})

EVENTS = Schema({"pk": "S", "sk": "S"}, {"by_hour": {"hour": "S", "received_at_ms": "N"}})


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as JSON, its size in bytes, and its partition and place in the table and in each
    index that has it."""

    text: str
    size: int
    places: Mapping[str, tuple[Sort, Place]]

    @property
    def item(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


class Table:
    """Items by key; each partition of the table and of its indexes is a list in order."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.stored: dict[ItemKey, Stored] = {}
        self._partitions: dict[tuple[str, Sort], list[Place]] = {}

    def made(self, item: Item) -> Stored:
        """The item as it would be stored. Raises `Refused` where it may not be."""
        bytes = check_item(item, self.schema.keys, self.schema.indexes)
        key = self.key(item)
        places = {
            name: (sort_value(item, keys, 0), (sort_value(item, keys, 1), *key))
            for name, keys in self.schema.all()
            if all(attribute in item for attribute in keys)
        }
        return Stored(json.dumps(item), bytes, places)

    def key(self, item: Item) -> ItemKey:
        """The key that an item or a request names. Raises `Refused` where it is none."""
        keys = self.schema.keys
        check_key({name: item[name] for name in keys if name in item}, keys)
        return sort_value(item, keys, 0), sort_value(item, keys, 1)

    def replace(self, key: ItemKey, new: Stored | None) -> Stored | None:
        """Put an item in the place of what was there, or nothing; what was there."""
        old = self.stored.pop(key, None)
        for name, (partition, place) in (old.places if old else {}).items():
            places = self._partitions[name, partition]
            del places[bisect_left(places, place)]
            if not places:
                del self._partitions[name, partition]
        if new:
            self.stored[key] = new
            for name, (partition, place) in new.places.items():
                insort(self._partitions.setdefault((name, partition), []), place)
        return old

    def partition(self, index: str, value: Sort) -> Sequence[Place]:
        """All places of a partition, in order."""
        return self._partitions.get((index, value), ())

    def key_text(self, stored: Stored, index: str) -> str:
        """The key attributes of an item in an index, as JSON."""
        names = {**dict(self.schema.all())[index], **self.schema.keys}
        return json.dumps({name: value for name, value in stored.item.items() if name in names})

    def units(self, old: Stored | None, new: Stored | None) -> dict[str, float]:
        """Write units of replacing `old` by `new`, of the table and of each index that changes."""
        sizes = [stored.size for stored in (old, new) if stored]
        units = {TABLE: write_units(max(sizes, default=0))}
        for name in self.schema.indexes:
            before, after = (s.places.get(name) if s else None for s in (old, new))
            if before == after:
                is_same = old and new and old.text == new.text
                changed = [max(sizes)] if before and not is_same else []
            else:
                entries = ((before, old), (after, new))
                changed = [stored.size for place, stored in entries if place and stored]
            if changed:
                units[name] = sum(map(write_units, changed))
        return units


@dataclass(frozen=True, slots=True)
class Write:
    """One write that is known to be allowed: what it replaces, by what, and if it may."""

    table: Table
    request: Request
    key: ItemKey
    new: Stored | None
    conditions: list[Term]
    is_check: bool = False

    @property
    def old(self) -> Stored | None:
        return self.table.stored.get(self.key)

    def is_refused(self) -> bool:
        """Whether its condition does not hold now."""
        if not self.conditions:
            return False
        item = self.old.item if self.old else {}
        return not all(term.holds(item) for term in self.conditions)

    def units(self) -> dict[str, float]:
        """Write units, before it is made."""
        if self.is_check or self.is_refused():
            return {TABLE: write_units(self.old.size if self.old else 0)}
        return self.table.units(self.old, self.new)

    def make(self) -> None:
        """Write it."""
        if not self.is_check:
            self.table.replace(self.key, self.new)

    def met(self) -> dict[str, Any]:
        """The item that the condition met, where the request wants to see it."""
        wanted = self.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Item": self.old.item} if wanted and self.old else {}


def sort_value(item: Item, keys: Keys, at: int) -> Sort:
    """The value of the partition key (0) or the sort key (1), as it is compared."""
    name, kind = list(keys.items())[at]
    value = item[name][kind]
    return number(value) if kind == "N" else str(value)
