"""What DynamoDB refuses and what it bills, computed from a request alone.

Limits from "Quotas in Amazon DynamoDB", sizes from "DynamoDB item sizes and formats", both of its
Developer Guide: keys of 1-2048 and 1-1024 bytes, items of 400 KB, numbers of 38 digits, nesting of
32 levels, 100 distinct items and 4 MB a transaction, no empty sets, no reserved words or unused
values in expressions, no consistent read of an index. What the stores do not use is refused too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infra.local.item_rules import check_value
from infra.local.sizes import Item, Refused, number

Request = Mapping[str, Any]

MAX_TOGETHER, MAX_TOGETHER_BYTES = 100, 4 * 1024 * 1024

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
        check_value(one, 1)
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
