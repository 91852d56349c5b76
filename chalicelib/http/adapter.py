"""Between Chalice and the verbs: the only module that knows both a request and a Refusal.

API Gateway answers some errors itself; infra gives those the same body.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from chalice.app import Chalice, CORSConfig, Response
from chalice.app import Request as Event

from chalicelib.admin.access import authenticate
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal, Request
from chalicelib.store.registry.tokens import Tokens

ANY_ORIGIN = CORSConfig(
    allow_origin="*",
    allow_headers=["Content-Type"],
    expose_headers=["Retry-After", "X-Dropped"],
    max_age=86400,
)

ANY_TYPE = ["*/*"]  # Chalice's own 415 has another body than the contract's, so verbs check

MAX_BODY_BYTES = 65_536

MAX_ANSWER_BYTES = 5_000_000

MAX_QUOTED_BYTES = 6_000_000
"""Lambda's own limit, 6 MB less headers, is on the answer as a JSON text within another: each quote
and backslash in it takes a byte more."""

JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}

NEVER_CACHED = {"Cache-Control": "private, no-store"}

log = logging.getLogger("footfall")

TOO_LARGE = Refusal(
    400, "answer_too_large", "The answer would exceed 5 MB; ask for a smaller limit.", "limit"
)

Reply = tuple[Mapping[str, Any], Mapping[str, str]]
"""An answer's JSON body and its headers."""


def dashboard_cors(origin: str) -> CORSConfig | bool:
    """CORS for reports: the dashboard's own origin, or none where both share one origin."""
    if not origin:
        return False
    allowed = ["Authorization", "Content-Type"]
    return CORSConfig(allow_origin=origin, allow_headers=allowed, max_age=600)


def json_response(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer; bytes beyond ASCII go out as UTF-8, never cached unless said.

    In place of one that is too large goes a 400 that names `limit`.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate has no UTF-8; what was stored never holds one, what is echoed may.
    content = text.encode("utf-8", "replace")
    if not _fits(content):
        return refusal_response(TOO_LARGE)
    text = content.decode("utf-8")
    sent: dict[str, str | list[str]] = {**JSON_TYPE, **NEVER_CACHED, **(headers or {})}
    return Response(text, status_code=status, headers=sent)


def _fits(content: bytes) -> bool:
    quoted = len(content) + content.count(b'"') + content.count(b"\\")
    return len(content) <= MAX_ANSWER_BYTES and quoted <= MAX_QUOTED_BYTES


def refusal_response(refusal: Refusal) -> Response:
    """The contract's error body: code, message and, where one is to blame, the field."""
    error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
    headers = {}
    if refusal.retry_after_s:
        headers["Retry-After"] = str(refusal.retry_after_s)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return json_response(refusal.status, {"error": {k: v for k, v in error.items() if v}}, headers)


def request_of(app: Chalice) -> Request:
    """The current request as a value: raw body, lower-case headers, the caller's address."""
    event = _current_event(app)
    headers = {name.lower(): value for name, value in dict(event.headers).items()}
    address = event.context.get("identity", {}).get("sourceIp", "")
    body = event.raw_body
    return Request(body.encode() if isinstance(body, str) else body, headers, address)


def json_of(app: Chalice) -> Any:
    """The JSON value in the body of an administrator's request.

    Raises Refusal 413 beyond 64 KiB, 415 for another content type, 400 where it is no JSON or
    holds what UTF-8 can not.
    """
    request = request_of(app)
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated != "application/json":
        raise Refusal(415, "unsupported_media_type", "Send application/json.")
    if len(request.body) > MAX_BODY_BYTES:
        raise Refusal(413, "too_large", "The body may have up to 64 KiB.")
    try:
        value = json.loads(request.body, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_request", "The body must be JSON in UTF-8.") from None
    return value


def query_of(app: Chalice) -> list[tuple[str, str]]:
    """Query parameters in order, repeated ones kept."""
    given = _current_event(app).query_params
    if given is None:
        return []
    return [(name, value) for name in given for value in given.getlist(name)]


def principal_of(app: Chalice, tokens: Tokens) -> Principal:
    """Who sends the current request. Raises Refusal 401."""
    return authenticate(_current_event(app).headers.get("authorization", ""), tokens.find)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _current_event(app: Chalice) -> Event:
    event = app.current_request
    assert event is not None  # it is set for as long as a view runs
    return event


def routes(
    app: Chalice,
    *paths: str,
    methods: tuple[str, ...] = ("GET",),
    cors: CORSConfig | bool = False,
    status: int = 200,
) -> Callable[[Callable[..., Reply]], Callable[..., Response]]:
    """Register a view under each path; a Refusal becomes its answer, a defect a logged 500."""

    def register(view: Callable[..., Reply]) -> Callable[..., Response]:
        @functools.wraps(view)
        def answered(*args: str, **names: str) -> Response:
            try:
                body, headers = view(*args, **names)
            except Refusal as refusal:
                return refusal_response(refusal)
            except Exception:
                log.exception("defect", extra={"view": view.__name__})
                return refusal_response(Refusal(500, "defect", "This is a defect of Footfall."))
            return json_response(status, body, headers)

        for path in paths:
            app.route(path, methods=list(methods), cors=cors, content_types=ANY_TYPE)(answered)
        return answered

    return register
