"""Erasures that are open: what a site's manifest says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.model.manifest import Erasure, Manifest
from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import DAY_MS
from chalicelib.seal import change
from chalicelib.store.clock import Clock
from chalicelib.store.events import Events
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.receipts import Receipts
from chalicelib.store.sealed import Sealed

BACKUPS_MS = 80 * DAY_MS
"""Point-in-time recovery and noncurrent versions reach back 35 days each: after this no backup
brings anything back, and the entry in the manifest may go."""

TTL_LATE_MS = 3 * DAY_MS
"""The table may delete an expired item this much later."""

OPEN_ENTRIES = 2_000
"""An entry is about 110 bytes of a manifest, which may have 400 KB."""

ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class EraseStores:
    """All that may hold what is to be erased."""

    receipts: Receipts
    events: Events
    history: change.SealStores

    @property
    def sealed(self) -> Sealed:
        return self.history.sealed

    @property
    def documents(self) -> Documents:
        return self.receipts.documents


def refuse_full(site: str, sealed: Sealed, clock: Clock) -> None:
    """Raises Refusal 409 where the manifest has no room for one more entry, `Disagrees` where
    this machine's clock is wrong."""
    if not _count_room(sealed.manifests.read_to_change(site, clock)):
        raise Refusal(409, "too_many_erasures", f"{OPEN_ENTRIES} are open; ask again later.")


def suppress_events(site: str, sealed: Sealed, entries: Sequence[Erasure], clock: Clock) -> None:
    """Have no report, from its next question on, see what these entries cover. Those for which
    there is no room, the last ones, are left out.

    Raises Refusal 503 where others keep committing, `Disagrees` where this machine's clock is
    wrong.
    """
    for _ in range(ATTEMPTS):
        seen = sealed.manifests.read_to_change(site, clock)
        known = {entry.id for entry in seen.erased}
        new = [entry for entry in entries if entry.id not in known][: _count_room(seen)]
        if not new or sealed.manifests.commit(
            site, seen, replace(seen, erased=(*seen.erased, *new))
        ):
            return
    raise Refusal(503, "unavailable", "the manifest is busy, try again", retry_after_s=1)


def _count_room(manifest: Manifest) -> int:
    return max(0, OPEN_ENTRIES - len(manifest.erased))
