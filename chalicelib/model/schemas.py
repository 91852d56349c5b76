"""What both halves of the OpenAPI document are made of: pieces of schemas, and the answers that
every operation can give."""

from __future__ import annotations

from typing import Any, get_args

from chalicelib.model.limits import MAX_BODY_BYTES, MAX_EVENTS
from chalicelib.model.principal import Role

Json = dict[str, Any]

TEXT: Json = {"type": "string"}

COUNT: Json = {"type": "integer", "minimum": 0}

NUMBER: Json = {"type": "number", "minimum": 0}

YES_OR_NO: Json = {"type": "boolean"}

MOMENT: Json = {"type": "integer", "description": "epoch milliseconds"}

DAY: Json = {"type": "string", "format": "date"}

ROLE: Json = {"type": "string", "enum": list(get_args(Role))}


def many(of: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": of}


def closed(required: dict[str, Json], **optional: Json) -> Json:
    """An object of an answer: all of the first, maybe some of the others, nothing else."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def ref(name: str) -> Json:
    """The schema of that name under `components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(of: Json) -> Json:
    """That, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def choice(*values: str) -> Json:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def content(name: str) -> Json:
    """JSON by the schema of that name."""
    return {"content": {"application/json": {"schema": ref(name)}}}


def answers(schema: str, *errors: int, status: int = 200) -> Json:
    """The responses of an operation. API Gateway may throttle any or have no function for it, so
    429 and 503 need not be named."""
    failures = {str(code): _failure(code) for code in sorted({*errors, 429, 503})}
    return {str(status): {"description": "the answer", **content(schema)}, **failures}


WHY = {
    400: "something in it cannot be understood; `field` names it. `limit`, also where the answer "
    "would exceed 5 MB",
    401: "no token, or one that is unknown, expired or revoked",
    403: "the token may not do that on this site, or there is no such site",
    404: "there is nothing of this id",
    409: "it contradicts what there is",
    413: f"more than {MAX_BODY_BYTES // 1024} KiB, a beacon of more than {MAX_EVENTS} events, or "
    "one of which more would be stored than may be; `field` names what it is",
    414: "the address is longer than the servers before it take",
    415: "another content type than it takes",
    429: "over a budget of requests, events, bytes or visitors",
    503: "a store is busy; or, without Retry-After, a report needs more memory than there is",
}

HEADERS: dict[int, Json] = {
    401: {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
    429: {"Retry-After": {"required": True, "schema": {**COUNT, "description": "seconds"}}},
    503: {"Retry-After": {"schema": {**COUNT, "description": "seconds"}}},
}


def _failure(code: int) -> Json:
    headers = {"headers": HEADERS[code]} if code in HEADERS else {}
    return {"description": WHY[code], **headers, **content("Error")}
