"""Small JSON documents in the registry table: what people administer, not what visitors send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model import Refusal

Document = Mapping[str, Any]
Condition = Mapping[str, Any]
"""Parameters of a put that say when it is made."""
ALWAYS: Condition = {}
ABSENT: Condition = {"ConditionExpression": "attribute_not_exists(pk)"}
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Documents:
    """The registry table of a deployment. A table that fails is a `Refusal` 503."""

    client: Any
    table: str

    def get(self, kind: str, name: str) -> Document | None:
        """The document as it is now (read strongly), or None."""
        with answering():
            found = self.client.get_item(
                TableName=self.table, Key=_key(kind, name), ConsistentRead=True
            )
        return _document(found["Item"]) if found.get("Item") else None

    def put(self, kind: str, name: str, document: Document, expires_at_ms: int = 0) -> None:
        """Write a document. The table forgets it some time after `expires_at_ms` (0: never)."""
        write(self.client, self.table, _item(kind, name, document, expires_at_ms))

    def swap(
        self, kind: str, name: str, seen: Document, document: Document, expires_at_ms: int = 0
    ) -> bool:
        """Whether the document took the place of `seen`; False if that is not there any more."""
        item = _item(kind, name, document, expires_at_ms)
        return write(self.client, self.table, item, _unchanged(seen))

    def drop(self, kind: str, name: str, seen: Document) -> bool:
        """Whether `seen` was deleted; False if that is not there any more."""
        key, condition = _key(kind, name), _unchanged(seen)
        return _is_met(lambda: self.client.delete_item(TableName=self.table, Key=key, **condition))

    def delete(self, kind: str, name: str) -> None:
        """Forget a document; one that is not there is no error."""
        with answering():
            self.client.delete_item(TableName=self.table, Key=_key(kind, name))

    def all(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """Name and document of all of a kind, by name."""
        question = self._question(kind)
        if prefix:
            question["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            question["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        return self._found(question)

    def names(self, kind: str) -> Iterator[str]:
        """The names of all of a kind, in order."""
        return (item["sk"]["S"] for item in self._items(self._question(kind)))

    def before(self, kind: str, name: str) -> Iterator[tuple[str, Document]]:
        """Name and document of those of a kind that come before `name`, backwards, as needed."""
        question = self._question(kind) | {"ScanIndexForward": False, "Limit": 100}
        question["KeyConditionExpression"] += " AND sk < :name"
        question["ExpressionAttributeValues"][":name"] = {"S": name}
        return self._found(question)

    def _found(self, question: dict[str, Any]) -> Iterator[tuple[str, Document]]:
        return ((item["sk"]["S"], _document(item)) for item in self._items(question))

    def _items(self, question: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        while True:
            with answering():
                page = self.client.query(**question)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _question(self, kind: str) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :kind",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ConsistentRead": True,
        }


def write(client: Any, table: str, item: Mapping[str, Any], condition: Condition = ALWAYS) -> bool:
    """Whether the item was written; False where the condition does not hold.

    Refusal 503 where the table fails.
    """
    return _is_met(lambda: client.put_item(TableName=table, Item=item, **condition))


def _is_met(act: Callable[[], object]) -> bool:
    """Whether the condition of a write held. Refusal 503 where the table fails."""
    with answering():
        try:
            act()
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
    return True


def _unchanged(seen: Document) -> Condition:
    """That a document is still as it was seen."""
    return {
        "ConditionExpression": "body = :seen",
        "ExpressionAttributeValues": {":seen": {"S": _text(seen)}},
    }


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": kind}, "sk": {"S": name}}


def _item(kind: str, name: str, document: Document, expires_at_ms: int) -> dict[str, Any]:
    item = {**_key(kind, name), "body": {"S": _text(document)}}
    if expires_at_ms:
        item["expires_at"] = {"N": str(expires_at_ms // 1000)}
    return item


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _document(item: Mapping[str, Any]) -> Document:
    value: Document = json.loads(item["body"]["S"])
    return value


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def answering() -> Iterator[None]:
    """What is done inside it: the registry's errors become a `Refusal` 503."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise unavailable() from error


def unavailable() -> Refusal:
    """The answer while the registry fails."""
    message = "the registry does not answer, try again"
    return Refusal(503, "unavailable", message, retry_after_s=RETRY_AFTER_S)
