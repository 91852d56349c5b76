"""What rows a question looks at: span, bots, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chalicelib.model.spans import Span
from chalicelib.query.filters import Filter

Bots = Literal["exclude", "include", "only"]

PEOPLE: Mapping[Bots, str] = {
    "exclude": "bot IS NULL",
    "include": "true",
    "only": "bot IS NOT NULL",
}

FILES = "read_parquet($files, union_by_name = true)"

NAMED_FILES = "read_parquet($files, union_by_name = true, filename = true)"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sessions a question is about."""

    span: Span
    filters: tuple[Filter, ...] = ()
    bots: Bots = "exclude"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a long list: those after a rank and id whose id contains `search` in any
    letter case."""

    limit: int
    after: tuple[int, str] | None = None
    search: str = ""
