"""What may stand in the body of an administrator's request; errors name the field."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.config import JsonDict, JsonValue

from chalicelib import spans
from chalicelib.access import NEGATIVE
from chalicelib.columns import MAX_ID, identifier
from chalicelib.domains import is_shared
from chalicelib.model import HOT_DAYS, Identity, Refusal
from chalicelib.query import filters
from chalicelib.query.vocabulary import DIMENSION, OPERATOR
from chalicelib.spans import LATEST_MS

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
    return {"pattern": f"^({'|'.join(DIMENSION)}):({'|'.join(operators)}):[^|]"}


def _readable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be printable text")
    return text.strip()


def _hostname(text: str) -> str:
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
    spans.zone(text)
    return text


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable():
        raise ValueError("must begin with /; * stands for anything")
    return text


def _erased_path(text: str) -> str:
    if "*" in text[:-1]:
        raise ValueError("may have a * only at its end")
    return _path(text)


def _uuid(text: str) -> str:
    if not UUID.fullmatch(text.lower()):
        raise ValueError("must be a UUID")
    return text.lower()


def _filter(text: str) -> str:
    filters.parse(text)
    return text


def _bot_filter(text: str) -> str:
    if filters.parse(text).operator.id not in NEGATIVE:
        raise ValueError(f"the operator must be one of {', '.join(NEGATIVE)}")
    return text


def _retention(days: int) -> int:
    if days and not HOT_DAYS < days <= RETENTION_DAYS:
        raise ValueError(f"must be 0 (keep) or {HOT_DAYS + 1} to {RETENTION_DAYS} days")
    return days


def _address(text: str) -> str:
    return text if re.fullmatch("[0-9a-f]{64}", text) else str(ipaddress.ip_address(text))


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_readable)]
Hostname = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="`*.` stands for all names below; Unicode names are kept in this form",
        json_schema_extra={"pattern": f"^{HOSTNAME.pattern}$"},
    ),
    AfterValidator(_hostname),
]
Path = Annotated[str, Field(max_length=500, json_schema_extra=SLASH), AfterValidator(_path)]
ErasedPath = Annotated[
    str, Field(max_length=500, json_schema_extra=SLASH), AfterValidator(_erased_path)
]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
VisitorId = Annotated[
    str, Field(max_length=36, json_schema_extra={"format": "uuid"}), AfterValidator(_uuid)
]
StoredId = Annotated[
    str,
    Field(
        description="as collected or imported, or `#` and the 16 hex digits of an export",
        json_schema_extra={"minLength": 1, "maxLength": MAX_ID},
    ),
    AfterValidator(identifier),
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
    AfterValidator(_address),
]
BotFilter = Annotated[
    str,
    Field(max_length=2000, json_schema_extra=_filter_schema(*NEGATIVE)),
    AfterValidator(_bot_filter),
]
LockedFilter = Annotated[
    str,
    Field(max_length=2000, json_schema_extra=_filter_schema(*OPERATOR)),
    AfterValidator(_filter),
]
TimeZone = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"examples": ["Europe/Berlin"]}),
    AfterValidator(_time_zone),
]
RetentionDays = Annotated[
    int, Field(json_schema_extra={"anyOf": KEPT_DAYS}), AfterValidator(_retention)
]
Moment = Annotated[int, Field(ge=0, le=LATEST_MS)]
SiteName = Annotated[str, Field(pattern=SITE_ID)]


class Form(BaseModel):
    """A JSON object with these fields and no others, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def settings(self) -> dict[str, Any]:
        """The fields that were given, lists as tuples."""
        given = self.model_dump(exclude_unset=True)
        return {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}


class SiteChange(Form):
    name: Name = ""
    hostnames: list[Hostname] = Field(default=[], max_length=50)
    time_zone: TimeZone = "UTC"
    identity: Identity = "persistent"
    honour_gpc: bool = True
    honour_dnt: bool = False
    kept_query_parameters: list[QueryParameter] = Field(default=[], max_length=50)
    excluded_paths: list[Path] = Field(default=[], max_length=100)
    excluded_addresses: list[Address] = Field(default=[], max_length=100)
    bot_filters: list[BotFilter] = Field(default=[], max_length=10)
    shards: int = Field(default=1, ge=1, le=64)
    retention_days: RetentionDays = 0
    hour_megabytes: int = Field(default=128, ge=16, le=1500)
    excess_an_hour: int = Field(default=2000, ge=100, le=1_000_000)
    excess_a_session: int = Field(default=5000, ge=100, le=1_000_000)


class NewSite(SiteChange):
    id: SiteName
    name: Name
    hostnames: list[Hostname] = Field(min_length=1, max_length=50)


class NewToken(Form):
    name: Name
    role: Literal["admin", "viewer"]
    sites: list[SiteName | Literal["*"]] = Field(min_length=1, max_length=100)
    expires_at: Moment | None = None


class NewShare(Form):
    name: Name
    filters: list[LockedFilter] = Field(default=[], max_length=20)
    expires_at: Moment | None = None


class LogQuestion(Form):
    """Parameters of the audit log, as text."""

    model_config = ConfigDict(extra="forbid", strict=False)

    site: SiteName | Literal["*"] = "*"
    before: Moment = LATEST_MS
    limit: int = Field(default=100, ge=1, le=1000)


class ListQuestion(Form):
    """Parameters of an administrator's list, as text."""

    model_config = ConfigDict(extra="forbid", strict=False)

    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=1000, ge=1, le=1000)


class Objection(Form):
    """A visitor of whom nothing more is stored. Hits name theirs by UUID."""

    visitor_id: VisitorId


class ExportForm(Form):
    """Whose data to export, and which page of it."""

    visitor_id: StoredId
    cursor: ExportCursor | None = None
    limit: int = Field(default=1000, ge=1, le=1000, description="sessions on a page at most")


class Subject(Form):
    """What to erase: a visitor, or the events of a day, of a path, or of a path on a day."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=VISITOR_OR_EVENTS)

    visitor_id: StoredId | None = None
    day: Day | None = None
    path: ErasedPath | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Subject:
        if bool(self.visitor_id) == bool(self.day or self.path):
            raise ValueError("name either a visitor_id, or a day and/or a path")
        return self

    @property
    def kind(self) -> Literal["visitor", "day", "path"]:
        """The subject as receipts name it."""
        if self.visitor_id:
            return "visitor"
        return "path" if self.path else "day"


FormType = TypeVar("FormType", bound=Form)


def filled(form: type[FormType], body: object) -> FormType:
    """The form filled with a JSON value. Raises Refusal 400 that names the first bad field."""
    try:
        return form.model_validate(body)
    except ValidationError as invalid:
        error = invalid.errors(include_url=False, include_input=False)[0]
        names = [
            part for part in error["loc"] if part in form.model_fields or isinstance(part, int)
        ]
        field = ".".join(str(part) for part in names) or ".".join(map(str, error["loc"][:1]))
        raise Refusal(
            400, "bad_request", error["msg"].removeprefix("Value error, "), field
        ) from None
