"""What a report of a period reads: the sealed files that may hold some of it, and the tail.

The manifest comes first and the tail after it: an hour sealed in between is then read from its
bucket, which still has it, and never from both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from chalicelib import spans
from chalicelib.manifest import AGE_MS, HOUR_MS, Erasure, Manifest, Stored, begin, kept, settled
from chalicelib.model import HOT_DAYS, Site
from chalicelib.query.engine import Engine, FileFacts, Sources
from chalicelib.spans import Span
from chalicelib.store.sealed import Damaged, Sealed
from chalicelib.store.tail import Tail

log = logging.getLogger(__name__)

HOT_MS = HOT_DAYS * 24 * HOUR_MS
"""How far back the buckets of a site without a manifest are read."""
RECENT_MS = 30 * 60_000
"""A span that begins after this long ago is read by receipt."""


class Reader:
    """Reads for reports; one an instance, so that it stays warm."""

    def __init__(self, sealed: Sealed, tail: Tail, engine: Engine) -> None:
        self._sealed, self._tail, self._engine = sealed, tail, engine

    def sources(self, site: Site, span: Span, now_ms: int) -> Sources:
        """All that holds events of the span, and the local days that could not be read.

        A span of the last half hour is read by receipt, sealed or not: what happened since a
        moment was received since then.
        """
        manifest = self._sealed.manifest(site.id) or begin(now_ms - HOT_MS)
        is_recent = span.from_ms > now_ms - RECENT_MS
        live = imported(manifest) if is_recent else live_files(manifest, now_ms)
        files, partial = self._fetched(site, manifest, live, span)
        self._sealed.trim(site.id, {file.sha256 for file in manifest.files}, now_ms)
        if is_recent:
            hours = list(range(span.from_ms // HOUR_MS, now_ms // HOUR_MS + 2))
        else:
            hours = [hour for hour in open_hours(manifest, now_ms) if may_hold(hour, span)]
        received_from_ms = span.from_ms if is_recent else 0
        beacons = self._tail.beacons(site, hours, now_ms, received_from_ms)
        parts = (part for beacon in beacons for part in beacon.parts)
        return Sources(files, list(kept(manifest.erased, parts)), partial)

    def beacons_since(self, site: Site, start_ms: int, now_ms: int) -> int:
        """How many beacons were received since the beginning of a month, sealed or not."""
        manifest = self._sealed.manifest(site.id) or begin(now_ms - HOT_MS)
        first_hour = start_ms // HOUR_MS
        sealed = (
            tile.beacons
            for tile in manifest.tiles
            if tile.from_hour >= first_hour and settled(tile, now_ms)
        )
        hours = [hour for hour in open_hours(manifest, now_ms) if hour >= first_hour]
        return sum(sealed) + len(self._tail.beacons(site, hours, now_ms))

    def _fetched(
        self, site: Site, manifest: Manifest, live: Iterable[Stored], span: Span
    ) -> tuple[list[Path], list[str]]:
        found: list[Path] = []
        missing: set[str] = set()
        for file in live:
            first_ms, last_ms = max(file.min_ts, span.from_ms), min(file.max_ts, span.to_ms - 1)
            if first_ms > last_ms:
                continue
            try:
                found.append(self._copy(site, manifest, file))
            except Damaged as damage:
                log.error("segment_damaged site=%s %s", site.id, damage)
                missing.update(days(first_ms, last_ms, site.time_zone))
        return found, sorted(missing)

    def _copy(self, site: Site, manifest: Manifest, file: Stored) -> Path:
        """The file; until it is rewritten, made anew without what was erased since."""
        path = self._sealed.fetch(site.id, file)
        entries = manifest.erased[file.erasures :]
        if not entries:
            return path
        names = sha256("\n".join(entry.id for entry in entries).encode()).hexdigest()
        copy = self._sealed.cached(site.id, f"{file.sha256}-{names}")
        if copy.exists():
            return copy
        with self._sealed.scratch() as made:
            is_made = without_erased(self._engine, path, entries, made)
            return made.rename(copy) if is_made else path


def without_erased(
    engine: Engine, path: Path, entries: Sequence[Erasure], target: Path
) -> FileFacts | None:
    """A file without what the entries erase; None, and no file, if that is nothing."""
    reach = [(entry.visitor, entry.from_ms, entry.before_ms) for entry in entries]
    return engine.without(path, reach, lambda parts: kept(entries, parts), target)


def live_files(manifest: Manifest, now_ms: int) -> list[Stored]:
    """The files to read: those of settled tiles, and all that was imported."""
    tiles = [tile.file for tile in manifest.tiles if tile.file and settled(tile, now_ms)]
    return tiles + imported(manifest)


def imported(manifest: Manifest) -> list[Stored]:
    """The files of imported history."""
    return [file for entry in manifest.imports for file in entry.files]


def open_hours(manifest: Manifest, now_ms: int) -> list[int]:
    """The hours whose buckets are read: unsettled ones, and all from the last sealed to the next.

    The next because a collector's clock may be ahead of ours.
    """
    end = now_ms // HOUR_MS + 2
    unsettled = [
        hour for tile in manifest.tiles if not settled(tile, now_ms) for hour in tile.hours
    ]
    return [hour for hour in [*unsettled, *range(manifest.to_hour, end)] if hour < end]


def may_hold(hour: int, span: Span) -> bool:
    """Whether events of the span can have been received in this hour."""
    start_ms = hour * HOUR_MS
    return start_ms - AGE_MS < span.to_ms and start_ms + HOUR_MS > span.from_ms


def days(first_ms: int, last_ms: int, time_zone: str) -> list[str]:
    """Every local date from one moment to another, both included."""
    zone = spans.zone(time_zone)
    first, last = (spans.local(at_ms, zone).date().toordinal() for at_ms in (first_ms, last_ms))
    return [date.fromordinal(day).isoformat() for day in range(first, last + 1)]
