"""Rewriting: files made anew without what was erased."""

from __future__ import annotations

import logging
from dataclasses import replace

from chalicelib.model.manifest import Segment
from chalicelib.model.site import Site
from chalicelib.seal.change import SealStores, open_change
from chalicelib.store.clock import Clock
from chalicelib.store.segments import Damaged

log = logging.getLogger(__name__)


def rewrite_files(site: Site, stores: SealStores, clock: Clock) -> int:
    """How many files were written anew without what was erased since they were.

    A file that another commit overtook, or that cannot be read, waits for the next run.
    """
    change = open_change(site, stores, clock)
    erased, done = change.seen.erased, dict[str, Segment | None]()
    for file in change.seen.files:
        if file.erasures < len(erased):
            try:
                new = change.without(file, erased[file.erasures :])
                done[file.key] = replace(new, erasures=len(erased)) if new else None
            except Damaged as damage:
                log.error("segment_damaged site=%s %s", site.id, damage)
    return change.replace_files(done)
