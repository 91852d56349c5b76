"""Sealed history where it lies: files of parts on S3, and the manifest that says which are live.

A file is uploaded first, under a name never used before, and counts from the moment a manifest
names it. What a crash leaves is named by none and read by nobody.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.manifest import HOT_MS, Manifest, Stored, begin, dump, load
from chalicelib.model import Refusal
from chalicelib.store.clock import Clock
from chalicelib.store.events import unavailable

log = logging.getLogger(__name__)


CONDITION = "ConditionalCheckFailedException"
UNUSED_S = 60
"""A copy used this lately may still be read by a question under way."""
WORKING = ("made-*", "load-*")
"""Files that last as long as the work on them: `scratch` makes the first, the engine the second."""
ABANDONED_S = 30 * 60
"""Twice as long as Lambda lets a function run."""


class Damaged(Exception):
    """A live file is missing, unreadable or not what the manifest says."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object under a site's prefix; `age_ms` by the store's own clock when it was listed."""

    key: str
    age_ms: int


class Sealed:
    """Manifests, segments and the cache of segments of one stage."""

    def __init__(
        self,
        dynamodb: Any,
        s3: Any,
        *,
        registry_table: str,
        bucket: str,
        folder: Path,
        cache_bytes: int,
        count_rows: Callable[[Path], int],
        now_ms: Callable[[], int],
    ) -> None:
        """`now_ms`: this machine's clock, from which the cache's files have their times."""
        self._dynamodb, self._s3 = dynamodb, s3
        self._table, self._bucket = registry_table, bucket
        self._folder, self._cache_bytes = folder, cache_bytes
        self._count_rows = count_rows
        self._now_ms = now_ms
        self._verified: set[Path] = set()

    def manifest(self, site: str) -> Manifest | None:
        """The site's manifest as it is now (read strongly), None if it never had one.

        Raises `Refusal` 503 when the registry does not answer.
        """
        key = _key(site)
        try:
            answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise unavailable() from error
        item = answer.get("Item")
        return load(item["body"]["S"]) if item else None

    def current(self, site: str, now_ms: int) -> Manifest:
        """The site's manifest; without one, one to begin with that leaves out no event there is.

        Raises `Refusal` 503 when the registry does not answer.
        """
        return self.manifest(site) or begin(now_ms - HOT_MS)

    def opened(self, site: str, clock: Clock) -> Manifest:
        """The site's manifest, read to be changed; without one, one to begin with.

        Raises `Disagrees` where this machine's clock is wrong, `Refusal` 503 as `manifest` does.
        """
        seen = self.manifest(site)
        clock.check()
        return seen or begin(clock() - HOT_MS)

    def store_ms(self) -> int:
        """The store's time when it last answered: never later than it is now."""
        date_ms: int = self._dynamodb.date_ms
        return date_ms

    def commit(self, site: str, seen: Manifest, changed: Manifest) -> bool:
        """Whether `changed` took the place of `seen`; False if another was faster.

        Of a write whose answer was lost the client hears of its next attempt, for which the
        condition does not hold; so what is there now decides. Raises `Refusal` 503 when the
        registry does not answer: it may have taken it or not.
        """
        body = dump(replace(changed, version=seen.version + 1))
        load(body)
        condition = (
            {
                "ConditionExpression": "version = :seen",
                "ExpressionAttributeValues": {":seen": {"N": str(seen.version)}},
            }
            if seen.version
            else {"ConditionExpression": "attribute_not_exists(pk)"}
        )
        item = {**_key(site), "version": {"N": str(seen.version + 1)}, "body": {"S": body}}
        try:
            self._dynamodb.put_item(TableName=self._table, Item=item, **condition)
        except (ClientError, BotoCoreError) as error:
            if not isinstance(error, ClientError) or _code(error) != CONDITION:
                raise unavailable() from error
            return self.manifest(site) == load(body)
        return True

    def begin(self, site: str, now_ms: int) -> bool:
        """Whether this gave a new site its manifest; without one 35 days of hours are searched."""
        return self.commit(site, begin(now_ms), begin(now_ms))

    def upload(self, site: str, path: Path, file: Stored, hours: range) -> Stored:
        """The file of these hours on S3, under a key never used before."""
        span = "-".join(_hour_text(hour) for hour in (hours.start, hours.stop))
        key = f"sealed/{site}/{span}-{file.sha256}-{secrets.token_hex(4)}.parquet"
        with path.open("rb") as body:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return replace(file, key=key)

    def fetch(self, site: str, file: Stored) -> Path:
        """A local copy, compared with the manifest when this process first uses it.

        Raises `Damaged`; `Refusal` 503 where the disk is full.
        """
        path = self.cached(site, file.sha256)
        if path not in self._verified or not path.exists():
            if not path.exists() or _sha256(path) != file.sha256:
                self._download(file, path)
            self._check_rows(file, path)
            self._verified.add(path)
        os.utime(path)
        return path

    def cached(self, site: str, name: str) -> Path:
        """Where a site's copy of that name lies."""
        folder = self._folder / "segments" / site
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.parquet"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A path for a file being made, removed with the block."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"made-{secrets.token_hex(8)}.parquet"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def listed(self, site: str) -> list[Listed]:
        """Every object of sealed history of the site, live or not."""
        found: list[Listed] = []
        now: datetime | None = None
        asked: dict[str, str] = {"Bucket": self._bucket, "Prefix": f"sealed/{site}/"}
        while True:
            page = self._s3.list_objects_v2(**asked)
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
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def set_aside(self, site: str, hour: int, text: str) -> None:
        """Records of an hour that cannot be read, kept for the operator beside the history."""
        key = f"set-aside/{site}/{_hour_text(hour)}.jsonl"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())

    def trim(self, site: str, live: Collection[str]) -> None:
        """Drops a site's copies of files that are not live any more, but for those used within a
        minute, and what killed processes left half made."""
        now_s = self._now_ms() / 1000
        for used_s, _, path in self._copies():
            is_dead = path.parent.name == site and path.name[:64] not in live
            if is_dead and used_s <= now_s - UNUSED_S:
                path.unlink(missing_ok=True)
        for used_s, _, path in _found(path for name in WORKING for path in self._folder.glob(name)):
            if used_s <= now_s - ABANDONED_S:
                path.unlink(missing_ok=True)

    def make_room(self, wanted: Mapping[Path, int]) -> bool:
        """Whether the wanted files, by path and bytes, fit the cache; now, because of all others
        those longest unused were dropped."""
        others = [copy for copy in self._copies() if copy[2] not in wanted]
        size = sum(wanted.values()) + sum(bytes for _, bytes, _ in others)
        for _, bytes, path in others:
            if size <= self._cache_bytes:
                break
            path.unlink(missing_ok=True)
            size -= bytes
        return size <= self._cache_bytes

    def _copies(self) -> list[tuple[float, int, Path]]:
        """Every copy, the longest unused first: when it was used (epoch s), bytes, path."""
        return sorted(_found((self._folder / "segments").glob("*/*.parquet")))

    def _download(self, file: Stored, path: Path) -> None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=file.key)
            body = answer["Body"].read()
        except Exception as error:  # the reasons are many, the answer is one: this file is out
            raise Damaged(f"{file.key}: {type(error).__name__}") from error
        if hashlib.sha256(body).hexdigest() != file.sha256:
            raise Damaged(f"{file.key}: {len(body)} bytes that are not those sealed")
        with self.scratch() as unfinished:
            try:
                unfinished.write_bytes(body)
            except OSError as error:
                message = "this function's disk is full, try again"
                raise Refusal(503, "out_of_space", message, retry_after_s=1) from error
            unfinished.rename(path)

    def _check_rows(self, file: Stored, path: Path) -> None:
        try:
            rows = self._count_rows(path)
        except Exception as error:
            raise Damaged(f"{file.key}: {type(error).__name__}") from error
        if rows != file.rows:
            raise Damaged(f"{file.key}: {rows} rows where {file.rows} were sealed")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _key(site: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"manifest#{site}"}, "sk": {"S": "manifest"}}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hour_text(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y%m%dT%H}"


def _found(paths: Iterable[Path]) -> Iterator[tuple[float, int, Path]]:
    """When each was used (epoch s), its bytes, and the path; without those that another report
    removed meanwhile."""
    for path in paths:
        with suppress(FileNotFoundError):
            facts = path.stat()
            yield facts.st_mtime, facts.st_size, path
