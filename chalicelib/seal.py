"""Closed hours become immutable files of parts; files of hours become those of days and months.

Nothing is carried from hour to hour. Whatever fails, fails before the one write that counts, the
commit of the manifest, and is done again from the start by the next run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalicelib import manifest as plan
from chalicelib.manifest import Erasure, Manifest, Stored, Tile
from chalicelib.model import Part, Site
from chalicelib.parts import Bags, gather, united
from chalicelib.query.engine import Engine, FileFacts
from chalicelib.reader import without_erased
from chalicelib.spans import HOUR_MS
from chalicelib.store.clock import Clock, Disagrees
from chalicelib.store.hour import read_hour
from chalicelib.store.items import Item
from chalicelib.store.sealed import Damaged, Sealed
from chalicelib.store.tail import Buckets

log = logging.getLogger(__name__)

SLICE_TILES = 24
"""Looks a commit: what a lost race or a killed run has to do again."""
RUN_MS = 10 * 60_000
"""Of all sites together: after it the rest of a backlog is left to the next run."""
JOB_MS = 15 * 60_000
"""Lambda's own limit. A job thawed later might name files that garbage collection removed."""
GARBAGE_MS = 24 * HOUR_MS
LATE_MS = 3 * HOUR_MS
"""Two runs missed: somebody should look, long before events expire."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What sealing reads and writes. `budget_of` a site is what an hour of it may weigh."""

    sealed: Sealed
    buckets: Buckets
    engine: Engine
    budget_of: Callable[[Site], int]


@dataclass(slots=True)
class _Read:
    """What a tile's hours hold and was not erased, and the counts of it."""

    bags: Bags = field(default_factory=dict)
    unreadable: list[Item] = field(default_factory=list)
    beacons: int = 0
    units: int = 0
    left_out: int = 0


def run(sites: Iterable[Site], stores: Stores, now_ms: Clock) -> dict[str, int]:
    """Seal, merge and clear up every site; `{"hours": hours sealed or looked at again}`.

    A site that fails is logged and does not keep the others waiting; it is counted as `failed`. A
    run whose clock is wrong ends there.
    """
    began, hours, failed = now_ms.own_ms(), 0, 0
    for site in sites:
        try:
            hours += _run_site(site, stores, now_ms, began)
        except Disagrees:
            return {"hours": hours, "failed": failed + 1}
        except Exception:
            failed += 1
            log.exception("seal_failed site=%s", site.id)
    return {"hours": hours, "failed": failed} if failed else {"hours": hours}


def _run_site(site: Site, stores: Stores, now_ms: Clock, began: int) -> int:
    """How many hours were looked at: all that are due, or a slice of them once the run that
    `began` then has had its time, so that one site's backlog starves no other."""
    hours = 0
    tried: set[int] = set()
    while True:
        looked = seal(site, stores, now_ms, tried)
        merge(site, stores, now_ms)
        hours += looked or 0
        if looked is None or not 0 <= now_ms.own_ms() - began <= RUN_MS:
            break
    collect_garbage(site, stores.sealed)
    left = stores.sealed.current(site.id, now_ms())
    stores.sealed.trim(site.id, {file.sha256 for file in left.files})
    age_ms = plan.unsealed_age_ms(left, now_ms())
    if age_ms > LATE_MS:
        log.error("seal_late site=%s unsealed_age_ms=%d", site.id, age_ms)
    return hours


def seal(site: Site, stores: Stores, now_ms: Clock, tried: set[int]) -> int | None:
    """Look at the next hours that are due and not `tried`; how many were read, None if none is.

    What it looked at is added to `tried`, unless another was faster to commit.
    """
    began, seen = now_ms.own_ms(), stores.sealed.opened(site.id, now_ms)
    due = [
        tile
        for tile in plan.due(seen, now_ms(), stores.budget_of(site))
        if tile.from_hour not in tried
    ][:SLICE_TILES]
    if not due:
        return None
    looks = [_look(site, stores, seen, tile, now_ms) for tile in due]
    if not _commit(site, stores.sealed, seen, plan.with_tiles(seen, looks), began, now_ms):
        return 0
    tried.update(tile.from_hour for tile in due)
    return sum(len(new.hours) for old, new in zip(due, looks, strict=True) if new is not old)


def merge(site: Site, stores: Stores, now_ms: Clock) -> None:
    """Files of final hours become one of the day, those of days one of the month. Those that
    cannot be merged are left as they are until the next run."""
    failed: set[int] = set()
    while True:
        began, seen = now_ms.own_ms(), stores.sealed.opened(site.id, now_ms)
        runs = (run for run in plan.merges(seen, now_ms()) if run[0].from_hour not in failed)
        if not (tiles := next(runs, None)):
            return
        try:
            tile = _merged(site, stores, tiles)
        except Exception as error:
            _log_failed_merge(site, tiles, error)
            failed.add(tiles[0].from_hour)
            continue
        if not _commit(site, stores.sealed, seen, plan.with_tiles(seen, [tile]), began, now_ms):
            return


def collect_garbage(site: Site, sealed: Sealed) -> int:
    """How many files went that no manifest names and no job can name any more."""
    old = [item for item in sealed.listed(site.id) if item.age_ms > GARBAGE_MS]
    manifest = sealed.manifest(site.id)
    if not old or not manifest:
        return 0
    live = {file.key for file in manifest.files}
    dead = [item.key for item in old if item.key not in live]
    sealed.delete(dead)
    return len(dead)


def rewrite(site: Site, stores: Stores, now_ms: Clock) -> int:
    """How many files were written anew without what was erased since they were.

    Their old objects go at once; what is kept of them is the bucket's noncurrent versions. A file
    that another commit overtook, or that cannot be read, waits for the next run.
    """
    began, seen = now_ms.own_ms(), stores.sealed.opened(site.id, now_ms)
    done: dict[str, Stored | None] = {}
    for file in seen.files:
        if file.erasures < len(seen.erased):
            try:
                new = without(site, stores, file, seen.erased[file.erasures :])
                done[file.key] = replace(new, erasures=len(seen.erased)) if new else None
            except Damaged as damage:
                log.error("segment_damaged site=%s %s", site.id, damage)
    if not done or not _commit(
        site, stores.sealed, seen, plan.with_files(seen, done), began, now_ms
    ):
        return 0
    gone = [key for key, file in done.items() if not file or file.key != key]
    stores.sealed.delete(gone)
    return len(gone)


def without(site: Site, stores: Stores, file: Stored, entries: Sequence[Erasure]) -> Stored | None:
    """A file on S3 with what the entries leave of this one, named by no manifest yet: the same
    file where they erase nothing of it, None where they leave nothing. Raises `Damaged`."""
    with stores.sealed.scratch() as target:
        [path] = _fetched(site, stores, [file], target)
        facts = without_erased(stores.engine, path, entries, target)
        if facts is None:
            return file
        new = _stored(facts, file.erasures)
        hours = range(file.min_ts // HOUR_MS, file.max_ts // HOUR_MS + 1)
        return stores.sealed.upload(site.id, target, new, hours) if new.rows else None


def store(
    site: Site, stores: Stores, parts: Iterable[Part], seen: Manifest, hours: range
) -> Stored | None:
    """A file of grouped parts on S3, named by no manifest yet; None if there is nothing to keep."""
    with stores.sealed.scratch() as path:
        facts = stores.engine.write(parts, path)
        file = _stored(facts, len(seen.erased))
        return stores.sealed.upload(site.id, path, file, hours) if file.rows else None


def _look(site: Site, stores: Stores, seen: Manifest, old: Tile, now_ms: Clock) -> Tile:
    """The tile after a look; the same one where the hour cannot be read or sealed now."""
    read_at = now_ms()
    try:
        read = _read(site, stores, seen, old)
        look = _tile(old, read, read_at, stores.budget_of(site))
        new = plan.looked(old, look)
        if new is not look:
            return new
        parts = united(read.bags, stores.engine.cap)
        return replace(look, file=store(site, stores, parts, seen, old.hours))
    except Exception:
        log.exception("seal_hour_failed site=%s hour=%d", site.id, old.from_hour)
        return old


def _tile(old: Tile, read: _Read, read_at: int, budget: int) -> Tile:
    """The tile of what was read, without its file."""
    return Tile(
        old.from_hour,
        old.to_hour,
        read_at,
        beacons=read.beacons,
        set_aside=len(read.unreadable),
        units=read.units,
        left_out=read.left_out,
        budget=budget if read.left_out else 0,
    )


def _read(site: Site, stores: Stores, seen: Manifest, tile: Tile) -> _Read:
    """What a tile's hours hold. Of a beacon only its events stay in memory."""
    read = _Read()
    for number in tile.hours:
        _read_hour(site, stores, seen, number, read)
    if read.unreadable:
        _set_aside(site, stores.sealed, tile, read.unreadable)
    return read


def _read_hour(site: Site, stores: Stores, seen: Manifest, number: int, read: _Read) -> None:
    budget = stores.budget_of(site)
    hour = read_hour(lambda: stores.buckets.hour(site.id, number * HOUR_MS, site.shards), budget)
    if hour.left_out:
        log.error(
            "over_budget site=%s hour=%d sessions=%d weight=%d budget=%d",
            *(site.id, number, hour.left_out, hour.weight, budget),
        )
    read.left_out += hour.left_out
    parts = (part for beacon in hour.take() for part in beacon.parts)
    gather(plan.kept(seen.erased, parts), read.bags)
    read.beacons += hour.beacons_read
    read.units += hour.units
    read.unreadable += hour.unreadable


def _set_aside(site: Site, sealed: Sealed, tile: Tile, unreadable: Sequence[Item]) -> None:
    log.error("set_aside site=%s hour=%d records=%d", site.id, tile.from_hour, len(unreadable))
    text = "".join(json.dumps(item, default=str) + "\n" for item in unreadable)
    sealed.set_aside(site.id, tile.from_hour, text)


def _merged(site: Site, stores: Stores, tiles: Sequence[Tile]) -> Tile:
    files = [tile.file for tile in tiles if tile.file]
    if len(files) < 2:
        return plan.merged(tiles, files[0] if files else None)
    with stores.sealed.scratch() as path:
        facts = stores.engine.merge(_fetched(site, stores, files, path), path)
        file = _stored(facts, min(file.erasures for file in files))
        hours = range(tiles[0].from_hour, tiles[-1].to_hour)
        return plan.merged(tiles, stores.sealed.upload(site.id, path, file, hours))


def _log_failed_merge(site: Site, tiles: Sequence[Tile], error: Exception) -> None:
    if isinstance(error, Damaged):
        log.error("segment_damaged site=%s %s", site.id, error)
    else:
        hours = tiles[0].from_hour, tiles[-1].to_hour
        log.error("merge_failed site=%s hours=%d-%d", site.id, *hours, exc_info=error)


def _fetched(site: Site, stores: Stores, files: Iterable[Stored], made: Path) -> list[Path]:
    """Copies of files, with room for one made of them beside: it is as large as they at most."""
    sealed = stores.sealed
    room = {sealed.cached(site.id, file.sha256): file.bytes for file in files}
    sealed.make_room({**room, made: sum(room.values())})
    return [sealed.fetch(site.id, file) for file in files]


def _commit(
    site: Site, sealed: Sealed, seen: Manifest, changed: Manifest, began: int, now_ms: Clock
) -> bool:
    """Whether the change counts. If not, nothing that was read for it may be used again."""
    if not 0 <= now_ms.own_ms() - began <= JOB_MS:
        log.warning("seal_thawed site=%s", site.id)
        return False
    return sealed.commit(site.id, seen, changed)


def _stored(facts: FileFacts, erasures: int) -> Stored:
    return Stored("", facts.sha256, facts.rows, facts.bytes, facts.min_ts, facts.max_ts, erasures)
