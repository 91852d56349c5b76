"""The tail: what was received lately, kept parsed by a warm instance between two questions.

An hour that is still filling is asked only for what came since the last look; one that was read
whole after it had settled is not asked again. Items are told apart by session and beacon, so
reading some of them twice changes nothing. Of an hour that weighs too much the heaviest sessions
are left out (`hour`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model.event import Beacon
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import SETTLED_MS
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.events import store_unavailable
from chalicelib.store.hour import Hour
from chalicelib.store.items import Record
from chalicelib.store.weights import Item

OVERLAP_MS = 30_000
"""A put may start this long after its stamp."""
WHOLE_AGAIN_MS = 10 * 60_000
"""A throttled index may lag for minutes; after this a filling hour is read whole again."""
KEPT_WEIGHT = 128_000_000
"""About as many bytes of memory; beyond it the hours longest unused are forgotten."""
MOST_WEIGHT = 700_000_000
"""Of all hours that a report reads, unless one alone may weigh more: more is refused."""


class Received(NamedTuple):
    """Beacons and the write units they took, and sessions that did not fit their hour's budget."""

    beacons: int
    units: int
    left_out: int


def sum_received(found: Iterable[Received]) -> Received:
    """All of it together."""
    return Received(*map(sum, zip(Received(0, 0, 0), *found, strict=True)))


class Buckets(Protocol):
    """The index `by_hour` of the events table."""

    def hour(
        self, site: str, hour_start_ms: int, shards: int, received_from_ms: int = 0
    ) -> Iterator[Record | Item]: ...


@dataclass(slots=True)
class _View:
    """What is known of one hour: all received from `from_ms` on, as of `looked_at`."""

    hour: Hour
    from_ms: int
    whole_at: int
    looked_at: int

    def covers(self, from_ms: int, now_ms: int) -> bool:
        """Whether it knows all received from a moment on, by a clock that has not gone back."""
        return self.from_ms <= from_ms and self.looked_at <= now_ms

    def since_ms(self) -> int:
        """Where the next look begins: collectors' stamps and our own clock may differ."""
        return max(self.from_ms, min(self.looked_at, self.hour.newest_ms) - OVERLAP_MS)


class Tail:
    """Beacons by hour of receipt, each asked for once."""

    def __init__(self, buckets: Buckets, budget_of: Callable[[Site], int]) -> None:
        """`budget_of` a site is what an hour of it may weigh."""
        self._buckets = buckets
        self._budget_of = budget_of
        self._views: OrderedDict[tuple[str, int], _View] = OrderedDict()
        self._lock = threading.Lock()

    def beacons(
        self, site: Site, hours: Sequence[int], now_ms: int, received_from_ms: int = 0
    ) -> list[Beacon]:
        """All beacons received in these hours, at `received_from_ms` or later, that fit their
        hour's budget.

        Raises `Refusal` 503 when the store does not answer, and where they are too many to hold.
        """
        with self._lock:
            views = self._look_at(site, hours, now_ms, received_from_ms)
            self._forget_unused({(site.id, hour) for hour in hours})
            return [
                beacon
                for view in views
                for beacon in view.hour.beacons()
                if beacon.received_at_ms >= received_from_ms
            ]

    def received(self, site: Site, hours: Sequence[int], now_ms: int) -> Received:
        """What was received in these hours. Raises `Refusal` 503 as `beacons` does."""
        with self._lock:
            found = [view.hour for view in self._look_at(site, hours, now_ms, 0)]
            self._forget_unused({(site.id, hour) for hour in hours})
        return sum_received(
            Received(hour.beacons_read, hour.units, hour.left_out) for hour in found
        )

    def _look_at(
        self, site: Site, hours: Sequence[int], now_ms: int, received_from_ms: int
    ) -> list[_View]:
        room = max(MOST_WEIGHT, self._budget_of(site))
        views = []
        for hour in hours:
            try:
                view = self._look_at_hour(site, hour, now_ms, received_from_ms)
            except (ClientError, BotoCoreError) as error:
                raise store_unavailable() from error
            views.append(view)
            room -= view.hour.held_weight
            if room < 0:
                message = "more is not sealed yet than this function can hold"
                raise Refusal(503, "out_of_memory", message, "range")
        return views

    def _look_at_hour(self, site: Site, hour: int, now_ms: int, received_from_ms: int) -> _View:
        start_ms = hour * HOUR_MS
        from_ms = max(start_ms, received_from_ms)
        budget = self._budget_of(site)
        known = self._views.get((site.id, hour))
        if known and known.hour.budget == budget and known.covers(from_ms, now_ms):
            self._views.move_to_end((site.id, hour))
            settled_at = start_ms + HOUR_MS + SETTLED_MS
            if known.whole_at >= settled_at:
                return known
            if now_ms < min(settled_at, known.whole_at + WHOLE_AGAIN_MS):
                self._add_found(known, site, start_ms, known.since_ms())
                known.looked_at = now_ms
                return known
        fresh = _View(Hour(budget), from_ms, whole_at=now_ms, looked_at=now_ms)
        self._add_found(fresh, site, start_ms, from_ms)
        self._views[site.id, hour] = fresh
        return fresh

    def _add_found(self, view: _View, site: Site, start_ms: int, since_ms: int) -> None:
        def read(from_ms: int) -> Iterator[Record | Item]:
            asked_from_ms = 0 if from_ms == start_ms else from_ms
            return self._buckets.hour(site.id, start_ms, site.shards, asked_from_ms)

        view.hour.add(read(since_ms), lambda: read(view.from_ms))

    def _forget_unused(self, wanted: set[tuple[str, int]]) -> None:
        kept = sum(view.hour.held_weight for view in self._views.values())
        for key in [key for key in self._views if key not in wanted]:
            if kept <= KEPT_WEIGHT:
                return
            kept -= self._views.pop(key).hour.held_weight
