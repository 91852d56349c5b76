"""Any day counted a second time, from raw events alone, and compared with what reports say."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chalicelib.engine.engine import Engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import spans
from chalicelib.model.event import HOT_DAYS
from chalicelib.model.manifest import Manifest, drop_erased
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import AGE_MS, imported_files, is_final
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS, Span
from chalicelib.report.reader import Reader
from chalicelib.report.reports import Reports
from chalicelib.store.events import Events
from chalicelib.store.hour import Hour, read_hour
from chalicelib.store.sealed import Sealed

LIMIT = 1000
"""Rows of each list that are compared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of which the two counts say different things."""

    figure: str
    reported: object
    recounted: object


@dataclass(frozen=True, slots=True)
class Verifier:
    """What a recount reads: the same history twice."""

    sealed: Sealed
    buckets: Events
    budget_of: Callable[[Site], int]
    reader: Reader
    engine: Engine
    now_ms: int

    def day(self, site: Site, day: str) -> list[Difference]:
        """Every difference between reports of a local day and a recount of its raw events.

        Raises `Refusal` 400 for a day that is none, 410 where its raw events have expired.
        """
        zone = spans.find_zone(site.time_zone)
        try:
            start_ms = spans.read_instant(date.fromisoformat(day).isoformat(), zone)
        except ValueError:
            raise Refusal(400, "bad_request", f"{day!r} is no date", "day") from None
        hours = range(start_ms // HOUR_MS, (start_ms + 25 * HOUR_MS + AGE_MS) // HOUR_MS)
        if hours.start * HOUR_MS < self.now_ms - HOT_DAYS * 24 * HOUR_MS:
            message = f"raw events are kept {HOT_DAYS} days: none are left of {day}"
            raise Refusal(410, "expired", message, "day")
        to = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        parameters = [("site", site.id), ("from", day), ("to", to), ("bots", "include")]
        parameters += [("limit", str(LIMIT)), ("users", "1")]
        reported = self._answer_stats(site, parameters, self.reader.snapshot)
        recounted = self._answer_stats(
            site, parameters, lambda s, spans, _now: self._read_raw(s, hours, spans)
        )
        return list(list_differences("", reported, recounted))

    def beacons(self, site: Site, from_ms: int) -> list[Difference]:
        """Hours of receipt since then whose recorded number of beacons is not the raw one.

        Only hours that had their second look and whose raw events have not expired. Where
        something was erased, raw events are fewer by right.
        """
        manifest = self._read_manifest(site)
        oldest = max(from_ms, self.now_ms - HOT_DAYS * 24 * HOUR_MS)
        return [
            Difference(f"beacons of hours {tile.from_hour}-{tile.to_hour}", tile.beacons, found)
            for tile in manifest.tiles
            if tile.from_hour * HOUR_MS >= oldest and is_final(tile, self.now_ms)
            if (found := self._count_beacons(site, tile.hours)) != tile.beacons
            and not (manifest.erased and found < tile.beacons)
        ]

    def _answer_stats(self, site: Site, parameters: list[tuple[str, str]], find: Any) -> Any:
        return Reports(find, self.engine).answer("stats", parameters, site, self.now_ms)

    def _read_raw(self, site: Site, hours: range, spans: Sequence[Span]) -> Snapshot:
        """The day from the buckets alone, and what was imported, which was never raw here. Of that
        nothing is said to be missing: where a report says so, that is a difference."""
        manifest = self._read_manifest(site)
        files, _ = self.reader.fetch_files(site, manifest, imported_files(manifest), spans)
        parts = (
            part
            for number in hours
            for beacon in self._read_hour(site, number).take()
            for part in beacon.parts
        )
        return Snapshot(files, list(drop_erased(manifest.erased, parts)))

    def _count_beacons(self, site: Site, hours: range) -> int:
        count = 0
        for number in hours:
            hour = self._read_hour(site, number)
            deque(hour.take(), maxlen=0)  # what is no beacon shows when it is looked at
            count += hour.beacons_read
        return count

    def _read_hour(self, site: Site, number: int) -> Hour:
        return read_hour(
            lambda: self.buckets.hour(site.id, number * HOUR_MS, site.shards),
            self.budget_of(site),
        )

    def _read_manifest(self, site: Site) -> Manifest:
        return self.sealed.manifests.read_or_begin(site.id, self.now_ms)


def list_differences(figure: str, one: Any, other: Any) -> Iterator[Difference]:
    """The leaves in which two answers differ, by their path."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from list_differences(
                f"{figure}.{name}".strip("."), one.get(name), other.get(name)
            )
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from list_differences(f"{figure}[{place}]", left, right)
    elif one != other:
        yield Difference(figure, one, other)
