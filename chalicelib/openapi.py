"""The HTTP contract as OpenAPI 3.1, made from the vocabulary, the limits and the question's own
table of parameters, so that it cannot say anything else than they do.

Answers are described as far as a client needs: what keys there are and of what type.
"""

from __future__ import annotations

from typing import Any

from chalicelib import openapi_admin
from chalicelib.enrich.limits import MAX_BODY_BYTES, MAX_DATA_KEYS, MAX_EVENTS
from chalicelib.query import question
from chalicelib.query.vocabulary import DIMENSIONS, METRICS, OPERATORS
from chalicelib.spans import RANGES

Json = dict[str, Any]

COUNT: Json = {"type": "integer", "minimum": 0}
RATE: Json = {"type": "number", "minimum": 0, "maximum": 1}
NUMBER: Json = {"type": "number", "minimum": 0}
MOMENT: Json = {"type": "integer", "description": "epoch milliseconds"}
TEXT: Json = {"type": "string"}
DAY: Json = {"type": "string", "format": "date"}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _object(required: dict[str, Json], **optional: Json) -> Json:
    properties = {**required, **optional}
    return {"type": "object", "required": list(required), "properties": properties}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(of: Json) -> Json:
    return {"anyOf": [of, {"type": "null"}]}


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
    "seq": {"type": ["integer", "null"], "description": "number of the event in its session"},
    "site": {"type": ["string", "null"], "description": "else found from the url's hostname"},
    "entry": _or_null(_object({"url": TEXT}, referrer=OPTIONAL_TEXT)),
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

TOTALS = _object(
    {
        "users": _metric("users"),
        "sessions": _metric("sessions"),
        "pageviews": _metric("pageviews"),
        "bounce_rate": _metric("bounce_rate", RATE),
        "engagement_ms_per_session": _metric("engagement_ms_per_session", NUMBER),
        "views_per_session": _metric("views_per_session", NUMBER),
    }
)
SERIES = _object({name: _list(COUNT) for name in ("users", "sessions", "pageviews")})

SCHEMAS: dict[str, Json] = {
    "Error": _object({"error": _object({"code": TEXT, "message": TEXT}, field=TEXT)}),
    "Hit": {"type": "object", "properties": HIT_FIELDS},
    "Beacon": {
        "type": "object",
        "description": "One event, or several under `events`; fields common to all may stand "
        f"once at the top. At most {MAX_EVENTS} events in {MAX_BODY_BYTES} bytes.",
        "properties": {
            **HIT_FIELDS,
            "beacon_id": ID,
            "events": {**_list(_ref("Hit")), "minItems": 1, "maxItems": MAX_EVENTS},
        },
        "anyOf": [{"required": ["event_type", "url"]}, {"required": ["events"]}],
    },
    "Collected": _object(
        {
            "accepted": COUNT,
            "duplicates": COUNT,
            "dropped": _list(_object({"index": COUNT, "reason": TEXT})),
        }
    ),
    "Rows": _list(
        _object(
            {"id": TEXT, "sessions": _metric("sessions"), "pageviews": _metric("pageviews")},
            users=_metric("users"),
            count=_metric("count"),
            engagement_ms=_metric("engagement_ms"),
            scrolled_90=_metric("scrolled_90"),
        )
    ),
    "Totals": TOTALS,
    "Meta": _object(
        {
            "site": TEXT,
            "tz": TEXT,
            "from": MOMENT,
            "to": MOMENT,
            "bucket": {"enum": ["hour", "day", "week", "month"]},
            "unfinished": {"type": "boolean"},
            "generated_at": MOMENT,
            "partial": {**_list(DAY), "description": "days that could not be read"},
        }
    ),
    "Stats": _object(
        {
            "meta": _ref("Meta"),
            "totals": _ref("Totals"),
            "previous": _or_null(_ref("Totals")),
            "trend": {
                **SERIES,
                "required": ["t", *SERIES["required"], "previous"],
                "properties": {
                    "t": _list(MOMENT),
                    **SERIES["properties"],
                    "previous": _or_null(SERIES),
                },
            },
            "visitors": _object(
                {
                    "new": _metric("new"),
                    "returning": _metric("returning"),
                    "t": _list(MOMENT),
                    "new_pageviews": _list(COUNT),
                    "returning_pageviews": _list(COUNT),
                }
            ),
            "top": _object(
                {d.id: {**_ref("Rows"), "description": d.definition} for d in DIMENSIONS}
            ),
        }
    ),
    "Sankey": _object(
        {
            "nodes": _list(_object({"id": TEXT, "step": COUNT, "label": TEXT})),
            "links": _list(_object({"source": TEXT, "target": TEXT, "value": COUNT})),
            "sessions": COUNT,
        }
    ),
    "Realtime": _object(
        {
            "at": MOMENT,
            "live_users": _metric("live_users"),
            "minutes": {**_list(COUNT), "minItems": 30, "maxItems": 30},
            "pages": _ref("Rows"),
            "sources": _ref("Rows"),
        }
    ),
    "List": _object({"rows": _ref("Rows")}, cursor=OPTIONAL_TEXT),
    "Sites": _object(
        {
            "role": TEXT,
            "filters": {**_list(TEXT), "description": "locked filters of a share link"},
            "sites": _list(_object({"id": TEXT, "name": TEXT})),
        }
    ),
    "Health": _object({"ok": {"const": True}}),
}


def _choice(*values: str) -> Json:
    return {"type": "string", "enum": list(values)}


def _whole(least: int, most: int, default: int | None = None) -> Json:
    schema: Json = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else {**schema, "default": default}


PARAMETERS: dict[str, tuple[str, Json]] = {
    "site": ("the site's id", TEXT),
    "tz": ("IANA time zone; default the site's", TEXT),
    "range": ("a span that ends now", {**_choice(*RANGES), "default": question.DEFAULT_RANGE}),
    "from": ("instead of range: ISO 8601 instant, or a date, which is its local midnight", TEXT),
    "to": ("exclusive end, as `from`; may lie in the future", TEXT),
    "compare": ("adds the span of equal length just before", _choice("previous")),
    "filter": (
        "`dimension:operator:value`, repeatable (AND); values joined by `|` are OR, `\\|` is a "
        f"bar. Dimensions: {', '.join(d.id for d in DIMENSIONS)}. "
        f"Operators: {' '.join(f'`{o.id}`: {o.definition}' for o in OPERATORS)}",
        _list(TEXT),
    ),
    "limit": ("rows a list; for sankey nodes a step, at most 20", _whole(1, 1000)),
    "users": ("`1` adds exact users to rows: the dearest part of a report", _choice("0", "1")),
    "bots": (
        "bots and referrer spam are left out unless asked for",
        _choice("exclude", "include", "only"),
    ),
    "steps": ("steps of the flow", _whole(2, 8, 4)),
    "by": ("what the flow begins with", _choice("entry_page", "source")),
    "dimension": ("which list", _choice(*(dimension.id for dimension in DIMENSIONS))),
    "cursor": ("where the last answer ended", TEXT),
    "search": ("only rows whose id contains this", TEXT),
}
REQUIRED = {"site", "dimension"}


def _parameter(name: str) -> Json:
    description, schema = PARAMETERS[name]
    given: Json = {"name": name, "in": "query", "description": description, "schema": schema}
    if name == "filter":
        given["explode"] = True
    return {**given, "required": True} if name in REQUIRED else given


def _answers(schema: str, *errors: int) -> Json:
    def content(name: str) -> Json:
        return {"content": {"application/json": {"schema": _ref(name)}}}

    failures = {str(code): {"description": WHY[code], **content("Error")} for code in errors}
    return {"200": {"description": "the answer", **content(schema)}, **failures}


WHY = {
    400: "something in it cannot be understood; `field` names it",
    401: "no token, or one that is unknown, expired or revoked",
    403: "the token may not do that on this site, or there is no such site",
    413: "more than 64 KiB or 50 events",
    415: "neither JSON nor text",
    429: "too many requests from one address; see Retry-After",
    503: "the store is busy; see Retry-After",
}


def _collect() -> Json:
    schema = {"schema": _ref("Beacon")}
    return {
        "post": {
            "summary": "Take in a beacon: durable, once, when it answers",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": schema, "text/plain": schema},
            },
            "responses": _answers("Collected", 400, 413, 415, 429, 503),
        }
    }


def _report(name: question.Name, schema: str, summary: str) -> Json:
    names = [known for known in PARAMETERS if known in question.ALLOWED[name]]
    return {
        "get": {
            "summary": summary,
            "parameters": [_parameter(known) for known in names],
            "responses": _answers(schema, 400, 401, 403, 503),
        }
    }


def _public(schema: str, summary: str) -> Json:
    return {"get": {"summary": summary, "security": [], "responses": _answers(schema)}}


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
            "get": {"summary": "The sites a token sees", "responses": _answers("Sites", 401, 503)},
            "post": openapi_admin.create_site(),
        },
        **openapi_admin.paths(),
        "/api/health": _public("Health", "Whether all of it is ready"),
        "/api/openapi.json": {
            "get": {
                "summary": "This document",
                "security": [],
                "responses": {"200": {"description": "OpenAPI 3.1"}},
            }
        },
    }


def document() -> Json:
    """The whole contract as an OpenAPI 3.1 document."""
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Footfall", "version": "0.1.0", "license": {"name": "Apache-2.0"}},
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": {**SCHEMAS, **openapi_admin.SCHEMAS},
            "securitySchemes": {"token": bearer},
        },
    }
