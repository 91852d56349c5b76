"""Closed hours become immutable files of parts; files of hours become those of days and months.

Nothing is carried from hour to hour. Whatever fails, fails before the one write that counts, the
commit of the manifest, and is done again from the start by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.model import sealing
from chalicelib.model.manifest import with_tiles
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.seal.change import SealStores, open_change
from chalicelib.seal.hours import look_at
from chalicelib.seal.merging import merge_files
from chalicelib.store.clock import Clock, Disagrees
from chalicelib.store.sealed import Sealed

log = logging.getLogger(__name__)

SLICE_TILES = 24
"""Looks a commit: what a lost race or a killed run has to do again."""
RUN_MS = 10 * 60_000
"""Of all sites together: after it the rest of a backlog is left to the next run."""
GARBAGE_MS = 24 * HOUR_MS
LATE_MS = 3 * HOUR_MS
"""Two runs missed: somebody should look, long before events expire."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """The scheduled function `seal`."""

    stores: SealStores
    clock: Clock

    def run(self, sites: Iterable[Site]) -> dict[str, int]:
        """Seal, merge and clear up every site; `{"hours": hours sealed or looked at again}`.

        A site that fails is logged and does not keep the others waiting; it is counted as
        `failed`. A run whose clock is wrong ends there.
        """
        began_ms, hours, failed = self.clock.own_ms(), 0, 0
        for site in sites:
            try:
                hours += self._run_site(site, began_ms)
            except Disagrees:
                return {"hours": hours, "failed": failed + 1}
            except Exception:
                failed += 1
                log.exception("seal_failed site=%s", site.id)
        return {"hours": hours, "failed": failed} if failed else {"hours": hours}

    def _run_site(self, site: Site, began_ms: int) -> int:
        """How many hours were looked at: all that are due, or a slice of them once the run that
        began then has had its time, so that one site's backlog starves no other."""
        hours, sealed = 0, self.stores.sealed
        tried: set[int] = set()
        while True:
            looked = self.seal_slice(site, tried)
            merge_files(site, self.stores, self.clock)
            hours += looked or 0
            if looked is None or not 0 <= self.clock.own_ms() - began_ms <= RUN_MS:
                break
        collect_garbage(site, sealed)
        left = sealed.manifests.read_or_begin(site.id, self.clock())
        sealed.cache.trim(site.id, {file.sha256 for file in left.files})
        age_ms = sealing.unsealed_age_ms(left, self.clock())
        if age_ms > LATE_MS:
            log.error("seal_late site=%s unsealed_age_ms=%d", site.id, age_ms)
        return hours

    def seal_slice(self, site: Site, tried: set[int]) -> int | None:
        """Look at the next hours that are due and not `tried`; how many were read, None if none
        is.

        What it looked at is added to `tried`, unless another was faster to commit.
        """
        change = open_change(site, self.stores, self.clock)
        due = [
            tile
            for tile in sealing.list_due(change.seen, self.clock(), self.stores.budget_of(site))
            if tile.from_hour not in tried
        ][:SLICE_TILES]
        if not due:
            return None
        looks = [look_at(change, tile) for tile in due]
        if not change.commit(with_tiles(change.seen, looks)):
            return 0
        tried.update(tile.from_hour for tile in due)
        return sum(len(new.hours) for old, new in zip(due, looks, strict=True) if new is not old)


def collect_garbage(site: Site, sealed: Sealed) -> int:
    """How many files went that no manifest names and no job can name any more."""
    old = [item for item in sealed.segments.list(site.id) if item.age_ms > GARBAGE_MS]
    manifest = sealed.manifests.read(site.id)
    if not old or not manifest:
        return 0
    live = {file.key for file in manifest.files}
    dead = [item.key for item in old if item.key not in live]
    sealed.segments.delete(dead)
    return len(dead)
