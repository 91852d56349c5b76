"""Which files hold a site's sealed history: one value, changed only as a whole.

Hours of receipt are numbered from 1970 (UTC). A tile says what is known of a run of hours: the
file of parts that was made of them, and when their buckets were read. Tiles cover the hours from
`from_hour` on without gap or overlap. Everything here decides; nothing here reads or writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.model import HOT_DAYS, Event, Part
from chalicelib.parts import number
from chalicelib.spans import HOUR_MS

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


class Inconsistent(Exception):
    """The tiles of a manifest leave a gap or overlap."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One immutable Parquet file of parts. `min_ts`, `max_ts`: its events' times, inclusive.

    `erasures` of the manifest's erasures had been applied when it was written.
    """

    key: str
    sha256: str
    rows: int
    bytes: int
    min_ts: int
    max_ts: int
    erasures: int = 0


@dataclass(frozen=True, slots=True)
class Tile:
    """What is sealed of the hours `[from_hour, to_hour)`; `file` is None where nothing came.

    `read_at` is the store's time before their bucket was read, 0 if it could not be read;
    `set_aside` counts the records in it that could not be understood, `units` the write units of
    the others. `left_out` counts the sessions that did not fit `budget`, which is 0 where all did.
    """

    from_hour: int
    to_hour: int
    read_at: int
    beacons: int = 0
    file: Stored | None = None
    set_aside: int = 0
    units: int = 0
    left_out: int = 0
    budget: int = 0

    @property
    def end_ms(self) -> int:
        return self.to_hour * HOUR_MS

    @property
    def hours(self) -> range:
        return range(self.from_hour, self.to_hour)


@dataclass(frozen=True, slots=True)
class Import:
    """History brought in from outside; `source` is the sha256 of what was read."""

    source: str
    name: str
    at_ms: int
    events: int
    files: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """Events that are gone: those for which all of this is true.

    `visitor` is the 64-bit number of a visitor, 0 any; `path` a page's path, or the beginning of
    one where it ends with `*`, empty any.
    """

    id: str
    before_ms: int
    from_ms: int = 0
    visitor: int = 0
    path: str = ""

    def covers(self, event: Event) -> bool:
        """Whether it erases this event of its visitor."""
        if not self.from_ms <= event.at_ms < self.before_ms:
            return False
        if self.path.endswith("*"):
            return event.path.startswith(self.path[:-1])
        return not self.path or event.path == self.path


@dataclass(frozen=True, slots=True)
class Manifest:
    """A site's sealed history. `version` 0 is one that was never written."""

    version: int
    from_hour: int
    tiles: tuple[Tile, ...] = ()
    imports: tuple[Import, ...] = ()
    erased: tuple[Erasure, ...] = ()

    @property
    def to_hour(self) -> int:
        """The first hour without a tile."""
        return self.tiles[-1].to_hour if self.tiles else self.from_hour

    @property
    def files(self) -> list[Stored]:
        """Every live file."""
        sealed = [tile.file for tile in self.tiles if tile.file]
        return sealed + [file for entry in self.imports for file in entry.files]


def begin(now_ms: int) -> Manifest:
    """The manifest of a site made now: a stamp may be a little older than the site."""
    return Manifest(version=0, from_hour=now_ms // HOUR_MS - 1)


def checked(manifest: Manifest) -> Manifest:
    """The same manifest; raises `Inconsistent` unless its tiles cover the hours exactly."""
    end = manifest.from_hour
    for tile in manifest.tiles:
        if tile.from_hour != end or tile.to_hour <= tile.from_hour:
            raise Inconsistent(f"tile {tile.from_hour}-{tile.to_hour} follows hour {end}")
        end = tile.to_hour
    return manifest


def settled(tile: Tile, now_ms: int) -> bool:
    """Its file may be used in place of the buckets. A look from the future, which the local
    stage can make, settles nothing until then."""
    return tile.end_ms + SETTLED_MS <= tile.read_at <= now_ms


def final(tile: Tile, now_ms: int) -> bool:
    """It had its second look; it may be merged and its events may expire."""
    return tile.end_ms + FINAL_MS <= tile.read_at <= now_ms


def due(manifest: Manifest, now_ms: int, budget: int) -> Iterator[Tile]:
    """The tiles to look at now, oldest first: those not final or that left out sessions which may
    fit the hour's budget now, then the hours not sealed yet."""
    for tile in manifest.tiles:
        late = now_ms - tile.end_ms
        if not final(tile, now_ms):
            if late >= (FINAL_MS if settled(tile, now_ms) else SETTLED_MS):
                yield tile
        elif tile.budget < budget and _may_grow(tile, now_ms):
            yield tile
    hour = manifest.to_hour
    while (hour + 1) * HOUR_MS + SETTLED_MS <= now_ms:
        yield Tile(hour, hour + 1, read_at=0)
        hour += 1


def looked(old: Tile, new: Tile) -> Tile:
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


def with_tiles(manifest: Manifest, tiles: Iterable[Tile]) -> Manifest:
    """The manifest with these in place of the tiles whose hours they cover."""
    new = sorted(tiles, key=lambda tile: tile.from_hour)
    covered = {hour for tile in new for hour in tile.hours}
    kept = [tile for tile in manifest.tiles if tile.from_hour not in covered]
    whole = sorted([*kept, *new], key=lambda tile: tile.from_hour)
    return checked(replace(manifest, tiles=tuple(whole)))


def with_files(manifest: Manifest, files: Mapping[str, Stored | None]) -> Manifest:
    """The manifest with the files of these keys replaced, by None if nothing is left of them."""

    def now(file: Stored | None) -> Stored | None:
        return files.get(file.key, file) if file else None

    tiles = tuple(replace(tile, file=now(tile.file)) for tile in manifest.tiles)
    imports = tuple(
        replace(entry, files=tuple(new for file in entry.files if (new := now(file))))
        for entry in manifest.imports
    )
    return replace(manifest, tiles=tiles, imports=imports)


def merges(manifest: Manifest, now_ms: int) -> Iterator[tuple[Tile, ...]]:
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
            if closed and all(final(t, now_ms) and not _may_grow(t, now_ms) for t in run):
                yield from (tuple(piece) for piece in _pieces(run) if len(piece) > 1)


def _pieces(run: Iterable[Tile]) -> list[list[Tile]]:
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


def merged(run: Sequence[Tile], file: Stored | None) -> Tile:
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


def kept(entries: Sequence[Erasure], parts: Iterable[Part]) -> Iterator[Part]:
    """The parts without the events that were erased; those with nothing left are left out."""
    if not entries:
        yield from parts
        return
    of_visitor: dict[int, list[Erasure]] = {}
    for entry in entries:
        of_visitor.setdefault(entry.visitor, []).append(entry)
    for part in parts:
        rules = [*of_visitor.get(0, ()), *of_visitor.get(number(part.visitor_id), ())]
        events = tuple(e for e in part.events if not any(rule.covers(e) for rule in rules))
        if events:
            yield replace(part, events=events)


def first_open_hour(manifest: Manifest, now_ms: int) -> int:
    """The first hour without its second look: events received since must not expire."""
    waiting = (tile.from_hour for tile in manifest.tiles if not final(tile, now_ms))
    return min(waiting, default=manifest.to_hour)


def unsealed_age_ms(manifest: Manifest, now_ms: int) -> int:
    """How long the first hour that is not final has been over; 0 if it is not."""
    return max(0, now_ms - (first_open_hour(manifest, now_ms) + 1) * HOUR_MS)


def dump(manifest: Manifest) -> str:
    """Compact JSON, as the item keeps it."""
    return json.dumps(asdict(manifest), separators=(",", ":"))


def load(text: str) -> Manifest:
    """The manifest that was dumped, checked."""
    value: dict[str, Any] = json.loads(text)
    tiles = tuple(Tile(**{**tile, "file": _stored(tile["file"])}) for tile in value["tiles"])
    imports = tuple(
        Import(**{**entry, "files": tuple(Stored(**file) for file in entry["files"])})
        for entry in value["imports"]
    )
    erased = tuple(Erasure(**entry) for entry in value["erased"])
    return checked(Manifest(value["version"], value["from_hour"], tiles, imports, erased))


def _stored(value: dict[str, Any] | None) -> Stored | None:
    return Stored(**value) if value else None


def _day(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%d}"


def _month(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m}"
