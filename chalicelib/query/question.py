"""The parameters of a report as one value. What cannot be understood is refused by name."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from chalicelib import spans
from chalicelib.model import Locked, Refusal, Site
from chalicelib.query import filters
from chalicelib.query.compile import PEOPLE, Bots
from chalicelib.query.filters import Filter
from chalicelib.query.vocabulary import DIMENSION, Dimension
from chalicelib.spans import RANGES, Span

T = TypeVar("T")
Name = Literal["stats", "sankey", "realtime", "list"]

_COMMON = {"site", "tz", "filter", "limit", "users", "bots"}
_SPANNED = _COMMON | {"range", "from", "to", "compare"}
ALLOWED: dict[Name, set[str]] = {
    "stats": _SPANNED,
    "sankey": _SPANNED | {"steps", "by"},
    "realtime": _COMMON,
    "list": _SPANNED | {"dimension", "cursor", "search"},
}
DEFAULT_RANGE = "30d"
MOST_FILTERS = 20
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked. `span` is None for all time, until the first event is known; where
    there is `visible`, the first of the sessions that it keeps."""

    name: Name
    tz: ZoneInfo
    span: Span | None
    compare: bool
    filters: tuple[Filter, ...]
    bots: Bots
    visible: tuple[Filter, ...]
    limit: int
    users: bool
    steps: int = 4
    by_source: bool = False
    dimension: Dimension | None = None
    after: tuple[int, str] | None = None
    search: str = ""


NOTHING_LOCKED = Locked()


class _Given:
    """Parameters as they came; reading one checks it."""

    def __init__(self, name: Name, parameters: Sequence[tuple[str, str]]) -> None:
        self.filters: list[str] = []
        self.single: dict[str, str] = {}
        for key, value in parameters:
            if key not in ALLOWED[name]:
                raise _refusal(key, f"is not a parameter of {name}")
            if len(value) > LONGEST_VALUE:
                raise _refusal(key, f"must not be longer than {LONGEST_VALUE} characters")
            if not _is_text(value):
                raise _refusal(key, "must be text that UTF-8 can hold")
            if key == "filter":
                self.filters.append(value)
            elif key in self.single:
                raise _refusal(key, "must be given once")
            else:
                self.single[key] = value

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self.single.get(key, default)
        if value not in choices:
            raise _refusal(key, f"must be one of {', '.join(filter(None, choices))}")
        return value

    def number(self, key: str, least: int, most: int, default: int) -> int:
        text = self.single.get(key, str(default))
        is_number = text.isascii() and text.isdigit() and len(text) < 6
        if not is_number or not least <= int(text) <= most:
            raise _refusal(key, f"must be a whole number from {least} to {most}")
        return int(text)

    def read(self, key: str, value: str, read: Callable[[str], T]) -> T:
        try:
            return read(value)
        except ValueError as error:
            raise _refusal(key, str(error)) from error


def read(
    name: Name,
    parameters: Sequence[tuple[str, str]],
    site: Site,
    now_ms: int,
    locked: Locked = NOTHING_LOCKED,
) -> Question:
    """The question that parameters ask of a site. Refusal 400 names the parameter at fault.

    Filters that are `locked` come on top: what may be sent is limited, they are not.
    """
    given = _Given(name, parameters)
    if not given.single.get("site"):
        raise _refusal("site", "is required")
    tz = given.read("tz", given.single.get("tz", site.time_zone), spans.zone)
    if len(given.filters) > MOST_FILTERS:
        raise _refusal("filter", f"must not be given more than {MOST_FILTERS} times")
    asked, own, people = (
        tuple(given.read("filter", text, filters.parse) for text in texts)
        for texts in (given.filters, locked.own, locked.people)
    )
    return Question(
        name=name,
        tz=tz,
        span=_span(given, tz, now_ms),
        compare="compare" in given.single and given.choice("compare", ("previous",), "") != "",
        filters=(*asked, *own, *people),
        bots=_bots(given),
        visible=(*own, *people) if own else (),
        limit=_limit(given, name),
        users=given.choice("users", ("0", "1"), "0") == "1",
        steps=given.number("steps", 2, 8, 4),
        by_source=given.choice("by", ("entry_page", "source"), "entry_page") == "source",
        dimension=_dimension(given) if name == "list" else None,
        after=given.read("cursor", given.single.get("cursor", ""), _position),
        search=given.single.get("search", ""),
    )


def cursor(rank: int, id: str) -> str:
    """The text that stands for the place of a row in its list, for the next request."""
    return base64.urlsafe_b64encode(json.dumps([rank, id]).encode()).decode().rstrip("=")


def _span(given: _Given, tz: ZoneInfo, now_ms: int) -> Span | None:
    named = {"from", "to"} & given.single.keys()
    if not named:
        name = given.choice("range", tuple(RANGES), DEFAULT_RANGE)
        return None if name == "all" else spans.named(name, tz, now_ms)
    if "range" in given.single:
        raise _refusal("range", "must not be given together with from or to")
    if "from" not in named:
        raise _refusal("from", "is required with to")
    from_ms = given.read("from", given.single["from"], lambda text: spans.instant(text, tz))
    to_ms = now_ms
    if "to" in named:
        to_ms = given.read("to", given.single["to"], lambda text: spans.instant(text, tz))
    if to_ms <= from_ms:
        at_fault = "to" if "to" in named else "from"
        raise _refusal(at_fault, "makes the span empty: to must be later than from")
    return Span(from_ms, to_ms)


def _bots(given: _Given) -> Bots:
    value = given.choice("bots", tuple(PEOPLE), "exclude")
    return next(bots for bots in PEOPLE if bots == value)


def _limit(given: _Given, name: Name) -> int:
    if name == "sankey":
        return given.number("limit", 1, 20, 7)
    return given.number("limit", 1, 1000, 10)


def _dimension(given: _Given) -> Dimension:
    return DIMENSION[given.choice("dimension", tuple(DIMENSION), "")]


def _position(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        rank, id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError, TypeError) as error:
        raise ValueError("is not a cursor of a list") from error
    is_place = type(rank) is int and abs(rank) < 2**63 and isinstance(id, str) and _is_text(id)
    if not is_place:
        raise ValueError("is not a cursor of a list")
    return rank, id


def _is_text(value: str) -> bool:
    """Whether UTF-8 can hold it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _refusal(field: str, message: str) -> Refusal:
    return Refusal(400, "bad_request", f"{field} {message}", field)
