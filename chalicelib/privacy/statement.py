"""What a deployment stores about the visitors of a site, how long and where, made from the code's
own values, so that it cannot say anything else than what is in force."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from chalicelib.model.event import HOT_DAYS, Attributes, Event
from chalicelib.model.site import Site
from chalicelib.model.spans import DAY_MS
from chalicelib.settings import Settings
from chalicelib.store.registry.audit import KEPT_MS as AUDIT_KEPT_MS
from chalicelib.store.registry.receipts import KEPT_MS as RECEIPT_KEPT_MS
from chalicelib.store.registry.salts import SALT_KEPT_S

Json = dict[str, Any]

BACKUP_DAYS = 35
"""Reach of point-in-time recovery, and the days of noncurrent versions that infra sets."""

VISITORS = {
    "persistent": "a random UUID in the browser's localStorage, until its storage is cleared; "
    "a session is a random UUID beside it, both with a copy in sessionStorage; what could not be "
    "sent waits in localStorage for up to seven days",
    "storage-free": "nothing is stored on the device: a visitor is a hash of address, User-Agent "
    "and site under a random salt of one UTC day, which expires two days after its day began and "
    "is in no backup",
}

SHOWN = (
    "time_zone",
    "identity",
    "honour_gpc",
    "honour_dnt",
    "kept_query_parameters",
    "retention_days",
)
"""Settings of a site that whoever reads its reports may know; lists of exclusions name people."""

NEVER_STORED = (
    "IP addresses: read in memory for country, rate limit and storage-free visitors; of those that "
    "the site excludes a hash is kept",
    "User-Agent headers: only device, browser and operating system are kept",
    "cookies: none is set or read",
    "query strings of pages, except the parameters that the site lists",
)


def make_statement(site: Site, settings: Settings, now_ms: int) -> Json:
    """The statement: `visitors`, `stored` (what, fields, kept, where), `never_stored`,
    `settings` in force (those of `SHOWN`), `rights`; plain texts, ready to print."""
    where = f"DynamoDB table {settings.events_table}"
    bucket = f"S3 bucket {settings.data_bucket}, encrypted, not public"
    registry = f"DynamoDB table {settings.registry_table}"
    said = [field.name for kind in (Attributes, Event) for field in fields(kind)]
    backups = f"; backups reach back {BACKUP_DAYS} days more"
    return {
        "site": {"id": site.id, "name": site.name, "hostnames": list(site.hostnames)},
        "generated_at": now_ms,
        "region": settings.region,
        "visitors": VISITORS[site.identity],
        "stored": [
            _describe_stored(
                "events as received", ["visitor_id", "session_id", *said],
                f"{HOT_DAYS} days{backups}", where,
            ),
            _describe_stored(
                "history", ["64-bit hashes of visitor_id and session_id", *said],
                _spell_days(site.retention_days) + backups, bucket,
            ),
            _describe_stored(
                "erasures", ["64-bit hash of the visitor_id", "time", "who asked"],
                f"{RECEIPT_KEPT_MS // DAY_MS} days", registry,
            ),
            _describe_stored(
                "objections", ["64-bit hash of the visitor_id"],
                "until withdrawn", registry,
            ),
            _describe_stored(
                "exclusions", ["SHA-256 of site and IP address"],
                "until taken off the site's list", registry,
            ),
            _describe_stored(
                "audit log", ["administrator's token name", "action", "time"],
                f"{AUDIT_KEPT_MS // DAY_MS} days", registry,
            ),
            *_describe_salts(site, settings),
        ],
        "never_stored": list(NEVER_STORED),
        "settings": {name: getattr(site, name) for name in SHOWN},
        "rights": {
            "access": "POST /api/sites/{site}/export with the visitor_id",
            "erasure": "POST /api/sites/{site}/erasures with the visitor_id; reports leave the "
            "visitor out at once, the receipt says when every store has",
            "objection": "Sec-GPC" + (" and DNT" if site.honour_dnt else "")
            if site.honour_gpc
            else "DNT" if site.honour_dnt else "the site's own opt-out",
        },
    }  # fmt: skip


def _describe_salts(site: Site, settings: Settings) -> list[Json]:
    if site.identity != "storage-free":
        return []
    kept = f"{SALT_KEPT_S // 86_400} days from its day's beginning, in no backup"
    where = f"DynamoDB table {settings.salts_table}"
    return [
        _describe_stored(
            "salts of storage-free visitors", ["random bytes of one UTC day"], kept, where
        )
    ]


def _describe_stored(what: str, names: list[str], kept: str, where: str) -> Json:
    return {"what": what, "fields": names, "kept": kept, "where": where}


def _spell_days(days: int) -> str:
    return f"{days} days, by whole days of UTC" if days else "until deleted"
