"""The administrator's part of the HTTP contract, its bodies made from the forms that read them."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

from chalicelib.budgets import Unit
from chalicelib.forms import (
    ExportForm,
    Form,
    ListQuestion,
    LogQuestion,
    NewShare,
    NewSite,
    NewToken,
    Objection,
    SiteChange,
    Subject,
)
from chalicelib.model import Attributes, Identity
from chalicelib.openapi_pieces import (
    COUNT,
    MOMENT,
    NUMBER,
    ROLE,
    TEXT,
    YES_OR_NO,
    Json,
    answers,
    choice,
    closed,
    many,
    ref,
)
from chalicelib.protection import SHOWN
from chalicelib.store.receipts import Subject as ReceiptSubject

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


def _page(name: str, row: str) -> Json:
    return closed({name: many(ref(row)), "cursor": CURSOR})


SCHEMAS: Json = {
    "Site": closed({"id": TEXT, "name": TEXT, **SETTINGS, "shards": COUNT}),
    "Usage": USAGE,
    "Token": closed(ISSUED),
    "NewToken": closed({**ISSUED, "secret": SECRET}),
    "Tokens": _page("tokens", "Token"),
    "Share": closed(SHARED),
    "NewShare": closed({**SHARED, "secret": SECRET}),
    "Shares": _page("shares", "Share"),
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
    "Receipts": _page("erasures", "Receipt"),
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


def _operation(
    summary: str, schema: str, *errors: int, status: int = 200, body: type[Form] | None = None
) -> Json:
    known = (401, 403, *errors, *((400, 413, 415) if body else ()))
    described = {"summary": summary, "responses": answers(schema, *known, status=status)}
    if body is None:
        return described
    content = {"application/json": {"schema": body.model_json_schema()}}
    return {**described, "requestBody": {"required": True, "content": content}}


def _in_path(*names: str) -> list[Json]:
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _asked(form: type[Form], summary: str, schema: str, *errors: int) -> Json:
    properties = form.model_json_schema()["properties"]
    asked = [{"name": n, "in": "query", "schema": schema} for n, schema in properties.items()]
    return {**_operation(summary, schema, 400, *errors), "parameters": asked}


def list_sites() -> Json:
    """The operation that lists sites."""
    return _asked(ListQuestion, "The sites a token sees", "Sites")


def create_site() -> Json:
    """The operation that stands beside the list of sites."""
    return _operation("A new site", "Site", 409, status=201, body=NewSite)


def paths() -> Json:
    """Every address that only administrators use."""
    site, shares = "/api/sites/{site}", "/api/sites/{site}/shares"
    erasures = "/api/sites/{site}/erasures"
    return {
        site: {
            "parameters": _in_path("site"),
            "get": _operation("All settings of a site", "Site"),
            "patch": _operation("Change what the body names", "Site", 409, body=SiteChange),
            "delete": _operation("Delete a site with its data", "Deleted", status=202),
        },
        f"{site}/usage": {
            "parameters": _in_path("site"),
            "get": _operation("This month's beacons, counted, and what they cost", "Usage"),
        },
        shares: {
            "parameters": _in_path("site"),
            "get": _asked(ListQuestion, "The share links of a site", "Shares"),
            "post": _operation("A new share link", "NewShare", status=201, body=NewShare),
        },
        f"{shares}/{{share}}": {
            "parameters": _in_path("site", "share"),
            "delete": _operation("Revoke a share link", "Revoked", 404),
        },
        f"{site}/excluded-visitors": {
            "parameters": _in_path("site"),
            "post": _operation("Store nothing more of a visitor", "Objection", body=Objection),
        },
        f"{site}/included-visitors": {
            "parameters": _in_path("site"),
            "post": _operation("Take an objection back", "Objection", body=Objection),
        },
        f"{site}/export": {
            "parameters": _in_path("site"),
            "post": _operation("Everything about a visitor", "Export", body=ExportForm),
        },
        erasures: {
            "parameters": _in_path("site"),
            "get": _asked(ListQuestion, "Receipts, newest first", "Receipts"),
            "post": _operation(
                "Erase a visitor, or a day and/or a path", "Receipt", 409, status=202, body=Subject
            ),
        },
        f"{erasures}/{{receipt}}": {
            "parameters": _in_path("site", "receipt"),
            "get": _operation("One receipt", "Receipt", 404),
        },
        f"{site}/data-protection": {
            "parameters": _in_path("site"),
            "get": _operation("What is stored about visitors, how long and where", "Statement"),
        },
        "/api/tokens": {
            "get": _asked(ListQuestion, "The tokens of one's sites", "Tokens"),
            "post": _operation("A new token", "NewToken", status=201, body=NewToken),
        },
        "/api/tokens/{token}": {
            "parameters": _in_path("token"),
            "delete": _operation("Revoke a token", "Revoked", 404),
        },
        "/api/audit": {"get": _asked(LogQuestion, "Who changed what, newest first", "Log")},
    }
