"""The events table: one beacon, one item, written once.

A conditional put is both the data and the mark against duplicates, so what it acknowledged is
durable exactly once. The index `by_hour` gives the beacons back by their hour of receipt.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from chalicelib.model.event import Beacon, Part
from chalicelib.model.limits import MAX_ITEM_BYTES
from chalicelib.model.refusal import Refusal
from chalicelib.store.dynamodb import may_pass
from chalicelib.store.encoding import heaviest_field
from chalicelib.store.items import (
    UNREADABLE,
    Record,
    decode_record,
    hour_key,
    is_expired,
    item_of,
    make_record,
    with_parts,
)
from chalicelib.store.weights import Item, item_bytes

log = logging.getLogger(__name__)

BY_HOUR = "by_hour"
PATIENCE_MS = 250
"""No attempt starts later than this after the first: a function that waits is paid for, and a
tracker sends again what is answered 503."""
MAX_ATTEMPTS = 8
BACKOFF_MS = 50
RETRY_AFTER_S = 5

_ABSENT = "attribute_not_exists(pk)"


class Throttled(Exception):
    """The store did not take an attempt; another one may succeed."""


@dataclass(frozen=True, slots=True)
class Events:
    """The edge to the events table of one deployment.

    `client` is a DynamoDB client that makes one attempt a call: its own retries would carry an
    old stamp.
    """

    client: Any
    table: str
    now_ms: Callable[[], int]
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default_factory=lambda: random.Random().random)

    def put(
        self,
        beacons: Sequence[Beacon],
        shards: Mapping[str, int] | None = None,
        most_bytes: int | None = None,
        admit: Callable[[Counter[str]], None] | None = None,
    ) -> list[bool]:
        """Store beacons not yet received, all or none; True where new, False where a duplicate.

        One beacon is one PutItem, several are one TransactWriteItems. `shards` are the index
        shards of each site, 1 where it names none. `admit` is told once what they weigh, by site,
        and raises where that is too much. Raises `Refusal` 413 where an item would have
        more than `MAX_ITEM_BYTES`, or all of them more than `most_bytes`; 503 when the store does
        not take them in time. Nothing of them is half-stored then.
        """
        if not beacons:
            return []
        began, attempt = self.now_ms(), 0
        while True:
            items = self._make_items(beacons, shards or {})
            _refuse_heavy(beacons, items, most_bytes)
            if admit and attempt == 0:
                admit(_weigh_items(beacons, items))
            try:
                return self._put_one(items[0]) if len(items) == 1 else self._put_all(items)
            except Throttled as refused:
                attempt += 1
                pause_ms = self.jitter() * BACKOFF_MS * 2**attempt
                late = self.now_ms() + pause_ms - began > PATIENCE_MS
                if late or attempt >= MAX_ATTEMPTS:
                    raise store_unavailable() from refused
                self.sleep(pause_ms / 1000)

    def _make_items(self, beacons: Sequence[Beacon], shards: Mapping[str, int]) -> list[Item]:
        stamp, together = self.now_ms(), len(beacons)
        return [item_of(beacon, stamp, shards.get(beacon.site, 1), together) for beacon in beacons]

    def _put_one(self, item: Item) -> list[bool]:
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression=_ABSENT)
        except (ClientError, BotoCoreError) as error:
            if _code_of(error) == "ConditionalCheckFailedException":
                return [False]
            raise _translate_error(error) from error
        return [True]

    def _put_all(self, items: Sequence[Item]) -> list[bool]:
        """One transaction of the items that the table does not hold yet."""
        if not items:
            return []
        put = {"TableName": self.table, "ConditionExpression": _ABSENT}
        try:
            self.client.transact_write_items(
                TransactItems=[{"Put": {**put, "Item": item}} for item in items]
            )
        except (ClientError, BotoCoreError) as error:
            known = _list_known(error, len(items))
            new = iter(self._put_all([i for i, k in zip(items, known, strict=True) if not k]))
            return [not is_known and next(new) for is_known in known]
        return [True] * len(items)

    def hour(
        self, site: str, hour_start_ms: int, shards: int = 1, received_from_ms: int = 0
    ) -> Iterator[Record | Item]:
        """All that a site received in the UTC hour that starts at `hour_start_ms`, page by page.

        As the index shows it now, in order of receipt within each shard. An item that is no
        record is given as it stands; expired ones that the table has not deleted yet are left out.
        """
        for shard in range(shards):
            for item in self._query_partition(
                hour_key(site, hour_start_ms, shard), received_from_ms
            ):
                if is_expired(item, self.now_ms() // 1000):
                    continue
                try:
                    yield make_record(item)
                except UNREADABLE:
                    yield item

    def erase(
        self,
        site: str,
        hour_start_ms: int,
        shards: int,
        keep: Callable[[Iterable[Part]], Iterable[Part]],
        is_erased: Callable[[str], bool],
    ) -> int:
        """How many items of an hour lost events: what `keep` leaves of an item's parts replaces
        them, and an item of which nothing is left is deleted.

        Of one that cannot be read, `is_erased` decides by its visitor's id.
        """
        changed = 0
        for shard in range(shards):
            for item in self._query_partition(hour_key(site, hour_start_ms, shard), 0):
                try:
                    beacon = decode_record(make_record(item))
                except UNREADABLE:
                    left = None if is_erased(str(item.get("visitor_id", {}).get("S"))) else item
                else:
                    left = with_parts(item, beacon, tuple(keep(beacon.parts)))
                if left is not item:
                    self._replace_item(item, left)
                    changed += 1
        return changed

    def _replace_item(self, item: Item, left: Item | None) -> None:
        if left is None:
            key = {name: item[name] for name in ("pk", "sk")}
            self.client.delete_item(TableName=self.table, Key=key)
            return
        still_there = "attribute_exists(pk)"
        try:
            self.client.put_item(TableName=self.table, Item=left, ConditionExpression=still_there)
        except ClientError as error:
            if _code_of(error) != "ConditionalCheckFailedException":
                raise

    def _query_partition(self, partition: str, received_from_ms: int) -> Iterator[Item]:
        question: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": BY_HOUR,
            "KeyConditionExpression": "#hour = :hour AND received_at_ms >= :from",
            "ExpressionAttributeNames": {"#hour": "hour"},
            "ExpressionAttributeValues": {
                ":hour": {"S": partition},
                ":from": {"N": str(received_from_ms)},
            },
        }
        while True:
            page = self.client.query(**question)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _weigh_items(beacons: Sequence[Beacon], items: Sequence[Item]) -> Counter[str]:
    """What items weigh, by site."""
    weights = Counter[str]()
    for beacon, item in zip(beacons, items, strict=True):
        weights[beacon.site] += int(item["weight"]["N"])
    return weights


def _refuse_heavy(beacons: Sequence[Beacon], items: Sequence[Item], most_bytes: int | None) -> None:
    sizes = [item_bytes(item) for item in items]
    most = max(range(len(sizes)), key=sizes.__getitem__)
    if sizes[most] > MAX_ITEM_BYTES or (most_bytes is not None and sum(sizes) > most_bytes):
        field = heaviest_field(beacons[most].parts)
        raise Refusal(413, "too_large", "More would be stored of it than may be.", field)


def store_unavailable() -> Refusal:
    """The 503 of a store that does not answer."""
    return Refusal(503, "unavailable", "the store is busy, try again", retry_after_s=RETRY_AFTER_S)


def _code_of(error: ClientError | BotoCoreError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _translate_error(error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, ClientError | HTTPClientError) and may_pass(error):
        return Throttled()
    # The code alone: the message of a refused condition may hold the item.
    code = _code_of(error) or type(error).__name__
    log.error("the events table refuses writes", extra={"code": code})
    return store_unavailable()


def _list_known(error: ClientError | BotoCoreError, items: int) -> list[bool]:
    """Which items a cancelled transaction found in the table; raises where that is not why."""
    if _code_of(error) != "TransactionCanceledException":
        raise _translate_error(error) from error
    assert isinstance(error, ClientError)
    reasons = error.response.get("CancellationReasons", [])
    known = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
    if not any(known) or len(known) != items:
        raise Throttled from error
    return known
