"""What items and requests weigh by DynamoDB's rules, and the refusal of one that is too large."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

MAX_DEPTH, MAX_DIGITS = 32, 38


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


def write_units(bytes: int) -> float:
    """Units of one write of an item of this size."""
    return float(max(1, -(-bytes // 1024)))


def read_units(bytes: int, is_consistent: bool) -> float:
    """Units of one read of so many bytes."""
    return max(1, -(-bytes // 4096)) * (1.0 if is_consistent else 0.5)


PREFIX = "com.amazonaws.dynamodb.v20120810#"
