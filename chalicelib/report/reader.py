"""What a report of a period reads: the sealed files that may hold some of it, and the tail.

The manifest comes first and the tail after it: an hour sealed in between is then read from its
bucket, which still has it, and never from both.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from chalicelib.engine.segments import Segments, without_erased
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.manifest import Erasure, Manifest, Segment, drop_erased
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import imported_files, is_readable, live_files, may_hold, open_hours
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS, Span, list_days
from chalicelib.store.sealed import Sealed
from chalicelib.store.segments import Damaged
from chalicelib.store.tail import Received, Tail, sum_received

log = logging.getLogger(__name__)

RECENT_MS = 30 * 60_000
"""A span that begins after this long ago is read by receipt."""


class Reader:
    """Reads for reports; one an instance, so that it stays warm."""

    def __init__(self, sealed: Sealed, tail: Tail, segments: Segments) -> None:
        self._sealed, self._tail, self._segments = sealed, tail, segments

    def snapshot(self, site: Site, spans: Sequence[Span], now_ms: int) -> Snapshot:
        """All that holds events of the spans, and their local days that could not be read.

        Spans of the last half hour are read by receipt, sealed or not: what happened since a
        moment was received since then.
        """
        manifest, now_ms = self._read_manifest(site, now_ms)
        manifest, files, partial = self._fetch_live(site, manifest, spans, now_ms)
        first_ms = min(span.from_ms for span in spans)
        is_recent = _is_recent(spans, now_ms)
        if is_recent:
            hours = list(range(first_ms // HOUR_MS, now_ms // HOUR_MS + 2))
        else:
            hours = [
                hour
                for hour in open_hours(manifest, now_ms)
                if any(may_hold(hour, span) for span in spans)
            ]
        received_from_ms = first_ms if is_recent else 0
        beacons = self._tail.beacons(site, hours, now_ms, received_from_ms)
        parts = (part for beacon in beacons for part in beacon.parts)
        return Snapshot(files, list(drop_erased(manifest.erased, parts)), partial)

    def received_since(self, site: Site, start_ms: int, now_ms: int) -> Received:
        """What was received since the beginning of a month, sealed or not."""
        manifest, now_ms = self._read_manifest(site, now_ms)
        first_hour = start_ms // HOUR_MS
        sealed = [
            Received(tile.beacons, tile.units, tile.left_out)
            for tile in manifest.tiles
            if tile.from_hour >= first_hour and is_readable(tile, now_ms)
        ]
        hours = [hour for hour in open_hours(manifest, now_ms) if hour >= first_hour]
        return sum_received([*sealed, self._tail.received(site, hours, now_ms)])

    def _read_manifest(self, site: Site, now_ms: int) -> tuple[Manifest, int]:
        """The manifest, and as of when: now, or the store's time where that is earlier. To a clock
        that is ahead, hours that still fill would be over."""
        manifest = self._sealed.manifests.read_or_begin(site.id, now_ms)
        return manifest, min(now_ms, self._sealed.manifests.store_ms())

    def _fetch_live(
        self, site: Site, manifest: Manifest, spans: Sequence[Span], now_ms: int
    ) -> tuple[Manifest, list[Path], list[str]]:
        """The manifest, its files with events in the spans, and the local days of those that cannot
        be read. One that was replaced meanwhile is gone: then the newer manifest is taken."""
        self._sealed.cache.trim(site.id, {file.sha256 for file in manifest.files})
        found, damaged = self.fetch_files(
            site, manifest, _list_live(manifest, spans, now_ms), spans
        )
        if (
            damaged
            and (newer := self._sealed.manifests.read_or_begin(site.id, now_ms)).version
            != manifest.version
        ):
            manifest = newer
            found, damaged = self.fetch_files(
                site, manifest, _list_live(manifest, spans, now_ms), spans
            )
        for damage in damaged.values():
            log.error("segment_damaged site=%s %s", site.id, damage)
        missing = {
            day
            for file in damaged
            for span in spans
            if _touches(file, span)
            for day in _days_of(file, span, site.time_zone)
        }
        return manifest, found, sorted(missing)

    def fetch_files(
        self, site: Site, manifest: Manifest, files: Iterable[Segment], spans: Sequence[Span]
    ) -> tuple[list[Path], dict[Segment, Damaged]]:
        """Those of the manifest's files with events in the spans, without what was erased; and
        which cannot be read.

        Raises `Refusal` 503 where they are more than the cache holds.
        """
        wanted = [file for file in files if any(_touches(file, span) for span in spans)]
        places = {self._place_of(site, manifest, file): file.bytes for file in wanted}
        if not self._sealed.cache.make_room(places):
            message = "more files than this function can hold; ask for a shorter span"
            raise Refusal(503, "out_of_space", message, "range")
        found: list[Path] = []
        damaged: dict[Segment, Damaged] = {}
        for file in wanted:
            try:
                found.append(self._fetch_copy(site, manifest, file))
            except Damaged as damage:
                damaged[file] = damage
        return found, damaged

    def _fetch_copy(self, site: Site, manifest: Manifest, file: Segment) -> Path:
        """The file; until it is rewritten, made anew without what was erased since."""
        entries = manifest.erased[file.erasures :]
        copy = self._filtered_place(site, file, entries)
        if copy.exists():
            os.utime(copy)
            return copy
        path = self._sealed.cache.fetch(site.id, file)
        if not entries:
            return path
        with self._sealed.cache.scratch() as made:
            is_made = without_erased(self._segments, path, entries, made)
            return made.rename(copy) if is_made else path

    def _place_of(self, site: Site, manifest: Manifest, file: Segment) -> Path:
        """Where the file that is read lies, or will."""
        copy = self._filtered_place(site, file, manifest.erased[file.erasures :])
        return copy if copy.exists() else self._sealed.cache.path_of(site.id, file.sha256)

    def _filtered_place(self, site: Site, file: Segment, entries: Sequence[Erasure]) -> Path:
        """Where a copy of the file without what these entries erase lies, if one was made."""
        names = sha256("\n".join(entry.id for entry in entries).encode()).hexdigest()
        return self._sealed.cache.path_of(site.id, f"{file.sha256}-{names}")


def _touches(file: Segment, span: Span) -> bool:
    return file.min_ts < span.to_ms and file.max_ts >= span.from_ms


def _is_recent(spans: Sequence[Span], now_ms: int) -> bool:
    """Whether all of the spans is read by receipt."""
    return all(span.from_ms > now_ms - RECENT_MS for span in spans)


def _list_live(manifest: Manifest, spans: Sequence[Span], now_ms: int) -> list[Segment]:
    """The files in which events of the spans are looked for."""
    return imported_files(manifest) if _is_recent(spans, now_ms) else live_files(manifest, now_ms)


def _days_of(file: Segment, span: Span, time_zone: str) -> list[str]:
    """The local dates of the span that a file may have events of."""
    return list_days(max(file.min_ts, span.from_ms), min(file.max_ts, span.to_ms - 1), time_zone)
