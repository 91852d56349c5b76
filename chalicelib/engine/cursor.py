"""Statements run on a DuckDB cursor."""

from __future__ import annotations

from typing import Any, Protocol

from chalicelib.query.statement import Statement

Answer = list[tuple[Any, ...]]


class Cursor(Protocol):
    """What runs statements: a connection of DuckDB's."""

    def execute(self, query: str, parameters: object = None, /) -> Cursor: ...
    def fetchall(self) -> Answer: ...
    def fetchmany(self, size: int, /) -> Answer: ...


def run_statement(cursor: Cursor, statement: Statement) -> Answer:
    """The rows that a statement gives."""
    return cursor.execute(statement.sql, dict(statement.values)).fetchall()


def create_table(cursor: Cursor, table: str, statement: Statement) -> None:
    """Makes a table, which only this cursor sees, of what a statement gives."""
    sql = f"CREATE OR REPLACE TEMP TABLE {table} AS {statement.sql}"
    cursor.execute(sql, dict(statement.values))
