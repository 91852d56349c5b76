"""The report `list`: all values of one dimension, by pages."""

from __future__ import annotations

from chalicelib.model import spans
from chalicelib.model.schemas import Json, choice, closed, ref
from chalicelib.query import compile
from chalicelib.query.scope import Slice
from chalicelib.query.vocabulary import DIMENSIONS, USER_METRICS
from chalicelib.report.parameters import (
    CURSOR,
    LIMIT,
    LISTED,
    ROW_METRICS_ASKED,
    SEARCH,
    SPANNED,
    write_cursor,
)
from chalicelib.report.report import Context, Report, name_fields
from chalicelib.report.schemas import ROWS


def answer_list(context: Context) -> Json:
    """Rows of a dimension and the cursor of those that follow."""
    question = context.question
    dimension, limit = question[LISTED], question[LIMIT]
    wanted = Slice(limit + 1, question[CURSOR], question[SEARCH])
    scope = context.scope(context.span)
    query = compile.query_list(dimension, scope, wanted, USER_METRICS)
    [answer] = context.answers.ask(scope, [query])
    rows = name_fields(dimension, USER_METRICS, answer)
    shown, more = rows[:limit], rows[limit:]
    return {
        "meta": context.meta(spans.cut_buckets(context.span, question.tz)),
        "dimension": dimension.id,
        "rows": shown,
        "cursor": write_cursor(shown[-1][dimension.ranked_by], shown[-1]["id"]) if more else None,
    }


LIST = Report(
    "list",
    "One list whole, with exact users",
    (*SPANNED, LIMIT, ROW_METRICS_ASKED, LISTED, CURSOR, SEARCH),
    answer_list,
    {
        "List": closed(
            {
                "meta": ref("Meta"),
                "dimension": choice(*(dimension.id for dimension in DIMENSIONS)),
                "rows": {
                    "anyOf": [ref(name) for name in ROWS.values()],
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
