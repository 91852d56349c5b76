"""How fast pages were: loads and web vitals by page or by what a session has one value of."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.query.dimensions import Dimension
from chalicelib.query.statement import Statement, bind
from chalicelib.query.statement import read_sql as template


@dataclass(frozen=True, slots=True)
class Timing:
    """A measure of a page: `good` up to the first bound, `poor` beyond the second (web.dev/vitals);
    the column of a session that lists it, beside one that lists the pages."""

    id: str
    definition: str
    good: float
    poor: float
    column: str
    pages: str = "vital_pages"


TIMINGS = (
    Timing("load", "Until the load event has ended, ms.", 2_500, 4_000, "load_ms", "load_pages"),
    Timing("lcp", "Largest contentful paint, ms.", 2_500, 4_000, "vital_lcp"),
    Timing("inp", "Interaction to next paint, ms.", 200, 500, "vital_inp"),
    Timing("cls", "Cumulative layout shift.", 0.1, 0.25, "vital_cls"),
    Timing("fcp", "First contentful paint, ms.", 1_800, 3_000, "vital_fcp"),
    Timing("ttfb", "Time to first byte, ms.", 800, 1_800, "vital_ttfb"),
)

FIGURES = ("n", "p75", "good", "needs", "poor")


def query_timings(dimension: Dimension, limit: int) -> Statement:
    """Rows of id (first the empty one: all), pageviews, and the `FIGURES` of each timing."""
    is_by_page = dimension.kind == "page"
    id = "" if is_by_page else f"coalesce({dimension.column}, '(none)') AS id"
    views = dimension.counts[0][1] if is_by_page else "pageviews"
    loads = (
        f"SELECT unnest({dimension.column}) AS id, unnest({views}) AS loads FROM session"
        if is_by_page
        else f"SELECT {id}, {views} AS loads FROM session"
    )
    columns = {one.pages: [t for t in TIMINGS if t.pages == one.pages] for one in TIMINGS}
    samples = " UNION ALL BY NAME ".join(
        "SELECT "
        + (f"unnest({pages}) AS id" if is_by_page else id)
        + "".join(f", unnest({timing.column})::DOUBLE AS {timing.id}" for timing in some)
        + f" FROM session WHERE {pages} IS NOT NULL"
        for pages, some in columns.items()
    )
    text = template("timings").format(
        loads=loads,
        samples=samples,
        figures=", ".join(map(_count, TIMINGS)),
        names=", ".join(f"{name}_{timing.id}" for timing in TIMINGS for name in FIGURES),
        is_measured=" OR ".join(f"n_{timing.id} > 0" for timing in TIMINGS),
    )
    return bind(text, {"most": limit})


def _count(timing: Timing) -> str:
    x, good, poor = timing.id, timing.good, timing.poor
    figures = {
        "n": f"count({x})",
        "p75": f"quantile_disc({x}, 0.75)",
        "good": f"count_if({x} <= {good})",
        "needs": f"count_if({x} > {good} AND {x} <= {poor})",
        "poor": f"count_if({x} > {poor})",
    }
    return ", ".join(f"{sql} AS {name}_{timing.id}" for name, sql in figures.items())
