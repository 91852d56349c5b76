"""The time of a load test's world, kept in a file: it flows as ours does, and is moved on by hand
from one hour to the next while nobody writes."""

from __future__ import annotations

import struct
import time
from pathlib import Path

_OFFSET = struct.Struct("<q")
_real_ns = time.time_ns


class WorldClock:
    """Epoch milliseconds as every process of the world has them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> int:
        (offset_ms,) = _OFFSET.unpack(self._path.read_bytes())
        return _real_ns() // 1_000_000 + offset_ms

    def set(self, at_ms: int) -> None:
        """Let it be that moment now."""
        new = self._path.with_suffix(".new")
        new.write_bytes(_OFFSET.pack(at_ms - _real_ns() // 1_000_000))
        new.replace(self._path)
