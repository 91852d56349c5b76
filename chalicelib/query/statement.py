"""SQL text and the values bound to it, and how it is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Values = Mapping[str, object]

Hint = Literal["MATERIALIZED", "NOT MATERIALIZED"]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and exactly the values it names."""

    sql: str
    values: Values


def bind(sql: str, values: Values) -> Statement:
    """A statement bound to those of `values` that its text names."""
    named = set(re.findall(r"\$([a-z_0-9]+)", sql))
    return Statement(sql, {name: values[name] for name in sorted(named)})


def with_relations(
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


SQL = Path(__file__).with_name("sql")


@cache
def read_sql(name: str) -> str:
    """The SQL of a file of the folder, without its comments."""
    content = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r"^--.*\n", "", content, flags=re.MULTILINE).strip()
