"""What requests of DynamoDB ask for: keys, conditions of keys, where a page begins."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.dynamodb_rules import PARAMETERS, Request, Term, check_parameters, terms
from infra.local.item_rules import Keys, check_key
from infra.local.sizes import Item, Refused, number
from infra.local.tables import ItemKey, Place, Sort, Table, sort_value


def read_request(operation: str, body: bytes) -> Request:
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


def read_map(request: Request, parameter: str) -> Item:
    value = request.get(parameter)
    if not isinstance(value, Mapping) or not all(isinstance(v, Mapping) for v in value.values()):
        raise Refused(f"{parameter} is missing or no map of attributes")
    return value


def read_key(table: Table, request: Request) -> ItemKey:
    key = read_map(request, "Key")
    check_key(key, table.schema.keys)
    return table.key(key)


def read_start(request: Request, keys: Keys) -> Item:
    """Where a page begins: the key attributes of the item before it, and no others."""
    key = read_map(request, "ExclusiveStartKey")
    if key.keys() != keys.keys() or any(keys[name] not in key[name] for name in keys):
        raise Refused("The provided starting key is invalid")
    return key


def read_key_condition(request: Request, keys: Keys) -> tuple[Sort, Term | None]:
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
    partition = sort_value({partition_key: of_partition[0].value or {}}, keys, 0)
    return partition, of_sort[0] if of_sort else None


def find_places(places: Sequence[Place], wanted: Term | None) -> range:
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


def find_beyond(places: Sequence[Place], order: range, last: Place, is_forward: bool) -> range:
    """Those of `order` that come after a place, on the way forward or back."""
    if is_forward:
        return range(max(order.start, bisect_right(places, last)), order.stop)
    return range(order.start, min(order.stop, bisect_left(places, last)))


def _between(places: Sequence[Place], value: Any, key: Callable[[Place], Any]) -> range:
    return range(bisect_left(places, value, key=key), bisect_right(places, value, key=key))
