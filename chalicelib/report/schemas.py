"""What the answers of several reports are made of."""

from __future__ import annotations

from chalicelib.model.schemas import (
    COUNT,
    DAY,
    MOMENT,
    TEXT,
    YES_OR_NO,
    Json,
    choice,
    closed,
    many,
    or_null,
    ref,
)
from chalicelib.query.aggregates import LISTS
from chalicelib.query.dimensions import Kind
from chalicelib.query.vocabulary import METRIC, ROW_METRICS

ROWS: dict[Kind, str] = {"value": "Rows", "tally": "CountedRows", "page": "PageRows"}


def describe_metric(id: str, of: Json = COUNT) -> Json:
    """A number with its definition."""
    return {**of, "description": METRIC[id].definition}


def _describe_rows(kind: Kind) -> Json:
    """The lists of a kind of dimension: `users` only where asked for."""
    counted = (*ROW_METRICS, *LISTS[kind])
    own = {"id": TEXT, **{name: describe_metric(name) for name in counted}}
    return many(closed(own, users=describe_metric("users")))


def _describe_nested() -> Json:
    """The rows of a list that are split by another dimension; what is beyond has no users."""
    own = {"id": TEXT, **{name: describe_metric(name) for name in ROW_METRICS}}
    users = describe_metric("users")
    return many(closed({**own, "users": users, "rows": many(closed(own, users=users))}))


SHARED: dict[str, Json] = {
    **{name: _describe_rows(kind) for kind, name in ROWS.items()},
    "NestedRows": _describe_nested(),
    "Partial": {**many(DAY), "description": "days that could not be read"},
    "Meta": closed(
        {
            "site": TEXT,
            "tz": TEXT,
            "from": MOMENT,
            "to": MOMENT,
            "bucket": choice("hour", "day", "week", "month"),
            "unfinished": YES_OR_NO,
            "generated_at": MOMENT,
            "partial": ref("Partial"),
            "compared": or_null(closed({"from": MOMENT, "to": MOMENT})),
        }
    ),
}
