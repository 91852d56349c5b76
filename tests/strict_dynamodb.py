"""What DynamoDB refuses and its emulators take: a `send` that stands before any other one.

Limits from "Quotas in Amazon DynamoDB" and "Naming rules and data types" of its Developer Guide:
keys of 1-2048 and 1-1024 bytes, items of 400 KB, numbers of 38 digits, nesting of 32 levels, 100
distinct items and 4 MB a transaction, no empty sets, no reserved words or unused values in
expressions, no consistent read of an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.store.dynamodb import Send

KEYS = ("pk", "sk")
MAX_KEY_BYTES = {"pk": 2048, "sk": 1024}
MAX_ITEM_BYTES = 400 * 1024
MAX_TOGETHER, MAX_TOGETHER_BYTES = 100, 4 * 1024 * 1024
_RESERVED_WORDS = """
    action all and any as avg backup before between bucket by bytes cache case char check
    collection column columns connection content count create created current data database date
    day days default delete desc describe distinct domain drop each element else end equal error
    escape event exists expires explain false feature file first flag for format from function get
    global group hash having header history host hour hours id identifier if import in index insert
    instance interval into is item items join key keys label language last length level like limit
    link list local location lock log map match max message method min minute mode month name names
    new no node not null number object of offset old on only open operation option or order owner
    parent part partition parts password path percent plan policy position primary public query
    range read reason record reference region release rename replace request resource result return
    role row rows rule scan schema scope search second section segment select sequence session set
    shard share site size snapshot sort source space start state statistics status storage stream
    string sum system table tag target term text then time timestamp timezone title to token top
    total true type union unique unknown until update url usage use user users value values version
    view views where window with work year zone"""
RESERVED = frozenset(_RESERVED_WORDS.split()) - {"parts", "site"}
"""The reserved words that this product could use by mistake; `parts` and `site` are none."""


class Refused(Exception):
    """A ValidationException and its message."""


def strict(send: Send) -> Send:
    """`send`, refusing what DynamoDB refuses before it goes out."""

    def checked(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        operation = headers["X-Amz-Target"].partition(".")[2]
        try:
            check(operation, json.loads(body))
        except Refused as refused:
            kind = "com.amazon.coral.validate#ValidationException"
            return 400, json.dumps({"__type": kind, "message": str(refused)}).encode()
        return send(body, headers)

    return checked


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raises `Refused` where DynamoDB would."""
    if request.get("IndexName") and request.get("ConsistentRead"):
        raise Refused("Consistent reads are not supported on global secondary indexes")
    requests = list(_requests(operation, request))
    for one in requests:
        _check_expressions(one)
        if "Item" in one:
            check_item(one["Item"])
        if "Key" in one:
            _check_key(one["Key"])
    _check_together(operation, requests)


def _requests(operation: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if operation == "TransactWriteItems":
        yield from (next(iter(entry.values())) for entry in request["TransactItems"])
    else:
        yield request


def _check_together(operation: str, requests: list[Mapping[str, Any]]) -> None:
    if operation != "TransactWriteItems":
        return
    if not 1 <= len(requests) <= MAX_TOGETHER:
        raise Refused(f"Member must have length between 1 and {MAX_TOGETHER}")
    if sum(_size(r.get("Item", {})) for r in requests) > MAX_TOGETHER_BYTES:
        raise Refused("Collection size is too large")
    targets = [
        (r["TableName"], *(json.dumps(r.get("Key", r.get("Item", {}))[k]) for k in KEYS))
        for r in requests
    ]
    if len(set(targets)) < len(targets):
        raise Refused("Cannot include multiple operations on one item")


def check_item(item: Mapping[str, Any]) -> None:
    """Raises `Refused` unless the item may be stored."""
    _check_key(item)
    for name, value in item.items():
        if name == "hour" and not (isinstance(value.get("S"), str) and value["S"]):
            raise Refused("An index key is a string that is not empty")
        _check_value(value, 1)
    if _size(item) > MAX_ITEM_BYTES:
        raise Refused("Item size has exceeded the maximum allowed size")


def _check_key(key: Mapping[str, Any]) -> None:
    for name in KEYS:
        value = key.get(name, {}).get("S")
        if not isinstance(value, str) or not value:
            raise Refused(f"One or more parameter values are not valid: {name} is empty")
        if len(value.encode()) > MAX_KEY_BYTES[name]:
            raise Refused(f"Size of the key {name} is too large")


def _check_value(value: Mapping[str, Any], depth: int) -> None:
    if depth > 32:
        raise Refused("Nesting Levels have exceeded supported limits")
    if len(value) != 1:
        raise Refused("Supplied AttributeValue must contain exactly one type")
    kind, content = next(iter(value.items()))
    if kind == "N":
        _check_number(content)
    elif kind == "S":
        content.encode()
    elif kind in ("SS", "NS", "BS") and not content:
        raise Refused("An set may not be empty")
    elif kind in ("L", "M"):
        inner = content.values() if kind == "M" else content
        for one in inner:
            _check_value(one, depth + 1)


def _check_number(text: object) -> None:
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Refused("The parameter cannot be converted to a numeric value")
    if len(number.normalize().as_tuple().digits) > 38 or not -130 <= number.adjusted() <= 125:
        raise Refused("Attempting to store more than 38 significant digits")


def _check_expressions(request: Mapping[str, Any]) -> None:
    text = " ".join(v for n, v in request.items() if n.endswith("Expression"))
    for names, sign in (("ExpressionAttributeValues", ":"), ("ExpressionAttributeNames", "#")):
        stated = request.get(names)
        if stated is not None and not stated:
            raise Refused(f"{names} must not be empty")
        used = set(re.findall(rf"{sign}\w+", text))
        if used != set(stated or ()):
            raise Refused(f"{names} used and given differ: {used ^ set(stated or ())}")
    words = re.findall(r"(?<![:#\w])[a-z_]\w*(?!\w*\()", text)
    for word in words:
        if word.lower() in RESERVED:
            raise Refused(f"Attribute name is a reserved keyword: {word}")


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(len(str(name).encode()) + _size(inner) for name, inner in value.items())
    if isinstance(value, list):
        return sum(_size(inner) + 1 for inner in value)
    return len(str(value).encode())
