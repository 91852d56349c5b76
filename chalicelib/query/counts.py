"""Counts that add up: of two sets of sessions together they are the sums of each.

So those of closed days are worked out once and kept (`days.py`); only distinct users need every
session each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.parts import STEPS
from chalicelib.query.filters import Filter, bound, values_kept
from chalicelib.query.statement import Statement, statement, text
from chalicelib.query.vocabulary import METRIC, Dimension

LISTS = {"value": [], "tally": ["count"], "page": ["engagement_ms", "scrolled_90"]}
"""What the rows of a kind of dimension count beside sessions and pageviews."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted: the columns that tell rows apart, those that are counted, and the text,
    which groups `session` by `{by}` and the keys. With `users` they do not add up."""

    name: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    text: str
    filters: tuple[Filter, ...] = ()
    users: bool = False

    def by(self, *columns: str) -> Statement:
        """Rows of these columns of a session, the keys and the counts."""
        by = "".join(f"{column}, " for column in columns)
        grouped_by = "" if not columns else f"{', '.join(columns)},"
        made = self.text.replace("{by}", by).replace("{grouped_by}", grouped_by)
        return statement(made, bound(self.filters))


def totals() -> Counts:
    """One row of everything."""
    names = ("sessions", "pageviews", "engaged_sessions", "engagement_ms")
    return Counts("totals", (), names, _filled("totals", metrics=_metrics(*names)))


def users() -> Counts:
    """One row: the distinct visitors."""
    made = _filled("totals", metrics=_metrics("users"))
    return Counts("users", (), ("users",), made, users=True)


def values(dimensions: Sequence[Dimension], users: bool) -> Counts:
    """The values of dimensions of which a session has one, all in one pass."""
    columns = [dimension.column for dimension in dimensions]
    names = ("sessions", "pageviews", *(["users"] if users else []))
    made = _filled(
        "values",
        columns=", ".join(columns),
        sets=", ".join(f"({column})" for column in columns),
        metrics=_metrics(*names),
    )
    name = "_".join(dimension.id for dimension in dimensions)
    return Counts(name, ("grouping", "id"), names, made, users=users)


def listed(dimension: Dimension, filters: tuple[Filter, ...], users: bool) -> Counts:
    """The values of one dimension, as far as filters of it keep them."""
    if dimension.kind == "value":
        return values([dimension], users)
    seen = " FILTER (pageviews > 0)" if dimension.kind == "page" else ""
    made = _filled(
        dimension.kind,
        column=dimension.column,
        counts=", ".join(f"unnest({column}) AS {name}" for name, column in dimension.counts),
        visitor="visitor," if users else "",
        users=f"count(DISTINCT visitor){seen} AS users," if users else "",
        values_kept=values_kept(filters, dimension, "id"),
    )
    names = ("sessions", "pageviews", *LISTS[dimension.kind], *(["users"] if users else []))
    return Counts(dimension.id, ("id",), names, made, filters, users)


def flow(steps: int, by_source: bool) -> Counts:
    """From each step to the next: sessions by both pages, null where there is no next one."""
    columns = (["coalesce(source, '(none)')"] if by_source else []) + list(STEPS[:steps])
    first = 0 if by_source else 1
    names = [f"label_{step}" for step, _ in enumerate(columns, first)]
    made = _filled(
        "flow",
        labels=", ".join(f"{c} AS {name}" for c, name in zip(columns, names, strict=True)),
        pairs=" UNION ALL ".join(
            f"SELECT {{by}} {step} AS step, {source} AS source, {target} AS target, "
            f"sum(sessions)::BIGINT AS sessions FROM path WHERE {source} IS NOT NULL GROUP BY ALL"
            for step, (source, target) in enumerate(pairwise(names), first)
        ),
    )
    return Counts(f"flow_{first}_{steps}", ("step", "source", "target"), ("sessions",), made)


def _filled(name: str, **slots: str) -> str:
    return text(name).format(by="{by}", grouped_by="{grouped_by}", **slots)


def _metrics(*names: str) -> str:
    return ", ".join(f"{METRIC[name].sql} AS {name}" for name in names)
