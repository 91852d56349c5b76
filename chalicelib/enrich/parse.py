"""A request body becomes hits: the grammar of the contract, lenient where it says so.

JSON is read here and not by the framework, which answers None to `text/plain` and 500 to deep
nesting. A malformed optional field is left out; a hit without its required fields is invalid.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from chalicelib.model.event_types import read_event_type
from chalicelib.model.limits import (
    MAX_AGE_MS,
    MAX_BODY_BYTES,
    MAX_DEPTH,
    MAX_EVENTS,
    MAX_NUMBER,
    REFUSED_AGE_MS,
)
from chalicelib.model.refusal import Refusal

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCREEN = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_OWN_OF_AN_EVENT = frozenset(("event_id", "events", "beacon_id", "data"))


def match_text(pattern: re.Pattern[str], spelled: Callable[[str], str]) -> BeforeValidator:
    """Text that is one match of `pattern`, spelled the one way; None for all else."""

    def keep(value: object) -> str | None:
        return spelled(value) if isinstance(value, str) and pattern.fullmatch(value) else None

    return BeforeValidator(keep)


def whole_number(low: int, high: int) -> BeforeValidator:
    """A finite number as an int inside [low, high]; None for all that is no number."""

    def keep(value: object) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return max(low, min(high, int(value)))

    return BeforeValidator(keep)


def _if_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _if_object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _if_seq(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MAX_NUMBER and value == int(value) else None


Uuid = Annotated[str | None, match_text(_UUID, str.lower)]
Id = Annotated[str | None, match_text(_ID, str)]
Text = Annotated[str, BeforeValidator(_if_text)]
Object = Annotated[Mapping[str, Any], BeforeValidator(_if_object)]


class Entry(BaseModel):
    """What a session began with."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    url: Text = ""
    referrer: Text = ""


def _if_entry(value: object) -> object:
    return value if isinstance(value, dict) and isinstance(value.get("url"), str) else None


class Hit(BaseModel):
    """One event as it was sent, its optional fields cleaned; text is not yet bounded."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: Annotated[str, AfterValidator(read_event_type)]
    url: str
    referrer: Text = ""
    title: Text = ""
    visitor_id: Uuid = None
    session_id: Uuid = None
    event_id: Id = None
    age_ms: Annotated[int | None, whole_number(0, REFUSED_AGE_MS + 1)] = None
    seq: Annotated[int | None, BeforeValidator(_if_seq)] = None
    site: Id = None
    entry: Annotated[Entry | None, BeforeValidator(_if_entry)] = None
    screen: Annotated[str | None, match_text(_SCREEN, str)] = None
    language: Annotated[str | None, match_text(_LANGUAGE, lambda tag: tag.replace("_", "-"))] = None
    time_zone: Annotated[str | None, match_text(re.compile(r"[A-Za-z_+/-]{1,64}"), str)] = None
    data: Object = {}

    @property
    def is_too_old(self) -> bool:
        """Whether a mark against its duplicates may be gone already."""
        return (self.age_ms or 0) > REFUSED_AGE_MS

    @property
    def counted_age_ms(self) -> int:
        """How long before its receipt it happened, as reports take it."""
        return min(self.age_ms or 0, MAX_AGE_MS)


@dataclass(frozen=True, slots=True)
class Invalid:
    """A hit that is none, with the field at fault."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Body:
    """A beacon as it was sent: hits and invalid ones, by their place in it."""

    beacon_id: str | None
    hits: Sequence[Hit | Invalid]
    raw: Sequence[Any]
    """The same events as JSON values, for deriving an id."""


def read_body(octets: bytes) -> Body:
    """The beacon in a request body.

    Raises `Refusal` 413 over the limits of size or number, 400 where it is no beacon.
    """
    if len(octets) > MAX_BODY_BYTES:
        raise Refusal(413, "too_large", f"a body may have {MAX_BODY_BYTES} bytes")
    top = _json_object(octets)
    raw = _list_events(top)
    given = top.get("beacon_id")
    beacon_id = given if isinstance(given, str) and _ID.fullmatch(given) else None
    return Body(beacon_id, [_read_hit(place, event) for place, event in enumerate(raw)], raw)


def _json_object(octets: bytes) -> dict[str, Any]:
    _refuse_depth(octets)
    try:
        top = json.loads(
            octets.decode("utf-8-sig", "replace"),
            parse_int=_read_integer,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_json", "the body is not JSON") from None
    if not isinstance(top, dict):
        raise Refusal(400, "bad_request", "a beacon is a JSON object")
    return top


def _refuse_depth(octets: bytes) -> None:
    if octets.count(b"{") + octets.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(octets):
        if bracket[0] in b"[{":
            depth += 1
        elif bracket[0] in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise Refusal(400, "bad_json", f"JSON may be nested {MAX_DEPTH} levels deep")


def _read_integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= len(str(MAX_NUMBER)) + 1 else None


def _no_number(_name: str) -> None:
    """NaN and Infinity are no JSON; as values they are absent."""


def _list_events(top: dict[str, Any]) -> list[Any]:
    events = top.get("events")
    if events is None:
        return [_drop_absent(top)]
    if not isinstance(events, list) or not events:
        raise Refusal(400, "bad_request", "events is a list of at least one", "events")
    if len(events) > MAX_EVENTS:
        raise Refusal(413, "too_many", f"a beacon may have {MAX_EVENTS} events", "events")
    common = {k: v for k, v in _drop_absent(top).items() if k not in _OWN_OF_AN_EVENT}
    return [common | _drop_absent(e) if isinstance(e, dict) else e for e in events]


def _drop_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _read_hit(place: int, event: object) -> Hit | Invalid:
    """A hit, whose place in its beacon is its sequence number if it says none."""
    try:
        hit = Hit.model_validate(event)
        return hit if hit.seq is not None else hit.model_copy(update={"seq": place})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return Invalid(field=".".join(str(at) for at in first["loc"]), message=first["msg"])
