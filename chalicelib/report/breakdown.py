"""The report `list`: all values of one dimension, by pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.engine.cursor import Answer
from chalicelib.model import spans
from chalicelib.model.schemas import Json, choice, closed, ref
from chalicelib.query import compile
from chalicelib.query.compile import Query
from chalicelib.query.dimensions import DIMENSIONS, Dimension
from chalicelib.query.scope import Slice
from chalicelib.query.vocabulary import USER_METRICS
from chalicelib.report.parameters import (
    CURSOR,
    LIMIT,
    LISTED,
    ROW_METRICS_ASKED,
    SEARCH,
    SPANNED,
    THEN,
    write_cursor,
)
from chalicelib.report.question import refuse_parameter
from chalicelib.report.report import Context, Report, name_fields
from chalicelib.report.schemas import ROWS

MOST_NESTED = 100
"""Rows of a list that are split again, and values that each is split into."""


def answer_list(context: Context) -> Json:
    """Rows of a dimension and the cursor of those that follow."""
    question = context.question
    dimension, inner, limit = question[LISTED], question[THEN], question[LIMIT]
    if inner is not None:
        _refuse_nesting(dimension, inner, limit)
    wanted = Slice(limit + 1, question[CURSOR], question[SEARCH])
    scope = context.scope(context.span)
    queries: list[Query] = [compile.query_list(dimension, scope, wanted, USER_METRICS)]
    if inner is not None:
        shown = replace(wanted, limit=limit)
        queries += [compile.query_nested(dimension, inner, scope, shown, USER_METRICS)]
    answer, *nested = context.answers.ask(scope, queries)
    rows = name_fields(dimension, USER_METRICS, answer)
    rows, more = rows[:limit], rows[limit:]
    cursor = write_cursor(rows[-1][dimension.ranked_by], rows[-1]["id"]) if more else None
    return {
        "meta": context.meta(spans.cut_buckets(context.span, question.tz)),
        "dimension": dimension.id,
        "rows": _nest_rows(rows, nested[0], limit) if nested else rows,
        "cursor": cursor,
    }


def _refuse_nesting(dimension: Dimension, inner: Dimension, limit: int) -> None:
    if dimension.kind != "value":
        raise refuse_parameter(THEN.name, f"splits no dimension of several values ({dimension.id})")
    if inner == dimension:
        raise refuse_parameter(THEN.name, "must be another dimension")
    if limit > MOST_NESTED:
        raise refuse_parameter(LIMIT.name, f"must be {MOST_NESTED} at most with then")


def _nest_rows(shown: Sequence[Json], nested: Answer, limit: int) -> list[Json]:
    """Each row with those of the other dimension in it; what is beyond the limit is `(other)`."""
    within: dict[str, list[Json]] = {row["id"]: [] for row in shown}
    for id, inner_id, place, sessions, pageviews, users in nested:
        row = {"id": inner_id, "sessions": sessions, "pageviews": pageviews, "users": users}
        if place > limit:
            row = {"id": "(other)", "sessions": sessions, "pageviews": pageviews}
        within[id].append(row)
    return [{**row, "rows": within[row["id"]]} for row in shown]


LIST = Report(
    "list",
    "One list whole, with exact users",
    (*SPANNED, LIMIT, ROW_METRICS_ASKED, LISTED, THEN, CURSOR, SEARCH),
    answer_list,
    {
        "List": closed(
            {
                "meta": ref("Meta"),
                "dimension": choice(*(dimension.id for dimension in DIMENSIONS)),
                "rows": {
                    "anyOf": [ref(name) for name in (*ROWS.values(), "NestedRows")],
                    "items": {"required": ["users"]},
                },
                "cursor": {
                    "type": ["string", "null"],
                    "description": "asks for what follows; null at the end",
                },
            }
        )
    },
)
