"""Put the built SDK and dashboard into the site bucket, each with its type and caching.

Files whose name holds a hash of their content never change, so browsers keep them for a year; the
page is asked for again each time (and answered by its ETag); the tracker under its plain name is
kept for an hour. In the day after it browsers run it once more while they fetch the new one, so
that no page waits.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

HASHED = re.compile(r"-[A-Z0-9]{8}\.(js|css)$")

FOREVER = "public, max-age=31536000, immutable"

AN_HOUR_AND_ONCE_MORE = "public, max-age=3600, stale-while-revalidate=86400"

ASK_AGAIN = "public, no-cache"

TRACKER = "sdk.js"

PAGE = "index.html"

NOT_SERVED = {"sizes.json"}  # what builds write about themselves


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One object of the site bucket."""

    key: str
    content: bytes

    @property
    def cache_control(self) -> str:
        if HASHED.search(self.key):
            return FOREVER
        return AN_HOUR_AND_ONCE_MORE if self.key.startswith("sdk") else ASK_AGAIN

    @property
    def content_type(self) -> str:
        """The MIME type of the key; text is UTF-8."""
        kind = mimetypes.guess_type(self.key)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in ("application/json", "application/javascript"):
            return f"{kind}; charset=utf-8"
        return kind

    @property
    def integrity(self) -> str:
        """The file's hash as a script element's `integrity` takes it."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()


class NotBuilt(Exception):
    """The SDK or the dashboard has not been built."""


def files(root: Path = ROOT) -> list[SiteFile]:
    """Everything to publish, the page that names the others last; raises NotBuilt."""
    found = {file.key: file for file in _built(root)}
    if TRACKER not in found or PAGE not in found:
        raise NotBuilt("the SDK or the dashboard is not built; run `make setup`")
    pinned = pinned_tracker(found[TRACKER])
    return [*(found.pop(key) for key in sorted(found) if key != PAGE), pinned, found[PAGE]]


def pinned_tracker(tracker: SiteFile) -> SiteFile:
    """The tracker under a name that never changes its content, for use with `integrity`."""
    digest = base64.b32encode(hashlib.sha256(tracker.content).digest()).decode()[:8]
    return SiteFile(f"sdk-{digest}.js", tracker.content)


def publish(client: Any, bucket: str, root: Path = ROOT) -> list[str]:
    """Upload what differs from the bucket's; returns those keys. Older hashed files stay, for
    pages that are open in a browser now.
    """
    changed = [file for file in files(root) if not _is_there(client, bucket, file)]
    for file in changed:
        client.put_object(
            Bucket=bucket,
            Key=file.key,
            Body=file.content,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )
    return [file.key for file in changed]


def _built(root: Path) -> Iterator[SiteFile]:
    for folder, pattern in (("dashboard_site/dist", "**/*"), ("sdk/dist", "*.js")):
        for path in sorted((root / folder).glob(pattern)):
            if path.is_file() and not path.name.startswith(".") and path.name not in NOT_SERVED:
                yield SiteFile(path.relative_to(root / folder).as_posix(), path.read_bytes())


def _is_there(client: Any, bucket: str, file: SiteFile) -> bool:
    try:
        found = client.head_object(Bucket=bucket, Key=file.key)
    except client.exceptions.ClientError as refused:
        if refused.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return False
    # The ETag of a single upload under SSE-S3 is its content's MD5.
    md5 = hashlib.md5(file.content, usedforsecurity=False).hexdigest()
    return bool(
        found["ETag"].strip('"') == md5
        and found["ContentType"] == file.content_type
        and found.get("CacheControl") == file.cache_control
    )
