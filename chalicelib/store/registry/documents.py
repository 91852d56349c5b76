"""Small JSON documents in the registry table: what people administer, not what visitors send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model.refusal import Refusal

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
        text = self.get_text(kind, name)
        return None if text is None else json.loads(text)

    def get_text(self, kind: str, name: str) -> str | None:
        """The text of a document as it is now (read strongly), or None."""
        with refuse_failures():
            found = self.client.get_item(
                TableName=self.table, Key=_make_key(kind, name), ConsistentRead=True
            )
        return str(found["Item"]["body"]["S"]) if found.get("Item") else None

    def put_version(self, kind: str, name: str, text: str, version: int) -> bool:
        """Whether the text became version 1, or took the place of the version before; False where
        that is not there any more."""
        item = {**_make_key(kind, name), "version": {"N": str(version)}, "body": {"S": text}}
        condition = {
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(version - 1)}},
        }
        return put_if(self.client, self.table, item, condition if version > 1 else ABSENT)

    def put(self, kind: str, name: str, document: Document, expires_at_ms: int = 0) -> None:
        """Write a document. The table forgets it some time after `expires_at_ms` (0: never)."""
        put_if(self.client, self.table, _make_item(kind, name, document, expires_at_ms))

    def add(self, kind: str, name: str, document: Document) -> bool:
        """Whether the document was written; False where there is one of that name."""
        return put_if(self.client, self.table, _make_item(kind, name, document, 0), ABSENT)

    def swap(
        self, kind: str, name: str, seen: Document, document: Document, expires_at_ms: int = 0
    ) -> bool:
        """Whether the document took the place of `seen`; False if that is not there any more."""
        item = _make_item(kind, name, document, expires_at_ms)
        return put_if(self.client, self.table, item, _is_unchanged(seen))

    def drop(self, kind: str, name: str, seen: Document) -> bool:
        """Whether `seen` was deleted; False if that is not there any more."""
        key, condition = _make_key(kind, name), _is_unchanged(seen)
        return _is_met(lambda: self.client.delete_item(TableName=self.table, Key=key, **condition))

    def delete(self, kind: str, name: str) -> None:
        """Forget a document; one that is not there is no error."""
        with refuse_failures():
            self.client.delete_item(TableName=self.table, Key=_make_key(kind, name))

    def all(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """Name and document of all of a kind, by name."""
        question = self._query_of(kind)
        if prefix:
            question["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            question["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        return self._load_found(question)

    def texts(self, kind: str) -> Iterator[tuple[str, str]]:
        """Name and text of all of a kind, by name: one that is no document is none's matter."""
        items = self._read_items(self._query_of(kind))
        return ((item["sk"]["S"], str(item.get("body", {}).get("S", ""))) for item in items)

    def names(self, kind: str) -> Iterator[str]:
        """The names of all of a kind, in order."""
        return (item["sk"]["S"] for item in self._read_items(self._query_of(kind)))

    def before(self, kind: str, name: str) -> Iterator[tuple[str, Document]]:
        """Name and document of those of a kind that come before `name`, backwards, as needed."""
        question = self._query_of(kind) | {"ScanIndexForward": False, "Limit": 100}
        question["KeyConditionExpression"] += " AND sk < :name"
        question["ExpressionAttributeValues"][":name"] = {"S": name}
        return self._load_found(question)

    def _load_found(self, question: dict[str, Any]) -> Iterator[tuple[str, Document]]:
        return ((item["sk"]["S"], _load_document(item)) for item in self._read_items(question))

    def _read_items(self, question: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        while True:
            with refuse_failures():
                page = self.client.query(**question)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _query_of(self, kind: str) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :kind",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ConsistentRead": True,
        }


def put_if(client: Any, table: str, item: Mapping[str, Any], condition: Condition = ALWAYS) -> bool:
    """Whether the item was written; False where the condition does not hold.

    Refusal 503 where the table fails.
    """
    return _is_met(lambda: client.put_item(TableName=table, Item=item, **condition))


def _is_met(act: Callable[[], object]) -> bool:
    """Whether the condition of a write held. Refusal 503 where the table fails."""
    with refuse_failures():
        try:
            act()
        except ClientError as error:
            if _code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
    return True


def _is_unchanged(seen: Document) -> Condition:
    """That a document is still as it was seen."""
    return {
        "ConditionExpression": "body = :seen",
        "ExpressionAttributeValues": {":seen": {"S": _dump_document(seen)}},
    }


def _make_key(kind: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": kind}, "sk": {"S": name}}


def _make_item(kind: str, name: str, document: Document, expires_at_ms: int) -> dict[str, Any]:
    item = {**_make_key(kind, name), "body": {"S": _dump_document(document)}}
    if expires_at_ms:
        item["expires_at"] = {"N": str(expires_at_ms // 1000)}
    return item


def _dump_document(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _load_document(item: Mapping[str, Any]) -> Document:
    value: Document = json.loads(item["body"]["S"])
    return value


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def refuse_failures() -> Iterator[None]:
    """What is done inside it: the registry's errors become a `Refusal` 503."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise registry_unavailable() from error


def registry_unavailable() -> Refusal:
    """The answer while the registry fails."""
    message = "the registry does not answer, try again"
    return Refusal(503, "unavailable", message, retry_after_s=RETRY_AFTER_S)
