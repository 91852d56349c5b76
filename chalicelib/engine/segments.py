"""Segments: Parquet files of rows, written, merged, read and made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from chalicelib.engine import rows
from chalicelib.engine.cursor import Cursor, create_table, run_statement
from chalicelib.engine.database import Database, with_events
from chalicelib.model.columns import COLUMNS
from chalicelib.model.event import Part
from chalicelib.model.manifest import Erasure, drop_erased
from chalicelib.model.parts import EVENTS_A_SESSION, group_parts, sort_key
from chalicelib.model.row import make_row
from chalicelib.query.statement import Statement

ROW_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the manifest says of a file. Times are of its first and last event, epoch ms."""

    rows: int
    min_ts: int
    max_ts: int
    bytes: int
    sha256: str


class Segments:
    """Files in a database's folder. Of each part the first `cap` events are kept (None: all)."""

    def __init__(self, database: Database, cap: int | None = EVENTS_A_SESSION) -> None:
        self.cap = cap
        self.folder = database.folder
        self._database = database

    def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
        """A file with one row a part, in the order of `parts.sort_key`. Parts must be grouped
        (`parts.group_parts`); `path` must lie in the folder. Parts are let go one by one, and
        sorted here, since DuckDB would hold all rows at once, 16 bytes even of each null."""
        waiting = sorted(with_events(parts), key=sort_key, reverse=True)
        found = (make_row(waiting.pop()) for _ in range(len(waiting)))
        with (
            self._database.cursor() as cursor,
            self._database.scratch(found, COLUMNS, "ndjson.gz") as content,
        ):
            return _save_rows(cursor, content, path)

    def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
        """A file with the parts of several files grouped: as if all had been written at once."""
        with self._database.cursor() as cursor:
            names = self._database.names(paths)
            create_table(cursor, "split_sessions", rows.select_repeated(names))
            pieces = rows.read_parts(cursor, rows.rows_of_split_sessions(names))
            self._database.load(cursor, "stitched", group_parts(pieces, self.cap))
            return _save_rows(cursor, rows.select_merged(names), path)

    def read(self, paths: Sequence[Path]) -> Iterator[Part]:
        """The parts of files, their ids as numbers."""
        with self._database.cursor() as cursor:
            yield from rows.read_parts(cursor, rows.all_rows(self._database.names(paths)))

    def of_visitor(self, paths: Sequence[Path], visitor: int) -> list[Part]:
        """The parts of one visitor, by number."""
        with self._database.cursor() as cursor:
            names = self._database.names(paths)
            return list(rows.read_parts(cursor, rows.of_visitor(names, visitor)))

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
        with self._database.cursor() as cursor:
            names = self._database.names([path])
            create_table(cursor, "split_sessions", rows.select_reached(names, reach))
            if run_statement(cursor, rows.count_split_sessions()) == [(0,)]:
                return None
            pieces = rows.read_parts(cursor, rows.rows_of_split_sessions(names))
            self._database.load(cursor, "stitched", keep(pieces))
            return _save_rows(cursor, rows.select_merged(names), target)

    def count_rows(self, path: Path) -> int:
        """How many rows a file says it has; raises where it is no Parquet file."""
        with self._database.cursor() as cursor:
            [(count,)] = run_statement(cursor, rows.row_count(str(path.resolve())))
            return int(count)


def without_erased(
    segments: Segments, path: Path, entries: Sequence[Erasure], target: Path
) -> FileFacts | None:
    """A file without what the entries erase; None, and no file, if that is nothing."""
    reach = [(entry.visitor, entry.from_ms, entry.before_ms) for entry in entries]
    return segments.without(path, reach, lambda parts: drop_erased(entries, parts), target)


def _save_rows(cursor: Cursor, content: Statement, path: Path) -> FileFacts:
    run_statement(cursor, rows.copy_to_file(content, str(path), ROW_GROUP))
    [(count, first, last)] = run_statement(cursor, rows.select_extent(str(path)))
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return FileFacts(count, first, last, path.stat().st_size, digest)
