"""Which files hold a site's sealed history: one value, changed only as a whole.

Hours of receipt are numbered from 1970 (UTC). A tile says what is known of a run of hours: the
file of parts that was made of them, and when their buckets were read. Tiles cover the hours from
`from_hour` on without gap or overlap. Everything here decides; nothing here reads or writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.model.event import Event, Part
from chalicelib.model.ids import number_of
from chalicelib.model.spans import HOUR_MS


class Inconsistent(Exception):
    """The tiles of a manifest leave a gap or overlap."""


@dataclass(frozen=True, slots=True)
class Segment:
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
    file: Segment | None = None
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
    files: tuple[Segment, ...]


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
    def files(self) -> list[Segment]:
        """Every live file."""
        sealed = [tile.file for tile in self.tiles if tile.file]
        return sealed + [file for entry in self.imports for file in entry.files]


def check_manifest(manifest: Manifest) -> Manifest:
    """The same manifest; raises `Inconsistent` unless its tiles cover the hours exactly."""
    end = manifest.from_hour
    for tile in manifest.tiles:
        if tile.from_hour != end or tile.to_hour <= tile.from_hour:
            raise Inconsistent(f"tile {tile.from_hour}-{tile.to_hour} follows hour {end}")
        end = tile.to_hour
    return manifest


def with_tiles(manifest: Manifest, tiles: Iterable[Tile]) -> Manifest:
    """The manifest with these in place of the tiles whose hours they cover."""
    new = sorted(tiles, key=lambda tile: tile.from_hour)
    covered = {hour for tile in new for hour in tile.hours}
    kept = [tile for tile in manifest.tiles if tile.from_hour not in covered]
    whole = sorted([*kept, *new], key=lambda tile: tile.from_hour)
    return check_manifest(replace(manifest, tiles=tuple(whole)))


def with_files(manifest: Manifest, files: Mapping[str, Segment | None]) -> Manifest:
    """The manifest with the files of these keys replaced, by None if nothing is left of them."""

    def now(file: Segment | None) -> Segment | None:
        return files.get(file.key, file) if file else None

    tiles = tuple(replace(tile, file=now(tile.file)) for tile in manifest.tiles)
    imports = tuple(
        replace(entry, files=tuple(new for file in entry.files if (new := now(file))))
        for entry in manifest.imports
    )
    return replace(manifest, tiles=tiles, imports=imports)


def drop_erased(entries: Sequence[Erasure], parts: Iterable[Part]) -> Iterator[Part]:
    """The parts without the events that were erased; those with nothing left are left out."""
    if not entries:
        yield from parts
        return
    of_visitor: dict[int, list[Erasure]] = {}
    for entry in entries:
        of_visitor.setdefault(entry.visitor, []).append(entry)
    for part in parts:
        rules = [*of_visitor.get(0, ()), *of_visitor.get(number_of(part.visitor_id), ())]
        events = tuple(e for e in part.events if not any(rule.covers(e) for rule in rules))
        if events:
            yield replace(part, events=events)


def dump_manifest(manifest: Manifest) -> str:
    """Compact JSON, as the item keeps it."""
    return json.dumps(asdict(manifest), separators=(",", ":"))


def load_manifest(text: str) -> Manifest:
    """The manifest that was dumped, checked."""
    value: dict[str, Any] = json.loads(text)
    tiles = tuple(Tile(**{**tile, "file": _load_segment(tile["file"])}) for tile in value["tiles"])
    imports = tuple(
        Import(**{**entry, "files": tuple(Segment(**file) for file in entry["files"])})
        for entry in value["imports"]
    )
    erased = tuple(Erasure(**entry) for entry in value["erased"])
    return check_manifest(Manifest(value["version"], value["from_hour"], tiles, imports, erased))


def _load_segment(value: dict[str, Any] | None) -> Segment | None:
    return Segment(**value) if value else None
