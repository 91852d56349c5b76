"""Queries answered from one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from chalicelib import parts as algebra
from chalicelib.model import Part
from chalicelib.parts import FIGURE_COLUMNS
from chalicelib.query import compile, rows
from chalicelib.query.compile import Bots, Counted, Query, Scope
from chalicelib.query.days import SESSION_COLUMNS, Covered, covered
from chalicelib.query.filters import bound, sessions_kept
from chalicelib.query.statement import Answer, Cursor, Statement, create, run, statement
from chalicelib.spans import Span

if TYPE_CHECKING:
    from chalicelib.query.engine import Engine

FEW_SESSIONS = 200_000
"""So many that a filter chose are copied: finding them among all, for each query, costs more.
100 MB at most."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Queries about a scope, the files that its span touches, the empty one first, and the rows
    that its edges cut, besides the loose ones."""

    scope: Scope
    queries: Sequence[Query]
    files: Sequence[str]
    cut: Sequence[Part]

    @property
    def columns(self) -> list[str]:
        """The columns of a session that the queries name."""
        return compile.columns_named(self.queries)

    @property
    def has_files(self) -> bool:
        return len(self.files) > 1


class Reading:
    """Answers queries from one snapshot.

    Most sessions are one row of one file. The others are loose: those with parts in the tail or
    in several rows, and per query those cut by an edge of its span. They are made whole here.

    Its tables, which no other reading sees: `broken`, numbers of the loose sessions of files;
    `mended`, the loose and the cut sessions made whole; `chosen`, numbers of what filters keep of
    files; `copied`, all sessions of a scope, where they are few; `fresh` and `lost`, the rest of
    what closed days answer.
    """

    def __init__(
        self, engine: Engine, cursor: Cursor, files: Sequence[str], tail: Sequence[Part]
    ) -> None:
        self._engine = engine
        self._cursor = cursor
        self._files = files
        self._tail = tail
        self._loose: dict[int, list[Part]] = defaultdict(list)
        self._filed = [*engine.shared(cursor, files), *self._also_in_files()]
        for part in [*self._filed, *tail]:
            self._loose[algebra.session_number(part)].append(part)
        create(cursor, "broken", rows.numbers(list(self._loose)))

    def first_event_ms(self, bots: Bots) -> int | None:
        """The time of the first event there is."""
        [(in_files,)] = run(self._cursor, rows.first_start(bots, self._files))
        in_tail = [e.at_ms for part in self._tail if _counts(part, bots) for e in part.events]
        return min([*in_tail, *([] if in_files is None else [int(in_files)])], default=None)

    def ask(self, scope: Scope, queries: Sequence[Query]) -> list[Answer]:
        """The answers to queries about the sessions of a scope, in their order."""
        files = self._engine.touching(self._cursor, self._files, scope.span)
        asked = _Asked(scope, queries, files, self._cut(scope, files))
        self._mend(asked)
        if kept := self._kept(asked):
            self._add_rest(asked, kept)
        sessions = self._sessions(asked, kept)
        answers = [self._answer(scope, sessions, query, kept) for query in queries]
        if kept and not self._engine.days.still_has(kept):
            return self.ask(scope, queries)
        return answers

    def _mend(self, asked: _Asked) -> None:
        """Makes `mended`, and `chosen` where filters choose."""
        filters = asked.scope.filters
        needed = FIGURE_COLUMNS if asked.has_files or filters else asked.columns
        self._engine.load_figures(self._cursor, "mended", self._whole(asked), needed)
        if filters and asked.has_files:
            self._engine.choices.choose(self._cursor, asked.files[1:], asked.scope)
        if filters:
            kept = statement(rows.kept(sessions_kept(filters)), bound(filters))
            self._cursor.execute(kept.sql, dict(kept.values))

    def _kept(self, asked: _Asked) -> Covered | None:
        """The closed days from which unfiltered queries of a long history may be answered."""
        if asked.scope.filters or not asked.has_files or self._is_small(asked):
            return None
        counts = [q.counts for q in asked.queries if _adds_up(q)]
        extents, days = self._engine.extents, self._engine.days
        whole = covered(asked.scope.span, asked.files[1:], extents)
        return days.keep(self._cursor, whole, counts) if whole else None

    def _add_rest(self, asked: _Asked, kept: Covered) -> None:
        """Makes `fresh`, the sessions that do not start in the kept days, and `lost`, the rows
        that do and are no sessions as they stand."""
        scope, days = asked.scope, kept.days
        edges = [Span(scope.span.from_ms, days.from_ms), Span(days.to_ms, scope.span.to_ms)]
        files = self._engine.within(asked.files, edges)
        fresh = compile.sessions(scope, files, self._join(scope), outside=days)
        create(self._cursor, "fresh", compile.narrowed(asked.columns, fresh))
        lost = [
            part
            for part in [*self._filed, *asked.cut]
            if _counts(part, scope.bots) and days.from_ms <= part.events[0].at_ms < days.to_ms
        ]
        self._engine.load_figures(self._cursor, "lost", lost, asked.columns)

    def _sessions(self, asked: _Asked, kept: Covered | None) -> Statement:
        """All sessions of a scope: copied where that costs less than reading them for each
        query."""
        if not asked.has_files:
            return compile.every("mended", asked.columns)
        sessions = compile.sessions(asked.scope, asked.files, self._join(asked.scope))
        if kept or not (self._is_small(asked) or self._are_few_chosen(asked.scope)):
            return sessions
        create(self._cursor, "copied", compile.narrowed(asked.columns, sessions))
        return compile.every("copied", asked.columns)

    def _answer(
        self, scope: Scope, sessions: Statement, query: Query, kept: Covered | None
    ) -> Answer:
        days = self._engine.days
        if kept and _adds_up(query):
            summed = days.summed(kept, scope, query.counts)
            return run(self._cursor, compile.of_counts(summed, query))
        needed = compile.columns_named([query])
        if kept and {*needed} <= {*SESSION_COLUMNS}:
            sessions = days.sessions(kept, scope, needed)
        return run(self._cursor, compile.about(sessions, query))

    def _join(self, scope: Scope) -> str:
        """What leaves of the rows of files those that are sessions as they stand."""
        chosen = "SEMI JOIN chosen USING (session)" if scope.filters else ""
        return f"{chosen} ANTI JOIN broken USING (session)" if self._loose else chosen

    def _is_small(self, asked: _Asked) -> bool:
        return (
            sum(Path(name).stat().st_size for name in asked.files[1:]) <= self._engine.small_bytes
        )

    def _are_few_chosen(self, scope: Scope) -> bool:
        return bool(scope.filters) and run(self._cursor, rows.chosen_count())[0][0] <= FEW_SESSIONS

    def _cut(self, scope: Scope, files: Sequence[str]) -> list[Part]:
        at_edges = self._engine.cut_by(files, scope.span)
        if not at_edges[1:]:
            return []
        return list(rows.parts(self._cursor, rows.cut(scope.span, scope.bots, at_edges)))

    def _whole(self, asked: _Asked) -> Iterator[Part]:
        """The loose and the cut sessions as far as they lie in the span."""
        span, cap = asked.scope.span, self._engine.cap
        for pieces in [*self._loose.values(), *([part] for part in asked.cut)]:
            counted = [part for part in pieces if _counts(part, asked.scope.bots)]
            whole = algebra.inside(counted, span.from_ms, span.to_ms, cap)
            if whole:
                yield whole

    def _also_in_files(self) -> list[Part]:
        """What the files hold of the tail's sessions, beyond what is shared between files."""
        if not self._tail or not self._files[1:]:
            return []
        shared = set(map(algebra.session_number, self._engine.shared(self._cursor, self._files)))
        wanted = {algebra.session_number(part) for part in self._tail} - shared
        create(self._cursor, "broken", rows.numbers(sorted(wanted)))
        if not wanted:
            return []
        holding = [name for (name,) in run(self._cursor, rows.files_with(self._files))]
        return list(rows.parts(self._cursor, rows.repeated_rows([self._files[0], *holding])))


def _adds_up(query: Query) -> TypeGuard[Counted]:
    return isinstance(query, Counted) and not query.counts.users


def _counts(part: Part, bots: Bots) -> bool:
    return bots == "include" or bool(part.attributes.bot) == (bots == "only")
