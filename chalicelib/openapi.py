"""The HTTP contract as OpenAPI 3.1, made from the vocabulary, the limits and the question's own
table of parameters, so that it cannot say anything else than they do.

Answers are described exactly: which keys there always or sometimes are, of what type, and that
there are no others.
"""

from __future__ import annotations

from typing import get_args

from chalicelib import openapi_admin
from chalicelib.enrich.limits import MAX_BODY_BYTES, MAX_DATA_KEYS, MAX_EVENTS
from chalicelib.model import Reason
from chalicelib.openapi_pieces import (
    COUNT,
    DAY,
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
    or_null,
    ref,
)
from chalicelib.query import question
from chalicelib.query.counts import LISTS
from chalicelib.query.vocabulary import DIMENSIONS, METRICS, OPERATORS, Kind
from chalicelib.spans import RANGES

RATE: Json = {"type": "number", "minimum": 0, "maximum": 1}
DEFINITION = {metric.id: metric.definition for metric in METRICS}


def _metric(id: str, of: Json = COUNT) -> Json:
    return {**of, "description": DEFINITION[id]}


UUID = {"type": ["string", "null"], "format": "uuid"}
ID = {"type": ["string", "null"], "pattern": "^[A-Za-z0-9_-]{1,64}$"}
OPTIONAL_TEXT = {"type": ["string", "null"]}

HIT_FIELDS: Json = {
    "event_type": {
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9_.:-]{0,63}$",
        "description": "`pageview`, `user_engagement`, `scroll`, `click` or a name of your own",
    },
    "url": {"type": "string", "description": "as the browser has it; too long is trimmed"},
    "referrer": OPTIONAL_TEXT,
    "title": OPTIONAL_TEXT,
    "visitor_id": UUID,
    "session_id": UUID,
    "event_id": ID,
    "age_ms": {"type": ["number", "null"], "description": "how long before this request"},
    "seq": {
        "type": ["integer", "null"],
        "description": "number of the event in its session; absent: its place in the beacon",
    },
    "site": {**ID, "description": "else found from the url's hostname"},
    "entry": {
        "type": ["object", "null"],
        "required": ["url"],
        "properties": {"url": TEXT, "referrer": OPTIONAL_TEXT},
        "description": "what the session began with",
    },
    "screen": {"type": ["string", "null"], "examples": ["1440x900"]},
    "language": {"type": ["string", "null"], "description": "BCP 47"},
    "time_zone": {
        "type": ["string", "null"],
        "description": "IANA; a place where the edge has none",
    },
    "data": {
        "type": ["object", "null"],
        "description": f"up to {MAX_DATA_KEYS} scalars; a bad value is left out, the event stays",
    },
}

SERIES = {name: many(COUNT) for name in ("users", "sessions", "pageviews")}
TREND = {"t": many(MOMENT), **SERIES}
ROWS: dict[Kind, str] = {"value": "Rows", "tally": "CountedRows", "page": "PageRows"}


def _rows(kind: Kind) -> Json:
    """The lists of a kind of dimension: `users` only where asked for."""
    counted = ("sessions", "pageviews", *LISTS[kind])
    own = {"id": TEXT, **{name: _metric(name) for name in counted}}
    return many(closed(own, users=_metric("users")))


SCHEMAS: dict[str, Json] = {
    "Error": closed({"error": closed({"code": TEXT, "message": TEXT}, field=TEXT)}),
    "Hit": {"type": "object", "properties": HIT_FIELDS},
    "Beacon": {
        "type": "object",
        "description": "One event, or several under `events`; fields common to all may stand "
        f"once at the top. At most {MAX_EVENTS} events in {MAX_BODY_BYTES} bytes.",
        "properties": {
            **HIT_FIELDS,
            "beacon_id": ID,
            "events": {**many(ref("Hit")), "minItems": 1, "maxItems": MAX_EVENTS},
        },
        "anyOf": [{"required": ["event_type", "url"]}, {"required": ["events"]}],
    },
    "Collected": closed(
        {
            "accepted": COUNT,
            "duplicates": COUNT,
            "dropped": many(closed({"index": COUNT, "reason": choice(*get_args(Reason))})),
        }
    ),
    **{name: _rows(kind) for kind, name in ROWS.items()},
    "Totals": closed(
        {
            "users": _metric("users"),
            "sessions": _metric("sessions"),
            "pageviews": _metric("pageviews"),
            "bounce_rate": _metric("bounce_rate", RATE),
            "engagement_ms_per_session": _metric("engagement_ms_per_session", NUMBER),
            "views_per_session": _metric("views_per_session", NUMBER),
        }
    ),
    "Partial": {**many(DAY), "description": "days that could not be read"},
    "Meta": closed(
        {
            "site": TEXT,
            "tz": TEXT,
            "from": MOMENT,
            "to": MOMENT,
            "bucket": choice("hour", "day", "week", "month"),
            "unfinished": YES_OR_NO,
            "generated_at": MOMENT,
            "partial": ref("Partial"),
        }
    ),
    "Stats": closed(
        {
            "meta": ref("Meta"),
            "totals": ref("Totals"),
            "previous": or_null(ref("Totals")),
            "trend": closed({**TREND, "previous": or_null(closed(TREND))}),
            "visitors": closed(
                {
                    "new": _metric("new"),
                    "returning": _metric("returning"),
                    "t": many(MOMENT),
                    "new_pageviews": many(COUNT),
                    "returning_pageviews": many(COUNT),
                }
            ),
            "top": closed(
                {d.id: {**ref(ROWS[d.kind]), "description": d.definition} for d in DIMENSIONS}
            ),
        }
    ),
    "Sankey": closed(
        {
            "meta": ref("Meta"),
            "nodes": many(closed({"id": TEXT, "step": COUNT, "label": TEXT})),
            "links": many(closed({"source": TEXT, "target": TEXT, "value": COUNT})),
            "sessions": COUNT,
        }
    ),
    "Realtime": closed(
        {
            "at": MOMENT,
            "live_users": _metric("live_users"),
            "minutes": {**many(COUNT), "minItems": 30, "maxItems": 30},
            "pages": ref("PageRows"),
            "sources": ref("Rows"),
            "partial": ref("Partial"),
        }
    ),
    "List": closed(
        {
            "meta": ref("Meta"),
            "dimension": choice(*(dimension.id for dimension in DIMENSIONS)),
            "rows": {
                "anyOf": [ref(name) for name in ROWS.values()],
                "items": {"required": ["users"]},
            },
            "cursor": {**OPTIONAL_TEXT, "description": "asks for what follows; null at the end"},
        }
    ),
    "Sites": closed(
        {
            "role": ROLE,
            "filters": {**many(TEXT), "description": "locked filters of a share link"},
            "sites": many(
                closed({"id": TEXT, "name": TEXT, "hostnames": many(TEXT), "time_zone": TEXT})
            ),
            "cursor": openapi_admin.CURSOR,
        }
    ),
    "Health": closed({"ok": {"const": True}}),
    "Document": {"type": "object", "description": "OpenAPI 3.1"},
}


def _whole(least: int, most: int, default: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def _value(default: str = "") -> Json:
    value = {**TEXT, "maxLength": question.LONGEST_VALUE}
    return {**value, "default": default} if default else value


PARAMETERS: dict[str, tuple[str, Json]] = {
    "site": ("the site's id", _value()),
    "tz": ("IANA time zone; default the site's", _value()),
    "range": ("a span that ends now", {**choice(*RANGES), "default": question.DEFAULT_RANGE}),
    "from": (
        "instead of range: ISO 8601 instant, or a date, which is its local midnight",
        _value(),
    ),
    "to": ("exclusive end, as `from`; may lie in the future", _value()),
    "compare": ("adds the span of equal length just before", choice("previous")),
    "filter": (
        "`dimension:operator:value`, repeatable (AND); values joined by `|` are OR, `\\|` is a "
        f"bar. Dimensions: {', '.join(d.id for d in DIMENSIONS)}. "
        f"Operators: {' '.join(f'`{o.id}`: {o.definition}' for o in OPERATORS)}",
        {**many(_value()), "maxItems": question.MOST_FILTERS},
    ),
    "limit": ("rows a list", _whole(1, 1000, 10)),
    "users": (
        "`1` adds exact users to rows: the dearest part of a report",
        {**choice("0", "1"), "default": "0"},
    ),
    "bots": (
        "bots and referrer spam are left out unless asked for",
        {**choice("exclude", "include", "only"), "default": "exclude"},
    ),
    "steps": ("steps of the flow", _whole(2, 8, 4)),
    "by": (
        "what the flow begins with",
        {**choice("entry_page", "source"), "default": "entry_page"},
    ),
    "dimension": ("which list", choice(*(dimension.id for dimension in DIMENSIONS))),
    "cursor": ("where the last answer ended", _value()),
    "search": ("only rows whose id contains this", _value()),
}
OF_THE_FLOW = {"limit": ("nodes a step", _whole(1, 20, 7))}
REQUIRED = {"site", "dimension"}


def _parameter(name: str, description: str, schema: Json) -> Json:
    given: Json = {"name": name, "in": "query", "description": description, "schema": schema}
    if name == "filter":
        given["explode"] = True
    return {**given, "required": True} if name in REQUIRED else given


def _collect() -> Json:
    beacon = {"schema": ref("Beacon")}
    responses = answers("Collected", 400, 413, 415)
    dropped = {"schema": TEXT, "description": "the first reason, where a hit does not count"}
    responses["200"]["headers"] = {"X-Dropped": dropped}
    return {
        "post": {
            "summary": "Take in a beacon: durable, once, when it answers",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": beacon, "text/plain": beacon},
            },
            "responses": responses,
        }
    }


def _report(name: question.Name, schema: str, summary: str) -> Json:
    known = {**PARAMETERS, **OF_THE_FLOW} if name == "sankey" else PARAMETERS
    asked = [_parameter(n, *known[n]) for n in known if n in question.ALLOWED[name]]
    responses = answers(schema, 400, 401, 403, 414)
    return {"get": {"summary": summary, "parameters": asked, "responses": responses}}


def _public(schema: str, summary: str) -> Json:
    return {"get": {"summary": summary, "security": [], "responses": answers(schema)}}


def _paths() -> Json:
    collect = _collect()
    reports = {
        "stats": _report("stats", "Stats", "Everything the dashboard draws"),
        "sankey": _report("sankey", "Sankey", "The flow of sessions, step by step"),
        "realtime": _report("realtime", "Realtime", "The last 30 minutes"),
        "list": _report("list", "List", "One list whole, with exact users"),
    }
    return {
        "/api/collect": collect,
        "/api/e": collect,
        **{f"/api/analytics/{name}": path for name, path in reports.items()},
        **{f"/api/reports/{name}": path for name, path in reports.items()},
        "/api/sites": {
            "get": openapi_admin.list_sites(),
            "post": openapi_admin.create_site(),
        },
        **openapi_admin.paths(),
        "/api/health": _public("Health", "Whether all of it is ready"),
        "/api/openapi.json": _public("Document", "This document"),
    }


ELSEWHERE = (
    "Every error has the body `Error`. An address that there is not answers 404, and so does "
    "API Gateway to a method that an address does not take (the local stage: 405). A defect is 500."
)


def document() -> Json:
    """The whole contract as an OpenAPI 3.1 document."""
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footfall",
            "version": "0.1.0",
            "description": ELSEWHERE,
            "license": {"name": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": {**SCHEMAS, **openapi_admin.SCHEMAS},
            "securitySchemes": {"token": bearer},
        },
    }
