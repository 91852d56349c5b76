"""What items weigh, and the units that writing them takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.model.event import Part

Item = Mapping[str, Mapping[str, Any]]

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


def weigh_parts(parts: Sequence[Part]) -> int:
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
