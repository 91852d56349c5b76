"""What DynamoDB takes as an item and as a key."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from infra.local.sizes import MAX_DEPTH, Item, Refused, item_size, number

Keys = Mapping[str, str]
"""The partition key and the sort key of a table or an index, in this order, with their types."""

MAX_KEY_BYTES = (2048, 1024)

MAX_ITEM_BYTES = 400 * 1024


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
        check_value(value, 1)
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
    check_value(value, 1)
    if kind not in value:
        raise Refused(f"Type mismatch for key {name} expected: {kind} actual: {next(iter(value))}")
    if kind == "S" and not value["S"]:
        raise Refused(
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            f"cannot contain an empty string value. Key: {name}"
        )
    if len(str(value[kind]).encode()) > longest:
        raise Refused(f"Size of the key {name} has exceeded the maximum of {longest} bytes")


def check_value(value: Mapping[str, Any], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused("Nesting Levels have exceeded supported limits")
    if not isinstance(value, Mapping) or len(value) != 1:
        raise Refused("Supplied AttributeValue must contain exactly one of the supported types")
    kind, content = next(iter(value.items()))
    if kind in ("L", "M"):
        for one in content.values() if kind == "M" else content:
            check_value(one, depth + 1)
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
