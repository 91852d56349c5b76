"""SQL text and the values bound to it, and how it is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

Values = Mapping[str, object]
Answer = list[tuple[Any, ...]]
Hint = Literal["MATERIALIZED", "NOT MATERIALIZED"]


class Cursor(Protocol):
    """What runs statements: a connection of DuckDB's."""

    def execute(self, query: str, parameters: object = None, /) -> Cursor: ...
    def fetchall(self) -> Answer: ...
    def fetchmany(self, size: int, /) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and exactly the values it names."""

    sql: str
    values: Values


def statement(sql: str, values: Values) -> Statement:
    """A statement bound to those of `values` that its text names."""
    named = set(re.findall(r"\$([a-z_0-9]+)", sql))
    return Statement(sql, {name: values[name] for name in sorted(named)})


def within(
    relations: Mapping[str, Statement], inner: Statement, hint: Hint = "NOT MATERIALIZED"
) -> Statement:
    """A statement together with relations that it asks by name; MATERIALIZED: each of them is
    worked out once, however often it is asked."""
    defined = ", ".join(f"{name} AS {hint} ({made.sql})" for name, made in relations.items())
    rest = inner.sql.removeprefix("WITH ")
    comma = ", " if rest != inner.sql else " "
    values: dict[str, object] = {}
    for part in (*relations.values(), inner):
        values |= part.values
    return Statement(f"WITH {defined}{comma}{rest}", values)


@cache
def text(name: str) -> str:
    """The SQL of a file beside this module, without its comments."""
    content = Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r"^--.*\n", "", content, flags=re.MULTILINE).strip()


def run(cursor: Cursor, statement: Statement) -> Answer:
    """The rows that a statement gives."""
    return cursor.execute(statement.sql, dict(statement.values)).fetchall()


def create(cursor: Cursor, table: str, statement: Statement) -> None:
    """Makes a table, which only this cursor sees, of what a statement gives."""
    sql = f"CREATE OR REPLACE TEMP TABLE {table} AS {statement.sql}"
    cursor.execute(sql, dict(statement.values))
