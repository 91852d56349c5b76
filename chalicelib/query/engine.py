"""DuckDB: parts written to Parquet files, files merged, and questions asked of files and tail.

It knows file paths and parts only, reads and writes nothing outside its folder, and keeps one
connection; questions run in cursors of their own, so that they see no other's tables.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from chalicelib import parts as algebra
from chalicelib.model import Part, Refusal
from chalicelib.parts import COLUMNS, EVENTS_A_SESSION, FIGURE_COLUMNS
from chalicelib.query import rows
from chalicelib.query.choices import Choices
from chalicelib.query.days import Days
from chalicelib.query.kept import Kept
from chalicelib.query.reading import Reading
from chalicelib.query.rows import Extent
from chalicelib.query.statement import Cursor, Statement, create, run
from chalicelib.spans import Span

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
SMALL_BYTES = 4_000_000
"""About 50,000 sessions: a copy of them in memory costs less than opening their files again for
each question; of more it costs more, and the files' dictionaries are lost."""
KEPT_SETS = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
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
        self.extents: dict[str, Extent] = {}
        self._database = _open(self.folder, memory_mb)
        self._blank = self.folder / f"blank-{uuid4().hex}.parquet"
        self.write([], self._blank)
        kept = Kept(str(self._blank), self.extents, memory_mb)
        self.choices = Choices(kept)
        self.days = Days(kept, self.choices)

    def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
        """A file with one row a part, in the order of `parts.sort_key`. Parts must be grouped
        (`parts.group`); `path` must lie in the engine's folder. Parts are let go one by one, and
        sorted here, since DuckDB would hold all rows at once, 16 bytes even of each null."""
        waiting = sorted(_known(parts), key=algebra.sort_key, reverse=True)
        found = (algebra.row(waiting.pop()) for _ in range(len(waiting)))
        with self._cursor() as cursor, self._scratch(found, COLUMNS, "ndjson.gz") as content:
            return _save(cursor, content, path)

    def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
        """A file with the parts of several files grouped: as if all had been written at once."""
        with self._cursor() as cursor:
            files = self._files(paths)
            create(cursor, "broken", rows.repeated(files))
            pieces = rows.parts(cursor, rows.repeated_rows(files))
            self.load(cursor, "mended", algebra.group(pieces, self.cap))
            return _save(cursor, rows.merged(files), path)

    def read(self, paths: Sequence[Path]) -> Iterator[Part]:
        """The parts of files, their ids as numbers."""
        with self._cursor() as cursor:
            yield from rows.parts(cursor, rows.all_rows(self._files(paths)))

    def of_visitor(self, paths: Sequence[Path], visitor: int) -> list[Part]:
        """The parts of one visitor, by number."""
        with self._cursor() as cursor:
            return list(rows.parts(cursor, rows.of_visitor(self._files(paths), visitor)))

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
            create(cursor, "broken", rows.reached(files, reach))
            if run(cursor, rows.broken_count()) == [(0,)]:
                return None
            self.load(cursor, "mended", keep(rows.parts(cursor, rows.repeated_rows(files))))
            return _save(cursor, rows.merged(files), target)

    def rows(self, path: Path) -> int:
        """How many rows a file says it has; raises where it is no Parquet file."""
        with self._cursor() as cursor:
            [(count,)] = run(cursor, rows.row_count(str(path.resolve())))
            return int(count)

    @contextmanager
    def reading(self, snapshot: Snapshot) -> Iterator[Reading]:
        """Answers about one snapshot. Refusal 503 where they need more memory than there
        is; the next question finds all of it free again."""
        from duckdb import OutOfMemoryException

        try:
            with self._cursor() as cursor:
                yield Reading(self, cursor, self._files(snapshot.files), snapshot.tail)
        except OutOfMemoryException as error:
            message = "too much for this function's memory; ask for a shorter span"
            raise Refusal(503, "out_of_memory", message, "range") from error

    def shared(self, cursor: Cursor, files: Sequence[str]) -> Sequence[Part]:
        """The parts of sessions that have several rows in these files. Files never change, so
        the last answers are kept: asking costs 0.6 s in a million rows."""
        key = tuple(files)
        if key not in self._shared:
            create(cursor, "broken", rows.repeated(files))
            found = tuple(rows.parts(cursor, rows.repeated_rows(files)))
            self._shared = dict([*self._shared.items(), (key, found)][-KEPT_SETS:])
        return self._shared[key]

    def touching(self, cursor: Cursor, files: Sequence[str], span: Span) -> Sequence[str]:
        """The files with events inside the span. A question opens every file it names, at 0.3 ms
        each; where a file begins and ends is asked once, for files never change."""
        if unknown := [name for name in files[1:] if name not in self.extents]:
            found = run(cursor, rows.extents(unknown))
            nothing = dict.fromkeys(unknown, Extent(0, -1, 0))
            self.extents |= nothing | {name: Extent(*extent) for name, *extent in found}
        return self.within(files, [span])

    def cut_by(self, files: Sequence[str], span: Span) -> Sequence[str]:
        """Those of touching files that have events on both sides of an edge of the span."""
        return self.within(files, [Span(0, span.from_ms), Span(span.to_ms, sys.maxsize)])

    def within(self, files: Sequence[str], spans: Sequence[Span]) -> Sequence[str]:
        """Those of known files that may have events in one of the spans."""

        def reaches(name: str, span: Span) -> bool:
            first, last, _ = self.extents[name]
            return first < span.to_ms and last >= span.from_ms

        return [files[0], *(n for n in files[1:] if any(reaches(n, span) for span in spans))]

    def _files(self, paths: Iterable[Path]) -> list[str]:
        """Paths for `read_parquet`, the empty file first: it has every column of today's row,
        also when all other files are older, and there may be no other."""
        return [str(self._blank), *(str(path.resolve()) for path in paths)]

    def load(self, cursor: Cursor, table: str, parts: Iterable[Part]) -> None:
        """Makes a table of whole rows."""
        self._load(cursor, table, map(algebra.row, _known(parts)), COLUMNS)

    def load_figures(
        self,
        cursor: Cursor,
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
        cursor: Cursor,
        table: str,
        found: Iterable[algebra.Row],
        types: Mapping[str, str],
    ) -> None:
        with self._scratch(found, types, "ndjson") as content:
            create(cursor, table, content)

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


def _known(parts: Iterable[Part]) -> Iterator[Part]:
    return (part for part in parts if part.events)


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


def _save(cursor: Cursor, content: Statement, path: Path) -> FileFacts:
    run(cursor, rows.saved(content, str(path), ROW_GROUP))
    [(count, first, last)] = run(cursor, rows.extent(str(path)))
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileFacts(count, first, last, path.stat().st_size, digest)
