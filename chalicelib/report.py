"""Report: a question runs over sealed history and tail, and its figures become an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import spans
from chalicelib.model import Locked, Refusal, Site
from chalicelib.query import compile, question
from chalicelib.query.compile import Scope, Slice
from chalicelib.query.engine import Engine, Snapshot
from chalicelib.query.question import NOTHING_LOCKED, Name, Question
from chalicelib.query.reading import Reading
from chalicelib.query.statement import Answer
from chalicelib.query.vocabulary import DIMENSION, DIMENSIONS, Dimension
from chalicelib.spans import Buckets, Span

FindSnapshot = Callable[[Site, Span, int], Snapshot]
"""From site, span and now (epoch ms): what holds every event of that span."""
Json = dict[str, Any]

MINUTE_MS = 60_000
LIVE_MINUTES = 5
SHOWN_MINUTES = 30


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its span known, and where its answer comes from."""

    question: Question
    span: Span
    site: Site
    now_ms: int
    reading: Reading
    partial: Sequence[str]

    def scope(self, span: Span) -> Scope:
        """The sessions of a span, cut at its edges. All time has no first edge: what a locked
        reader may see begins on a day that others' sessions may reach into, and what such a day
        leaves of one is no session of theirs."""
        counted = span if self.question.span else Span(0, span.to_ms)
        return Scope(counted, self.question.filters, self.question.bots)


def known(name: str) -> Name:
    """The question of that name. Raises Refusal 404 where there is none."""
    found = next((question for question in ANSWERS if question == name), None)
    if found is None:
        raise Refusal(404, "not_found", f"Known reports are {', '.join(ANSWERS)}.")
    return found


def answer(
    name: Name,
    parameters: Sequence[tuple[str, str]],
    site: Site,
    find_snapshot: FindSnapshot,
    engine: Engine,
    now_ms: int,
    locked: Locked = NOTHING_LOCKED,
) -> Json:
    """The answer to `stats`, `sankey`, `realtime` or `list`, as the API's contract has it.

    Filters that are `locked` narrow it beside those among the parameters. Raises Refusal 400 with
    the parameter's name for one that cannot be understood.
    """
    asked = question.read(name, parameters, site, now_ms, locked)
    if name == "realtime":
        asked = replace(asked, span=_shown_minutes(now_ms))
    snapshot = find_snapshot(site, _needed(asked, now_ms), now_ms)
    with engine.reading(snapshot) as reading:
        span = asked.span or _all_time(asked, reading, now_ms)
        partial = _within(span, snapshot.partial, site) if asked.visible else snapshot.partial
        return ANSWERS[name](_Asked(asked, span, site, now_ms, reading, partial))


def _needed(asked: Question, now_ms: int) -> Span:
    if asked.span is None:
        return Span(0, now_ms)
    if not asked.compare:
        return asked.span
    return Span(asked.span.previous(now_ms).from_ms, asked.span.to_ms)


def _all_time(asked: Question, reading: Reading, now_ms: int) -> Span:
    return spans.named("all", asked.tz, now_ms, _first_event_ms(asked, reading, now_ms))


def _first_event_ms(asked: Question, reading: Reading, now_ms: int) -> int | None:
    """The first event of the site, or of what of it is visible: the rest must not show in when
    all time begins."""
    if not asked.visible:
        return reading.first_event_ms(asked.bots)
    scope = Scope(Span(0, now_ms), asked.visible, asked.bots)
    [[(first_ms,)]] = reading.ask(scope, [compile.first_start()])
    return None if first_ms is None else int(first_ms)


def _within(span: Span, days: Sequence[str], site: Site) -> list[str]:
    """The days, as dates where the site is, that do not end before the span begins."""
    first = spans.local(span.from_ms, spans.zone(site.time_zone)).date().isoformat()
    return [day for day in days if day >= first]


def _shown_minutes(now_ms: int) -> Span:
    """The calendar minute of now and the 29 before, now itself included."""
    return Span((now_ms // MINUTE_MS - SHOWN_MINUTES + 1) * MINUTE_MS, now_ms + 1)


# --- stats


def _stats(asked: _Asked) -> Json:
    asks, scope = asked.question, asked.scope(asked.span)
    buckets = spans.buckets(asked.span, asks.tz)
    tops = compile.tops(ONE_VALUED, asks.limit, asks.users)
    several = [compile.top(dimension, scope, asks.limit, asks.users) for dimension in MANY_VALUED]
    queries: list[compile.Query] = [compile.totals(), compile.trend(buckets), tops, *several]
    totals, trend, values, *lists = asked.reading.ask(scope, queries)
    previous, previous_trend = _previous(asked, buckets)
    return {
        "meta": _meta(asked, buckets),
        "totals": _totals(totals, trend),
        "previous": previous,
        "trend": {**_trend(trend, buckets), "previous": previous_trend},
        "visitors": _visitors(trend, buckets),
        "top": _top(asked, values, lists),
    }


ONE_VALUED = [dimension for dimension in DIMENSIONS if dimension.kind == "value"]
MANY_VALUED = [dimension for dimension in DIMENSIONS if dimension.kind != "value"]


def _top(asked: _Asked, values: Answer, lists: Sequence[Answer]) -> Json:
    """The lists of all dimensions, in the vocabulary's order."""
    answers = dict(zip(MANY_VALUED, lists, strict=True))
    for dimension in ONE_VALUED:
        grouping = compile.grouping(ONE_VALUED, dimension)
        answers[dimension] = [row[1:] for row in values if row[0] == grouping]
    return {d.id: _rows(d, asked.question.users, answers[d]) for d in DIMENSIONS}


def _previous(asked: _Asked, buckets: Buckets) -> tuple[Json | None, Json | None]:
    """Totals and trend of the span before; None where there is none to compare with."""
    if not asked.question.compare or asked.question.span is None:
        return None, None
    span = asked.span.previous(asked.now_ms)
    if span.from_ms == span.to_ms:
        return _totals([(0, 0, 0, 0)], []), _trend([], Buckets(buckets.size, (), span.from_ms))
    before = spans.buckets(span, asked.question.tz, buckets.size)
    totals, trend = asked.reading.ask(asked.scope(span), [compile.totals(), compile.trend(before)])
    return _totals(totals, trend), _trend(trend, before)


def _meta(asked: _Asked, buckets: Buckets) -> Json:
    return {
        "site": asked.site.id,
        "tz": asked.question.tz.key,
        "from": asked.span.from_ms,
        "to": asked.span.to_ms,
        "bucket": buckets.size,
        "unfinished": buckets.end_ms > asked.now_ms,
        "generated_at": asked.now_ms,
        "partial": list(asked.partial),
    }


def _totals(totals: Answer, trend: Answer) -> Json:
    [(sessions, pageviews, engaged, engagement_ms)] = totals
    return {
        "users": _whole_span(trend, USERS),
        "sessions": sessions,
        "pageviews": pageviews,
        "bounce_rate": (sessions - engaged) / sessions if sessions else 0,
        "engagement_ms_per_session": engagement_ms / sessions if sessions else 0,
        "views_per_session": pageviews / sessions if sessions else 0,
    }


def _trend(trend: Answer, buckets: Buckets) -> Json:
    return {
        "t": list(buckets.starts),
        "users": _series(trend, buckets, USERS),
        "sessions": _series(trend, buckets, SESSIONS),
        "pageviews": _series(trend, buckets, PAGEVIEWS),
    }


def _visitors(trend: Answer, buckets: Buckets) -> Json:
    new = _whole_span(trend, NEW_USERS)
    pageviews = _series(trend, buckets, PAGEVIEWS)
    new_pageviews = _series(trend, buckets, NEW_PAGEVIEWS)
    return {
        "new": new,
        "returning": _whole_span(trend, USERS) - new,
        "t": list(buckets.starts),
        "new_pageviews": new_pageviews,
        "returning_pageviews": [n - m for n, m in zip(pageviews, new_pageviews, strict=True)],
    }


BUCKET, USERS, NEW_USERS, SESSIONS, PAGEVIEWS, NEW_PAGEVIEWS = range(6)
"""The columns of `trend`."""
WHOLE_SPAN = -1


def _whole_span(trend: Answer, column: int) -> int:
    return sum(row[column] for row in trend if row[BUCKET] == WHOLE_SPAN)


def _series(trend: Answer, buckets: Buckets, column: int) -> list[int]:
    """One number a bucket, 0 where nothing happened."""
    series = [0] * len(buckets.starts)
    for row in trend:
        if row[BUCKET] != WHOLE_SPAN:
            series[row[BUCKET]] = row[column]
    return series


def _rows(dimension: Dimension, users: bool, answer: Answer) -> list[Json]:
    names = compile.row_fields(dimension, users)
    return [dict(zip(names, row, strict=True)) for row in answer]


# --- sankey


def _sankey(asked: _Asked) -> Json:
    asks = asked.question
    flow = compile.sankey(asks.steps, asks.limit, asks.by_source)
    [links] = asked.reading.ask(asked.scope(asked.span), [flow])
    first = 0 if asks.by_source else 1
    return {
        "meta": _meta(asked, spans.buckets(asked.span, asks.tz)),
        "nodes": _nodes(links),
        "links": [
            {"source": f"{step}|{source}", "target": f"{step + 1}|{target}", "value": value}
            for step, source, target, value in links
        ],
        "sessions": sum(value for step, _, _, value in links if step == first),
    }


def _nodes(links: Answer) -> list[Json]:
    """Nodes by step, the largest first, `(other)` and `(exit)` last."""
    flow: dict[tuple[int, str], list[int]] = {}
    for step, source, target, value in links:
        flow.setdefault((step, source), [0, 0])[1] += value
        flow.setdefault((step + 1, target), [0, 0])[0] += value
    last = ("(other)", "(exit)")

    def place(node: tuple[int, str]) -> tuple[int, int, int, str]:
        step, label = node
        return step, last.index(label) if label in last else -1, -max(flow[node]), label

    return [
        {"id": f"{step}|{label}", "step": step, "label": label}
        for step, label in sorted(flow, key=place)
    ]


# --- realtime


def _realtime(asked: _Asked) -> Json:
    live = Span(asked.now_ms + 1 - LIVE_MINUTES * MINUTE_MS, asked.now_ms + 1)
    page, source = DIMENSION["page"], DIMENSION["source"]
    shown = asked.scope(asked.span)
    [by_minute] = asked.reading.ask(shown, [compile.users_by_minute(asked.span.from_ms)])
    minutes: dict[int, int] = dict(by_minute)
    asks, scope = asked.question, asked.scope(live)
    tops = [compile.top(d, scope, asks.limit, asks.users) for d in (page, source)]
    users, pages, sources = asked.reading.ask(scope, [compile.users(), *tops])
    return {
        "at": asked.now_ms,
        "live_users": users[0][0],
        "minutes": [minutes.get(minute, 0) for minute in range(SHOWN_MINUTES)],
        "pages": _rows(page, asks.users, pages),
        "sources": _rows(source, asks.users, sources),
        "partial": list(asked.partial),
    }


# --- list


def _list(asked: _Asked) -> Json:
    asks = asked.question
    assert asks.dimension is not None
    wanted = Slice(asks.limit + 1, asks.after, asks.search)
    scope = asked.scope(asked.span)
    [answer] = asked.reading.ask(scope, [compile.listed(asks.dimension, scope, wanted)])
    rows = _rows(asks.dimension, True, answer)
    shown, more = rows[: asks.limit], rows[asks.limit :]
    return {
        "meta": _meta(asked, spans.buckets(asked.span, asks.tz)),
        "dimension": asks.dimension.id,
        "rows": shown,
        "cursor": _cursor(asks.dimension, shown[-1]) if more else None,
    }


def _cursor(dimension: Dimension, row: Json) -> str:
    return question.cursor(row[dimension.ranked_by], row["id"])


ANSWERS: dict[Name, Callable[[_Asked], Json]] = {
    "stats": _stats,
    "sankey": _sankey,
    "realtime": _realtime,
    "list": _list,
}
