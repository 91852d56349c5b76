"""What a report of a period reads: the sealed files that may hold some of it, and the tail.

The manifest comes first and the tail after it: an hour sealed in between is then read from its
bucket, which still has it, and never from both.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from chalicelib import spans
from chalicelib.manifest import AGE_MS, Erasure, Manifest, Stored, kept, settled
from chalicelib.model import Refusal, Site
from chalicelib.query.engine import Engine, FileFacts, Snapshot
from chalicelib.spans import HOUR_MS, Span
from chalicelib.store.sealed import Damaged, Sealed
from chalicelib.store.tail import Received, Tail, total

log = logging.getLogger(__name__)

RECENT_MS = 30 * 60_000
"""A span that begins after this long ago is read by receipt."""


class Reader:
    """Reads for reports; one an instance, so that it stays warm."""

    def __init__(self, sealed: Sealed, tail: Tail, engine: Engine) -> None:
        self._sealed, self._tail, self._engine = sealed, tail, engine

    def snapshot(self, site: Site, span: Span, now_ms: int) -> Snapshot:
        """All that holds events of the span, and the local days that could not be read.

        A span of the last half hour is read by receipt, sealed or not: what happened since a
        moment was received since then.
        """
        manifest, now_ms = self._seen(site, now_ms)
        manifest, files, partial = self._files(site, manifest, span, now_ms)
        is_recent = _is_recent(span, now_ms)
        if is_recent:
            hours = list(range(span.from_ms // HOUR_MS, now_ms // HOUR_MS + 2))
        else:
            hours = [hour for hour in open_hours(manifest, now_ms) if may_hold(hour, span)]
        received_from_ms = span.from_ms if is_recent else 0
        beacons = self._tail.beacons(site, hours, now_ms, received_from_ms)
        parts = (part for beacon in beacons for part in beacon.parts)
        return Snapshot(files, list(kept(manifest.erased, parts)), partial)

    def received_since(self, site: Site, start_ms: int, now_ms: int) -> Received:
        """What was received since the beginning of a month, sealed or not."""
        manifest, now_ms = self._seen(site, now_ms)
        first_hour = start_ms // HOUR_MS
        sealed = [
            Received(tile.beacons, tile.units, tile.left_out)
            for tile in manifest.tiles
            if tile.from_hour >= first_hour and settled(tile, now_ms)
        ]
        hours = [hour for hour in open_hours(manifest, now_ms) if hour >= first_hour]
        return total([*sealed, self._tail.received(site, hours, now_ms)])

    def _seen(self, site: Site, now_ms: int) -> tuple[Manifest, int]:
        """The manifest, and as of when: now, or the store's time where that is earlier. To a clock
        that is ahead, hours that still fill would be over."""
        manifest = self._sealed.current(site.id, now_ms)
        return manifest, min(now_ms, self._sealed.store_ms())

    def _files(
        self, site: Site, manifest: Manifest, span: Span, now_ms: int
    ) -> tuple[Manifest, list[Path], list[str]]:
        """The manifest, its files with events in the span, and the local days of those that cannot
        be read. One that was replaced meanwhile is gone: then the newer manifest is taken."""
        self._sealed.trim(site.id, {file.sha256 for file in manifest.files})
        found, damaged = self.fetched(site, manifest, _live(manifest, span, now_ms), span)
        if damaged and (newer := self._sealed.current(site.id, now_ms)).version != manifest.version:
            manifest = newer
            found, damaged = self.fetched(site, manifest, _live(manifest, span, now_ms), span)
        for damage in damaged.values():
            log.error("segment_damaged site=%s %s", site.id, damage)
        missing = {day for file in damaged for day in _days_of(file, span, site.time_zone)}
        return manifest, found, sorted(missing)

    def fetched(
        self, site: Site, manifest: Manifest, files: Iterable[Stored], span: Span
    ) -> tuple[list[Path], dict[Stored, Damaged]]:
        """Those of the manifest's files with events in the span, without what was erased; and
        which cannot be read.

        Raises `Refusal` 503 where they are more than the cache holds.
        """
        wanted = [f for f in files if f.min_ts < span.to_ms and f.max_ts >= span.from_ms]
        places = {self._place(site, manifest, file): file.bytes for file in wanted}
        if not self._sealed.make_room(places):
            message = "more files than this function can hold; ask for a shorter span"
            raise Refusal(503, "out_of_space", message, "range")
        found: list[Path] = []
        damaged: dict[Stored, Damaged] = {}
        for file in wanted:
            try:
                found.append(self._copy(site, manifest, file))
            except Damaged as damage:
                damaged[file] = damage
        return found, damaged

    def _copy(self, site: Site, manifest: Manifest, file: Stored) -> Path:
        """The file; until it is rewritten, made anew without what was erased since."""
        entries = manifest.erased[file.erasures :]
        copy = self._filtered(site, file, entries)
        if copy.exists():
            os.utime(copy)
            return copy
        path = self._sealed.fetch(site.id, file)
        if not entries:
            return path
        with self._sealed.scratch() as made:
            is_made = without_erased(self._engine, path, entries, made)
            return made.rename(copy) if is_made else path

    def _place(self, site: Site, manifest: Manifest, file: Stored) -> Path:
        """Where the file that is read lies, or will."""
        copy = self._filtered(site, file, manifest.erased[file.erasures :])
        return copy if copy.exists() else self._sealed.cached(site.id, file.sha256)

    def _filtered(self, site: Site, file: Stored, entries: Sequence[Erasure]) -> Path:
        """Where a copy of the file without what these entries erase lies, if one was made."""
        names = sha256("\n".join(entry.id for entry in entries).encode()).hexdigest()
        return self._sealed.cached(site.id, f"{file.sha256}-{names}")


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


def _is_recent(span: Span, now_ms: int) -> bool:
    """Whether all of the span is read by receipt."""
    return span.from_ms > now_ms - RECENT_MS


def _live(manifest: Manifest, span: Span, now_ms: int) -> list[Stored]:
    """The files in which events of the span are looked for."""
    return imported(manifest) if _is_recent(span, now_ms) else live_files(manifest, now_ms)


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


def _days_of(file: Stored, span: Span, time_zone: str) -> list[str]:
    """The local dates of the span that a file may have events of."""
    return days(max(file.min_ts, span.from_ms), min(file.max_ts, span.to_ms - 1), time_zone)


def days(first_ms: int, last_ms: int, time_zone: str) -> list[str]:
    """Every local date from one moment to another, both included."""
    zone = spans.zone(time_zone)
    first, last = (spans.local(at_ms, zone).date().toordinal() for at_ms in (first_ms, last_ms))
    return [date.fromordinal(day).isoformat() for day in range(first, last + 1)]
