"""SQLite with one table of events, indexed, as a small web application would have it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from tests.bench.peers import question
from tests.bench.peers.traffic import ATTRIBUTES, tuples

STEP = """
CREATE TEMP TABLE step AS
SELECT session, path, row_number() OVER (PARTITION BY session ORDER BY at_ms, seq) AS step
FROM (
    SELECT session, path, at_ms, seq,
        lag(path) OVER (PARTITION BY session ORDER BY at_ms, seq) AS before
    FROM event_asked WHERE type = 'pageview'
)
WHERE before IS NULL OR before <> path
"""
SESSION = f"""
CREATE TEMP TABLE session_asked AS
WITH one AS (
    SELECT session, visitor, min(at_ms) AS started_at_ms, sum(type = 'pageview') AS pageviews,
        sum(engagement_ms) AS engagement_ms, {", ".join(ATTRIBUTES)}
    FROM event_asked GROUP BY session
), entry AS (
    SELECT session, path, min(at_ms * 1000 + seq) FROM event_asked
    WHERE type = 'pageview' GROUP BY session
), leaving AS (
    SELECT session, path, max(at_ms * 1000 + seq) FROM event_asked
    WHERE type = 'pageview' GROUP BY session
)
SELECT one.*, coalesce(entry.path, '(none)') AS entry_page,
    coalesce(leaving.path, '(none)') AS exit_page
FROM one LEFT JOIN entry USING (session) LEFT JOIN leaving USING (session)
"""


class SQLite:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "peer.db", isolation_level=None)
        self._database.executescript("PRAGMA cache_size = -600000; PRAGMA temp_store = MEMORY")

    def fill(self, files: dict[str, Path]) -> None:
        columns, rows = tuples(files["event"])
        self._database.execute(f"CREATE TABLE event ({', '.join(columns)})")
        self._database.execute("BEGIN")
        marks = ", ".join("?" * len(columns))
        self._database.executemany(f"INSERT INTO event VALUES ({marks})", rows)
        self._database.execute("COMMIT")
        self._database.execute("CREATE INDEX by_time ON event (site, at_ms)")
        self._database.execute("CREATE INDEX by_session ON event (site, session, at_ms)")
        self._database.execute("ANALYZE")

    def answer(self, from_ms: int, to_ms: int) -> question.Answer:
        for name in ("session_asked", "step", "kept"):
            self._database.execute(f"DROP TABLE IF EXISTS temp.{name}")
        self._database.execute("DROP VIEW IF EXISTS temp.event_asked")
        self._database.execute(
            "CREATE TEMP VIEW event_asked AS SELECT * FROM event WHERE site = 'demo' "
            f"AND at_ms >= {from_ms} AND at_ms < {to_ms}"
        )
        self._database.execute(SESSION)
        self._database.execute(STEP)
        self._database.execute("CREATE INDEX temp.by_step ON step (session, step, path)")
        self._database.execute(f"CREATE TEMP TABLE kept AS {question.KEPT}")
        return question.ask(
            lambda sql: self._database.execute(sql).fetchall(),
            day="at_ms / 86400000",
            day_of_start="started_at_ms / 86400000",
            is_missing="IS NULL",
        )

    def cpu_s(self) -> float:
        return time.process_time()

    def close(self) -> None:
        self._database.close()
