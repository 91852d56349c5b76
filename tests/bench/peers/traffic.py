"""The sealed history as rows that the other databases are filled with, by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

ATTRIBUTES = (
    *("channel", "source", "referrer", "campaign", "device", "browser", "os"),
    *("country", "language", "screen"),
)
DIMENSIONS = (*ATTRIBUTES, "entry_page", "exit_page")
_EVENTS = """
CREATE TABLE event AS
SELECT
    'demo' AS site, session::VARCHAR AS session, visitor::VARCHAR AS visitor,
    started_at_ms + after_ms AS at_ms, seq, type, path,
    coalesce((data->>'engagement_ms')::BIGINT, 0) AS engagement_ms,
    coalesce(split_part(split_part(data->>'link_url', '#', 1), '?', 1), '') AS link,
    {attributes}
FROM (
    SELECT *, unnest(ev_after_ms) AS after_ms, unnest(ev_seq) AS seq, unnest(ev_type) AS type,
        unnest(ev_path) AS path, nullif(unnest(ev_data), '') AS data
    FROM read_parquet($files, union_by_name = true)
    WHERE bot IS NULL
)
ORDER BY at_ms
"""
_SESSIONS = """
CREATE TABLE session AS
SELECT
    site, session, any_value(visitor) AS visitor, min(at_ms) AS started_at_ms,
    count_if(type = 'pageview')::BIGINT AS pageviews, sum(engagement_ms)::BIGINT AS engagement_ms,
    coalesce(arg_min(path, (at_ms, seq)) FILTER (type = 'pageview'), '(none)') AS entry_page,
    coalesce(arg_max(path, (at_ms, seq)) FILTER (type = 'pageview'), '(none)') AS exit_page,
    {attributes}
FROM event
GROUP BY site, session
ORDER BY started_at_ms
"""


def rows(files: Sequence[Path], folder: Path) -> dict[str, Path]:
    """Parquet files `event` and `session`: one row an event, one a session, people only."""
    database = duckdb.connect(config={"threads": 1})
    named = ", ".join(f"coalesce({name}, '(none)') AS {name}" for name in ATTRIBUTES)
    first = ", ".join(f"any_value({name}) AS {name}" for name in ATTRIBUTES)
    database.execute(_EVENTS.format(attributes=named), {"files": [str(path) for path in files]})
    database.execute(_SESSIONS.format(attributes=first))
    paths = {name: folder / f"{name}.parquet" for name in ("event", "session")}
    for name, path in paths.items():
        database.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
    return paths


def tuples(path: Path) -> tuple[list[str], list[tuple]]:
    """Column names and all rows of one of these files."""
    cursor = duckdb.connect().execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
    return [column[0] for column in cursor.description], cursor.fetchall()
