"""The parameters of reports as values: how each is read, what it is without being given, how the
API's document describes it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.model.event_types import MAX_NAME, read_event_type
from chalicelib.model.schemas import TEXT, Json, choice, many
from chalicelib.model.spans import RANGES
from chalicelib.query.dimensions import DIMENSION, DIMENSIONS, FLAGS, ON_OVERVIEW, Dimension
from chalicelib.query.operators import DATA_OPERATORS, OPERATORS, Operator
from chalicelib.query.scope import PEOPLE, Bots
from chalicelib.query.vocabulary import ROW_METRICS, USER_METRICS

T = TypeVar("T")

MOST_FILTERS = 20
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """`read` makes a value of the text, or raises ValueError with what the text must be; absent,
    the value is `default`."""

    name: str
    words: str
    schema: Json
    read: Callable[[str], T]
    default: T
    is_required: bool = False

    @property
    def described(self) -> Json:
        """The parameter as OpenAPI has it."""
        described: Json = {
            "name": self.name,
            "in": "query",
            "description": self.words,
            "schema": self.schema,
        }
        if self.schema["type"] == "array":
            described["explode"] = True
        return {**described, "required": True} if self.is_required else described


def is_text(value: str) -> bool:
    """Whether UTF-8 can hold it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def write_cursor(rank: int, id: str) -> str:
    """The text that stands for the place of a row in its list, for the next request."""
    return base64.urlsafe_b64encode(json.dumps([rank, id]).encode()).decode().rstrip("=")


def _make_text(
    name: str,
    words: str,
    default: str = "",
    schema: Json | None = None,
    *,
    is_required: bool = False,
) -> Parameter[str]:
    """Any text, or one that is read together with others (`question`)."""
    described = schema or {**TEXT, "maxLength": LONGEST_VALUE}
    return Parameter(name, words, described, str, default, is_required)


def _one_of(values: Mapping[str, T]) -> Callable[[str], T]:
    def read(text: str) -> T:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return values[text]

    return read


def _make_choice(name: str, words: str, values: Mapping[str, T], default: str) -> Parameter[T]:
    schema = {**choice(*values), "default": default}
    return Parameter(name, words, schema, _one_of(values), values[default])


def _make_whole(name: str, words: str, least: int, most: int, default: int) -> Parameter[int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 6
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return Parameter(name, words, schema, read, default)


def _read_cursor(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        rank, id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError, TypeError) as error:
        raise ValueError("is not a cursor of a list") from error
    is_place = type(rank) is int and abs(rank) < 2**63 and isinstance(id, str) and is_text(id)
    if not is_place:
        raise ValueError("is not a cursor of a list")
    return rank, id


def _read_one_valued(text: str) -> Dimension | None:
    dimension = _one_of(DIMENSION)(text)
    if dimension.kind != "value":
        raise ValueError("must be a dimension of which a session has one value")
    return dimension


def _read_dimensions(text: str) -> tuple[Dimension, ...]:
    """Each once, in their order."""
    found = dict.fromkeys(map(_one_of(DIMENSION), text.split(","))) if text else {}
    return tuple(found)


SITE = _make_text("site", "the site's id", is_required=True)
TZ = _make_text("tz", "IANA time zone; default the site's")
DEFAULT_RANGE = "30d"
RANGE = _make_choice(
    "range", "a span that ends now", {name: name for name in RANGES}, DEFAULT_RANGE
)
FROM = _make_text(
    "from", "instead of range: ISO 8601 instant, or a date, which is its local midnight"
)
TO = _make_text("to", "exclusive end, as `from`; may lie in the future")
COMPARE = Parameter(
    "compare",
    "adds figures of another span: `previous`, the one before (of a named range the same local "
    "times that many days earlier), or `year`, the same dates a year earlier",
    choice("previous", "year"),
    _one_of({"previous": "previous", "year": "year"}),
    "",
)
COMPARE_FROM = _make_text("compare_from", "instead of compare, with compare_to: as `from`")
COMPARE_TO = _make_text("compare_to", "exclusive end of what is compared, as `to`")
MATCH_WEEKDAY = _make_choice(
    "match_weekday",
    "`1` moves the compared span back by up to 6 days, to begin on the same weekday",
    {"0": False, "1": True},
    "0",
)


def _define(operators: Sequence[Operator]) -> str:
    return " ".join(f"`{operator.id}`: {operator.definition}" for operator in operators)


FILTER = _make_text(
    "filter",
    "`dimension:operator:value`, repeatable (AND); values joined by `|` are OR, a backslash makes "
    "the next of `|`, `&`, `:`, `\\` and in a glob `*` literal. `event:is:name&key:operator:value` "
    "finds an event by its data (`$page`: its page). "
    f"Dimensions: {', '.join(d.id for d in (*DIMENSIONS, *FLAGS))}. "
    f"Operators: {_define(OPERATORS)} For data besides: {_define(DATA_OPERATORS)} "
    f"{' '.join(f'`{flag.id}`: {flag.definition}' for flag in FLAGS)}",
    schema={**many({**TEXT, "maxLength": LONGEST_VALUE}), "maxItems": MOST_FILTERS},
)
LIMIT = _make_whole("limit", "rows a list", 1, 1000, 10)
NODES = _make_whole("limit", "nodes a step", 1, 20, 7)
ROW_METRICS_ASKED = _make_choice(
    "users",
    "`1` adds exact users to rows: the dearest part of a report",
    {"0": ROW_METRICS, "1": USER_METRICS},
    "0",
)
BOTS: Parameter[Bots] = _make_choice(
    "bots",
    "bots and referrer spam are left out unless asked for",
    {bots: bots for bots in PEOPLE},
    "exclude",
)
STEPS = _make_whole("steps", "steps of the flow", 2, 8, 4)
BY_SOURCE = _make_choice(
    "by", "what the flow begins with", {"entry_page": False, "source": True}, "entry_page"
)
LISTED = Parameter(
    "dimension",
    "which list",
    choice(*(dimension.id for dimension in DIMENSIONS)),
    _one_of(DIMENSION),
    DIMENSIONS[0],
    is_required=True,
)
THEN = Parameter(
    "then",
    "a dimension into whose values each row is split again, at most limit (100) of them; the rest "
    "is `(other)`",
    choice(*(dimension.id for dimension in DIMENSIONS if dimension.kind == "value")),
    _read_one_valued,
    None,
)
TOP: Parameter[tuple[Dimension, ...]] = Parameter(
    "top",
    "the lists to answer, dimensions joined by commas; default "
    + ",".join(dimension.id for dimension in ON_OVERVIEW),
    {**TEXT, "maxLength": LONGEST_VALUE},
    _read_dimensions,
    ON_OVERVIEW,
)
CURSOR = Parameter(
    "cursor",
    "where the last answer ended",
    {**TEXT, "maxLength": LONGEST_VALUE},
    _read_cursor,
    None,
)
EVENT = Parameter(
    "event",
    "the name of an event",
    {**TEXT, "minLength": 1, "maxLength": MAX_NAME},
    read_event_type,
    "",
    is_required=True,
)
KEY = _make_text("key", "a key of its data, whose values are asked for")
TIMED_BY = _make_choice(
    "by",
    "what rows are of",
    {id: DIMENSION[id] for id in ("page", "device", "browser", "country")},
    "page",
)
SEARCH = _make_text("search", "only rows whose id contains this")

Parameters = Sequence[Parameter[Any]]
COMMON: Parameters = (SITE, TZ, FILTER, BOTS)
"""Of every report."""
COMPARED: Parameters = (COMPARE, COMPARE_FROM, COMPARE_TO, MATCH_WEEKDAY)
SPANNED: Parameters = (*COMMON, RANGE, FROM, TO, *COMPARED)
"""Of those about a span that is asked for."""
