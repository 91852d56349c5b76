"""The report `realtime`: the last half hour by the minute."""

from __future__ import annotations

from chalicelib.model.schemas import COUNT, MOMENT, Json, closed, many, ref
from chalicelib.model.spans import Span
from chalicelib.query import compile
from chalicelib.query.dimensions import DIMENSION
from chalicelib.report.parameters import COMMON, LIMIT, ROW_METRICS_ASKED
from chalicelib.report.report import Context, Report, name_fields
from chalicelib.report.schemas import describe_metric

MINUTE_MS = 60_000
LIVE_MINUTES = 5
SHOWN_MINUTES = 30


def span_of_minutes(now_ms: int) -> Span:
    """The calendar minute of now and the 29 before, now itself included."""
    return Span((now_ms // MINUTE_MS - SHOWN_MINUTES + 1) * MINUTE_MS, now_ms + 1)


def answer_realtime(context: Context) -> Json:
    """Who is there now, and how many were in each of the last 30 minutes."""
    now_ms, question = context.now_ms, context.question
    live = Span(now_ms + 1 - LIVE_MINUTES * MINUTE_MS, now_ms + 1)
    page, source = DIMENSION["page"], DIMENSION["source"]
    shown = context.scope(context.span)
    [by_minute] = context.answers.ask(shown, [compile.users_by_minute(context.span.from_ms)])
    minutes: dict[int, int] = dict(by_minute)
    scope, metrics = context.scope(live), question[ROW_METRICS_ASKED]
    tops = [compile.query_top(d, scope, question[LIMIT], metrics) for d in (page, source)]
    users, pages, sources = context.answers.ask(scope, [compile.query_users(), *tops])
    return {
        "at": now_ms,
        "live_users": users[0][0],
        "minutes": [minutes.get(minute, 0) for minute in range(SHOWN_MINUTES)],
        "pages": name_fields(page, metrics, pages),
        "sources": name_fields(source, metrics, sources),
        "partial": list(context.partial),
    }


REALTIME = Report(
    "realtime",
    "The last 30 minutes",
    (*COMMON, LIMIT, ROW_METRICS_ASKED),
    answer_realtime,
    {
        "Realtime": closed(
            {
                "at": MOMENT,
                "live_users": describe_metric("live_users"),
                "minutes": {
                    **many(COUNT),
                    "minItems": SHOWN_MINUTES,
                    "maxItems": SHOWN_MINUTES,
                },
                "pages": ref("PageRows"),
                "sources": ref("Rows"),
                "partial": ref("Partial"),
            }
        )
    },
    span_at=span_of_minutes,
)
