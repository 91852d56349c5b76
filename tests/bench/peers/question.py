"""What everybody is asked, and the shape in which answers are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.bench.peers.traffic import DIMENSIONS

Run = Callable[[str], list[tuple[Any, ...]]]
STEPS, NODES, ROWS = 4, 7, 10
Answer = dict[str, Any]

LISTS = {
    name: f"SELECT {name}, count(*) AS n, sum(pageviews) FROM session_asked GROUP BY {name} "
    f"ORDER BY n DESC, {name} LIMIT {ROWS}"
    for name in DIMENSIONS
}
TOTALS = (
    "SELECT count(DISTINCT visitor), count(*), sum(pageviews), "
    "sum(CASE WHEN engagement_ms >= 10000 OR pageviews >= 2 THEN 1 ELSE 0 END), "
    "sum(engagement_ms) FROM session_asked"
)
KINDS = (
    "SELECT sum(CASE WHEN n = 1 THEN 1 ELSE 0 END), sum(CASE WHEN n > 1 THEN 1 ELSE 0 END) "
    "FROM (SELECT visitor, count(*) AS n FROM session_asked GROUP BY visitor) AS kinds"
)
STARTED = "SELECT {day_of_start} AS day, count(*) FROM session_asked GROUP BY 1 ORDER BY 1"
SEEN = (
    "SELECT {day} AS day, count(DISTINCT visitor), "
    "sum(CASE WHEN type = 'pageview' THEN 1 ELSE 0 END) "
    "FROM event_asked GROUP BY 1 ORDER BY 1"
)
PAGES = (
    "SELECT path, sum(CASE WHEN type = 'pageview' THEN 1 ELSE 0 END) AS n, "
    "count(DISTINCT CASE WHEN type = 'pageview' THEN session END), sum(engagement_ms), "
    "sum(CASE WHEN type = 'scroll' THEN 1 ELSE 0 END) "
    f"FROM event_asked WHERE type <> 'click' GROUP BY path ORDER BY n DESC, path LIMIT {ROWS}"
)
LINKS_OUT = (
    "SELECT link, count(*) AS n FROM event_asked WHERE type = 'click' "
    f"GROUP BY link ORDER BY n DESC, link LIMIT {ROWS}"
)
TYPES = (
    "SELECT type, count(*) AS n, count(DISTINCT session) FROM event_asked "
    f"GROUP BY type ORDER BY n DESC, type LIMIT {ROWS}"
)
KEPT = (
    "SELECT step, path FROM (SELECT step, path, row_number() OVER "
    "(PARTITION BY step ORDER BY n DESC, path) AS place FROM "
    "(SELECT step, path, count(*) AS n FROM step GROUP BY step, path) AS counted) AS ranked "
    f"WHERE place <= {NODES}"
)
FLOW = (
    "SELECT a.step, coalesce(ka.path, '(other)'), "
    "CASE WHEN b.session {is_missing} THEN '(exit)' ELSE coalesce(kb.path, '(other)') END, "
    "count(*) FROM step AS a "
    "LEFT JOIN step AS b ON b.session = a.session AND b.step = a.step + 1 "
    "LEFT JOIN kept AS ka ON ka.step = a.step AND ka.path = a.path "
    "LEFT JOIN kept AS kb ON kb.step = b.step AND kb.path = b.path "
    f"WHERE a.step < {STEPS} GROUP BY 1, 2, 3"
)


def ask(run: Run, day: str, day_of_start: str, is_missing: str) -> Answer:
    """The answer by SQL that all of them know; relations session_asked, event_asked, step, kept
    must be there. `day` buckets an event's time, `day_of_start` a session's."""
    seen = {row[0]: row[1:] for row in run(SEEN.format(day=day))}
    started = dict(run(STARTED.format(day_of_start=day_of_start)))
    return {
        "totals": numbers(run(TOTALS))[0],
        "kinds": numbers(run(KINDS))[0],
        "trend": numbers(
            (users, started.get(at, 0), views) for at, (users, views) in sorted(seen.items())
        ),
        **{name: named(run(sql)) for name, sql in LISTS.items()},
        "page": named(run(PAGES)),
        "outbound": named(run(LINKS_OUT)),
        "event": named(run(TYPES)),
        "flow": sorted(
            (int(step), source, target, int(n))
            for step, source, target, n in run(FLOW.format(is_missing=is_missing))
        ),
    }


def numbers(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, ...]]:
    return [tuple(int(value or 0) for value in row) for row in rows]


def named(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(row[0], *(int(value or 0) for value in row[1:])) for row in rows]
