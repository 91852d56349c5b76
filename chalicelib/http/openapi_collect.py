"""The collector's part of the HTTP contract: what a beacon may say, and what is answered."""

from __future__ import annotations

from typing import get_args

from chalicelib.model.event_types import EVENT_TYPES, MAX_NAME
from chalicelib.model.limits import MAX_BODY_BYTES, MAX_DATA_KEYS, MAX_EVENTS
from chalicelib.model.refusal import Reason
from chalicelib.model.schemas import COUNT, TEXT, Json, answers, choice, closed, many, ref

UUID = {"type": ["string", "null"], "format": "uuid"}

ID = {"type": ["string", "null"], "pattern": "^[A-Za-z0-9_-]{1,64}$"}

OPTIONAL_TEXT = {"type": ["string", "null"]}

HIT_FIELDS: Json = {
    "event_type": {
        "type": "string",
        "minLength": 1,
        "description": f"a name of your own (1 to {MAX_NAME} characters after trimming, none a "
        "control character), or a built-in one: "
        + "; ".join(f"`{type_.name}`, {type_.definition}" for type_ in EVENT_TYPES),
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

SCHEMAS: dict[str, Json] = {
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
}


def describe_collect() -> Json:
    """The operation that takes a beacon in."""
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
