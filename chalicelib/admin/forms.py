"""What may stand in the body of an administrator's request; errors name the field."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chalicelib.admin.fields import (
    VISITOR_OR_EVENTS,
    Address,
    BotFilter,
    Day,
    ErasedPath,
    ExportCursor,
    Hostname,
    LockedFilter,
    Moment,
    Name,
    Path,
    QueryParameter,
    RetentionDays,
    SiteName,
    StoredId,
    TimeZone,
    VisitorId,
)
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Identity
from chalicelib.model.spans import LATEST_MS


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


def fill_form(form: type[FormType], body: object) -> FormType:
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
