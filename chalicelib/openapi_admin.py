"""The administrator's part of the HTTP contract, its bodies made from the forms that read them."""

from __future__ import annotations

from typing import Any

from chalicelib.forms import (
    Form,
    LogQuestion,
    NewShare,
    NewSite,
    NewToken,
    Objection,
    SiteChange,
    Subject,
    VisitorForm,
)

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
MOMENT: Json = {"type": "integer", "description": "epoch milliseconds"}
MAYBE: Json = {"type": ["integer", "null"], "description": "epoch milliseconds, null for never"}
TEXTS: Json = {"type": "array", "items": TEXT}


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(name: str, of: str) -> Json:
    items = {"$ref": f"#/components/schemas/{of}"}
    return _object(**{name: {"type": "array", "items": items}})


ISSUED = {
    "id": TEXT,
    "name": TEXT,
    "role": {"enum": ["admin", "viewer", "share"]},
    "sites": TEXTS,
    "created_at": MOMENT,
    "expires_at": MAYBE,
    "last_used_at": MAYBE,
}
SECRET: Json = {"type": "string", "description": "told this once, stored nowhere"}
RECEIPT: Json = {
    **_object(
        id=TEXT,
        subject={"enum": ["visitor", "day", "path"]},
        before=MOMENT,
        asked_at=MOMENT,
        asked_by=TEXT,
        erased_at={**MAYBE, "description": "when it was gone from every store; null: not yet"},
    ),
    "description": "`visitor` is the 64-bit hash of a visitor's id, which itself is kept nowhere",
}
SITE: Json = _object(
    id=TEXT,
    name=TEXT,
    hostnames=TEXTS,
    time_zone=TEXT,
    identity={"enum": ["persistent", "storage-free"]},
    honour_gpc={"type": "boolean"},
    honour_dnt={"type": "boolean"},
    kept_query_parameters=TEXTS,
    excluded_paths=TEXTS,
    excluded_visitors=TEXTS,
    excluded_addresses={**TEXTS, "description": "addresses are taken, hashes kept and given back"},
    bot_filters={
        **TEXTS,
        "description": "`dimension:is|contains:value`: sessions of today and the past that count "
        "as bots; a report with the same filter shows the effect first, taking it away undoes it",
    },
    shards=COUNT,
    retention_days={**COUNT, "description": "0 keeps history for ever"},
)
ENTRY: Json = _object(
    at=MOMENT,
    by=_object(id=TEXT, name=TEXT, role=TEXT),
    action=TEXT,
    site={**TEXT, "description": "empty: the deployment"},
    details={"type": "object"},
)
SESSION: Json = _object(
    session=TEXT,
    attributes={"type": "object"},
    events={"type": "array", "items": _object(type=TEXT, at_ms=MOMENT, path=TEXT, data={})},
)

USAGE: Json = _object(
    **{
        "from": {**MOMENT, "description": "the first of this month, UTC"},
        "to": MOMENT,
        "requests": {**COUNT, "description": "beacons, each a request to the API"},
        "write_units": {**COUNT, "description": "the items and their copies in the index"},
        "estimate_usd": {"type": "number", "minimum": 0},
        "prices_of": {**TEXT, "description": "month of the list prices (us-east-1)"},
    }
)

SCHEMAS: Json = {
    "Site": SITE,
    "Usage": USAGE,
    "Token": _object(**ISSUED),
    "NewToken": _object(**ISSUED, secret=SECRET),
    "Tokens": _list("tokens", "Token"),
    "Share": _object(**ISSUED, filters=TEXTS),
    "NewShare": _object(**ISSUED, filters=TEXTS, secret=SECRET),
    "Shares": _list("shares", "Share"),
    "Revoked": _object(id=TEXT, revoked={"const": True}),
    "Deleted": _object(id=TEXT, deleted={"const": True}),
    "Receipt": RECEIPT,
    "Receipts": _list("erasures", "Receipt"),
    "Session": SESSION,
    "Export": {
        **_list("sessions", "Session"),
        "description": "everything stored about a visitor; `partial`: days that cannot be read",
    },
    "Statement": _object(
        site={"type": "object"},
        generated_at=MOMENT,
        region=TEXT,
        visitors=TEXT,
        stored={
            "type": "array",
            "items": _object(what=TEXT, fields=TEXTS, kept=TEXT, where=TEXT),
        },
        never_stored=TEXTS,
        settings={"type": "object"},
        rights={"type": "object"},
    ),
    "Entry": ENTRY,
    "Log": _list("entries", "Entry"),
}

WHY = {
    400: "something in it cannot be understood; `field` names it",
    401: "no token, or one that is unknown, expired or revoked",
    403: "the token may not do that on this site, or there is no such site",
    404: "there is nothing of this id",
    409: "it contradicts what there is",
    413: "more than 64 KiB",
    415: "not JSON",
    503: "a store is busy; see Retry-After",
}


def _answer(description: str, schema: str) -> Json:
    ref = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": ref}}}


def _operation(
    summary: str, schema: str, *errors: int, status: int = 200, body: type[Form] | None = None
) -> Json:
    known = (401, 403, 503, *errors, *((400, 413, 415) if body else ()))
    failures = {str(code): _answer(WHY[code], "Error") for code in sorted(known)}
    described = {
        "summary": summary,
        "responses": {str(status): _answer("done", schema), **failures},
    }
    if body is None:
        return described
    content = {"application/json": {"schema": body.model_json_schema()}}
    return {**described, "requestBody": {"required": True, "content": content}}


def _in_path(*names: str) -> list[Json]:
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _log() -> Json:
    properties = LogQuestion.model_json_schema()["properties"]
    asked = [{"name": n, "in": "query", "schema": schema} for n, schema in properties.items()]
    return {**_operation("Who changed what, newest first", "Log", 400), "parameters": asked}


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
            "get": _operation("The share links of a site", "Shares"),
            "post": _operation("A new share link", "NewShare", status=201, body=NewShare),
        },
        f"{shares}/{{share}}": {
            "parameters": _in_path("site", "share"),
            "delete": _operation("Revoke a share link", "Revoked", 404),
        },
        f"{site}/excluded-visitors": {
            "parameters": _in_path("site"),
            "post": _operation("Store nothing more of a visitor", "Site", 409, body=Objection),
        },
        f"{site}/export": {
            "parameters": _in_path("site"),
            "post": _operation("Everything about a visitor", "Export", body=VisitorForm),
        },
        erasures: {
            "parameters": _in_path("site"),
            "get": _operation("Receipts, newest first", "Receipts"),
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
            "get": _operation("The tokens of one's sites", "Tokens"),
            "post": _operation("A new token", "NewToken", status=201, body=NewToken),
        },
        "/api/tokens/{token}": {
            "parameters": _in_path("token"),
            "delete": _operation("Revoke a token", "Revoked", 404),
        },
        "/api/audit": {"get": _log()},
    }
