"""Put the built SDK and dashboard into the site bucket, each with its type and caching.

Files whose name holds a hash of their content never change, so browsers keep them for a year;
the others are asked for again each time (and answered by their ETag).
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HASHED = re.compile(r"-[A-Z0-9]{8}\.(js|css)$")
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


def files(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Each object's key and its file; the tracker is `sdk.js`, the dashboard `index.html`."""
    for folder in ("dashboard_site/dist", "sdk/dist"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(root / folder).as_posix(), path


def publish(client: Any, bucket: str, root: Path = ROOT) -> list[str]:
    """Upload everything; the page that names the others comes last. Returns the keys."""
    ordered = sorted(files(root), key=lambda entry: entry[0] == "index.html")
    for key, path in ordered:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=path.read_bytes(),
            ContentType=content_type(key),
            CacheControl=FOREVER if HASHED.search(key) else ASK_AGAIN,
        )
    return [key for key, _ in ordered]


def content_type(key: str) -> str:
    """The MIME type of a key; text is UTF-8."""
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in ("application/json", "application/javascript"):
        return f"{kind}; charset=utf-8"
    return kind
