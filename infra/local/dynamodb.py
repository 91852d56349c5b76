"""DynamoDB in memory: every operation on items that Footfall makes, in time that does not grow
with the table.

Behind `send` it is what tests use in process; behind HTTP (`emulator.py`) it is the local stage's.
It refuses what DynamoDB refuses and, loudly, whatever it does not know (`dynamodb_rules.py`).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from infra.local.dynamodb_rules import MAX_TOGETHER_BYTES, Request, actions, terms
from infra.local.requests import (
    find_beyond,
    find_places,
    read_key,
    read_key_condition,
    read_map,
    read_request,
    read_start,
)
from infra.local.sizes import Item, Refused, read_units
from infra.local.tables import EVENTS, REGISTRY, TABLE, Place, Stored, Table, Write, sort_value

PAGE_BYTES = 1024 * 1024

TOKENS_KEPT = 10_000
"""Transactions that are known by their token when they come again."""

Answer = dict[str, str]
"""Fields of an answer, their values as JSON."""


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
            request = read_request(operation, body)
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
        found = table.stored.get(read_key(table, request))
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
        partition, wanted = read_key_condition(request, keys)
        places = table.partition(index, partition)
        order = find_places(places, wanted)
        is_forward = request.get("ScanIndexForward", True)
        if "ExclusiveStartKey" in request:
            last = read_start(request, {**keys, **table.schema.keys})
            if sort_value(last, keys, 0) != partition:
                raise Refused("The provided starting key is outside query boundaries")
            order = find_beyond(
                places, order, (sort_value(last, keys, 1), *table.key(last)), is_forward
            )
        return self._page(request, index, places, order if is_forward else order[::-1])

    def _Scan(self, request: Request) -> Answer:
        table = self._table(request)
        places: list[Place] = sorted((key[0], *key) for key in table.stored)
        start = 0
        if "ExclusiveStartKey" in request:
            key = table.key(read_start(request, table.schema.keys))
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
            item = read_map(request, "Item")
            return Write(table, request, table.key(item), table.made(item), conditions)
        key = read_key(table, request)
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
