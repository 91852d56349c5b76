"""Questions about the sessions of a scope, as SQL text and the values bound to it.

The text is put together from the .sql files beside this module and the vocabulary alone; all that
comes with a request is bound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from chalicelib.parts import COLUMNS, ROW_COLUMNS
from chalicelib.query import filters as narrowing
from chalicelib.query.filters import Filter
from chalicelib.query.vocabulary import DIMENSION, METRIC, Dimension
from chalicelib.spans import Buckets, Span

Bots = Literal["exclude", "include", "only"]
Values = Mapping[str, object]

PEOPLE: Mapping[Bots, str] = {
    "exclude": "bot IS NULL",
    "include": "true",
    "only": "bot IS NOT NULL",
}
PART = (
    "(SELECT * FROM read_parquet($files, union_by_name = true) "
    "UNION ALL BY NAME SELECT * FROM tail)"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sessions a question is about."""

    span: Span
    filters: tuple[Filter, ...] = ()
    bots: Bots = "exclude"


@dataclass(frozen=True, slots=True)
class Place:
    """Which rows of a long list: those after a rank and id whose id contains `search` in any
    letter case."""

    limit: int
    after: tuple[int, str] | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and exactly the values it names."""

    sql: str
    values: Values


def statement(sql: str, values: Values) -> Statement:
    """A statement bound to those of `values` that its text names."""
    named = set(re.findall(r"\$([a-z_0-9]+)", sql))
    return Statement(sql, {name: values[name] for name in sorted(named)})


def broken(scope: Scope, files: Sequence[str]) -> Statement:
    """Numbers of the sessions that must be made whole."""
    text = _text("broken").format(part=PART, people=PEOPLE[scope.bots])
    return statement(text, _span(scope, files))


def pieces(scope: Scope, files: Sequence[str]) -> Statement:
    """Rows of the broken sessions, with the columns that `parts.part` needs."""
    columns = ", ".join(ROW_COLUMNS)
    text = _text("pieces").format(part=PART, people=PEOPLE[scope.bots], columns=columns)
    return statement(text, _span(scope, files))


def sessions(scope: Scope, files: Sequence[str]) -> Statement:
    """One row a session of the scope."""
    text = _text("session").format(part=PART, people=PEOPLE[scope.bots], columns=", ".join(COLUMNS))
    kept = f"SELECT * FROM ({text}) WHERE {narrowing.sessions_kept(scope.filters)}"
    return statement(kept, _span(scope, files) | narrowing.bound(scope.filters))


def totals() -> Statement:
    """One row: sessions, pageviews, engaged sessions, engagement."""
    metrics = _metrics("sessions", "pageviews", "engaged_sessions", "engagement_ms")
    return statement(_text("totals").format(metrics=metrics), {})


def users() -> Statement:
    """One row: the distinct visitors."""
    return statement(_text("totals").format(metrics=_metrics("users")), {})


def trend(buckets: Buckets) -> Statement:
    """Rows of bucket, is_new, users, sessions, pageviews; bucket -1: visitors of the span."""
    text = _text("trend").format(
        started=_bucket("started_at_ms"),
        ended=_bucket("ended_at_ms"),
        moment=_bucket("(started_at_ms + after_ms)"),
    )
    return statement(text, _slots(buckets))


def top(dimension: Dimension, scope: Scope, limit: int, users: bool) -> Statement:
    """The first rows of a dimension's list, with the columns of `row_fields`."""
    values = {"limit": limit, **narrowing.bound(scope.filters)}
    return statement(f"{_list(dimension, scope, users)} LIMIT $limit", values)


def listed(dimension: Dimension, scope: Scope, place: Place) -> Statement:
    """The rows of a dimension's list from a place on, with users; one more than the limit, by
    which the reader sees that more follow."""
    rank = dimension.ranked_by
    text = f"SELECT * FROM ({_list(dimension, scope, users=True)}) WHERE true"
    if place.search:
        text += " AND contains(lower(id), lower($search))"
    if place.after:
        text += f" AND ({rank} < $rank OR {rank} = $rank AND id > $id)"
    text += f" ORDER BY {rank} DESC, id LIMIT $limit"
    rank_before, id_before = place.after or (0, "")
    values = {"search": place.search, "rank": rank_before, "id": id_before}
    return statement(text, {**values, "limit": place.limit + 1, **narrowing.bound(scope.filters)})


def row_fields(dimension: Dimension, users: bool) -> list[str]:
    """The names of the columns that `top` answers with."""
    own = [name for name, _ in dimension.counts if name != "pageviews"]
    return ["id", "sessions", "pageviews", *(["users"] if users else []), *own]


def sankey(steps: int, limit: int, by_source: bool) -> Statement:
    """Rows of step, source, target, sessions, in order."""
    text = _text("sankey").format(before="[coalesce(source, '(none)')]" if by_source else "[]")
    first = 0 if by_source else 1
    values = {"steps": steps, "last": steps + 1 - first, "first": first, "limit": limit}
    return statement(text, values)


def loaded(scratch: str) -> Statement:
    """Rows of a newline-JSON file."""
    columns = ", ".join(f"{name}: '{type_}'" for name, type_ in COLUMNS.items())
    text = (
        "SELECT * FROM read_json($scratch, format = 'newline_delimited', "
        f"maximum_object_size = 268435456, columns = {{{columns}}})"
    )
    return statement(text, {"scratch": scratch})


def all_rows(files: Sequence[str]) -> Statement:
    """Every row, with the columns that `parts.part` needs."""
    return statement(f"SELECT {', '.join(ROW_COLUMNS)} FROM {PART}", {"files": list(files)})


def row_count(file: str) -> Statement:
    """One row: how many rows a file has, by its footer."""
    return statement("SELECT num_rows FROM parquet_file_metadata($file)", {"file": file})


def rows_of_visitor(files: Sequence[str], visitor: int) -> Statement:
    """Every row of one visitor."""
    text = f"SELECT {', '.join(ROW_COLUMNS)} FROM {PART} WHERE visitor = $visitor::UBIGINT"
    return statement(text, {"files": list(files), "visitor": visitor})


def repeated(files: Sequence[str]) -> Statement:
    """Numbers of the sessions with several rows."""
    text = f"SELECT session FROM {PART} GROUP BY session HAVING count(*) > 1"
    return statement(text, {"files": list(files)})


def reached(files: Sequence[str], reach: Sequence[tuple[int, int, int]]) -> Statement:
    """Numbers of the sessions with rows of a visitor (0: any) between two moments."""
    visitors, froms, befores = ([entry[place] for entry in reach] for place in range(3))
    text = (
        f"SELECT DISTINCT session FROM {PART} JOIN (SELECT unnest($visitors::UBIGINT[]) AS whose, "
        "unnest($froms) AS from_ms, unnest($befores) AS before_ms) "
        "ON (whose = 0 OR visitor = whose) AND started_at_ms < before_ms AND ended_at_ms >= from_ms"
    )
    values = {"visitors": visitors, "froms": froms, "befores": befores}
    return statement(text, {"files": list(files), **values})


def repeated_rows(files: Sequence[str]) -> Statement:
    """All rows of the sessions in `broken`."""
    text = f"SELECT {', '.join(ROW_COLUMNS)} FROM {PART} SEMI JOIN broken USING (session)"
    return statement(text, {"files": list(files)})


def merged(files: Sequence[str]) -> Statement:
    """The rows that stand alone, and `mended`."""
    columns = ", ".join(COLUMNS)
    text = f"SELECT {columns} FROM {PART} ANTI JOIN broken USING (session)"
    return statement(f"{text} UNION ALL SELECT {columns} FROM mended", {"files": list(files)})


def saved(path: str, row_group: int) -> str:
    """The command that writes `saved` to a file. A path can not be bound here; it is ours."""
    quoted = path.replace("'", "''")
    return (
        f"COPY (FROM saved ORDER BY started_at_ms, session) TO '{quoted}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})"
    )


def extent() -> Statement:
    """One row: how many rows `saved` has, its first and its last time (0 without rows)."""
    text = "count(*), coalesce(min(started_at_ms), 0), coalesce(max(ended_at_ms), 0)"
    return statement(f"SELECT {text} FROM saved", {})


def first_event(bots: Bots, files: Sequence[str]) -> Statement:
    """One row: the time of the first event of all, null without one."""
    text = f"SELECT min(started_at_ms) FROM {PART} WHERE {PEOPLE[bots]}"
    return statement(text, {"files": list(files)})


def _list(dimension: Dimension, scope: Scope, users: bool) -> str:
    if dimension.id == "page":
        return _pages(dimension, scope, users)
    metrics = _metrics("sessions", "pageviews", *(["users"] if users else []))
    if not dimension.contained:
        return _text("top").format(column=dimension.column, metrics=metrics)
    return _text("contained").format(metrics=metrics, **_contained(dimension))


def _pages(dimension: Dimension, scope: Scope, users: bool) -> str:
    metrics = "count_if(pageviews > 0) AS sessions, sum(pageviews)::BIGINT AS pageviews"
    if users:
        metrics += ", count(DISTINCT visitor) FILTER (pageviews > 0) AS users"
    kept = narrowing.values_kept(scope.filters, dimension, "id")
    return _text("page").format(metrics=metrics, values_kept=kept, **_contained(dimension))


def _contained(dimension: Dimension) -> dict[str, str]:
    own = [name for name, _ in dimension.counts if name != "pageviews"]
    return {
        "contained": dimension.contained,
        "counts": ", ".join(f"unnest({column}) AS {name}" for name, column in dimension.counts),
        "sums": ", ".join(f"sum({name})::BIGINT AS {name}" for name in own),
        "ranked_by": dimension.ranked_by,
    }


def _metrics(*names: str) -> str:
    return ", ".join(f"{METRIC[name].sql} AS {name}" for name in names)


def _span(scope: Scope, files: Sequence[str]) -> dict[str, object]:
    return {"from_ms": scope.span.from_ms, "to_ms": scope.span.to_ms, "files": list(files)}


def _bucket(x: str) -> str:
    """The index of the bucket of `x`: its slot is in a bucket or holds one bucket's end."""
    bucket = f"$slots[({x} - $starts[1]) // $slot_ms + 1]"
    return f"({bucket} + ({x} >= $starts[{bucket} + 2])::INTEGER)"


def _slots(buckets: Buckets) -> dict[str, object]:
    """Equal slots no longer than the shortest bucket, and the bucket each begins in: a lookup
    costs 20 ms a million rows, a join with the buckets 100 ms."""
    edges = [*buckets.starts, buckets.end_ms]
    slot_ms = min(after - before for before, after in pairwise(edges))
    slots = [buckets.index(at_ms) for at_ms in range(edges[0], edges[-1], slot_ms)]
    return {"starts": edges, "slots": slots, "slot_ms": slot_ms}


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")


LISTS = tuple(DIMENSION.values())
"""The dimensions that have a list in `top`, in its order."""
