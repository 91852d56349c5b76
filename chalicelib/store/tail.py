"""The tail: what was received lately, kept parsed by a warm instance between two questions.

An hour that is still filling is asked only for what came since the last look; one that was read
whole after it had settled is not asked again. Items are told apart by session and beacon, so
reading some of them twice changes nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.manifest import SETTLED_MS
from chalicelib.model import Beacon, Site
from chalicelib.spans import HOUR_MS
from chalicelib.store.events import unavailable

OVERLAP_MS = 30_000
"""A put may start this long after its stamp."""
WHOLE_AGAIN_MS = 10 * 60_000
"""A throttled index may lag for minutes; after this a filling hour is read whole again."""
KEPT_BEACONS = 50_000
"""About 100 MB parsed; beyond it the hours longest unused are forgotten."""


class Buckets(Protocol):
    """The index `by_hour` of the events table."""

    def hour(
        self, site: str, hour_start_ms: int, shards: int, received_from_ms: int = 0
    ) -> Iterator[Beacon]: ...


@dataclass(slots=True)
class _Hour:
    """What is known of one hour: all received from `from_ms` on, as of `looked_at`."""

    from_ms: int
    whole_at: int
    looked_at: int
    beacons: dict[tuple[str, str], Beacon] = field(default_factory=dict)

    def add(self, found: Sequence[Beacon], now_ms: int) -> None:
        self.beacons.update(((beacon.session_id, beacon.beacon_id), beacon) for beacon in found)
        self.looked_at = now_ms

    def since_ms(self) -> int:
        """Where the next look begins: collectors' stamps and our own clock may differ."""
        newest = max((beacon.received_at_ms for beacon in self.beacons.values()), default=0)
        return max(self.from_ms, min(self.looked_at, newest) - OVERLAP_MS)


class Tail:
    """Beacons by hour of receipt, each asked for once."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._hours: OrderedDict[tuple[str, int], _Hour] = OrderedDict()
        self._lock = threading.Lock()

    def beacons(
        self, site: Site, hours: Sequence[int], now_ms: int, received_from_ms: int = 0
    ) -> list[Beacon]:
        """All beacons received in these hours, at `received_from_ms` or later.

        Raises `Refusal` 503 when the store does not answer.
        """
        with self._lock:
            try:
                views = [self._look(site, hour, now_ms, received_from_ms) for hour in hours]
            except (ClientError, BotoCoreError) as error:
                raise unavailable() from error
            self._forget({(site.id, hour) for hour in hours})
        return [
            beacon
            for view in views
            for beacon in view.beacons.values()
            if beacon.received_at_ms >= received_from_ms
        ]

    def _look(self, site: Site, hour: int, now_ms: int, received_from_ms: int) -> _Hour:
        start_ms = hour * HOUR_MS
        from_ms = max(start_ms, received_from_ms)
        known = self._hours.get((site.id, hour))
        if known and known.from_ms <= from_ms and known.looked_at <= now_ms:
            self._hours.move_to_end((site.id, hour))
            settled_at = start_ms + HOUR_MS + SETTLED_MS
            if known.whole_at >= settled_at:
                return known
            if now_ms < min(settled_at, known.whole_at + WHOLE_AGAIN_MS):
                found = self._buckets.hour(site.id, start_ms, site.shards, known.since_ms())
                known.add(list(found), now_ms)
                return known
        fresh = _Hour(from_ms, whole_at=now_ms, looked_at=now_ms)
        asked_from_ms = 0 if from_ms == start_ms else from_ms
        found = self._buckets.hour(site.id, start_ms, site.shards, asked_from_ms)
        fresh.add(list(found), now_ms)
        self._hours[site.id, hour] = fresh
        return fresh

    def _forget(self, wanted: set[tuple[str, int]]) -> None:
        kept = sum(len(view.beacons) for view in self._hours.values())
        for key in [key for key in self._hours if key not in wanted]:
            if kept <= KEPT_BEACONS:
                return
            kept -= len(self._hours.pop(key).beacons)
