"""Questions about the sessions of a scope, as SQL text and the values bound to it.

The text is put together from the .sql files of the folder `sql` and the vocabulary alone; all that
comes with a request is bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.model.columns import COLUMNS
from chalicelib.model.spans import QUARTER_MS, Buckets, Span
from chalicelib.query import aggregates
from chalicelib.query.aggregates import Aggregate
from chalicelib.query.dimensions import Dimension
from chalicelib.query.filters import Filter, sessions_kept
from chalicelib.query.scope import FILES, PEOPLE, Scope, Slice
from chalicelib.query.statement import Statement, bind, with_relations
from chalicelib.query.statement import read_sql as template


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """A query answered from counts: its text asks relation `counted`."""

    aggregate: Aggregate
    answer: Statement


Query = Statement | AggregateQuery
"""What one part of a report's answer is made by."""


def select_sessions(
    scope: Scope,
    files: Sequence[str],
    columns: Iterable[str],
    join: str = "",
    outside: Span | None = None,
) -> Statement:
    """Some columns of the sessions of a scope, one row each: rows of files, narrowed by `join`, and
    `stitched`; without those of files that start in `outside`."""
    text = template("session").format(
        part=FILES,
        join=join,
        people=PEOPLE[scope.bots],
        columns=", ".join(columns),
        outside=OUTSIDE if outside else "",
    )
    values = _bind_span(scope, files)
    if outside:
        values |= {"outside_from_ms": outside.from_ms, "outside_to_ms": outside.to_ms}
    return bind(text, values)


OUTSIDE = "AND (started_at_ms < $outside_from_ms OR started_at_ms >= $outside_to_ms)"


def select_all(table: str, columns: Iterable[str]) -> Statement:
    """The sessions of a scope where a table of ours has them all."""
    return bind(f"SELECT {', '.join(columns)} FROM {table}", {})


def columns_named(queries: Iterable[Query], filters: Sequence[Filter] = ()) -> list[str]:
    """The columns of a session that queries and filters name: the others need not be read. A
    session's events (`EVENT_COLUMNS`, parallel lists) are columns like any other."""
    texts = [q.aggregate.text if isinstance(q, AggregateQuery) else q.sql for q in queries]
    named = {word for text in [*texts, sessions_kept(filters)] for word in re.findall(r"\w+", text)}
    return [name for name in COLUMNS if name in named]


def ask_sessions(sessions: Statement, query: Query) -> Statement:
    """A query together with the sessions it is about, each as one relation."""
    if isinstance(query, AggregateQuery):
        return of_counts(with_relations({"session": sessions}, query.aggregate.by()), query)
    return with_relations({"session": sessions}, query)


def of_counts(counted: Statement, query: AggregateQuery) -> Statement:
    """A query together with the counts that it is answered from."""
    return with_relations({"counted": counted}, query.answer, "MATERIALIZED")


def query_totals() -> AggregateQuery:
    """One row: sessions, pageviews, engaged sessions, engagement."""
    return AggregateQuery(aggregates.aggregate_totals(), bind("FROM counted", {}))


def query_users() -> AggregateQuery:
    """One row: the distinct visitors."""
    return AggregateQuery(aggregates.aggregate_users(), bind("FROM counted", {}))


def first_start() -> Statement:
    """One row: when the first session starts, null without one."""
    return bind("SELECT min(started_at_ms) FROM session", {})


def query_trend(buckets: Buckets) -> Statement:
    """A row a bucket: bucket, users, new_users, sessions, pageviews, new_pageviews; bucket -1: the
    visitors of the whole span."""
    flag, flags = _bind_flags(len(buckets.starts))
    text = template("trend").format(
        started=_bucket_of("started_at_ms"),
        ended=_bucket_of("ended_at_ms"),
        moment=_bucket_of(f"((started_at_ms // {QUARTER_MS} + after) * {QUARTER_MS})"),
        flag=flag,
    )
    return bind(text, {**_bind_slots(buckets), "flags": flags})


def users_by_minute(from_ms: int) -> Statement:
    """Rows of minute, counted from this moment (0, 1, ...), and the visitors with events in it: of
    the trend's figures the one that realtime shows, at an eighth of its cost."""
    text = (
        "SELECT minute, count(DISTINCT visitor) FROM (SELECT visitor, "
        "(started_at_ms + unnest(ev_after_ms) - $from_ms) // 60000 AS minute FROM session) "
        "GROUP BY minute"
    )
    return bind(text, {"from_ms": from_ms})


def query_tops(
    dimensions: Sequence[Dimension], limit: int, metrics: Sequence[str]
) -> AggregateQuery:
    """The first rows of the lists of dimensions of which a session has one value, in one pass:
    their `grouping` and the columns of `row_fields`."""
    fields = ", ".join(("id", *metrics))
    text = (
        f"SELECT grouping, {fields} FROM counted WHERE sessions > 0 "
        "QUALIFY row_number() OVER (PARTITION BY grouping ORDER BY sessions DESC, id) <= $limit "
        "ORDER BY grouping, sessions DESC, id"
    )
    return AggregateQuery(
        aggregates.aggregate_values(dimensions, metrics), bind(text, {"limit": limit})
    )


def grouping_of(dimensions: Sequence[Dimension], dimension: Dimension) -> int:
    """The number by which `tops` tells the rows of one of its dimensions."""
    return grouping_id(len(dimensions), dimensions.index(dimension))


def grouping_id(columns: int, index: int) -> int:
    """SQL's `grouping_id` of the set that holds one of several columns: a bit for each other."""
    return (1 << columns) - 1 - (1 << (columns - 1 - index))


def query_top(
    dimension: Dimension, scope: Scope, limit: int, metrics: Sequence[str]
) -> AggregateQuery:
    """The first rows of a dimension's list, with the columns of `row_fields`."""
    return query_list(dimension, scope, Slice(limit), metrics)


def query_list(
    dimension: Dimension, scope: Scope, wanted: Slice, metrics: Sequence[str]
) -> AggregateQuery:
    """The rows of a dimension's list that are wanted, with the columns of `row_fields`."""
    rank = dimension.ranked_by
    text = f"SELECT {', '.join(row_fields(dimension, metrics))} FROM counted WHERE sessions > 0"
    if wanted.search:
        text += " AND contains(lower(id), lower($search))"
    if wanted.after:
        text += f" AND ({rank} < $rank OR {rank} = $rank AND id > $id)"
    text += f" ORDER BY {rank} DESC, id LIMIT $limit"
    rank_before, id_before = wanted.after or (0, "")
    values = {"search": wanted.search, "rank": rank_before, "id": id_before, "limit": wanted.limit}
    return AggregateQuery(
        aggregates.aggregate_list(dimension, scope.filters, metrics), bind(text, values)
    )


def query_nested(
    dimension: Dimension, inner: Dimension, scope: Scope, wanted: Slice, metrics: Sequence[str]
) -> Statement:
    """Rows of id, inner id, place, sessions, pageviews, users: what is wanted of the list of one
    dimension, split by another; both of one value a session."""
    shown = query_list(dimension, scope, wanted, metrics)
    outer_id, inner_id = (f"coalesce({one.column}, '(none)')" for one in (dimension, inner))
    text = template("nested").format(
        outer_id=outer_id, inner_id=inner_id, metrics=aggregates.select_metrics(*metrics)
    )
    relations = {"counted": shown.aggregate.by(), "shown": shown.answer}
    return with_relations(relations, bind(text, {"most": wanted.limit}))


def row_fields(dimension: Dimension, metrics: Sequence[str]) -> list[str]:
    """The names of the columns of a list."""
    return ["id", *metrics, *aggregates.LISTS[dimension.kind]]


def query_flow(steps: int, limit: int, by_source: bool) -> AggregateQuery:
    """Rows of step, source, target, sessions, in order."""
    answer = bind(template("sankey"), {"limit": limit, "last": steps - 1})
    return AggregateQuery(aggregates.aggregate_flow(steps, by_source), answer)


def _bind_span(scope: Scope, files: Sequence[str]) -> dict[str, object]:
    return {"from_ms": scope.span.from_ms, "to_ms": scope.span.to_ms, "files": list(files)}


def _bucket_of(x: str) -> str:
    """The index of the bucket of `x`: its slot is in a bucket or holds one bucket's end."""
    bucket = f"$slots[({x} - $starts[1]) // $slot_ms + 1]"
    return f"({bucket} + ({x} >= $starts[{bucket} + 2])::INTEGER)"


def _bind_slots(buckets: Buckets) -> dict[str, object]:
    """Equal slots no longer than the shortest bucket, and the bucket each begins in: a lookup
    costs 20 ms a million rows, a join with the buckets 100 ms."""
    edges = [*buckets.starts, buckets.end_ms]
    slot_ms = min(after - before for before, after in pairwise(edges))
    slots = [buckets.index(at_ms) for at_ms in range(edges[0], edges[-1], slot_ms)]
    return {"starts": edges, "slots": slots, "slot_ms": slot_ms}


def _bind_flags(count: int) -> tuple[str, list[int] | list[str]]:
    """One flag a bucket, and their SQL type. A hundred and more flags need bit strings, which
    cost half as much again."""
    if count <= 126:
        return "HUGEINT", [1 << n for n in range(count)]
    return "BIT", ["0" * n + "1" + "0" * (count - n - 1) for n in range(count)]
