"""What was asked to be forgotten is gone from every store, and what is too old goes with it.

A request counts from the entry in the manifest: from then on no answer holds what it covers.
This job then takes it out of files and items. Every step may be done twice or die half way.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chalicelib.model import sealing
from chalicelib.model.event import HOT_DAYS
from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure, Manifest, drop_erased, with_files
from chalicelib.model.sealing import AGE_MS
from chalicelib.model.site import Site
from chalicelib.model.spans import DAY_MS, HOUR_MS
from chalicelib.privacy.departed_sites import delete_site
from chalicelib.privacy.erasures import BACKUPS_MS, TTL_LATE_MS, EraseStores, suppress_events
from chalicelib.privacy.retention import expire_events
from chalicelib.seal import change
from chalicelib.seal.rewriting import rewrite_files
from chalicelib.store.clock import Clock, Disagrees
from chalicelib.store.registry.receipts import Receipt

log = logging.getLogger(__name__)

RUN_MS = 10 * 60_000
"""Of all sites together: after it the rest is left to the next run."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """The scheduled function `maintain`."""

    stores: EraseStores
    clock: Clock

    def run(self, sites: Iterable[Site]) -> dict[str, int]:
        """Carry out every request, retention and deletion of sites; counts of what went.

        A site that fails is logged, counted as `failed`, and does not keep the others waiting. A
        run whose clock is wrong ends there.
        """
        began_ms = self.clock.own_ms()
        sums = {"files": 0, "items": 0, "sites": 0}
        for site_id, job in self._list_jobs(sites, began_ms):
            try:
                done = job()
                sums = {name: value + done.get(name, 0) for name, value in sums.items()}
            except Disagrees:
                return {**sums, "failed": sums.get("failed", 0) + 1}
            except Exception:
                sums["failed"] = sums.get("failed", 0) + 1
                log.exception("erase_failed site=%s", site_id)
        return sums

    def _list_jobs(
        self, sites: Iterable[Site], began_ms: int
    ) -> Iterator[tuple[str, Callable[[], dict[str, int]]]]:
        """By site's id, what is to be done: first for the sites there are, then for deleted
        ones."""
        for site in sites:
            yield site.id, partial(self._run_site, site, began_ms)
        for site_id, gone in list(self.stores.documents.all("deleted")):
            yield site_id, partial(delete_site, site_id, gone, self.stores, self.clock)

    def _run_site(self, site: Site, began_ms: int) -> dict[str, int]:
        stores, clock = self.stores, self.clock
        is_any_open = reconcile_requests(site, stores, clock)
        files = rewrite_files(site, stores.history, clock) if is_any_open else 0
        items = purge_items(site, stores, clock, began_ms)
        files += expire_events(site, stores.history, clock)
        retire_entries(site, stores, clock)
        if manifest := stores.sealed.manifests.read(site.id):
            stores.sealed.cache.trim(site.id, {file.sha256 for file in manifest.files})
        return {"files": files, "items": items}


def reconcile_requests(site: Site, stores: EraseStores, now_ms: Clock) -> bool:
    """Whether anything is to be erased. Receipts, tombstones and the manifest's entries are made
    to agree, whichever of them a crash or a restored backup left out; where the manifest is full,
    the younger requests wait for entries to go."""
    oldest = now_ms() - BACKUPS_MS
    receipts = {r.entry.id: r for r in stores.receipts.all(site.id) if r.asked_at_ms > oldest}
    buried = stores.receipts.list_tombstones(site.id)
    for receipt_id in buried - set(receipts):
        receipt = stores.receipts.read_tombstone(site.id, receipt_id)
        if receipt.asked_at_ms > oldest:
            stores.receipts.save(site.id, receipt)
            receipts[receipt_id] = receipt
    for receipt_id in set(receipts) - buried:
        stores.receipts.put_tombstone(site.id, receipts[receipt_id])
    in_order = sorted(receipts.values(), key=lambda receipt: receipt.asked_at_ms)
    suppress_events(site.id, stores.sealed, [receipt.entry for receipt in in_order], now_ms)
    return bool(receipts)


def purge_items(site: Site, stores: EraseStores, now_ms: Clock, began: int) -> int:
    """How many items lost events, in hours that are final: fewer beacons of an hour that may
    still grow would look to the sealer like a stale index. Once the run that `began` then has had
    its time, a day of hours is swept."""
    manifest = stores.sealed.manifests.read(site.id)
    if manifest is None or not manifest.erased:
        return 0
    end = sealing.first_open_hour(manifest, now_ms())
    receipts = [r for r in stores.receipts.all(site.id) if _is_open(r, manifest, now_ms(), end)]
    if any(receipt.entry.visitor for receipt in receipts):
        _clear_set_aside(site, stores, [receipt.entry for receipt in receipts])
    changed = 0
    first = min((_next_hour(r) for r in receipts), default=end)
    first = max(first, manifest.from_hour)  # the site received nothing before
    for hour in range(first, end):
        due = [r for r in receipts if _next_hour(r) <= hour < _last_hour(r.entry)]
        changed += _erase_hour(site, stores, hour, [receipt.entry for receipt in due])
        if hour % 24 == 23 and now_ms.own_ms() - began > RUN_MS:
            end = hour + 1
            break
    if receipts:
        _note_progress(site, stores, [replace(r, swept_to_hour=end) for r in receipts], now_ms())
    return changed


def retire_entries(site: Site, stores: EraseStores, now_ms: Clock) -> int:
    """How many of the oldest entries went, because no backup holds what they cover any more."""
    seen = stores.sealed.manifests.read_to_change(site.id, now_ms)
    oldest = now_ms() - BACKUPS_MS
    young = {r.entry.id for r in stores.receipts.all(site.id) if r.asked_at_ms > oldest}
    gone = stores.receipts.list_tombstones(site.id) - young
    stores.receipts.delete_tombstones(site.id, gone)
    count = 0
    while count < len(seen.erased) and seen.erased[count].id not in young:
        count += 1
    if not count or any(file.erasures < count for file in seen.files):
        return 0
    kept = {file.key: replace(file, erasures=file.erasures - count) for file in seen.files}
    changed = replace(with_files(seen, kept), erased=seen.erased[count:])
    return count if stores.sealed.manifests.commit(site.id, seen, changed) else 0


def _is_open(receipt: Receipt, manifest: Manifest, now_ms: int, end: int) -> bool:
    """Whether there is more to do for it: hours to sweep, or its receipt to complete."""
    if receipt.asked_at_ms <= now_ms - BACKUPS_MS:
        return False
    known = any(entry.id == receipt.entry.id for entry in manifest.erased)
    return known and (
        not receipt.erased_at_ms or receipt.swept_to_hour < min(end, _last_hour(receipt.entry))
    )


def _next_hour(receipt: Receipt) -> int:
    """The first hour not swept for it in which what it covers can have been received."""
    oldest = receipt.asked_at_ms - HOT_DAYS * DAY_MS - TTL_LATE_MS
    return max(receipt.swept_to_hour, max(oldest, receipt.entry.from_ms) // HOUR_MS)


def _last_hour(entry: Erasure) -> int:
    """After which nothing that it covers can be received; a collector's clock may be ahead."""
    return (entry.before_ms + AGE_MS) // HOUR_MS + 2


def _erase_hour(site: Site, stores: EraseStores, hour: int, entries: Sequence[Erasure]) -> int:
    if not entries:
        return 0
    visitors = {entry.visitor for entry in entries if entry.visitor}
    return stores.events.erase(
        site.id,
        hour * HOUR_MS,
        site.shards,
        lambda parts: drop_erased(entries, parts),
        lambda visitor_id: number_of(visitor_id) in visitors,
    )


def _note_progress(
    site: Site, stores: EraseStores, receipts: Sequence[Receipt], now_ms: int
) -> None:
    """Save how far requests are. One is done when nothing received before it is left: no item,
    no live file, and no file that a job which died left for garbage collection."""
    listed, manifest = stores.sealed.segments.list(site.id), stores.sealed.manifests.read(site.id)
    if manifest is None:
        return
    live = {file.key for file in manifest.files}
    dead_ms = max((item.age_ms for item in listed if item.key not in live), default=-change.JOB_MS)
    applied = min((file.erasures for file in manifest.files), default=len(manifest.erased))
    clean = {entry.id for entry in manifest.erased[:applied]}
    for receipt in receipts:
        entry, asked = receipt.entry, receipt.asked_at_ms
        is_swept = receipt.swept_to_hour > min(asked // HOUR_MS, _last_hour(entry) - 1)
        is_gone = is_swept and entry.id in clean and dead_ms <= now_ms - asked - change.JOB_MS
        if is_gone and not receipt.erased_at_ms:
            receipt = replace(receipt, erased_at_ms=now_ms)
        stores.receipts.save(site.id, receipt)


def _clear_set_aside(site: Site, stores: EraseStores, entries: Sequence[Erasure]) -> None:
    """Take erased visitors out of the records that could not be read."""
    visitors = {entry.visitor for entry in entries if entry.visitor}
    for key in list(stores.receipts.keys("set-aside", site.id)):
        lines = stores.receipts.read(key).splitlines(keepends=True)
        kept = [line for line in lines if _read_visitor(line) not in visitors]
        if not kept:
            stores.receipts.delete([key])
        elif len(kept) < len(lines):
            stores.receipts.write(key, b"".join(kept))


def _read_visitor(line: bytes) -> int | None:
    try:
        return number_of(json.loads(line)["visitor_id"]["S"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
