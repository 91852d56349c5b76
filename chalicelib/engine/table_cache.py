"""What a warm instance keeps of files, in tables by number of the file their rows come from.

Files never change, so nothing here is ever stale; what came from a file that is gone (merged,
erased from, long unused) goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count as counter
from pathlib import Path
from threading import Lock

from chalicelib.engine.cursor import Cursor
from chalicelib.engine.rows import Extent
from chalicelib.query.scope import NAMED_FILES
from chalicelib.query.statement import Statement, bind

ROWS_A_MB = 4_000
"""Rows kept for each MB of the database's memory: of 46 bytes in a million sessions over three
years, so a fifth of it. An instance that has them answers about other days from their files."""


class TableCache:
    """Tables `cached_{name}` in the database's memory, each with a column `file`, and of which
    files each has the rows. Hold `lock` while tables are changed. Who reads them without it
    compares `numbers` afterwards: a file has others once its rows were dropped."""

    def __init__(self, blank: str, extents: Mapping[str, Extent], memory_mb: int) -> None:
        self.lock = Lock()
        self._blank = blank
        self._extents = extents
        self._most_rows = ROWS_A_MB * memory_mb
        self._numbers: dict[str, int] = {}
        self._new_numbers = counter()
        self._files: dict[str, set[str]] = {}
        self._rows: dict[str, int] = {}

    def missing(self, table: str, files: Collection[str]) -> list[str]:
        """Those of files whose rows a table does not have."""
        return [file for file in files if file not in self._files.get(table, ())]

    def has_room(self, files: Collection[str] = ()) -> bool:
        """Whether a row more of every session of files can be kept."""
        coming = sum(self._extents[file].rows for file in files)
        return sum(self._rows.values()) + coming <= self._most_rows

    def numbers(self, files: Collection[str]) -> list[int]:
        """The numbers of files, in their order."""
        for file in files:
            if file not in self._numbers:
                self._numbers[file] = next(self._new_numbers)
        return [self._numbers[file] for file in files]

    def read(self, files: Sequence[str], columns: str) -> Statement:
        """Columns of the rows of files, and the `file` each comes from."""
        text = (
            f"SELECT file, {columns} FROM {NAMED_FILES} JOIN (SELECT unnest($names) AS filename, "
            "unnest($numbers) AS file) AS numbered USING (filename)"
        )
        values = {"files": [self._blank, *files], "names": list(files)}
        return bind(text, {**values, "numbers": self.numbers(files)})

    def add(self, cursor: Cursor, table: str, files: Collection[str], rows: Statement) -> None:
        """Puts all that a table shall have of files into it."""
        if table not in self._rows:
            empty = f"CREATE TABLE cached_{table} AS FROM ({rows.sql}) LIMIT 0"
            cursor.execute(empty, dict(rows.values))
            self._rows[table], self._files[table] = 0, set()
        cursor.execute(f"INSERT INTO cached_{table} {rows.sql}", dict(rows.values))
        [(added,)] = cursor.fetchall()
        self._rows[table] += added
        self._files[table].update(files)

    def drop(self, cursor: Cursor, table: str) -> None:
        """Forgets a table, if there is one of that name."""
        if self._rows.pop(table, None) is not None:
            del self._files[table]
            cursor.execute(f"DROP TABLE cached_{table}")

    def forget_gone(self, cursor: Cursor) -> set[str]:
        """Drops what came from files that are no more, and tells which are. A table is made anew,
        for a deleted row may stay in memory."""
        gone = {file for file in self._numbers if not Path(file).exists()}
        if gone:
            # First of all: should a table not be made, no number names the rows that stay in it.
            values = {"gone": [self._numbers.pop(file) for file in gone]}
            for files in self._files.values():
                files -= gone
            for table in self._rows:
                left = f"FROM cached_{table} WHERE NOT list_contains($gone::INTEGER[], file)"
                again = cursor.execute(f"CREATE OR REPLACE TABLE cached_{table} AS {left}", values)
                [(self._rows[table],)] = again.fetchall()
        return gone
