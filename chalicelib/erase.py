"""What was asked to be forgotten is gone from every store, and what is too old goes with it.

A request counts from the entry in the manifest: from then on no answer holds what it covers.
This job then takes it out of files and items. Every step may be done twice or die half way.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chalicelib import manifest as plan
from chalicelib import seal
from chalicelib.manifest import AGE_MS, Erasure, Manifest, Stored
from chalicelib.model import HOT_DAYS, Part, Refusal, Site
from chalicelib.parts import number
from chalicelib.spans import DAY_MS, HOUR_MS
from chalicelib.store.clock import Clock, Disagrees
from chalicelib.store.documents import Documents
from chalicelib.store.events import Events
from chalicelib.store.objections import Objections
from chalicelib.store.receipts import Receipt, Receipts
from chalicelib.store.sealed import Damaged, Sealed
from chalicelib.store.tokens import Tokens

log = logging.getLogger(__name__)

TTL_LATE_MS = 3 * DAY_MS
"""The table may delete an expired item this much later."""
BACKUPS_MS = 80 * DAY_MS
"""Point-in-time recovery and noncurrent versions reach back 35 days each: after this no backup
brings anything back, and the entry in the manifest may go."""
LEAVING_MS = 5 * 60_000
"""Collectors remember a deleted site for a minute; its data is deleted after this."""
SURE_MS = seal.GARBAGE_MS
"""No job names a file that it made longer ago; until then it may still write for a deleted site."""
OPEN_ENTRIES = 2_000
"""An entry is about 110 bytes of a manifest, which may have 400 KB."""
RUN_MS = 10 * 60_000
"""Of all sites together: after it the rest is left to the next run."""
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Stores:
    """All that may hold what is to be erased."""

    receipts: Receipts
    events: Events
    history: seal.Stores

    @property
    def sealed(self) -> Sealed:
        return self.history.sealed

    @property
    def documents(self) -> Documents:
        return self.receipts.documents


def run(sites: Iterable[Site], stores: Stores, now_ms: Clock) -> dict[str, int]:
    """Carry out every request, retention and deletion of sites; counts of what went.

    A site that fails is logged, counted as `failed`, and does not keep the others waiting. A run
    whose clock is wrong ends there.
    """
    began = now_ms.own_ms()
    sums = {"files": 0, "items": 0, "sites": 0}
    for site_id, job in _jobs(sites, stores, now_ms, began):
        try:
            done = job()
            sums = {name: value + done.get(name, 0) for name, value in sums.items()}
        except Disagrees:
            return {**sums, "failed": sums.get("failed", 0) + 1}
        except Exception:
            sums["failed"] = sums.get("failed", 0) + 1
            log.exception("erase_failed site=%s", site_id)
    return sums


def _jobs(
    sites: Iterable[Site], stores: Stores, now_ms: Clock, began: int
) -> Iterator[tuple[str, Callable[[], dict[str, int]]]]:
    """By site's id, what is to be done: first for the sites there are, then for deleted ones."""
    for site in sites:
        yield site.id, partial(_run_site, site, stores, now_ms, began)
    for site_id, gone in list(stores.documents.all("deleted")):
        yield site_id, partial(delete_site, site_id, gone, stores, now_ms)


def refuse_full(site: str, sealed: Sealed, clock: Clock) -> None:
    """Raises Refusal 409 where the manifest has no room for one more entry, `Disagrees` where
    this machine's clock is wrong."""
    if not _room(sealed.opened(site, clock)):
        raise Refusal(409, "too_many_erasures", f"{OPEN_ENTRIES} are open; ask again later.")


def hide(site: str, sealed: Sealed, entries: Sequence[Erasure], clock: Clock) -> None:
    """Have no report, from its next question on, see what these entries cover. Those for which
    there is no room, the last ones, are left out.

    Raises Refusal 503 where others keep committing, `Disagrees` where this machine's clock is
    wrong.
    """
    for _ in range(ATTEMPTS):
        seen = sealed.opened(site, clock)
        known = {entry.id for entry in seen.erased}
        new = [entry for entry in entries if entry.id not in known][: _room(seen)]
        if not new or sealed.commit(site, seen, replace(seen, erased=(*seen.erased, *new))):
            return
    raise Refusal(503, "unavailable", "the manifest is busy, try again", retry_after_s=1)


def _run_site(site: Site, stores: Stores, now_ms: Clock, began: int) -> dict[str, int]:
    files = seal.rewrite(site, stores.history, now_ms) if remember(site, stores, now_ms) else 0
    items = sweep(site, stores, now_ms, began)
    files += expire(site, stores.history, now_ms)
    forget(site, stores, now_ms)
    if manifest := stores.sealed.manifest(site.id):
        stores.sealed.trim(site.id, {file.sha256 for file in manifest.files})
    return {"files": files, "items": items}


def remember(site: Site, stores: Stores, now_ms: Clock) -> bool:
    """Whether anything is to be erased. Receipts, tombstones and the manifest's entries are made
    to agree, whichever of them a crash or a restored backup left out; where the manifest is full,
    the younger requests wait for entries to go."""
    oldest = now_ms() - BACKUPS_MS
    receipts = {r.entry.id: r for r in stores.receipts.all(site.id) if r.asked_at_ms > oldest}
    buried = stores.receipts.buried(site.id)
    for receipt_id in buried - set(receipts):
        receipt = stores.receipts.unbury(site.id, receipt_id)
        if receipt.asked_at_ms > oldest:
            stores.receipts.save(site.id, receipt)
            receipts[receipt_id] = receipt
    for receipt_id in set(receipts) - buried:
        stores.receipts.bury(site.id, receipts[receipt_id])
    in_order = sorted(receipts.values(), key=lambda receipt: receipt.asked_at_ms)
    hide(site.id, stores.sealed, [receipt.entry for receipt in in_order], now_ms)
    return bool(receipts)


def sweep(site: Site, stores: Stores, now_ms: Clock, began: int) -> int:
    """How many items lost events, in hours that are final: fewer beacons of an hour that may
    still grow would look to the sealer like a stale index. Once the run that `began` then has had
    its time, a day of hours is swept."""
    manifest = stores.sealed.manifest(site.id)
    if manifest is None or not manifest.erased:
        return 0
    end = plan.first_open_hour(manifest, now_ms())
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
        _note(site, stores, [replace(r, swept_to_hour=end) for r in receipts], now_ms())
    return changed


def expire(site: Site, stores: seal.Stores, now_ms: Clock) -> int:
    """How many files lost events older than the site keeps; whole days of UTC."""
    if not site.retention_days:
        return 0
    began, seen = now_ms.own_ms(), stores.sealed.opened(site.id, now_ms)
    before_ms = (now_ms() // DAY_MS - site.retention_days) * DAY_MS
    rule = Erasure("retention", before_ms=before_ms)
    done: dict[str, Stored | None] = {}
    for file in seen.files:
        if file.max_ts < before_ms:
            done[file.key] = None
        elif file.min_ts < before_ms:
            try:
                done[file.key] = seal.without(site, stores, file, [rule])
            except Damaged as damage:
                log.error("segment_damaged site=%s %s", site.id, damage)
    is_thawed = not 0 <= now_ms.own_ms() - began <= seal.JOB_MS
    if not done or is_thawed:
        return 0
    if not stores.sealed.commit(site.id, seen, plan.with_files(seen, done)):
        return 0
    gone = [key for key, file in done.items() if not file or file.key != key]
    stores.sealed.delete(gone)
    return len(gone)


def forget(site: Site, stores: Stores, now_ms: Clock) -> int:
    """How many of the oldest entries went, because no backup holds what they cover any more."""
    seen = stores.sealed.opened(site.id, now_ms)
    oldest = now_ms() - BACKUPS_MS
    young = {r.entry.id for r in stores.receipts.all(site.id) if r.asked_at_ms > oldest}
    gone = stores.receipts.buried(site.id) - young
    stores.receipts.clear(site.id, gone)
    count = 0
    while count < len(seen.erased) and seen.erased[count].id not in young:
        count += 1
    if not count or any(file.erasures < count for file in seen.files):
        return 0
    kept = {file.key: replace(file, erasures=file.erasures - count) for file in seen.files}
    changed = replace(plan.with_files(seen, kept), erased=seen.erased[count:])
    return count if stores.sealed.commit(site.id, seen, changed) else 0


def delete_site(
    site_id: str, gone: Mapping[str, Any], stores: Stores, now_ms: Clock
) -> dict[str, int]:
    """`{"sites": 1}` once a deleted site is gone for good. Its data goes as soon as collectors do
    not know it any more, and what jobs of that time left behind when none can be under way."""
    now_ms.check()
    _finish_leaving(site_id, stores.documents, now_ms)
    age_ms = now_ms() - gone["at"]
    is_waiting = gone.get("is_cleared", False) and age_ms < SURE_MS
    if is_waiting or age_ms < LEAVING_MS:
        return {}
    _clear(site_id, gone["shards"], stores, now_ms)
    if age_ms < SURE_MS:
        stores.documents.put("deleted", site_id, {**gone, "is_cleared": True})
        return {}
    stores.documents.delete("deleted", site_id)
    return {"sites": 1}


def _finish_leaving(site_id: str, documents: Documents, now_ms: Clock) -> None:
    """Do what the deletion did not come to, and what a simultaneous request did after it."""
    documents.delete("site", site_id)
    Tokens(documents.client, documents.table, now_ms).leave(site_id)


def _clear(site_id: str, shards: int, stores: Stores, now_ms: Clock) -> None:
    """Delete all that is stored of a site."""
    first = (now_ms() - HOT_DAYS * DAY_MS - TTL_LATE_MS) // HOUR_MS
    for hour in range(first, now_ms() // HOUR_MS + 2):
        stores.events.erase(site_id, hour * HOUR_MS, shards, _nothing, _always)
    stores.documents.delete(f"manifest#{site_id}", "manifest")
    for folder in ("sealed", "set-aside", "erased"):
        stores.receipts.delete(list(stores.receipts.keys(folder, site_id)))
    stores.receipts.forget_all(site_id)
    Objections(stores.documents.client, stores.documents.table).forget_all(site_id)


def _room(manifest: Manifest) -> int:
    return max(0, OPEN_ENTRIES - len(manifest.erased))


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


def _erase_hour(site: Site, stores: Stores, hour: int, entries: Sequence[Erasure]) -> int:
    if not entries:
        return 0
    visitors = {entry.visitor for entry in entries if entry.visitor}
    return stores.events.erase(
        site.id,
        hour * HOUR_MS,
        site.shards,
        lambda parts: plan.kept(entries, parts),
        lambda visitor_id: number(visitor_id) in visitors,
    )


def _note(site: Site, stores: Stores, receipts: Sequence[Receipt], now_ms: int) -> None:
    """Save how far requests are. One is done when nothing received before it is left: no item,
    no live file, and no file that a job which died left for garbage collection."""
    listed, manifest = stores.sealed.listed(site.id), stores.sealed.manifest(site.id)
    if manifest is None:
        return
    live = {file.key for file in manifest.files}
    dead_ms = max((item.age_ms for item in listed if item.key not in live), default=-seal.JOB_MS)
    applied = min((file.erasures for file in manifest.files), default=len(manifest.erased))
    clean = {entry.id for entry in manifest.erased[:applied]}
    for receipt in receipts:
        entry, asked = receipt.entry, receipt.asked_at_ms
        is_swept = receipt.swept_to_hour > min(asked // HOUR_MS, _last_hour(entry) - 1)
        is_gone = is_swept and entry.id in clean and dead_ms <= now_ms - asked - seal.JOB_MS
        if is_gone and not receipt.erased_at_ms:
            receipt = replace(receipt, erased_at_ms=now_ms)
        stores.receipts.save(site.id, receipt)


def _clear_set_aside(site: Site, stores: Stores, entries: Sequence[Erasure]) -> None:
    """Take erased visitors out of the records that could not be read."""
    visitors = {entry.visitor for entry in entries if entry.visitor}
    for key in list(stores.receipts.keys("set-aside", site.id)):
        lines = stores.receipts.read(key).splitlines(keepends=True)
        kept = [line for line in lines if _visitor(line) not in visitors]
        if not kept:
            stores.receipts.delete([key])
        elif len(kept) < len(lines):
            stores.receipts.write(key, b"".join(kept))


def _visitor(line: bytes) -> int | None:
    try:
        return number(json.loads(line)["visitor_id"]["S"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _nothing(_parts: Iterable[Part]) -> tuple[Part, ...]:
    return ()


def _always(_visitor_id: str) -> bool:
    return True
