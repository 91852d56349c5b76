"""DuckDB: parts written to Parquet files, files merged, and questions asked of files and tail.

It knows file paths and parts only, reads and writes nothing outside its folder, and keeps one
connection; questions run in cursors of their own, so that they see no other's tables.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

from chalicelib import parts as algebra
from chalicelib.model import Part, Refusal
from chalicelib.parts import COLUMNS, EVENTS_A_SESSION, FIGURE_COLUMNS, ROW_COLUMNS
from chalicelib.query import compile, rows
from chalicelib.query.compile import Bots, Counted, Question, Scope
from chalicelib.query.days import VISIT_COLUMNS, Covered, Days
from chalicelib.query.days import covered as cover
from chalicelib.query.filters import bound, sessions_kept
from chalicelib.query.statement import Statement, statement
from chalicelib.spans import Span

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
SMALL_BYTES = 4_000_000
"""About 50,000 sessions: a copy of them in memory costs less than opening their files again for
each question; of more it costs more, and the files' dictionaries are lost."""
FEW_SESSIONS = 200_000
"""So many that a filter chose are copied too: finding them among all, for each question, costs
more. 100 MB at most."""
KEPT_SETS = 4
Answer = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a report is made from: sealed files, parts not sealed yet, and the days (ISO dates)
    whose files could not be read."""

    files: Sequence[Path]
    tail: Sequence[Part] = ()
    partial: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the manifest says of a file. Times are of its first and last event, epoch ms."""

    rows: int
    min_ts: int
    max_ts: int
    bytes: int
    sha256: str


class Engine:
    """One DuckDB instance that may touch nothing but `folder`."""

    def __init__(
        self,
        folder: Path,
        memory_mb: int = 1500,
        cap: int | None = EVENTS_A_SESSION,
        small_bytes: int = SMALL_BYTES,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.cap = cap
        self.small_bytes = small_bytes
        self._shared: dict[tuple[str, ...], Sequence[Part]] = {}
        self.extents: dict[str, tuple[int, int]] = {}
        self._database = _open(self.folder, memory_mb)
        self._blank = self.folder / f"blank-{uuid4().hex}.parquet"
        self.write([], self._blank)
        self.days = Days(str(self._blank))

    def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
        """A file with one row a part, in the order of `parts.place`. Parts must be grouped
        (`parts.group`); `path` must lie in the engine's folder. Parts are let go one by one, and
        sorted here, since DuckDB would hold all rows at once, 16 bytes even of each null."""
        waiting = sorted(_known(parts), key=algebra.place, reverse=True)
        found = (algebra.row(waiting.pop()) for _ in range(len(waiting)))
        with self._cursor() as cursor, self._scratch(found, COLUMNS, "ndjson.gz") as content:
            return _save(cursor, content, path)

    def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
        """A file with the parts of several files grouped: as if all had been written at once."""
        with self._cursor() as cursor:
            files = self._files(paths)
            _create(cursor, "broken", rows.repeated(files))
            pieces = _parts(cursor, rows.repeated_rows(files))
            self.load(cursor, "mended", algebra.group(pieces, self.cap))
            return _save(cursor, rows.merged(files), path)

    def read(self, paths: Sequence[Path]) -> Iterator[Part]:
        """The parts of files, their ids as numbers."""
        with self._cursor() as cursor:
            yield from _parts(cursor, rows.all_rows(self._files(paths)))

    def of_visitor(self, paths: Sequence[Path], visitor: int) -> list[Part]:
        """The parts of one visitor, by number."""
        with self._cursor() as cursor:
            return list(_parts(cursor, rows.of_visitor(self._files(paths), visitor)))

    def without(
        self,
        path: Path,
        reach: Sequence[tuple[int, int, int]],
        keep: Callable[[Iterable[Part]], Iterable[Part]],
        target: Path,
    ) -> FileFacts | None:
        """A file in which the rows within `reach` are replaced by what `keep` leaves of their
        parts; None, and no file, if there is no such row.

        `reach`: visitor number (0: any), from and before which moment (epoch ms) a row has events.
        """
        with self._cursor() as cursor:
            files = self._files([path])
            _create(cursor, "broken", rows.reached(files, reach))
            if _run(cursor, rows.broken_count()) == [(0,)]:
                return None
            self.load(cursor, "mended", keep(_parts(cursor, rows.repeated_rows(files))))
            return _save(cursor, rows.merged(files), target)

    def rows(self, path: Path) -> int:
        """How many rows a file says it has; raises where it is no Parquet file."""
        with self._cursor() as cursor:
            [(count,)] = _run(cursor, rows.row_count(str(path.resolve())))
            return int(count)

    @contextmanager
    def reading(self, sources: Sources) -> Iterator[Reading]:
        """Answers about one set of sources. Refusal 503 where they need more memory than there
        is; the next question finds all of it free again."""
        from duckdb import OutOfMemoryException

        try:
            with self._cursor() as cursor:
                yield Reading(self, cursor, self._files(sources.files), sources.tail)
        except OutOfMemoryException as error:
            message = "too much for this function's memory; ask for a shorter span"
            raise Refusal(503, "out_of_memory", message, "range") from error

    def shared(self, cursor: DuckDBPyConnection, files: Sequence[str]) -> Sequence[Part]:
        """The parts of sessions that have several rows in these files. Files never change, so
        the last answers are kept: asking costs 0.6 s in a million rows."""
        key = tuple(files)
        if key not in self._shared:
            _create(cursor, "broken", rows.repeated(files))
            found = tuple(_parts(cursor, rows.repeated_rows(files)))
            self._shared = dict([*self._shared.items(), (key, found)][-KEPT_SETS:])
        return self._shared[key]

    def touching(
        self, cursor: DuckDBPyConnection, files: Sequence[str], span: Span
    ) -> Sequence[str]:
        """The files with events inside the span. A question opens every file it names, at 0.3 ms
        each; where a file begins and ends is asked once, for files never change."""
        if unknown := [name for name in files[1:] if name not in self.extents]:
            found = _run(cursor, rows.extents(unknown))
            nothing = dict.fromkeys(unknown, (0, -1))
            self.extents |= nothing | {name: (first, last) for name, first, last in found}
        return self.within(files, [span])

    def cut_by(self, files: Sequence[str], span: Span) -> Sequence[str]:
        """Those of touching files that have events on both sides of an edge of the span."""
        return self.within(files, [Span(0, span.from_ms), Span(span.to_ms, sys.maxsize)])

    def within(self, files: Sequence[str], spans: Sequence[Span]) -> Sequence[str]:
        """Those of known files that may have events in one of the spans."""

        def reaches(name: str, span: Span) -> bool:
            first, last = self.extents[name]
            return first < span.to_ms and last >= span.from_ms

        return [files[0], *(n for n in files[1:] if any(reaches(n, span) for span in spans))]

    def _files(self, paths: Iterable[Path]) -> list[str]:
        """Paths for `read_parquet`, the empty file first: it has every column of today's row,
        also when all other files are older, and there may be no other."""
        return [str(self._blank), *(str(path.resolve()) for path in paths)]

    def load(self, cursor: DuckDBPyConnection, table: str, parts: Iterable[Part]) -> None:
        """Makes a table of whole rows."""
        self._load(cursor, table, map(algebra.row, _known(parts)), COLUMNS)

    def load_figures(
        self,
        cursor: DuckDBPyConnection,
        table: str,
        parts: Iterable[Part],
        columns: Iterable[str] = FIGURE_COLUMNS,
    ) -> None:
        """Makes a table of those columns of rows that questions are answered from. A column costs
        0.1 ms, however few the rows."""
        types = {name: FIGURE_COLUMNS[name] for name in columns}
        self._load(cursor, table, map(algebra.figures, _known(parts)), types)

    def _load(
        self,
        cursor: DuckDBPyConnection,
        table: str,
        found: Iterable[algebra.Row],
        types: Mapping[str, str],
    ) -> None:
        with self._scratch(found, types, "ndjson") as content:
            _create(cursor, table, content)

    @contextmanager
    def _scratch(
        self, found: Iterable[algebra.Row], types: Mapping[str, str], suffix: str
    ) -> Iterator[Statement]:
        """Rows with columns of these types, from a file that lasts as long as the block."""
        scratch = self.folder / f"load-{uuid4().hex}.{suffix}"
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        try:
            with _opened(scratch) as file:
                longest = max((file.write(encode(row) + "\n") for row in found), default=0)
            yield rows.loaded(str(scratch), types, longest)
        finally:
            scratch.unlink(missing_ok=True)

    @contextmanager
    def _cursor(self) -> Iterator[DuckDBPyConnection]:
        cursor = self._database.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


class Reading:
    """Questions asked of one set of sources.

    Most sessions are one row of one file. The others are loose: those with parts in the tail or
    in several rows, and per question those cut by an edge of its span. They are made whole here.
    """

    def __init__(
        self, engine: Engine, cursor: DuckDBPyConnection, files: Sequence[str], tail: Sequence[Part]
    ) -> None:
        self._engine = engine
        self._cursor = cursor
        self._files = files
        self._tail = tail
        self._loose: dict[int, list[Part]] = defaultdict(list)
        self._filed = [*engine.shared(cursor, files), *self._also_in_files()]
        for part in [*self._filed, *tail]:
            self._loose[algebra.session_number(part)].append(part)
        _create(cursor, "broken", rows.numbers(list(self._loose)))

    def first_event_ms(self, bots: Bots) -> int | None:
        """The time of the first event there is."""
        [(in_files,)] = _run(self._cursor, rows.first_start(bots, self._files))
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
            join = "SEMI JOIN chosen USING (session)"
            self._choose(scope, files)
        sessions = compile.every("mended", asked)
        if files[1:]:
            sessions = compile.sessions(scope, files, join)
        if files[1:] and self._are_few(scope, files[1:]):
            _create(self._cursor, "small", compile.narrowed(asked, sessions))
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
            return _run(self._cursor, compile.of_counts(summed, question))
        if kept and {*compile.columns_named([question])} <= {*VISIT_COLUMNS}:
            sessions = days.visits(kept, scope)
        return _run(self._cursor, compile.about(sessions, question))

    def _kept(
        self, scope: Scope, files: Sequence[str], questions: Sequence[Question]
    ) -> Covered | None:
        """The closed days from which unfiltered questions may be answered."""
        if scope.filters:
            return None
        counts = [q.counts for q in questions if isinstance(q, Counted) and not q.counts.users]
        extents, days = self._engine.extents, self._engine.days
        covered = cover(scope.span, files[1:], extents)
        return covered if covered and days.keep(self._cursor, covered, counts) else None

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
        _create(self._cursor, "fresh", compile.narrowed(asked, fresh))
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
        return bool(scope.filters) and _run(self._cursor, rows.chosen_count())[0][0] <= FEW_SESSIONS

    def _choose(self, scope: Scope, files: Sequence[str]) -> None:
        _create(self._cursor, "chosen", compile.chosen(scope, files))
        condition = statement(rows.kept(sessions_kept(scope.filters)), bound(scope.filters))
        self._cursor.execute(condition.sql, dict(condition.values))

    def _cut(self, scope: Scope, files: Sequence[str]) -> list[Part]:
        """The rows that an edge of the span cuts, besides the loose ones."""
        at_edges = self._engine.cut_by(files, scope.span)
        if not at_edges[1:]:
            return []
        return list(_parts(self._cursor, rows.cut(scope.span, scope.bots, at_edges)))

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
        _create(self._cursor, "broken", rows.numbers(sorted(wanted)))
        if not wanted:
            return []
        holding = [name for (name,) in _run(self._cursor, rows.files_with(self._files))]
        return list(_parts(self._cursor, rows.repeated_rows([self._files[0], *holding])))


def _known(parts: Iterable[Part]) -> Iterator[Part]:
    return (part for part in parts if part.events)


def _counts(part: Part, bots: Bots) -> bool:
    return bots == "include" or bool(part.attributes.bot) == (bots == "only")


def _open(folder: Path, memory_mb: int) -> DuckDBPyConnection:
    import duckdb  # 0.15 s that a function which only collects does not pay

    database = duckdb.connect(":memory:", config={"threads": 1})
    database.execute("SET memory_limit = $limit", {"limit": f"{memory_mb}MB"})
    database.execute("SET temp_directory = $folder", {"folder": str(folder / "spill")})
    database.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
    database.execute("SET parquet_metadata_cache = true")  # files never change: a third of opening
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _opened(path: Path) -> TextIO:
    """A new text file, packed if its name says so: a busy hour is 250 to 550 MB of rows, and a
    Lambda's /tmp has 512."""
    if path.suffix == ".gz":
        return gzip.open(path, "wt", compresslevel=1, encoding="utf-8", errors="replace")
    return path.open("w", encoding="utf-8", errors="replace")


def _create(cursor: DuckDBPyConnection, table: str, statement: Statement) -> None:
    sql = f"CREATE OR REPLACE TEMP TABLE {table} AS {statement.sql}"
    cursor.execute(sql, dict(statement.values))


def _run(cursor: DuckDBPyConnection, statement: Statement) -> Answer:
    return cursor.execute(statement.sql, dict(statement.values)).fetchall()


def _parts(cursor: DuckDBPyConnection, statement: Statement) -> Iterator[Part]:
    cursor.execute(statement.sql, dict(statement.values))
    while fetched := cursor.fetchmany(1000):
        for row in fetched:
            yield algebra.part(dict(zip(ROW_COLUMNS, row, strict=True)))


def _save(cursor: DuckDBPyConnection, content: Statement, path: Path) -> FileFacts:
    _run(cursor, rows.saved(content, str(path), ROW_GROUP))
    [(count, first, last)] = _run(cursor, rows.extent(str(path)))
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileFacts(count, first, last, path.stat().st_size, digest)
