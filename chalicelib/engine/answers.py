"""Queries answered from one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from chalicelib.engine import rows
from chalicelib.engine.cursor import Answer, Cursor, create_table, run_statement
from chalicelib.engine.database import Database
from chalicelib.engine.file_index import FileIndex
from chalicelib.engine.match_cache import MatchCache
from chalicelib.engine.rollup_cache import SESSION_COLUMNS, CoveredDays, RollupCache, cover_days
from chalicelib.model import ids, parts
from chalicelib.model.columns import FIGURE_COLUMNS
from chalicelib.model.event import Part
from chalicelib.model.spans import Span
from chalicelib.query import compile
from chalicelib.query.compile import AggregateQuery, Query
from chalicelib.query.filters import bind_filters, sessions_kept
from chalicelib.query.scope import Bots, Scope
from chalicelib.query.statement import Statement, bind

FEW_SESSIONS = 200_000
"""So many that a filter chose are copied: finding them among all, for each query, costs more.
100 MB at most, without what events hold."""


@dataclass(frozen=True, slots=True)
class Warm:
    """What all answers of one instance share. Of a session the first `cap` events count (None:
    all); files of at most `small_bytes` together are copied for a question."""

    database: Database
    index: FileIndex
    matches: MatchCache
    rollups: RollupCache
    cap: int | None
    small_bytes: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Queries about a scope, the columns of a session that they name, the files that its span
    touches, the empty one first, and the rows that its edges cut, besides the split ones."""

    scope: Scope
    queries: Sequence[Query]
    columns: Sequence[str]
    files: Sequence[str]
    cut: Sequence[Part]

    @property
    def names_events(self) -> bool:
        """Whether queries name what events hold, which has no bound as a session's sums have."""
        return not {*self.columns} <= FIGURE_COLUMNS.keys()

    @property
    def has_files(self) -> bool:
        return len(self.files) > 1


class SnapshotAnswers:
    """Answers queries from one snapshot.

        Most sessions are one row of one file. The others are split: those with parts in the tail or
        in several rows, and per query those cut by an edge of its span. They are made whole here.

    Its tables, which no other reading sees: `split_sessions`, numbers of the split sessions of
        files; `stitched`, the split and the cut sessions made whole; `matching`, numbers of what
        filters keep of files; `scoped`, all sessions of a scope, where they are few; `outside_days`
        and `overcounted`, the rest of what closed days answer.
    """

    def __init__(
        self, warm: Warm, cursor: Cursor, files: Sequence[str], tail: Sequence[Part]
    ) -> None:
        self._warm = warm
        self._cursor = cursor
        self._files = files
        self._tail = tail
        self._split: dict[int, list[Part]] = defaultdict(list)
        self._filed = [*warm.index.shared(cursor, files), *self._also_in_files()]
        for part in [*self._filed, *tail]:
            self._split[ids.session_number(part)].append(part)
        create_table(cursor, "split_sessions", rows.select_numbers(list(self._split)))

    def first_event_ms(self, bots: Bots) -> int | None:
        """The time of the first event there is."""
        [(in_files,)] = run_statement(self._cursor, rows.first_start(bots, self._files))
        in_tail = [e.at_ms for part in self._tail if _is_counted(part, bots) for e in part.events]
        return min([*in_tail, *([] if in_files is None else [int(in_files)])], default=None)

    def ask(self, scope: Scope, queries: Sequence[Query]) -> list[Answer]:
        """The answers to queries about the sessions of a scope, in their order."""
        files = self._warm.index.touching(self._cursor, self._files, scope.span)
        columns, cut = compile.columns_named(queries), self._read_cut_rows(scope, files)
        plan = _Plan(scope, queries, columns, files, cut)
        self._stitch_sessions(plan)
        if covered := self._find_covered_days(plan):
            self._add_rest(plan, covered)
        sessions = self._choose_sessions(plan, covered)
        answers = [self._run_query(scope, sessions, query, covered) for query in queries]
        if covered and not self._warm.rollups.still_has(covered):
            return self.ask(scope, queries)
        return answers

    def _stitch_sessions(self, plan: _Plan) -> None:
        """Makes `stitched`, and `matching` where filters choose."""
        filters = plan.scope.filters
        needed = compile.columns_named(plan.queries, filters)
        self._warm.database.load(self._cursor, "stitched", self._make_whole(plan), needed)
        if filters and plan.has_files:
            self._warm.matches.choose(self._cursor, plan.files[1:], plan.scope)
        if filters:
            matching = bind(rows.select_matching(sessions_kept(filters)), bind_filters(filters))
            self._cursor.execute(matching.sql, dict(matching.values))

    def _find_covered_days(self, plan: _Plan) -> CoveredDays | None:
        """The closed days from which unfiltered queries of a long history may be answered."""
        if plan.scope.filters or not plan.has_files or self._is_small(plan):
            return None
        counts = [q.aggregate for q in plan.queries if _adds_up(q)]
        extents, days = self._warm.index.extents, self._warm.rollups
        whole = cover_days(plan.scope.span, plan.files[1:], extents)
        return days.keep(self._cursor, whole, counts) if whole else None

    def _add_rest(self, plan: _Plan, covered: CoveredDays) -> None:
        """Makes `outside_days`, the sessions that do not start in the covered days, and
        `overcounted`, the rows that do and are no sessions as they stand."""
        scope, days = plan.scope, covered.days
        edges = [Span(scope.span.from_ms, days.from_ms), Span(days.to_ms, scope.span.to_ms)]
        files = self._warm.index.within(plan.files, edges)
        join = self._join_clause(scope)
        outside_days = compile.select_sessions(scope, files, plan.columns, join, outside=days)
        create_table(self._cursor, "outside_days", outside_days)
        overcounted = [
            part
            for part in [*self._filed, *plan.cut]
            if _is_counted(part, scope.bots) and days.from_ms <= part.events[0].at_ms < days.to_ms
        ]
        self._warm.database.load(self._cursor, "overcounted", overcounted, plan.columns)

    def _choose_sessions(self, plan: _Plan, covered: CoveredDays | None) -> Statement:
        """All sessions of a scope: copied where that costs less than reading them for each
        query."""
        if not plan.has_files:
            return compile.select_all("stitched", plan.columns)
        join = self._join_clause(plan.scope)
        sessions = compile.select_sessions(plan.scope, plan.files, plan.columns, join)
        if covered or not (self._is_small(plan) or self._are_few_chosen(plan)):
            return sessions
        create_table(self._cursor, "scoped", sessions)
        return compile.select_all("scoped", plan.columns)

    def _run_query(
        self, scope: Scope, sessions: Statement, query: Query, covered: CoveredDays | None
    ) -> Answer:
        days = self._warm.rollups
        if covered and _adds_up(query):
            summed = days.sum_days(covered, scope, query.aggregate)
            return run_statement(self._cursor, compile.of_counts(summed, query))
        needed = compile.columns_named([query])
        if covered and {*needed} <= {*SESSION_COLUMNS}:
            sessions = days.sessions(covered, scope, needed)
        return run_statement(self._cursor, compile.ask_sessions(sessions, query))

    def _join_clause(self, scope: Scope) -> str:
        """What leaves of the rows of files those that are sessions as they stand."""
        matching = "SEMI JOIN matching USING (session)" if scope.filters else ""
        return f"{matching} ANTI JOIN split_sessions USING (session)" if self._split else matching

    def _is_small(self, plan: _Plan) -> bool:
        return sum(Path(name).stat().st_size for name in plan.files[1:]) <= self._warm.small_bytes

    def _are_few_chosen(self, plan: _Plan) -> bool:
        return (
            bool(plan.scope.filters)
            and not plan.names_events
            and run_statement(self._cursor, rows.count_matching())[0][0] <= FEW_SESSIONS
        )

    def _read_cut_rows(self, scope: Scope, files: Sequence[str]) -> list[Part]:
        at_edges = self._warm.index.cut_by(files, scope.span)
        if not at_edges[1:]:
            return []
        return list(
            rows.read_parts(self._cursor, rows.select_cut(scope.span, scope.bots, at_edges))
        )

    def _make_whole(self, plan: _Plan) -> Iterator[Part]:
        """The split and the cut sessions as far as they lie in the span."""
        span, cap = plan.scope.span, self._warm.cap
        for pieces in [*self._split.values(), *([part] for part in plan.cut)]:
            counted = [part for part in pieces if _is_counted(part, plan.scope.bots)]
            whole = parts.cut_to_span(counted, span.from_ms, span.to_ms, cap)
            if whole:
                yield whole

    def _also_in_files(self) -> list[Part]:
        """What the files hold of the tail's sessions, beyond what is shared between files."""
        if not self._tail or not self._files[1:]:
            return []
        shared = set(map(ids.session_number, self._warm.index.shared(self._cursor, self._files)))
        wanted = {ids.session_number(part) for part in self._tail} - shared
        create_table(self._cursor, "split_sessions", rows.select_numbers(sorted(wanted)))
        if not wanted:
            return []
        holding = [name for (name,) in run_statement(self._cursor, rows.files_with(self._files))]
        return list(
            rows.read_parts(self._cursor, rows.rows_of_split_sessions([self._files[0], *holding]))
        )


def _adds_up(query: Query) -> TypeGuard[AggregateQuery]:
    return isinstance(query, AggregateQuery) and query.aggregate.adds_up


def _is_counted(part: Part, bots: Bots) -> bool:
    return bots == "include" or bool(part.attributes.bot) == (bots == "only")
