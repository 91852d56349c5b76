"""Aggregate that add up: of two sets of sessions together they are the sums of each.

So those of closed days are worked out once and kept (`engine.rollup_cache`); only distinct users
need every session each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.model.columns import STEPS
from chalicelib.query.dimensions import Dimension
from chalicelib.query.filters import Filter, bind_filters, values_kept
from chalicelib.query.statement import Statement, bind, read_sql
from chalicelib.query.vocabulary import METRIC

LISTS = {"value": [], "tally": ["count"], "page": ["engagement_ms", "scrolled_90"]}
"""What the rows of a kind of dimension count beside sessions and pageviews."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is counted: the columns that tell rows apart, those that are counted, and the text,
    which groups `session` by `{by}` and the keys."""

    name: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    text: str
    filters: tuple[Filter, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether those of two sets of sessions together are the sums of each."""
        return "users" not in self.sums

    def by(self, *columns: str) -> Statement:
        """Rows of these columns of a session, the keys and the counts."""
        by = "".join(f"{column}, " for column in columns)
        grouped_by = "" if not columns else f"{', '.join(columns)},"
        made = self.text.replace("{by}", by).replace("{grouped_by}", grouped_by)
        return bind(made, bind_filters(self.filters))


def aggregate_totals() -> Aggregate:
    """One row of everything."""
    names = ("sessions", "pageviews", "engaged_sessions", "engagement_ms")
    return Aggregate("totals", (), names, _fill_template("totals", metrics=select_metrics(*names)))


def aggregate_users() -> Aggregate:
    """One row: the distinct visitors."""
    made = _fill_template("totals", metrics=select_metrics("users"))
    return Aggregate("users", (), ("users",), made)


def aggregate_values(dimensions: Sequence[Dimension], metrics: Sequence[str]) -> Aggregate:
    """The values of dimensions of which a session has one, all in one pass."""
    columns = [dimension.column for dimension in dimensions]
    made = _fill_template(
        "values",
        columns=", ".join(columns),
        sets=", ".join(f"({column})" for column in columns),
        metrics=select_metrics(*metrics),
    )
    name = "_".join(dimension.id for dimension in dimensions)
    return Aggregate(name, ("grouping", "id"), tuple(metrics), made)


def aggregate_list(
    dimension: Dimension, filters: tuple[Filter, ...], metrics: Sequence[str]
) -> Aggregate:
    """The values of one dimension, as far as filters of it keep them."""
    if dimension.kind == "value":
        return aggregate_values([dimension], metrics)
    users = "users" in metrics
    seen = " FILTER (pageviews > 0)" if dimension.kind == "page" else ""
    made = _fill_template(
        dimension.kind,
        column=dimension.column,
        counts=", ".join(f"unnest({column}) AS {name}" for name, column in dimension.counts),
        visitor="visitor," if users else "",
        users=f"count(DISTINCT visitor){seen} AS users," if users else "",
        values_kept=values_kept(filters, dimension, "id"),
    )
    names = (*metrics, *LISTS[dimension.kind])
    return Aggregate(dimension.id, ("id",), names, made, filters)


def aggregate_flow(steps: int, by_source: bool) -> Aggregate:
    """From each step to the next: sessions by both pages, null where there is no next one."""
    columns = (["coalesce(source, '(none)')"] if by_source else []) + list(STEPS[:steps])
    first = 0 if by_source else 1
    names = [f"label_{step}" for step, _ in enumerate(columns, first)]
    made = _fill_template(
        "flow",
        labels=", ".join(f"{c} AS {name}" for c, name in zip(columns, names, strict=True)),
        pairs=" UNION ALL ".join(
            f"SELECT {{by}} {step} AS step, {source} AS source, {target} AS target, "
            f"sum(sessions)::BIGINT AS sessions FROM path WHERE {source} IS NOT NULL GROUP BY ALL"
            for step, (source, target) in enumerate(pairwise(names), first)
        ),
    )
    return Aggregate(f"flow_{first}_{steps}", ("step", "source", "target"), ("sessions",), made)


def _fill_template(name: str, **slots: str) -> str:
    return read_sql(name).format(by="{by}", grouped_by="{grouped_by}", **slots)


def select_metrics(*names: str) -> str:
    """The SQL columns of metrics."""
    return ", ".join(f"{METRIC[name].sql} AS {name}" for name in names)
