"""A table in memory behind the client's `send`: a thousand times quicker than the emulator.

It knows the few shapes of request that the stores make and fails on any other. What it answers
is held against the emulator in tests/store/test_events.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ABSENT = "attribute_not_exists(pk)"
Key = tuple[str, str, str]


class MemoryDynamoDB:
    """Items by table, `pk` and `sk`; one page of a query holds `page` items."""

    def __init__(self, page: int = 100) -> None:
        self.items: dict[Key, dict[str, Any]] = {}
        self.page = page

    def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Answer one request, as the client's `send` does."""
        operation = headers["X-Amz-Target"].partition(".")[2]
        status, answer = getattr(self, operation)(json.loads(body))
        return status, json.dumps(answer).encode()

    def PutItem(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        key = _key(request["TableName"], request["Item"])
        if _is_conditional(request) and key in self.items:
            return 400, {"__type": "x#ConditionalCheckFailedException", "message": "failed"}
        self.items[key] = request["Item"]
        return 200, {}

    def TransactWriteItems(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        puts = [entry["Put"] for entry in request["TransactItems"]]
        keys = [_key(put["TableName"], put["Item"]) for put in puts]
        known = [_is_conditional(p) and k in self.items for p, k in zip(puts, keys, strict=True)]
        if any(known):
            codes = ["ConditionalCheckFailed" if k else "None" for k in known]
            reasons = [{"Code": code} for code in codes]
            kind = "x#TransactionCanceledException"
            return 400, {"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}
        self.items |= {k: put["Item"] for k, put in zip(keys, puts, strict=True)}
        return 200, {}

    def GetItem(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        item = self.items.get(_key(request["TableName"], request["Key"]))
        return 200, {"Item": item} if item else {}

    def DeleteItem(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self.items.pop(_key(request["TableName"], request["Key"]), None)
        return 200, {}

    def Query(self, request: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        found = sorted(self._found(request), key=lambda item: item["sk"]["S"])
        if request.get("IndexName"):
            found.sort(key=lambda item: float(item["received_at_ms"]["N"]))
        start = request.get("ExclusiveStartKey", {}).get("at", 0)
        more = {"LastEvaluatedKey": {"at": start + self.page}}
        page = found[start : start + self.page]
        return 200, {"Items": page, **(more if start + self.page < len(found) else {})}

    def _found(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        values = request["ExpressionAttributeValues"]
        mine = [item for key, item in self.items.items() if key[0] == request["TableName"]]
        if request.get("IndexName") is None:
            assert request["KeyConditionExpression"].split(" = ")[0] == "pk"
            (partition,) = values.values()
            return [item for item in mine if item["pk"] == partition]
        assert request["KeyConditionExpression"] == "#hour = :hour AND received_at_ms >= :from"
        return [
            item
            for item in mine
            if item.get("hour") == values[":hour"]
            and float(item["received_at_ms"]["N"]) >= float(values[":from"]["N"])
        ]


def _is_conditional(put: Mapping[str, Any]) -> bool:
    condition = put.get("ConditionExpression")
    assert condition in (None, ABSENT)
    return condition is not None


def _key(table: str, item: Mapping[str, Any]) -> Key:
    return table, item["pk"]["S"], item["sk"]["S"]
