"""Questions asked of one set of sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib import parts as algebra
from chalicelib.model import Part
from chalicelib.parts import FIGURE_COLUMNS
from chalicelib.query import compile, rows
from chalicelib.query.compile import Bots, Counted, Question, Scope
from chalicelib.query.days import VISIT_COLUMNS, Covered, covered
from chalicelib.query.filters import bound, sessions_kept
from chalicelib.query.statement import Answer, Cursor, Statement, create, run, statement
from chalicelib.spans import Span

if TYPE_CHECKING:
    from chalicelib.query.engine import Engine

FEW_SESSIONS = 200_000
"""So many that a filter chose are copied: finding them among all, for each question, costs more.
100 MB at most."""


class Reading:
    """Questions asked of one set of sources.

    Most sessions are one row of one file. The others are loose: those with parts in the tail or
    in several rows, and per question those cut by an edge of its span. They are made whole here.
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

    def ask(self, scope: Scope, questions: Sequence[Question]) -> list[Answer]:
        """The answers to questions about the sessions of a scope, in their order."""
        files = self._engine.touching(self._cursor, self._files, scope.span)
        cut = self._cut(scope, files)
        asked = compile.columns_named(questions)
        needed = FIGURE_COLUMNS if files[1:] or scope.filters else asked
        self._engine.load_figures(self._cursor, "mended", self._whole(scope, cut), needed)
        join = "ANTI JOIN broken USING (session)" if self._loose else ""
        if scope.filters:
            join = f"SEMI JOIN chosen USING (session) {join}"
            self._choose(scope, files)
        sessions = compile.every("mended", asked)
        if files[1:]:
            sessions = compile.sessions(scope, files, join)
        if files[1:] and self._are_few(scope, files[1:]):
            create(self._cursor, "small", compile.narrowed(asked, sessions))
            sessions, kept = compile.every("small", asked), None
        elif kept := self._kept(scope, files, questions):
            self._load_rest(scope, files, questions, kept, cut, join)
        return [self._answer(scope, sessions, question, kept) for question in questions]

    def _answer(
        self, scope: Scope, sessions: Statement, question: Question, kept: Covered | None
    ) -> Answer:
        days = self._engine.days
        if kept and isinstance(question, Counted) and not question.counts.users:
            summed = days.summed(kept, scope, question.counts)
            return run(self._cursor, compile.of_counts(summed, question))
        needed = compile.columns_named([question])
        if kept and {*needed} <= {*VISIT_COLUMNS}:
            sessions = days.visits(kept, scope, needed)
        return run(self._cursor, compile.about(sessions, question))

    def _kept(
        self, scope: Scope, files: Sequence[str], questions: Sequence[Question]
    ) -> Covered | None:
        """The closed days from which unfiltered questions may be answered."""
        if scope.filters:
            return None
        counts = [q.counts for q in questions if isinstance(q, Counted) and not q.counts.users]
        extents, days = self._engine.extents, self._engine.days
        kept = covered(scope.span, files[1:], extents)
        return kept if kept and days.keep(self._cursor, kept, counts) else None

    def _load_rest(
        self,
        scope: Scope,
        files: Sequence[str],
        questions: Sequence[Question],
        kept: Covered,
        cut: Sequence[Part],
        join: str,
    ) -> None:
        """Makes `fresh`, the sessions that do not start in the kept days, and `lost`, the rows
        that do and are no sessions as they stand."""
        span, days = scope.span, kept.days
        edges = [Span(span.from_ms, days.from_ms), Span(days.to_ms, span.to_ms)]
        asked = compile.columns_named(questions)
        fresh = compile.sessions(scope, self._engine.within(files, edges), join, outside=days)
        create(self._cursor, "fresh", compile.narrowed(asked, fresh))
        lost = [
            part
            for part in [*self._filed, *cut]
            if _counts(part, scope.bots) and days.from_ms <= part.events[0].at_ms < days.to_ms
        ]
        self._engine.load_figures(self._cursor, "lost", lost, asked)

    def _are_few(self, scope: Scope, files: Sequence[str]) -> bool:
        """Whether a copy of the sessions costs less than reading them for each question."""
        if sum(Path(name).stat().st_size for name in files) <= self._engine.small_bytes:
            return True
        return bool(scope.filters) and run(self._cursor, rows.chosen_count())[0][0] <= FEW_SESSIONS

    def _choose(self, scope: Scope, files: Sequence[str]) -> None:
        if files[1:]:
            chosen = self._engine.days.chosen(self._cursor, files[1:], scope)
            create(self._cursor, "chosen", chosen)
        condition = statement(rows.kept(sessions_kept(scope.filters)), bound(scope.filters))
        self._cursor.execute(condition.sql, dict(condition.values))

    def _cut(self, scope: Scope, files: Sequence[str]) -> list[Part]:
        """The rows that an edge of the span cuts, besides the loose ones."""
        at_edges = self._engine.cut_by(files, scope.span)
        if not at_edges[1:]:
            return []
        return list(rows.parts(self._cursor, rows.cut(scope.span, scope.bots, at_edges)))

    def _whole(self, scope: Scope, cut: Sequence[Part]) -> Iterator[Part]:
        """The loose and the cut sessions as far as they lie in the span."""
        span, cap = scope.span, self._engine.cap
        for pieces in [*self._loose.values(), *([part] for part in cut)]:
            counted = [part for part in pieces if _counts(part, scope.bots)]
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


def _counts(part: Part, bots: Bots) -> bool:
    return bots == "include" or bool(part.attributes.bot) == (bots == "only")
