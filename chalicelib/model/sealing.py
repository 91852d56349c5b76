"""Which hours are sealed, when, and which files are merged: decisions about a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.model.event import HOT_DAYS
from chalicelib.model.manifest import Manifest, Segment, Tile
from chalicelib.model.spans import HOUR_MS, Span

SETTLED_MS = 15 * 60_000
"""Longer than a put may take, clocks may differ and the index usually lags."""

FINAL_MS = 75 * 60_000
"""The second look: after it an hour is not read again."""

STALE_MS = 48 * HOUR_MS
"""Fewer beacons than recorded this long after the hour is expiry, before it a stale index."""

MERGE_BYTES = 150_000_000
"""Files merged at once: they lie beside the one made of them, and a Lambda's /tmp has 512 MB."""

HOT_MS = HOT_DAYS * 24 * HOUR_MS
"""How far back the buckets of a site without a manifest are read."""

AGE_MS = 48 * HOUR_MS
"""The collector's clamp: no event is older than this when it is received."""


def begin_manifest(now_ms: int) -> Manifest:
    """The manifest of a site made now: a stamp may be a little older than the site."""
    return Manifest(version=0, from_hour=now_ms // HOUR_MS - 1)


def is_readable(tile: Tile, now_ms: int) -> bool:
    """Its file may be used in place of the buckets. A look from the future, which the local
    stage can make, settles nothing until then."""
    return tile.end_ms + SETTLED_MS <= tile.read_at <= now_ms


def is_final(tile: Tile, now_ms: int) -> bool:
    """It had its second look; it may be merged and its events may expire."""
    return tile.end_ms + FINAL_MS <= tile.read_at <= now_ms


def list_due(manifest: Manifest, now_ms: int, budget: int) -> Iterator[Tile]:
    """The tiles to look at now, oldest first: those not final or that left out sessions which may
    fit the hour's budget now, then the hours not sealed yet."""
    for tile in manifest.tiles:
        late = now_ms - tile.end_ms
        if not is_final(tile, now_ms):
            if late >= (FINAL_MS if is_readable(tile, now_ms) else SETTLED_MS):
                yield tile
        elif tile.budget < budget and _may_grow(tile, now_ms):
            yield tile
    hour = manifest.to_hour
    while (hour + 1) * HOUR_MS + SETTLED_MS <= now_ms:
        yield Tile(hour, hour + 1, read_at=0)
        hour += 1


def after_reading(old: Tile, new: Tile) -> Tile:
    """What a look leaves of a tile: more beacons win, fewer never replace what is sealed.

    Fewer are a stale index, to be looked at again, or, once `STALE_MS` have passed, expiry.
    """
    if new.beacons > old.beacons or not old.read_at:
        return new
    if new.beacons < old.beacons:
        if new.read_at < old.end_ms + STALE_MS:
            return old
    elif new.left_out < old.left_out:
        return new
    budget = new.budget if old.left_out else 0
    return replace(old, read_at=new.read_at, set_aside=new.set_aside, budget=budget)


def list_merges(manifest: Manifest, now_ms: int) -> Iterator[tuple[Tile, ...]]:
    """Runs of final tiles that make up whole UTC days, then those of whole UTC months; one whose
    files are more than `MERGE_BYTES` in pieces that are not.

    An hour that left out sessions stays by itself for as long as it can be read again.
    """
    for period in (_day, _month):
        runs: dict[str, list[Tile]] = {}
        for tile in manifest.tiles:
            runs.setdefault(period(tile.from_hour), []).append(tile)
        for name, run in runs.items():
            closed = period(run[-1].to_hour) != name
            if closed and all(is_final(t, now_ms) and not _may_grow(t, now_ms) for t in run):
                yield from (tuple(piece) for piece in _cut_pieces(run) if len(piece) > 1)


def _cut_pieces(run: Iterable[Tile]) -> list[list[Tile]]:
    """A run in order, cut only where the next file would be too much for one merge."""
    pieces: list[list[Tile]] = [[]]
    size = 0
    for tile in run:
        bytes = tile.file.bytes if tile.file else 0
        size += bytes
        if pieces[-1] and size > MERGE_BYTES:
            pieces.append([])
            size = bytes
        pieces[-1].append(tile)
    return pieces


def join_tiles(run: Sequence[Tile], file: Segment | None) -> Tile:
    """One tile for a run of final ones; final too, and from the future if one of them was."""
    return Tile(
        run[0].from_hour,
        run[-1].to_hour,
        max(tile.read_at for tile in run),
        sum(tile.beacons for tile in run),
        file,
        sum(tile.set_aside for tile in run),
        sum(tile.units for tile in run),
        sum(tile.left_out for tile in run),
    )


def _may_grow(tile: Tile, now_ms: int) -> bool:
    """Whether it left out sessions whose events are still there."""
    return bool(tile.left_out) and tile.from_hour * HOUR_MS + HOT_MS > now_ms


def first_open_hour(manifest: Manifest, now_ms: int) -> int:
    """The first hour without its second look: events received since must not expire."""
    waiting = (tile.from_hour for tile in manifest.tiles if not is_final(tile, now_ms))
    return min(waiting, default=manifest.to_hour)


def unsealed_age_ms(manifest: Manifest, now_ms: int) -> int:
    """How long the first hour that is not final has been over; 0 if it is not."""
    return max(0, now_ms - (first_open_hour(manifest, now_ms) + 1) * HOUR_MS)


def _day(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%d}"


def _month(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m}"


def live_files(manifest: Manifest, now_ms: int) -> list[Segment]:
    """The files to read: those of settled tiles, and all that was imported."""
    tiles = [tile.file for tile in manifest.tiles if tile.file and is_readable(tile, now_ms)]
    return tiles + imported_files(manifest)


def imported_files(manifest: Manifest) -> list[Segment]:
    """The files of imported history."""
    return [file for entry in manifest.imports for file in entry.files]


def open_hours(manifest: Manifest, now_ms: int) -> list[int]:
    """The hours whose buckets are read: unsettled ones, and all from the last sealed to the next.

    The next because a collector's clock may be ahead of ours.
    """
    end = now_ms // HOUR_MS + 2
    unsettled = [
        hour for tile in manifest.tiles if not is_readable(tile, now_ms) for hour in tile.hours
    ]
    return [hour for hour in [*unsettled, *range(manifest.to_hour, end)] if hour < end]


def may_hold(hour: int, span: Span) -> bool:
    """Whether events of the span can have been received in this hour."""
    start_ms = hour * HOUR_MS
    return start_ms - AGE_MS < span.to_ms and start_ms + HOUR_MS > span.from_ms
