"""Merging: the files of days and months become one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chalicelib.model import sealing
from chalicelib.model.manifest import Tile, with_tiles
from chalicelib.model.site import Site
from chalicelib.seal.change import Change, SealStores, open_change
from chalicelib.store.clock import Clock
from chalicelib.store.segments import Damaged

log = logging.getLogger(__name__)


def merge_files(site: Site, stores: SealStores, clock: Clock) -> None:
    """Files of final hours become one of the day, those of days one of the month. Those that
    cannot be merged are left as they are until the next run."""
    failed: set[int] = set()
    while True:
        change = open_change(site, stores, clock)
        runs = (
            r for r in sealing.list_merges(change.seen, clock()) if r[0].from_hour not in failed
        )
        if not (tiles := next(runs, None)):
            return
        try:
            tile = _merge_tiles(change, tiles)
        except Exception as error:
            _log_failure(site, tiles, error)
            failed.add(tiles[0].from_hour)
            continue
        if not change.commit(with_tiles(change.seen, [tile])):
            return


def _merge_tiles(change: Change, tiles: Sequence[Tile]) -> Tile:
    files = [tile.file for tile in tiles if tile.file]
    if len(files) < 2:
        return sealing.join_tiles(tiles, files[0] if files else None)
    hours = range(tiles[0].from_hour, tiles[-1].to_hour)
    return sealing.join_tiles(tiles, change.merge(files, hours))


def _log_failure(site: Site, tiles: Sequence[Tile], error: Exception) -> None:
    if isinstance(error, Damaged):
        log.error("segment_damaged site=%s %s", site.id, error)
    else:
        hours = tiles[0].from_hour, tiles[-1].to_hour
        log.error("merge_failed site=%s hours=%d-%d", site.id, *hours, exc_info=error)
