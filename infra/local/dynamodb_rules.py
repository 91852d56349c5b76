"""What DynamoDB refuses and what it bills, computed from a request alone.

Limits from "Quotas in Amazon DynamoDB", sizes from "DynamoDB item sizes and formats", both of its
Developer Guide: keys of 1-2048 and 1-1024 bytes, items of 400 KB, numbers of 38 digits, nesting of
32 levels, 100 distinct items and 4 MB a transaction, no empty sets, no reserved words or unused
values in expressions, no consistent read of an index. What the stores do not use is refused too.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
Request = Mapping[str, Any]
Keys = Mapping[str, str]
"""The partition key and the sort key of a table or an index, in this order, with their types."""

MAX_KEY_BYTES = (2048, 1024)
MAX_ITEM_BYTES = 400 * 1024
MAX_TOGETHER, MAX_TOGETHER_BYTES = 100, 4 * 1024 * 1024
MAX_DEPTH, MAX_DIGITS = 32, 38
PREFIX = "com.amazonaws.dynamodb.v20120810#"

_TOLD = {"ReturnConsumedCapacity"}
_NAMED = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_IF = {"ConditionExpression", "ReturnValuesOnConditionCheckFailure", *_NAMED}
_PAGED = {"TableName", "Limit", "ExclusiveStartKey", "ConsistentRead", *_TOLD}
PARAMETERS: Mapping[str, set[str]] = {
    "PutItem": {"TableName", "Item", "ReturnValues", *_IF, *_TOLD},
    "DeleteItem": {"TableName", "Key", "ReturnValues", *_IF, *_TOLD},
    "GetItem": {"TableName", "Key", "ConsistentRead", *_TOLD},
    "Query": {"IndexName", "KeyConditionExpression", "ScanIndexForward", *_NAMED, *_PAGED},
    "Scan": _PAGED,
    "TransactWriteItems": {"TransactItems", "ClientRequestToken", *_TOLD},
}
"""Every operation on items that is answered, and all that may stand in its request."""
ACTIONS: Mapping[str, set[str]] = {
    "Put": {"TableName", "Item", *_IF},
    "Delete": {"TableName", "Key", *_IF},
    "ConditionCheck": {"TableName", "Key", *_IF},
}
"""What a transaction may be made of."""
CHOICES: Mapping[str, tuple[object, ...]] = {
    "ReturnConsumedCapacity": ("NONE", "TOTAL", "INDEXES"),
    "ReturnValues": ("NONE", "ALL_OLD"),
    "ReturnValuesOnConditionCheckFailure": ("NONE", "ALL_OLD"),
    "ConsistentRead": (True, False),
    "ScanIndexForward": (True, False),
}

_NAME, _VALUE = r"([#\w]+)", r"(:\w+)"
_TERM = re.compile(
    rf"(attribute_exists|attribute_not_exists)\s*\(\s*{_NAME}\s*\)"
    rf"|(begins_with)\s*\(\s*{_NAME}\s*,\s*{_VALUE}\s*\)"
    rf"|{_NAME}\s*(=|<=|>=|<|>)\s*{_VALUE}"
)


class Refused(Exception):
    """An error of DynamoDB: its code, its message and the fields beside them."""

    def __init__(self, message: str, code: str = "ValidationException", **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.more = code, message, more

    def answer(self) -> bytes:
        """The body of the 400."""
        # As AWS spells it: this one error has a capital.
        name = "Message" if self.code == "TransactionCanceledException" else "message"
        said = {"__type": PREFIX + self.code, name: self.message, **self.more}
        return json.dumps(said).encode()


@dataclass(frozen=True, slots=True)
class Term:
    """One claim about an attribute; `value` is None where the claim has none."""

    name: str
    claim: str
    value: Mapping[str, Any] | None

    def holds(self, item: Item) -> bool:
        """Whether it is true of an item; one that is not there is `{}`."""
        found = item.get(self.name)
        if self.value is None:
            return (found is None) == (self.claim == "attribute_not_exists")
        return found is not None and _compared(found, self.claim, self.value)


def check_parameters(name: str, request: Request, known: set[str]) -> None:
    """Raises `Refused` for a parameter, or a value of one, that is not answered here."""
    if unknown := sorted(request.keys() - known):
        raise Refused(f"the local DynamoDB does not know {unknown[0]} of {name}")
    for parameter, choices in CHOICES.items():
        if request.get(parameter, choices[0]) not in choices:
            raise Refused(f"the local DynamoDB knows of {parameter} only {choices}")
    limit = request.get("Limit", 1)
    if type(limit) is not int or limit < 1:
        raise Refused("Limit must be greater than or equal to 1")


def terms(request: Request, parameter: str) -> list[Term]:
    """The terms of an expression, all of which must hold; none where there is no expression."""
    text = str(request.get(parameter, ""))
    names, values = (dict(request.get(name) or {}) for name in sorted(_NAMED))
    _check_used(request, text)
    if parameter in request and not text:
        raise Refused(f"Invalid {parameter}: The expression can not be empty;")
    return [_term(one.strip(), names, values) for one in text.split(" AND ") if text]


def _check_used(request: Request, text: str) -> None:
    for parameter, sign in zip(sorted(_NAMED), "#:", strict=True):
        given, used = request.get(parameter), set(re.findall(rf"{sign}\w+", text))
        if given is not None and not given:
            raise Refused(f"{parameter} must not be empty")
        if used != set(given or ()):
            raise Refused(f"{parameter} used and given differ: {used ^ set(given or ())}")


def _term(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Term:
    match = _TERM.fullmatch(text)
    if not match:
        raise Refused(f"the local DynamoDB does not know the expression {text!r}")
    exists, name, begins, start, prefix, left, sign, right = match.groups()
    spelled = name or start or left
    if spelled.upper() in reserved_words():
        raise Refused(f"Attribute name is a reserved keyword; reserved keyword: {spelled}")
    value = values.get(prefix or right)
    for one in [value] if value is not None else []:
        _check_value(one, 1)
    return Term(names.get(spelled, spelled), exists or begins or sign, value)


@cache
def reserved_words() -> frozenset[str]:
    """The words of "Reserved words in DynamoDB", from the list that moto ships."""
    moto = find_spec("moto")
    assert moto
    assert moto.origin
    words = Path(moto.origin).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(words.read_text("utf-8").upper().split())


def _compared(found: Mapping[str, Any], claim: str, value: Mapping[str, Any]) -> bool:
    if found.keys() != value.keys():
        return False
    if claim == "begins_with":
        return str(found.get("S")).startswith(str(value.get("S")))
    ours, theirs = (number(v["N"]) if "N" in v else next(iter(v.values())) for v in (found, value))
    if claim == "=":
        return bool(ours == theirs)
    if not value.keys() <= {"N", "S"}:
        raise Refused("only texts and numbers have an order")
    return bool({
        "<": ours < theirs, "<=": ours <= theirs, ">": ours > theirs, ">=": ours >= theirs,
    }[claim])  # fmt: skip


def check_item(item: Item, keys: Keys, indexes: Mapping[str, Keys]) -> int:
    """The size of an item in bytes, as DynamoDB counts it. Raises `Refused` unless the item may
    be stored in a table of these keys and indexes."""
    check_key({name: item[name] for name in keys if name in item}, keys)
    for index in indexes.values():
        present = {name: kind for name, kind in index.items() if name in item}
        for place, (name, kind) in enumerate(index.items()):
            if name in present:
                _check_key_value(name, item[name], kind, MAX_KEY_BYTES[place])
    for value in item.values():
        _check_value(value, 1)
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise Refused("Item size has exceeded the maximum allowed size")
    return size


def check_key(key: Item, keys: Keys) -> None:
    """Raises `Refused` unless these are exactly the key's attributes, and may be."""
    if key.keys() != keys.keys():
        raise Refused("The provided key element does not match the schema")
    for longest, (name, kind) in zip(MAX_KEY_BYTES, keys.items(), strict=False):
        _check_key_value(name, key[name], kind, longest)


def _check_key_value(name: str, value: Mapping[str, Any], kind: str, longest: int) -> None:
    _check_value(value, 1)
    if kind not in value:
        raise Refused(f"Type mismatch for key {name} expected: {kind} actual: {next(iter(value))}")
    if kind == "S" and not value["S"]:
        raise Refused(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty string value. Key: {name}"
        )
    if len(str(value[kind]).encode()) > longest:
        raise Refused(f"Size of the key {name} has exceeded the maximum of {longest} bytes")


def _check_value(value: Mapping[str, Any], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused("Nesting Levels have exceeded supported limits")
    if not isinstance(value, Mapping) or len(value) != 1:
        raise Refused("Supplied AttributeValue must contain exactly one of the supported types")
    kind, content = next(iter(value.items()))
    if kind in ("L", "M"):
        for one in content.values() if kind == "M" else content:
            _check_value(one, depth + 1)
        return
    if not _is_scalar(kind, content) and not _is_set(kind, content):
        raise Refused(f"One or more parameter values were invalid: {kind} {content!r:.80}")


def _is_set(kind: str, content: object) -> bool:
    if kind not in ("SS", "NS", "BS") or not isinstance(content, list) or not content:
        return False
    is_whole = all(_is_scalar(kind[0], one) for one in content)
    return is_whole and len(set(content)) == len(content)


def _is_scalar(kind: str, content: object) -> bool:
    if kind == "S":
        return isinstance(content, str) and _is_utf8(content)
    if kind == "N":
        number(content)
        return True
    if kind == "B":
        return isinstance(content, str) and _is_base64(content)
    return (kind == "BOOL" and isinstance(content, bool)) or (kind == "NULL" and content is True)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def number(text: object) -> Decimal | int:
    """The number that a text spells. Raises `Refused` where DynamoDB could not hold it."""
    if isinstance(text, str) and text.isdecimal() and text.isascii() and len(text) <= 20:
        return int(text)
    try:
        value = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Refused("The parameter cannot be converted to a numeric value")
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if len(digits) > MAX_DIGITS or (value and not -130 <= value.adjusted() <= 125):
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    return value


def item_size(item: Item) -> int:
    """The bytes of an item: its names and values."""
    return sum(len(name.encode()) + size(value) for name, value in item.items())


def size(value: Mapping[str, Any]) -> int:
    """The bytes of an attribute's value."""
    kind, content = next(iter(value.items()))
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind in ("L", "SS", "NS", "BS"):
        inner = content if kind == "L" else [{kind[0]: one} for one in content]
        return (3 + len(content) if kind == "L" else 0) + sum(map(size, inner))
    if kind == "N":
        return _size_of_number(content)
    if kind == "B":
        return len(b64decode(content))
    return len(content.encode()) if kind == "S" else 1


def _size_of_number(text: str) -> int:
    """A byte for two digits and one more, one for the sign; zeros at either end are not kept."""
    digits = text.partition("e")[0].partition("E")[0].lstrip("-+").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def actions(request: Request) -> list[tuple[str, Request]]:
    """The actions of a transaction by name. Raises `Refused` where there is one too many, or one
    that is not known."""
    entries = request.get("TransactItems") or []
    if not 1 <= len(entries) <= MAX_TOGETHER:
        raise Refused(f"Member must have length between 1 and {MAX_TOGETHER}")
    return list(_actions(entries))


def _actions(entries: list[Request]) -> Iterator[tuple[str, Request]]:
    for entry in entries:
        if len(entry) != 1:
            raise Refused("TransactItems can only contain one of Check, Put, Update or Delete")
        name, action = next(iter(entry.items()))
        if name not in ACTIONS:
            raise Refused(f"the local DynamoDB does not know {name} in a transaction")
        check_parameters(name, action, ACTIONS[name])
        yield name, action


def write_units(bytes: int) -> float:
    """Units of one write of an item of this size."""
    return float(max(1, -(-bytes // 1024)))


def read_units(bytes: int, is_consistent: bool) -> float:
    """Units of one read of so many bytes."""
    return max(1, -(-bytes // 4096)) * (1.0 if is_consistent else 0.5)
