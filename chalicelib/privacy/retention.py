"""Retention: sealed history older than a site keeps it goes."""

from __future__ import annotations

import logging

from chalicelib.model.manifest import Erasure, Segment
from chalicelib.model.site import Site
from chalicelib.model.spans import DAY_MS
from chalicelib.seal.change import SealStores, open_change
from chalicelib.store.clock import Clock
from chalicelib.store.segments import Damaged

log = logging.getLogger(__name__)


def expire_events(site: Site, stores: SealStores, clock: Clock) -> int:
    """How many files lost events older than the site keeps; whole days of UTC."""
    if not site.retention_days:
        return 0
    change = open_change(site, stores, clock)
    before_ms = (clock() // DAY_MS - site.retention_days) * DAY_MS
    rule = Erasure("retention", before_ms=before_ms)
    done: dict[str, Segment | None] = {}
    for file in change.seen.files:
        if file.max_ts < before_ms:
            done[file.key] = None
        elif file.min_ts < before_ms:
            try:
                done[file.key] = change.without(file, [rule])
            except Damaged as damage:
                log.error("segment_damaged site=%s %s", site.id, damage)
    return change.replace_files(done)
