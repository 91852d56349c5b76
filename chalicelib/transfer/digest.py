"""A digest of a file's content that does not hang on its order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256

from chalicelib.transfer.files import Hit


class Digest:
    """What was imported, as one hash: of the events themselves, not of a file's bytes."""

    def __init__(self) -> None:
        self._hash, self.count = sha256(), 0

    def of(self, events: Iterable[Hit]) -> Iterator[Hit]:
        for event in events:
            text = json.dumps(event, sort_keys=True, separators=(",", ":"), default=str)
            self._hash.update(text.encode("utf-8", "surrogatepass") + b"\n")
            self.count += 1
            yield event

    def hex(self) -> str:
        return self._hash.hexdigest()
