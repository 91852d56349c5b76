"""Statements about rows: how they are loaded, saved, found, and made whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.engine.cursor import Cursor
from chalicelib.model import row as algebra
from chalicelib.model.columns import COLUMNS, ROW_COLUMNS
from chalicelib.model.event import Part
from chalicelib.model.spans import Span
from chalicelib.query.scope import FILES, NAMED_FILES, PEOPLE, Bots
from chalicelib.query.statement import Statement, bind


class Extent(NamedTuple):
    """The times of a file's first and of its last event, epoch ms, and how many rows it has."""

    first_ms: int
    last_ms: int
    rows: int


def select_loaded(scratch: str, types: Mapping[str, str], longest: int) -> Statement:
    """Rows of a newline-JSON file with columns of these types. DuckDB's buffers are as large as
    its longest line may be (in characters here, up to four bytes each)."""
    columns = ", ".join(f"{name}: '{type_}'" for name, type_ in types.items())
    text = (
        "SELECT * FROM read_json($scratch, format = 'newline_delimited', "
        f"maximum_object_size = $longest, columns = {{{columns}}})"
    )
    return bind(text, {"scratch": scratch, "longest": max(1_048_576, longest * 4)})


def all_rows(files: Sequence[str]) -> Statement:
    """Every row, with the columns that `parts.part` needs."""
    return bind(f"SELECT {', '.join(ROW_COLUMNS)} FROM {FILES}", {"files": list(files)})


def row_count(file: str) -> Statement:
    """One row: how many rows a file has, by its footer."""
    return bind("SELECT num_rows FROM parquet_file_metadata($file)", {"file": file})


def of_visitor(files: Sequence[str], visitor: int) -> Statement:
    """Every row of one visitor."""
    text = f"SELECT {', '.join(ROW_COLUMNS)} FROM {FILES} WHERE visitor = $visitor::UBIGINT"
    return bind(text, {"files": list(files), "visitor": visitor})


def select_repeated(files: Sequence[str]) -> Statement:
    """Numbers of the sessions with several rows."""
    text = f"SELECT session FROM {FILES} GROUP BY session HAVING count(*) > 1"
    return bind(text, {"files": list(files)})


def select_reached(files: Sequence[str], reach: Sequence[tuple[int, int, int]]) -> Statement:
    """Numbers of the sessions with rows of a visitor (0: any) between two moments."""
    visitors, froms, befores = ([entry[place] for entry in reach] for place in range(3))
    text = (
        f"SELECT DISTINCT session FROM {FILES} JOIN (SELECT unnest($visitors::UBIGINT[]) AS whose, "
        "unnest($froms) AS from_ms, unnest($befores) AS before_ms) "
        "ON (whose = 0 OR visitor = whose) AND started_at_ms < before_ms AND ended_at_ms >= from_ms"
    )
    values = {"visitors": visitors, "froms": froms, "befores": befores}
    return bind(text, {"files": list(files), **values})


def count_split_sessions() -> Statement:
    """One row: how many sessions are in `split_sessions`."""
    return bind("SELECT count(*) FROM split_sessions", {})


def rows_of_split_sessions(files: Sequence[str]) -> Statement:
    """All rows of the sessions in `split_sessions`."""
    text = f"SELECT {', '.join(ROW_COLUMNS)} FROM {FILES} SEMI JOIN split_sessions USING (session)"
    return bind(text, {"files": list(files)})


def select_merged(files: Sequence[str]) -> Statement:
    """The rows that stand alone, and `stitched`, in the order of a file (`parts.sort_key`)."""
    columns = ", ".join(COLUMNS)
    text = f"SELECT {columns} FROM {FILES} ANTI JOIN split_sessions USING (session)"
    text += f" UNION ALL SELECT {columns} FROM stitched"
    order = "is_over_quarter, started_at_ms, session"
    return bind(f"FROM ({text}) ORDER BY {order}", {"files": list(files)})


def copy_to_file(content: Statement, path: str, row_group: int) -> Statement:
    """The command that writes rows to a file in their order. A path can not be bound here; it is
    ours."""
    quoted = path.replace("'", "''")
    text = (
        f"COPY ({content.sql}) TO '{quoted}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})"
    )
    return Statement(text, content.values)


def select_extent(path: str) -> Statement:
    """One row: how many rows a file has, its first and its last time (0 without rows)."""
    text = "count(*), coalesce(min(started_at_ms), 0), coalesce(max(ended_at_ms), 0)"
    return bind(f"SELECT {text} FROM read_parquet($path)", {"path": path})


def select_cut(span: Span, bots: Bots, files: Sequence[str]) -> Statement:
    """The rows outside `split_sessions` that an edge of the span cuts. Two plain comparisons an
    edge let the reader skip what lies far from it: 25 ms in a million rows instead of 650."""
    columns = ", ".join(ROW_COLUMNS)
    text = " UNION ALL ".join(
        f"SELECT {columns} FROM {FILES} ANTI JOIN split_sessions USING (session) "
        f"WHERE {edge} AND {PEOPLE[bots]}"
        for edge in (
            "started_at_ms < $from_ms AND ended_at_ms >= $from_ms",
            "started_at_ms >= $from_ms AND started_at_ms < $to_ms AND ended_at_ms >= $to_ms",
        )
    )
    return bind(text, {"from_ms": span.from_ms, "to_ms": span.to_ms, "files": list(files)})


def select_numbers(sessions: Sequence[int]) -> Statement:
    """Session numbers as rows."""
    return bind("SELECT unnest($sessions::UBIGINT[]) AS session", {"sessions": sessions})


def files_with(files: Sequence[str]) -> Statement:
    """Names of the files that hold a session of `split_sessions`."""
    text = f"SELECT DISTINCT filename FROM {NAMED_FILES} SEMI JOIN split_sessions USING (session)"
    return bind(text, {"files": list(files)})


def select_extents(files: Sequence[str]) -> Statement:
    """Names of files with rows, and the columns of each's `Extent`."""
    text = (
        "SELECT filename, min(started_at_ms), max(ended_at_ms), count(*) "
        f"FROM {NAMED_FILES} GROUP BY filename"
    )
    return bind(text, {"files": list(files)})


def count_matching() -> Statement:
    """One row: how many sessions of files the filters keep."""
    return bind("SELECT count(*) FROM matching", {})


def first_start(bots: Bots, files: Sequence[str]) -> Statement:
    """One row: the time of the first event in files, null without one."""
    text = f"SELECT min(started_at_ms) FROM {FILES} WHERE {PEOPLE[bots]}"
    return bind(text, {"files": list(files)})


def select_matching(condition: str) -> str:
    """The command that takes what a filter does not keep out of `stitched`."""
    return f"DELETE FROM stitched WHERE ({condition}) IS NOT TRUE"


def read_parts(cursor: Cursor, statement: Statement) -> Iterator[Part]:
    """The parts of whole rows that a statement gives."""
    cursor.execute(statement.sql, dict(statement.values))
    while fetched := cursor.fetchmany(1000):
        for row in fetched:
            yield algebra.read_part(dict(zip(ROW_COLUMNS, row, strict=True)))
