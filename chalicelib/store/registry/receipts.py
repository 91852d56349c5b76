"""What was asked to be erased, and how far that is: receipts, and tombstones beside the history.

A receipt is a document of the registry. Its tombstone, an object of the data bucket, is there in
case the registry is restored to a moment before the request: whoever finds one erases again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from chalicelib.model.manifest import Erasure
from chalicelib.model.spans import DAY_MS
from chalicelib.store.registry.documents import Document, Documents

Subject = Literal["visitor", "day", "path"]

KEPT_MS = 400 * DAY_MS
"""A receipt can be shown this long; its tombstone goes with the last backup."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request to erase; times epoch ms, 0 for not yet.

    Items of the hours before `swept_to_hour` (UTC, from 1970) are gone; `erased_at_ms` is when
    everything received before the request was.
    """

    entry: Erasure
    subject: Subject
    asked_at_ms: int
    asked_by: str
    swept_to_hour: int = 0
    erased_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts in the registry, tombstones and set-aside records in the data bucket."""

    documents: Documents
    s3: Any
    bucket: str

    def save(self, site: str, receipt: Receipt) -> None:
        """Write the receipt as it is now."""
        kind, until = f"erasure#{site}", receipt.asked_at_ms + KEPT_MS
        self.documents.put(kind, receipt.entry.id, asdict(receipt), until)

    def get(self, site: str, receipt_id: str) -> Receipt | None:
        """The receipt of that id."""
        found = self.documents.get(f"erasure#{site}", receipt_id)
        return _load_receipt(found) if found else None

    def all(self, site: str) -> list[Receipt]:
        """Every receipt of a site, the oldest request first."""
        found = [_load_receipt(document) for _, document in self.documents.all(f"erasure#{site}")]
        return sorted(found, key=lambda receipt: (receipt.asked_at_ms, receipt.entry.id))

    def forget_all(self, site: str) -> None:
        """Delete every receipt of a site that is no more."""
        for receipt in self.all(site):
            self.documents.delete(f"erasure#{site}", receipt.entry.id)

    def put_tombstone(self, site: str, receipt: Receipt) -> None:
        """Put up its tombstone, which says all that is needed to erase again."""
        fresh = replace(receipt, swept_to_hour=0, erased_at_ms=0)
        body = json.dumps(asdict(fresh)).encode()
        self.s3.put_object(Bucket=self.bucket, Key=_key_of(site, receipt.entry.id), Body=body)

    def list_tombstones(self, site: str) -> set[str]:
        """The ids on a site's tombstones."""
        return {key.rpartition("/")[2].removesuffix(".json") for key in self.keys("erased", site)}

    def read_tombstone(self, site: str, receipt_id: str) -> Receipt:
        """The request as its tombstone has it."""
        return _load_receipt(json.loads(self.read(_key_of(site, receipt_id))))

    def delete_tombstones(self, site: str, receipt_ids: Iterable[str]) -> None:
        """Take tombstones away."""
        self.delete(_key_of(site, receipt_id) for receipt_id in receipt_ids)

    def keys(self, folder: str, site: str) -> Iterator[str]:
        """The keys of a site's objects in a folder of the bucket."""
        asked: dict[str, str] = {"Bucket": self.bucket, "Prefix": f"{folder}/{site}/"}
        while True:
            page = self.s3.list_objects_v2(**asked)
            yield from (found["Key"] for found in page.get("Contents", []))
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def read(self, key: str) -> bytes:
        """The content of an object."""
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def write(self, key: str, body: bytes) -> None:
        """Replace an object."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects."""
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)


def _key_of(site: str, receipt_id: str) -> str:
    return f"erased/{site}/{receipt_id}.json"


def _load_receipt(document: Document) -> Receipt:
    return Receipt(**{**document, "entry": Erasure(**document["entry"])})
