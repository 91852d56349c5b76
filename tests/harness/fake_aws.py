"""DynamoDB and S3 in two dicts, as far as sealing uses them, with a place to stand at every call.

A fault schedule needs a hundred thousand calls, which an emulator over HTTP cannot give; the
emulator then confirms a sample of the same stories.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]
DYNAMODB = ("GetItem", "PutItem", "DeleteItem", "Query")


class ConditionalCheckFailedException(ClientError):
    """What the client raises for a condition that does not hold."""

    def __init__(self) -> None:
        code = "ConditionalCheckFailedException"
        super().__init__({"Error": {"Code": code, "Message": "no"}}, "PutItem")


class FakeAws:
    """Both clients at once. `before` and `after` are told the number and name of every call.

    `date_ms` is the `Date` of DynamoDB's last answer by the store's own time, `now_ms`.
    """

    class exceptions:  # as botocore names it
        ConditionalCheckFailedException = ConditionalCheckFailedException

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.now_ms = now_ms
        self.date_ms = 0
        self.tables: dict[str, dict[tuple[str, str], Item]] = {}
        self.objects: dict[str, tuple[bytes, int]] = {}
        self.calls: list[str] = []
        self.read_units = 0.0
        self.before: Callable[[int, str], None] = lambda _number, _name: None
        self.after: Callable[[int, str], None] = lambda _number, _name: None
        self.is_visible: Callable[[Item], bool] = lambda _item: True

    def _call(self, name: str, act: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        self.before(number, name)
        answer = act()
        if name in DYNAMODB:
            self.date_ms = self.now_ms() // 1000 * 1000
        self.after(number, name)
        return answer

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Any:
        assert ConsistentRead, "the manifest is read strongly"

        def act() -> Any:
            item = self._table(TableName).get((Key["pk"]["S"], Key["sk"]["S"]))
            self._count([item] if item else [], 1.0)
            return {"Item": item} if item else {}

        return self._call("GetItem", act)

    def put_item(self, *, TableName: str, Item: Item, **condition: Any) -> Any:
        def act() -> Any:
            table, key = self._table(TableName), (Item["pk"]["S"], Item["sk"]["S"])
            if not _holds(table.get(key), **condition):
                raise ConditionalCheckFailedException
            table[key] = Item
            return {}

        return self._call("PutItem", act)

    def delete_item(self, *, TableName: str, Key: Item, **condition: Any) -> Any:
        def act() -> Any:
            table, key = self._table(TableName), (Key["pk"]["S"], Key["sk"]["S"])
            if not _holds(table.get(key), **condition):
                raise ConditionalCheckFailedException
            return table.pop(key, None)

        return self._call("DeleteItem", act)

    def query(self, **question: Any) -> Any:
        values = question["ExpressionAttributeValues"]

        def by_kind() -> Any:
            table = self._table(question["TableName"])
            return {
                "Items": [table[key] for key in sorted(table) if key[0] == values[":kind"]["S"]]
            }

        if ":kind" in values:
            return self._call("Query", by_kind)

        def act() -> Any:
            found = [
                item
                for item in self._table(question["TableName"]).values()
                if item.get("hour") == values[":hour"]
                and int(item["received_at_ms"]["N"]) >= int(values[":from"]["N"])
                and self.is_visible(item)
            ]
            found.sort(key=lambda item: int(item["received_at_ms"]["N"]))
            self._count(found, 0.5)
            return {"Items": found}

        return self._call("Query", act)

    def put_object(self, *, Key: str, Body: Any, **_: Any) -> Any:
        def act() -> Any:
            body = Body if isinstance(Body, bytes) else Body.read()
            self.objects[Key] = (body, self.now_ms())
            return {}

        return self._call("PutObject", act)

    def get_object(self, *, Key: str, **_: Any) -> Any:
        def act() -> Any:
            if Key not in self.objects:
                raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
            return {"Body": io.BytesIO(self.objects[Key][0])}

        return self._call("GetObject", act)

    def list_objects_v2(self, *, Prefix: str, **_: Any) -> Any:
        def act() -> Any:
            found = [
                {"Key": key, "Size": len(body), "LastModified": _moment(written)}
                for key, (body, written) in sorted(self.objects.items())
                if key.startswith(Prefix)
            ]
            date = format_datetime(_moment(self.now_ms()), usegmt=True)
            return {"Contents": found, "ResponseMetadata": {"HTTPHeaders": {"date": date}}}

        return self._call("ListObjectsV2", act)

    def delete_object(self, *, Key: str, **_: Any) -> Any:
        return self._call("DeleteObject", lambda: self.objects.pop(Key, None))

    def _table(self, name: str) -> dict[tuple[str, str], Item]:
        return self.tables.setdefault(name, {})

    def _count(self, items: list[Item], units: float) -> None:
        size = sum(_size(item) for item in items)
        self.read_units += units * max(1, -(-size // 4096))


def _holds(item: Item | None, **condition: Any) -> bool:
    """The conditions in use."""
    expression = condition.get("ConditionExpression")
    if expression == "attribute_not_exists(pk)":
        return item is None
    if expression == "version = :seen":
        return (
            item is not None and item["version"] == condition["ExpressionAttributeValues"][":seen"]
        )
    if expression == "body = :seen":
        return item is not None and item["body"] == condition["ExpressionAttributeValues"][":seen"]
    if expression == "attribute_exists(pk)":
        return item is not None
    assert expression is None, expression
    return True


def _size(item: Item) -> int:
    """Bytes as DynamoDB bills them, near enough: names and values."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)
