"""One DuckDB database in memory: cursors, and rows loaded into their tables.

It reads and writes nothing outside its folder and keeps one connection; questions run in cursors of
their own, so that they see no other's tables.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from chalicelib.engine.cursor import Cursor, create_table
from chalicelib.engine.rows import select_loaded
from chalicelib.model.columns import COLUMNS
from chalicelib.model.event import Part
from chalicelib.model.row import make_row
from chalicelib.model.sums import Row
from chalicelib.query.statement import Statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Database:
    """A DuckDB instance that may touch nothing but `folder`."""

    def __init__(self, folder: Path, memory_mb: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.memory_mb = memory_mb
        self.blank = self.folder / f"blank-{uuid4().hex}.parquet"
        self._connection = _open_connection(self.folder, memory_mb)

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A cursor for the block."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def names(self, paths: Iterable[Path]) -> list[str]:
        """Paths for `read_parquet`, the empty file first: it has every column of today's row,
        also when all other files are older, and there may be no other."""
        return [str(self.blank), *(str(path.resolve()) for path in paths)]

    def load(
        self, cursor: Cursor, table: str, parts: Iterable[Part], columns: Iterable[str] = COLUMNS
    ) -> None:
        """Makes a table of some columns of the rows of parts. A column costs 0.1 ms, however few
        the rows; the events are written out only where a column of theirs is among them."""
        types = {name: COLUMNS[name] for name in columns}
        rows = (make_row(part, types) for part in with_events(parts))
        with self.scratch(rows, types, "ndjson") as content:
            create_table(cursor, table, content)

    @contextmanager
    def scratch(
        self, rows: Iterable[Row], types: Mapping[str, str], suffix: str
    ) -> Iterator[Statement]:
        """Rows with columns of these types, from a file that lasts as long as the block."""
        scratch = self.folder / f"load-{uuid4().hex}.{suffix}"
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        try:
            with _open_text(scratch) as file:
                longest = max((file.write(encode(row) + "\n") for row in rows), default=0)
            yield select_loaded(str(scratch), types, longest)
        finally:
            scratch.unlink(missing_ok=True)


def with_events(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts without events are no rows."""
    return (part for part in parts if part.events)


def _open_connection(folder: Path, memory_mb: int) -> DuckDBPyConnection:
    import duckdb  # 0.15 s that a function which only collects does not pay

    database = duckdb.connect(":memory:", config={"threads": 1})
    database.execute("SET memory_limit = $limit", {"limit": f"{memory_mb}MB"})
    database.execute("SET temp_directory = $folder", {"folder": str(folder / "spill")})
    database.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
    database.execute("SET parquet_metadata_cache = true")  # files never change: a third of opening
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _open_text(path: Path) -> TextIO:
    """A new text file, packed if its name says so: a busy hour is 250 to 550 MB of rows, and a
    Lambda's /tmp has 512."""
    if path.suffix == ".gz":
        return gzip.open(path, "wt", compresslevel=1, encoding="utf-8", errors="replace")
    return path.open("w", encoding="utf-8", errors="replace")
