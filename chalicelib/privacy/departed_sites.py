"""Sites that were deleted: their data goes when nobody writes to it any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.model.event import HOT_DAYS, Part
from chalicelib.model.spans import DAY_MS, HOUR_MS
from chalicelib.privacy.erasures import TTL_LATE_MS, EraseStores
from chalicelib.seal.sealer import GARBAGE_MS
from chalicelib.store.clock import Clock
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.objections import Objections
from chalicelib.store.registry.tokens import Tokens

SURE_MS = GARBAGE_MS
"""No job names a file that it made longer ago; until then it may still write for a deleted site."""

LEAVING_MS = 5 * 60_000
"""Collectors remember a deleted site for a minute; its data is deleted after this."""


def delete_site(
    site_id: str, gone: Mapping[str, Any], stores: EraseStores, now_ms: Clock
) -> dict[str, int]:
    """`{"sites": 1}` once a deleted site is gone for good. Its data goes as soon as collectors do
    not know it any more, and what jobs of that time left behind when none can be under way."""
    now_ms.check()
    _finish_leaving(site_id, stores.documents, now_ms)
    age_ms = now_ms() - gone["at"]
    is_waiting = gone.get("is_cleared", False) and age_ms < SURE_MS
    if is_waiting or age_ms < LEAVING_MS:
        return {}
    _delete_everything(site_id, gone["shards"], stores, now_ms)
    if age_ms < SURE_MS:
        stores.documents.put("deleted", site_id, {**gone, "is_cleared": True})
        return {}
    stores.documents.delete("deleted", site_id)
    return {"sites": 1}


def _finish_leaving(site_id: str, documents: Documents, now_ms: Clock) -> None:
    """Do what the deletion did not come to, and what a simultaneous request did after it."""
    documents.delete("site", site_id)
    Tokens(documents, now_ms).leave(site_id)


def _delete_everything(site_id: str, shards: int, stores: EraseStores, now_ms: Clock) -> None:
    """Delete all that is stored of a site."""
    first = (now_ms() - HOT_DAYS * DAY_MS - TTL_LATE_MS) // HOUR_MS
    for hour in range(first, now_ms() // HOUR_MS + 2):
        stores.events.erase(site_id, hour * HOUR_MS, shards, _keep_nothing, _is_always)
    stores.documents.delete(f"manifest#{site_id}", "manifest")
    for folder in ("sealed", "set-aside", "erased"):
        stores.receipts.delete(list(stores.receipts.keys(folder, site_id)))
    stores.receipts.forget_all(site_id)
    Objections(stores.documents).forget_all(site_id)


def _keep_nothing(_parts: Iterable[Part]) -> tuple[Part, ...]:
    return ()


def _is_always(_visitor_id: str) -> bool:
    return True
