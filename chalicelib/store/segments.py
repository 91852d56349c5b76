"""Segments and what is kept beside them: objects of the data bucket."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from chalicelib.model.manifest import Segment


class Damaged(Exception):
    """A live file is missing, unreadable or not what the manifest says."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object under a site's prefix; `age_ms` by the store's own clock when it was listed."""

    key: str
    age_ms: int


@dataclass(frozen=True, slots=True)
class SegmentStore:
    """The sealed history in a stage's data bucket."""

    s3: Any
    bucket: str

    def upload(self, site: str, path: Path, file: Segment, hours: range) -> Segment:
        """The file of these hours on S3, under a key never used before."""
        span = "-".join(_spell_hour(hour) for hour in (hours.start, hours.stop))
        key = f"sealed/{site}/{span}-{file.sha256}-{secrets.token_hex(4)}.parquet"
        with path.open("rb") as body:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return replace(file, key=key)

    def download(self, file: Segment) -> bytes:
        """The content of a file. Raises `Damaged` where it is missing or not what was sealed."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=file.key)
            body: bytes = answer["Body"].read()
        except Exception as error:  # the reasons are many, the answer is one: this file is out
            raise Damaged(f"{file.key}: {type(error).__name__}") from error
        if hashlib.sha256(body).hexdigest() != file.sha256:
            raise Damaged(f"{file.key}: {len(body)} bytes that are not those sealed")
        return body

    def list(self, site: str) -> Sequence[Listed]:
        """Every object of sealed history of the site, live or not."""
        found: list[Listed] = []
        now: datetime | None = None
        asked: dict[str, str] = {"Bucket": self.bucket, "Prefix": f"sealed/{site}/"}
        while True:
            page = self.s3.list_objects_v2(**asked)
            now = now or parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for item in page.get("Contents", []):
                age_ms = int((now - item["LastModified"]).total_seconds() * 1000)
                found.append(Listed(item["Key"], age_ms))
            if not page.get("IsTruncated"):
                return found
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def delete(self, keys: Iterable[str]) -> None:
        """Objects that no manifest names, removed."""
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def set_aside(self, site: str, hour: int, text: str) -> None:
        """Records of an hour that cannot be read, kept for the operator beside the history."""
        key = f"set-aside/{site}/{_spell_hour(hour)}.jsonl"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())


def _spell_hour(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y%m%dT%H}"
