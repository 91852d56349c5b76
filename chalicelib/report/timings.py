"""The report `timings`: how fast pages were, as their visitors had them."""

from __future__ import annotations

from typing import Any

from chalicelib.model import spans
from chalicelib.model.schemas import COUNT, NUMBER, TEXT, Json, closed, many, or_null, ref
from chalicelib.query.timings import FIGURES, TIMINGS, query_timings
from chalicelib.report.parameters import LIMIT, SPANNED, TIMED_BY
from chalicelib.report.report import Context, Report

ALL = "(all)"


def answer_timings(context: Context) -> Json:
    """The timings of all, and of the values of a dimension with the most pageviews."""
    question = context.question
    query = query_timings(question[TIMED_BY], question[LIMIT])
    [found] = context.answers.ask(context.scope(context.span), [query])
    totals, *rows = [_name_row(row) for row in found]
    return {
        "meta": context.meta(spans.cut_buckets(context.span, question.tz)),
        "totals": {**totals, "id": ALL},
        "rows": rows,
    }


def _name_row(row: tuple[Any, ...]) -> Json:
    id, loads, *figures = row
    named: Json = {"id": id, "loads": loads}
    for place, timing in enumerate(TIMINGS):
        own = dict(zip(FIGURES, figures[place * len(FIGURES) :], strict=False))
        named[timing.id] = own if own["n"] else None
    return named


_COUNTED = {name: COUNT for name in FIGURES if name != "p75"}

TIMINGS_REPORT = Report(
    "timings",
    "How fast pages were: load times and web vitals",
    (*SPANNED, LIMIT, TIMED_BY),
    answer_timings,
    {
        "Timings": closed(
            {"meta": ref("Meta"), "totals": ref("TimingRow"), "rows": many(ref("TimingRow"))}
        ),
        "TimingRow": closed(
            {
                "id": {**TEXT, "description": f"`{ALL}` in the totals"},
                "loads": {**COUNT, "description": "pageviews, measured or not"},
                **{
                    timing.id: {
                        **or_null(closed({**_COUNTED, "p75": NUMBER})),
                        "description": timing.definition,
                    }
                    for timing in TIMINGS
                },
            }
        ),
    },
)
