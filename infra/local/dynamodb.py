"""DynamoDB in memory: every operation on items that Footfall makes, in time that does not grow
with the table.

Behind `send` it is what tests use in process; behind HTTP (`emulator.py`) it is the local stage's.
It refuses what DynamoDB refuses and, loudly, whatever it does not know (`dynamodb_rules.py`).
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Any

from infra.local.dynamodb_rules import (
    MAX_TOGETHER_BYTES,
    PARAMETERS,
    Item,
    Keys,
    Refused,
    Request,
    Term,
    actions,
    check_item,
    check_key,
    check_parameters,
    number,
    read_units,
    terms,
    write_units,
)

PAGE_BYTES = 1024 * 1024
TOKENS_KEPT = 10_000
"""Transactions that are known by their token when they come again."""
TABLE = ""
"""The name of the table itself among its indexes."""

Sort = str | int | Decimal
ItemKey = tuple[Any, Any]
Place = tuple[Sort, Any, Any]
"""Where an item stands in a partition: its sort key there, and its own key to tell it apart."""
Answer = dict[str, str]
"""Fields of an answer, their values as JSON."""


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
            name: (_sort(item, keys, 0), (_sort(item, keys, 1), *key))
            for name, keys in self.schema.all()
            if all(attribute in item for attribute in keys)
        }
        return Stored(json.dumps(item), bytes, places)

    def key(self, item: Item) -> ItemKey:
        """The key that an item or a request names. Raises `Refused` where it is none."""
        keys = self.schema.keys
        check_key({name: item[name] for name in keys if name in item}, keys)
        return _sort(item, keys, 0), _sort(item, keys, 1)

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


class MemoryDynamoDB:
    """One account's tables in one region; by default a stage's `events`, `registry` and `salts`.

    `units` counts what was consumed: by table, and "read" or "write".
    """

    def __init__(
        self, tables: Mapping[str, Table] | None = None, page_bytes: int = PAGE_BYTES
    ) -> None:
        self.tables = tables or {
            "events": Table(EVENTS),
            "registry": Table(REGISTRY),
            "salts": Table(REGISTRY),
        }
        self.page_bytes = page_bytes
        self.units: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._tokens: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    @property
    def items(self) -> dict[tuple[str, Any, Any], dict[str, Any]]:
        """A copy of every item, by table and key."""
        return {
            (name, *key): stored.item
            for name, table in self.tables.items()
            for key, stored in table.stored.items()
        }

    def put(self, table: str, item: Item) -> None:
        """Store an item whatever is there. Raises `Refused` where DynamoDB would."""
        with self._lock:
            kept = self.tables[table]
            kept.replace(kept.key(item), kept.made(item))

    def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Answer one request, as the client's `send` does."""
        operation = headers["X-Amz-Target"].partition(".")[2]
        try:
            request = _read(operation, body)
            with self._lock:
                answer: Answer = getattr(self, f"_{operation}")(request)
        except Refused as refused:
            return 400, refused.answer()
        fields = ",".join(f'"{name}":{value}' for name, value in answer.items())
        return 200, f"{{{fields}}}".encode()

    def _PutItem(self, request: Request) -> Answer:
        return self._written(request, self._write("Put", request))

    def _DeleteItem(self, request: Request) -> Answer:
        return self._written(request, self._write("Delete", request))

    def _GetItem(self, request: Request) -> Answer:
        table = self._table(request)
        found = table.stored.get(_key(table, request))
        units = read_units(found.size if found else 0, bool(request.get("ConsistentRead")))
        told = self._consumed(request, "read", {TABLE: units})
        return ({"Item": found.text} if found else {}) | told

    def _Query(self, request: Request) -> Answer:
        table, index = self._table(request), request.get("IndexName", TABLE)
        keys = dict(table.schema.all()).get(index)
        if keys is None:
            raise Refused(f"The table does not have the specified index: {index}")
        if index and request.get("ConsistentRead"):
            raise Refused("Consistent reads are not supported on global secondary indexes")
        partition, wanted = _key_condition(request, keys)
        places = table.partition(index, partition)
        order = _found(places, wanted)
        is_forward = request.get("ScanIndexForward", True)
        if "ExclusiveStartKey" in request:
            last = _started(request, {**keys, **table.schema.keys})
            if _sort(last, keys, 0) != partition:
                raise Refused("The provided starting key is outside query boundaries")
            order = _beyond(places, order, (_sort(last, keys, 1), *table.key(last)), is_forward)
        return self._page(request, index, places, order if is_forward else order[::-1])

    def _Scan(self, request: Request) -> Answer:
        table = self._table(request)
        places: list[Place] = sorted((key[0], *key) for key in table.stored)
        start = 0
        if "ExclusiveStartKey" in request:
            key = table.key(_started(request, table.schema.keys))
            start = bisect_right(places, (key[0], *key))
        return self._page(request, TABLE, places, range(start, len(places)))

    def _TransactWriteItems(self, request: Request) -> Answer:
        token, asked = request.get("ClientRequestToken", ""), request.get("TransactItems")
        if token and token in self._tokens:
            if self._tokens[token] != asked:
                raise Refused("another request had it", "IdempotentParameterMismatchException")
            return {}
        writes = [self._write(name, action) for name, action in actions(request)]
        _check_together(writes)
        told = self._consumed_together(request, writes)
        _check_conditions(writes)
        for write in writes:
            write.make()
        if token:
            self._tokens[token] = asked
        if len(self._tokens) > TOKENS_KEPT:
            self._tokens.popitem(last=False)
        return {"ConsumedCapacity": f"[{','.join(told)}]"} if told else {}

    def _write(self, action: str, request: Request) -> Write:
        table = self._table(request)
        conditions = terms(request, "ConditionExpression")
        if action == "Put":
            item = _given(request, "Item")
            return Write(table, request, table.key(item), table.made(item), conditions)
        key = _key(table, request)
        return Write(table, request, key, None, conditions, action == "ConditionCheck")

    def _written(self, request: Request, write: Write) -> Answer:
        told = self._consumed(request, "write", write.units())
        if write.is_refused():
            code = "ConditionalCheckFailedException"
            raise Refused("The conditional request failed", code, **write.met())
        old = write.old
        write.make()
        is_wanted = old and request.get("ReturnValues") == "ALL_OLD"
        return ({"Attributes": old.text} if old and is_wanted else {}) | told

    def _page(self, request: Request, index: str, places: Sequence[Place], order: range) -> Answer:
        """A page ends before the item that would make it too large, or after `Limit` items."""
        table, limit = self._table(request), request.get("Limit")
        found: list[Stored] = []
        bytes = 0
        for place in (places[at] for at in order[:limit]):
            stored = table.stored[place[1], place[2]]
            if found and bytes + stored.size > self.page_bytes:
                break
            found.append(stored)
            bytes += stored.size
        # As DynamoDB does: a page of `Limit` items has a last key though nothing may follow it.
        is_cut = found and (len(found) < len(order) or len(found) == limit)
        units = read_units(bytes, bool(request.get("ConsistentRead")))
        return {
            "Items": f"[{','.join(stored.text for stored in found)}]",
            "Count": str(len(found)),
            "ScannedCount": str(len(found)),
            **({"LastEvaluatedKey": table.key_text(found[-1], index)} if is_cut else {}),
            **self._consumed(request, "read", {index: units}),
        }

    def _table(self, request: Request) -> Table:
        try:
            return self.tables[request["TableName"]]
        except KeyError:
            code = "ResourceNotFoundException"
            raise Refused("Requested resource not found", code) from None

    def _consumed(self, request: Request, kind: str, units: Mapping[str, float]) -> Answer:
        """Count the units of a request, and tell them where it asks."""
        name, total = request["TableName"], sum(units.values())
        self.units[name, kind] += total
        asked = request.get("ReturnConsumedCapacity", "NONE")
        told: dict[str, Any] = {"TableName": name, "CapacityUnits": total}
        if asked == "INDEXES":
            told["Table"] = {"CapacityUnits": units.get(TABLE, 0.0)}
            of_indexes = {n: {"CapacityUnits": u} for n, u in units.items() if n != TABLE}
            told |= {"GlobalSecondaryIndexes": of_indexes} if of_indexes else {}
        return {} if asked == "NONE" else {"ConsumedCapacity": json.dumps(told)}

    def _consumed_together(self, request: Request, writes: Sequence[Write]) -> list[str]:
        """The same of a transaction, where everything counts double, by table."""
        units: dict[str, Counter[str]] = {}
        for write in writes:
            of_table = units.setdefault(write.request["TableName"], Counter())
            of_table.update({name: 2 * n for name, n in write.units().items()})
        told = [
            self._consumed({**request, "TableName": name}, "write", of_table)
            for name, of_table in units.items()
        ]
        return [one["ConsumedCapacity"] for one in told if one]


def _read(operation: str, body: bytes) -> Request:
    """The request, all of whose parameters are known."""
    if operation not in PARAMETERS:
        message = f"the local DynamoDB does not know {operation}"
        raise Refused(message, "UnknownOperationException")
    try:
        request: Request = json.loads(body)
    except ValueError as error:
        raise Refused("the body is no JSON", "SerializationException") from error
    check_parameters(operation, request, PARAMETERS[operation])
    return request


def _given(request: Request, parameter: str) -> Item:
    value = request.get(parameter)
    if not isinstance(value, Mapping) or not all(isinstance(v, Mapping) for v in value.values()):
        raise Refused(f"{parameter} is missing or no map of attributes")
    return value


def _key(table: Table, request: Request) -> ItemKey:
    key = _given(request, "Key")
    check_key(key, table.schema.keys)
    return table.key(key)


def _started(request: Request, keys: Keys) -> Item:
    """Where a page begins: the key attributes of the item before it, and no others."""
    key = _given(request, "ExclusiveStartKey")
    if key.keys() != keys.keys() or any(keys[name] not in key[name] for name in keys):
        raise Refused("The provided starting key is invalid")
    return key


def _sort(item: Item, keys: Keys, at: int) -> Sort:
    """The value of the partition key (0) or the sort key (1), as it is compared."""
    name, kind = list(keys.items())[at]
    value = item[name][kind]
    return number(value) if kind == "N" else str(value)


def _key_condition(request: Request, keys: Keys) -> tuple[Sort, Term | None]:
    """The partition that a query asks, and what it wants of the sort key."""
    partition_key, sort_key = keys
    asked = terms(request, "KeyConditionExpression")
    of_partition = [t for t in asked if t.name == partition_key and t.claim == "="]
    of_sort = [t for t in asked if t.name == sort_key and t.value]
    if len(of_partition) != 1 or len(of_sort) > 1 or len(of_partition + of_sort) < len(asked):
        raise Refused("Query condition missed key schema element")
    for term in asked:
        if keys[term.name] not in (term.value or ()):
            raise Refused("Condition parameter type does not match schema type")
    partition = _sort({partition_key: of_partition[0].value or {}}, keys, 0)
    return partition, of_sort[0] if of_sort else None


def _found(places: Sequence[Place], wanted: Term | None) -> range:
    """Which places of a partition, by number, have such a sort key."""
    if not wanted or not wanted.value:
        return range(len(places))
    kind, content = next(iter(wanted.value.items()))
    if wanted.claim == "begins_with":
        return _between(places, str(content), lambda place: str(place[0])[: len(content)])
    value = number(content) if kind == "N" else str(content)
    same = _between(places, value, lambda place: place[0])
    return {
        "=": same,
        "<": range(same.start),
        "<=": range(same.stop),
        ">": range(same.stop, len(places)),
        ">=": range(same.start, len(places)),
    }[wanted.claim]


def _beyond(places: Sequence[Place], order: range, last: Place, is_forward: bool) -> range:
    """Those of `order` that come after a place, on the way forward or back."""
    if is_forward:
        return range(max(order.start, bisect_right(places, last)), order.stop)
    return range(order.start, min(order.stop, bisect_left(places, last)))


def _between(places: Sequence[Place], value: Any, key: Callable[[Place], Any]) -> range:
    return range(bisect_left(places, value, key=key), bisect_right(places, value, key=key))


def _check_together(writes: Sequence[Write]) -> None:
    if sum(write.new.size for write in writes if write.new) > MAX_TOGETHER_BYTES:
        raise Refused("Collection size is too large")
    targets = {(write.request["TableName"], write.key) for write in writes}
    if len(targets) < len(writes):
        raise Refused("Transaction request cannot include multiple operations on one item")


def _check_conditions(writes: Sequence[Write]) -> None:
    """Raises `Refused`, with a reason for each write, where the condition of one does not hold."""
    reasons: list[dict[str, Any]] = [
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            **write.met(),
        }
        if write.is_refused()
        else {"Code": "None"}
        for write in writes
    ]
    codes = [reason["Code"] for reason in reasons]
    if any(code != "None" for code in codes):
        message = (
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{', '.join(codes)}]"
        )
        raise Refused(message, "TransactionCanceledException", CancellationReasons=reasons)
