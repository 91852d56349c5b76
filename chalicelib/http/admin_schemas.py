"""What is answered to administrators: sites, tokens, receipts, exports, the log."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

from chalicelib.collect.budgets import Unit
from chalicelib.model.event import Attributes
from chalicelib.model.schemas import (
    COUNT,
    MOMENT,
    NUMBER,
    ROLE,
    TEXT,
    YES_OR_NO,
    Json,
    choice,
    closed,
    many,
    ref,
)
from chalicelib.model.site import Identity
from chalicelib.privacy.statement import SHOWN
from chalicelib.store.registry.receipts import Subject as ReceiptSubject

TEXTS = many(TEXT)

MAYBE: Json = {"type": ["integer", "null"], "description": "epoch milliseconds, null for never"}

CURSOR: Json = {
    "type": ["string", "null"],
    "description": "asks for the next page; null on the last",
}

SECRET: Json = {"type": "string", "description": "told this once, stored nowhere"}

TRUE: Json = {"const": True}

ISSUED = {
    "id": TEXT,
    "name": TEXT,
    "role": ROLE,
    "sites": TEXTS,
    "created_at": MOMENT,
    "expires_at": MAYBE,
    "last_used_at": MAYBE,
}

SHARED = {**ISSUED, "filters": TEXTS}

RECEIPT = closed(
    {
        "id": TEXT,
        "subject": choice(*get_args(ReceiptSubject)),
        "before": MOMENT,
        "asked_at": MOMENT,
        "asked_by": TEXT,
        "erased_at": {**MAYBE, "description": "when it was gone from every store; null: not yet"},
    },
    **{
        "visitor": {
            **TEXT,
            "pattern": "^#[0-9a-f]{16}$",
            "description": "64-bit hash of a visitor's id, which itself is kept nowhere",
        },
        "path": TEXT,
        "from": {**MOMENT, "description": "events from then on and before `before`; else all"},
    },
)

SETTINGS: dict[str, Json] = {
    "hostnames": TEXTS,
    "time_zone": TEXT,
    "identity": choice(*get_args(Identity)),
    "honour_gpc": YES_OR_NO,
    "honour_dnt": YES_OR_NO,
    "kept_query_parameters": {
        **TEXTS,
        "description": "for imports and senders of your own: the tracker sends only campaign tags",
    },
    "excluded_paths": TEXTS,
    "excluded_addresses": {
        **TEXTS,
        "description": "addresses are taken, hashes kept and given back",
    },
    "bot_filters": {
        **TEXTS,
        "description": "`dimension:is|contains:value`: sessions of today and the past that count "
        "as bots; a report with the same filter shows the effect first, taking it away undoes it",
    },
    "retention_days": {**COUNT, "description": "0 keeps history for ever"},
    "hour_megabytes": {
        **COUNT,
        "description": "what an hour takes in, an event being a kilobyte and its own bytes and a "
        "beacon two more: beyond it beacons are refused (429) and sent again. Where visitors of "
        "more than 32 kilobytes weigh over half of it, the heaviest are left out; raised later, it "
        "brings them back for as long as received events are kept",
    },
    "excess_an_hour": {
        **COUNT,
        "description": "events of one visitor in an hour; more are stored but not counted",
    },
    "excess_a_session": {
        **COUNT,
        "description": "events of one session; more are stored but not counted",
    },
}

ENTRY = closed(
    {
        "at": MOMENT,
        "by": closed({"id": TEXT, "name": TEXT, "role": ROLE}),
        "action": TEXT,
        "site": {**TEXT, "description": "empty: the deployment"},
        "details": {"type": "object", "description": "what the action was given, by its names"},
    }
)

EVENT = closed(
    {
        "type": TEXT,
        "at_ms": MOMENT,
        "seq": COUNT,
        "path": TEXT,
        "title": TEXT,
        "data": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
    }
)

SESSION = closed(
    {
        "session": {**TEXT, "pattern": "^#[0-9a-f]{16}$"},
        "attributes": closed({}, **{field.name: TEXT for field in fields(Attributes)}),
        "events": many(EVENT),
    }
)

USAGE = closed(
    {
        "from": {**MOMENT, "description": "the first of this month, UTC"},
        "to": MOMENT,
        "requests": {**COUNT, "description": "beacons, each a request to the API"},
        "write_units": {
            **COUNT,
            "description": "for each kilobyte of the items and their copies in the index, double "
            "where items of several sessions were written together",
        },
        "refused": {
            **closed({}, **dict.fromkeys(get_args(Unit), COUNT)),
            "description": "requests answered with 429, by the budget that was used up",
        },
        "left_out": {**COUNT, "description": "sessions that did not fit their hour's budget"},
        "estimate_usd": NUMBER,
        "prices_of": {**TEXT, "description": "month of the list prices (us-east-1)"},
    }
)

STATEMENT = closed(
    {
        "site": closed({"id": TEXT, "name": TEXT, "hostnames": TEXTS}),
        "generated_at": MOMENT,
        "region": TEXT,
        "visitors": TEXT,
        "stored": many(closed({"what": TEXT, "fields": TEXTS, "kept": TEXT, "where": TEXT})),
        "never_stored": TEXTS,
        "settings": closed({name: SETTINGS[name] for name in SHOWN}),
        "rights": closed({"access": TEXT, "erasure": TEXT, "objection": TEXT}),
    }
)


def _describe_page(name: str, row: str) -> Json:
    return closed({name: many(ref(row)), "cursor": CURSOR})


SCHEMAS: Json = {
    "Sites": closed(
        {
            "role": ROLE,
            "filters": {**many(TEXT), "description": "locked filters of a share link"},
            "sites": many(
                closed({"id": TEXT, "name": TEXT, "hostnames": many(TEXT), "time_zone": TEXT})
            ),
            "cursor": CURSOR,
        }
    ),
    "Site": closed({"id": TEXT, "name": TEXT, **SETTINGS, "shards": COUNT}),
    "Usage": USAGE,
    "Token": closed(ISSUED),
    "NewToken": closed({**ISSUED, "secret": SECRET}),
    "Tokens": _describe_page("tokens", "Token"),
    "Share": closed(SHARED),
    "NewShare": closed({**SHARED, "secret": SECRET}),
    "Shares": _describe_page("shares", "Share"),
    "Revoked": closed({"id": TEXT, "revoked": TRUE}),
    "Deleted": closed({"id": TEXT, "deleted": TRUE}),
    "Objection": closed(
        {
            "site": TEXT,
            "visitor": {**TEXT, "pattern": "^#[0-9a-f]{16}$"},
            "excluded": {**YES_OR_NO, "description": "whether nothing more is stored of it"},
        }
    ),
    "Receipt": RECEIPT,
    "Receipts": _describe_page("erasures", "Receipt"),
    "Session": SESSION,
    "Export": {
        **closed(
            {
                "site": TEXT,
                "visitor_id": TEXT,
                "sessions": many(ref("Session")),
                "partial": ref("Partial"),
                "cursor": CURSOR,
            }
        ),
        "description": "a page of everything stored about a visitor, sessions by their first "
        "event; one too long for a page goes on in the next with its further events",
    },
    "Statement": STATEMENT,
    "Entry": ENTRY,
    "Log": closed({"entries": many(ref("Entry"))}),
}
