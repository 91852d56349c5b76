"""DuckDB: parts written to Parquet files, files merged, and questions asked of files and tail.

It knows file paths and parts only, reads and writes nothing outside its folder, and keeps one
connection; questions run in cursors of their own, so that they see no other's tables.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from chalicelib import parts as algebra
from chalicelib.model import Part
from chalicelib.parts import EVENTS_A_SESSION, ROW_COLUMNS
from chalicelib.query import compile
from chalicelib.query.compile import Bots, Scope, Statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
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
        self, folder: Path, memory_mb: int = 1500, cap: int | None = EVENTS_A_SESSION
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self._cap = cap
        self._database = _open(self.folder, memory_mb)
        self._blank = self.folder / f"blank-{uuid4().hex}.parquet"
        self.write([], self._blank)

    def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
        """A file with one row a part, sorted by start. Parts must be grouped (`parts.group`);
        `path` must lie in the engine's folder."""
        with self._cursor() as cursor:
            self._load(cursor, "fresh", parts)
            return _save(cursor, Statement("SELECT * FROM fresh", {}), path)

    def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
        """A file with the parts of several files grouped: as if all had been written at once."""
        with self._cursor() as cursor:
            self._load(cursor, "tail", [])
            files = self._files(paths)
            _create(cursor, "broken", compile.repeated(files))
            pieces = _parts(cursor, compile.repeated_rows(files))
            self._load(cursor, "mended", algebra.group(pieces, self._cap))
            return _save(cursor, compile.merged(files), path)

    def read(self, paths: Sequence[Path]) -> Iterator[Part]:
        """The parts of files, their ids as numbers."""
        with self._cursor() as cursor:
            self._load(cursor, "tail", [])
            yield from _parts(cursor, compile.all_rows(self._files(paths)))

    def of_visitor(self, paths: Sequence[Path], visitor: int) -> list[Part]:
        """The parts of one visitor, by number."""
        with self._cursor() as cursor:
            self._load(cursor, "tail", [])
            return list(_parts(cursor, compile.rows_of_visitor(self._files(paths), visitor)))

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
            self._load(cursor, "tail", [])
            files = self._files([path])
            _create(cursor, "broken", compile.reached(files, reach))
            pieces = list(_parts(cursor, compile.repeated_rows(files)))
            if not pieces:
                return None
            self._load(cursor, "mended", keep(pieces))
            return _save(cursor, compile.merged(files), target)

    def rows(self, path: Path) -> int:
        """How many rows a file says it has; raises where it is no Parquet file."""
        with self._cursor() as cursor:
            [(count,)] = _run(cursor, compile.row_count(str(path.resolve())))
            return int(count)

    @contextmanager
    def reading(self, sources: Sources) -> Iterator[Reading]:
        """Answers about one set of sources, whose tail is loaded once."""
        with self._cursor() as cursor:
            self._load(cursor, "tail", algebra.group(sources.tail, self._cap))
            yield Reading(self, cursor, self._files(sources.files))

    def mend(self, cursor: DuckDBPyConnection, scope: Scope, files: Sequence[str]) -> None:
        """Makes the table `mended`: one row for each session that has several rows, or is cut by
        an edge of the span."""
        _create(cursor, "broken", compile.broken(scope, files))
        bags = defaultdict(list)
        for piece in _parts(cursor, compile.pieces(scope, files)):
            bags[piece.session_id].append(piece)
        span = scope.span
        whole = (algebra.inside(bag, span.from_ms, span.to_ms, self._cap) for bag in bags.values())
        self._load(cursor, "mended", [part for part in whole if part])

    def _files(self, paths: Iterable[Path]) -> list[str]:
        """Paths for `read_parquet`, the empty file first: it has every column of today's row,
        also when all other files are older, and there may be no other."""
        return [str(self._blank), *(str(path.resolve()) for path in paths)]

    def _load(self, cursor: DuckDBPyConnection, table: str, parts: Iterable[Part]) -> None:
        scratch = self.folder / f"load-{uuid4().hex}.ndjson"
        try:
            with scratch.open("w", encoding="utf-8", errors="replace") as file:
                for part in parts:
                    if part.events:
                        file.write(json.dumps(algebra.row(part), ensure_ascii=False) + "\n")
            _create(cursor, table, compile.loaded(str(scratch)))
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
    """Questions asked of one set of sources."""

    def __init__(self, engine: Engine, cursor: DuckDBPyConnection, files: Sequence[str]) -> None:
        self._engine = engine
        self._cursor = cursor
        self._files = files

    def first_event_ms(self, bots: Bots) -> int | None:
        """The time of the first event there is."""
        [(first,)] = _run(self._cursor, compile.first_event(bots, self._files))
        return None if first is None else int(first)

    def ask(self, scope: Scope, statements: Sequence[Statement]) -> list[Answer]:
        """The answers to statements about the sessions of a scope, in their order."""
        self._engine.mend(self._cursor, scope, self._files)
        _create(self._cursor, "session", compile.sessions(scope, self._files))
        return [_run(self._cursor, statement) for statement in statements]


def _open(folder: Path, memory_mb: int) -> DuckDBPyConnection:
    import duckdb  # 0.15 s that a function which only collects does not pay

    database = duckdb.connect(":memory:", config={"threads": 1})
    database.execute("SET memory_limit = $limit", {"limit": f"{memory_mb}MB"})
    database.execute("SET temp_directory = $folder", {"folder": str(folder / "spill")})
    database.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _create(cursor: DuckDBPyConnection, table: str, statement: Statement) -> None:
    sql = f"CREATE OR REPLACE TEMP TABLE {table} AS {statement.sql}"
    cursor.execute(sql, dict(statement.values))


def _run(cursor: DuckDBPyConnection, statement: Statement) -> Answer:
    return cursor.execute(statement.sql, dict(statement.values)).fetchall()


def _parts(cursor: DuckDBPyConnection, statement: Statement) -> Iterator[Part]:
    cursor.execute(statement.sql, dict(statement.values))
    while rows := cursor.fetchmany(1000):
        for row in rows:
            yield algebra.part(dict(zip(ROW_COLUMNS, row, strict=True)))


def _save(cursor: DuckDBPyConnection, rows: Statement, path: Path) -> FileFacts:
    _create(cursor, "saved", rows)
    cursor.execute(compile.saved(str(path), ROW_GROUP))
    [(count, first, last)] = _run(cursor, compile.extent())
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileFacts(count, first, last, path.stat().st_size, digest)
