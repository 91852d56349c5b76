"""What may stand in an administrator's request, field by field."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict, JsonValue

from chalicelib.admin.access import NEGATIVE
from chalicelib.admin.domains import is_shared
from chalicelib.enrich.identity import MAX_ID, clean_identifier
from chalicelib.model import spans
from chalicelib.model.event import HOT_DAYS
from chalicelib.model.spans import LATEST_MS
from chalicelib.query import filters
from chalicelib.query.dimensions import DIMENSION, FLAG
from chalicelib.query.operators import OPERATOR

LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"

HOSTNAME = re.compile(rf"(\*\.)?{LABEL}(\.{LABEL})*", re.ASCII)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

SITE_ID = r"^[a-z0-9][a-z0-9-]{0,62}$"

RETENTION_DAYS = 3650


SLASH: JsonDict = {"pattern": "^/"}

ADDRESSES: list[JsonValue] = [
    {"format": "ipv4"},
    {"format": "ipv6"},
    {"pattern": "^[0-9a-f]{64}$", "description": "the hash of an address"},
]

KEPT_DAYS: list[JsonValue] = [
    {"const": 0, "description": "for ever"},
    {"minimum": HOT_DAYS + 1, "maximum": RETENTION_DAYS},
]

VISITOR_OR_EVENTS: JsonDict = {
    "oneOf": [
        {"required": ["visitor_id"], "properties": {"visitor_id": {"type": "string"}}},
        {
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("day", "path")
            ]
        },
    ]
}


def _filter_schema(*operators: str) -> JsonDict:
    """What a filter with one of these operators begins with."""
    return {"pattern": f"^({'|'.join((*DIMENSION, *FLAG))}):({'|'.join(operators)}):[^|]"}


def _read_text(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be printable text")
    return text.strip()


def _read_hostname(text: str) -> str:
    name = text.lower().rstrip(".")
    wildcard, bare = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        ascii_name = wildcard + (bare if bare.isascii() else bare.encode("idna").decode("ascii"))
    except UnicodeError as error:
        raise ValueError("must be a hostname") from error
    if len(ascii_name) > 253 or not HOSTNAME.fullmatch(ascii_name):
        raise ValueError(
            "must be a hostname without scheme, port and path; '*.' stands for all below"
        )
    if is_shared(ascii_name.removeprefix("*.")):
        raise ValueError("must be below a public suffix: this one is shared by many owners")
    return ascii_name


def _time_zone(text: str) -> str:
    spans.find_zone(text)
    return text


def _read_path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable():
        raise ValueError("must begin with /; * stands for anything")
    return text


def _erased_path(text: str) -> str:
    if "*" in text[:-1]:
        raise ValueError("may have a * only at its end")
    return _read_path(text)


def _read_uuid(text: str) -> str:
    if not UUID.fullmatch(text.lower()):
        raise ValueError("must be a UUID")
    return text.lower()


def _read_filter(text: str) -> str:
    filters.parse_filter(text)
    return text


def _bot_filter(text: str) -> str:
    if filters.parse_filter(text).test.operator.id not in NEGATIVE:
        raise ValueError(f"the operator must be one of {', '.join(NEGATIVE)}")
    return text


def _read_retention(days: int) -> int:
    if days and not HOT_DAYS < days <= RETENTION_DAYS:
        raise ValueError(f"must be 0 (keep) or {HOT_DAYS + 1} to {RETENTION_DAYS} days")
    return days


def _read_address(text: str) -> str:
    return text if re.fullmatch("[0-9a-f]{64}", text) else str(ipaddress.ip_address(text))


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_read_text)]

Hostname = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="`*.` stands for all names below; Unicode names are kept in this form",
        json_schema_extra={"pattern": f"^{HOSTNAME.pattern}$"},
    ),
    AfterValidator(_read_hostname),
]

Path = Annotated[str, Field(max_length=500, json_schema_extra=SLASH), AfterValidator(_read_path)]

ErasedPath = Annotated[
    str, Field(max_length=500, json_schema_extra=SLASH), AfterValidator(_erased_path)
]

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]

VisitorId = Annotated[
    str, Field(max_length=36, json_schema_extra={"format": "uuid"}), AfterValidator(_read_uuid)
]

StoredId = Annotated[
    str,
    Field(
        description="as collected or imported, or `#` and the 16 hex digits of an export",
        json_schema_extra={"minLength": 1, "maxLength": MAX_ID},
    ),
    AfterValidator(clean_identifier),
]

ExportCursor = Annotated[
    str,
    Field(
        pattern="^[0-9]{15} #[0-9a-f]{16} [0-9a-f]{8} [0-9]{1,9}$", description="of the page before"
    ),
]

QueryParameter = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~-]{1,64}$")]

Address = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"anyOf": ADDRESSES}),
    AfterValidator(_read_address),
]

BotFilter = Annotated[
    str,
    Field(max_length=2000, json_schema_extra=_filter_schema(*NEGATIVE)),
    AfterValidator(_bot_filter),
]

LockedFilter = Annotated[
    str,
    Field(max_length=2000, json_schema_extra=_filter_schema(*OPERATOR)),
    AfterValidator(_read_filter),
]

TimeZone = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"examples": ["Europe/Berlin"]}),
    AfterValidator(_time_zone),
]

RetentionDays = Annotated[
    int, Field(json_schema_extra={"anyOf": KEPT_DAYS}), AfterValidator(_read_retention)
]

Moment = Annotated[int, Field(ge=0, le=LATEST_MS)]

SiteName = Annotated[str, Field(pattern=SITE_ID)]
