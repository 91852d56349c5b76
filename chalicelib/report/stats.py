"""The report `stats`: totals, trend, lists."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.engine.cursor import Answer
from chalicelib.model import spans
from chalicelib.model.schemas import COUNT, MOMENT, NUMBER, Json, closed, many, or_null, ref
from chalicelib.model.spans import Buckets
from chalicelib.query import compile
from chalicelib.query.dimensions import DIMENSIONS, Dimension
from chalicelib.report.parameters import LIMIT, ROW_METRICS_ASKED, SPANNED, TOP
from chalicelib.report.report import Context, Report, name_fields
from chalicelib.report.schemas import ROWS, describe_metric

BUCKET, USERS, NEW_USERS, SESSIONS, PAGEVIEWS, NEW_PAGEVIEWS = range(6)
"""The columns of `trend`."""
WHOLE_SPAN = -1


def answer_stats(context: Context) -> Json:
    """All that an overview shows of a span."""
    question, scope = context.question, context.scope(context.span)
    buckets = spans.cut_buckets(context.span, question.tz)
    limit, metrics = question[LIMIT], question[ROW_METRICS_ASKED]
    one_valued = [dimension for dimension in question[TOP] if dimension.kind == "value"]
    others = [dimension for dimension in question[TOP] if dimension.kind != "value"]
    queries: list[compile.Query] = [compile.query_totals(), compile.query_trend(buckets)]
    queries += [compile.query_tops(one_valued, limit, metrics)] if one_valued else []
    queries += [compile.query_top(dimension, scope, limit, metrics) for dimension in others]
    totals, trend, *lists = context.answers.ask(scope, queries)
    values = lists.pop(0) if one_valued else []
    tops = {
        **{d: _rows_of(one_valued, d, values) for d in one_valued},
        **dict(zip(others, lists, strict=True)),
    }
    previous, previous_trend = _compare_spans(context, buckets)
    return {
        "meta": context.meta(buckets, question.compared),
        "totals": _sum_up(totals, trend),
        "previous": previous,
        "trend": {**_draw_trend(trend, buckets), "previous": previous_trend},
        "visitors": _split_visitors(trend, buckets),
        "top": {d.id: name_fields(d, metrics, tops[d]) for d in question[TOP]},
    }


def _rows_of(one_valued: Sequence[Dimension], dimension: Dimension, values: Answer) -> Answer:
    """Of the rows of several dimensions those of one."""
    grouping = compile.grouping_of(one_valued, dimension)
    return [row[1:] for row in values if row[0] == grouping]


def _compare_spans(context: Context, buckets: Buckets) -> tuple[Json | None, Json | None]:
    """Totals and trend of the compared span; None where there is none."""
    question = context.question
    span = question.compared
    if span is None:
        return None, None
    if span.from_ms == span.to_ms:
        nothing = Buckets(buckets.size, (), span.from_ms)
        return _sum_up([(0, 0, 0, 0)], []), _draw_trend([], nothing)
    before = spans.cut_buckets(span, question.tz, buckets.size)
    queries: list[compile.Query] = [compile.query_totals(), compile.query_trend(before)]
    totals, trend = context.answers.ask(context.scope(span), queries)
    return _sum_up(totals, trend), _draw_trend(trend, before)


def _sum_up(totals: Answer, trend: Answer) -> Json:
    [(sessions, pageviews, engaged, engagement_ms)] = totals
    return {
        "users": _whole_span(trend, USERS),
        "sessions": sessions,
        "pageviews": pageviews,
        "bounce_rate": (sessions - engaged) / sessions if sessions else 0,
        "engagement_ms_per_session": engagement_ms / sessions if sessions else 0,
        "views_per_session": pageviews / sessions if sessions else 0,
    }


def _draw_trend(trend: Answer, buckets: Buckets) -> Json:
    return {
        "t": list(buckets.starts),
        "users": _one_a_bucket(trend, buckets, USERS),
        "sessions": _one_a_bucket(trend, buckets, SESSIONS),
        "pageviews": _one_a_bucket(trend, buckets, PAGEVIEWS),
    }


def _split_visitors(trend: Answer, buckets: Buckets) -> Json:
    new = _whole_span(trend, NEW_USERS)
    pageviews = _one_a_bucket(trend, buckets, PAGEVIEWS)
    new_pageviews = _one_a_bucket(trend, buckets, NEW_PAGEVIEWS)
    return {
        "new": new,
        "returning": _whole_span(trend, USERS) - new,
        "t": list(buckets.starts),
        "new_pageviews": new_pageviews,
        "returning_pageviews": [n - m for n, m in zip(pageviews, new_pageviews, strict=True)],
    }


def _whole_span(trend: Answer, column: int) -> int:
    return sum(row[column] for row in trend if row[BUCKET] == WHOLE_SPAN)


def _one_a_bucket(trend: Answer, buckets: Buckets, column: int) -> list[int]:
    """One number a bucket, 0 where nothing happened."""
    series = [0] * len(buckets.starts)
    for row in trend:
        if row[BUCKET] != WHOLE_SPAN:
            series[row[BUCKET]] = row[column]
    return series


_TREND = {"t": many(MOMENT), **{name: many(COUNT) for name in ("users", "sessions", "pageviews")}}

STATS = Report(
    "stats",
    "Everything the dashboard draws",
    (*SPANNED, LIMIT, ROW_METRICS_ASKED, TOP),
    answer_stats,
    {
        "Stats": closed(
            {
                "meta": ref("Meta"),
                "totals": ref("Totals"),
                "previous": or_null(ref("Totals")),
                "trend": closed({**_TREND, "previous": or_null(closed(_TREND))}),
                "visitors": closed(
                    {
                        "new": describe_metric("new"),
                        "returning": describe_metric("returning"),
                        "t": many(MOMENT),
                        "new_pageviews": many(COUNT),
                        "returning_pageviews": many(COUNT),
                    }
                ),
                "top": closed(
                    {},
                    **{
                        d.id: {**ref(ROWS[d.kind]), "description": d.definition} for d in DIMENSIONS
                    },
                ),
            }
        ),
        "Totals": closed(
            {
                "users": describe_metric("users"),
                "sessions": describe_metric("sessions"),
                "pageviews": describe_metric("pageviews"),
                "bounce_rate": describe_metric(
                    "bounce_rate", {"type": "number", "minimum": 0, "maximum": 1}
                ),
                "engagement_ms_per_session": describe_metric("engagement_ms_per_session", NUMBER),
                "views_per_session": describe_metric("views_per_session", NUMBER),
            }
        ),
    },
)
