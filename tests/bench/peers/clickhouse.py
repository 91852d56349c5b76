"""ClickHouse in this process (chdb): MergeTree tables ordered by site, date and session."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from chdb.session import Session

from tests.bench.peers import question
from tests.bench.peers.traffic import DIMENSIONS

WORDS = (*DIMENSIONS, "type", "path", "site")
IDS = ("session", "visitor")
TIMES = {"event": "at_ms", "session": "started_at_ms"}
ONE_THREAD = "SETTINGS max_threads = 1"
STEP = """
CREATE TABLE step ENGINE = Memory AS
SELECT session, tupleElement(pair, 1) AS path, tupleElement(pair, 2) AS step
FROM (
    SELECT session,
        arrayCompact(arrayMap(x -> x.3, arraySort(groupArray((at_ms, seq, path))))) AS pages
    FROM event_asked WHERE type = 'pageview' GROUP BY session
)
ARRAY JOIN arrayZip(pages, arrayEnumerate(pages)) AS pair
"""


class ClickHouse:
    name = "ClickHouse"

    def __init__(self, folder: Path) -> None:
        self._session = Session(str(folder / "clickhouse"))
        self._query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self._query("USE bench")

    def fill(self, files: dict[str, Path]) -> None:
        for name, path in files.items():
            at = TIMES[name]
            described = self._rows(f"DESCRIBE file('{path}', Parquet)")
            columns = ", ".join(_column(row[0], row[1]) for row in described)
            self._query(
                f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY (site, "
                f"toDate(intDiv({at}, 1000)), session) AS SELECT {columns} "
                f"FROM file('{path}', Parquet)"
            )
            self._query(f"OPTIMIZE TABLE {name} FINAL")

    def answer(self, from_ms: int, to_ms: int) -> question.Answer:
        for name, at in TIMES.items():
            # The order's date lets it skip what lies outside; the moment decides.
            self._query(
                f"CREATE OR REPLACE VIEW {name}_asked AS SELECT * FROM {name} WHERE site = 'demo' "
                f"AND toDate(intDiv({at}, 1000)) BETWEEN toDate({from_ms // 1000}) "
                f"AND toDate({to_ms // 1000}) AND {at} >= {from_ms} AND {at} < {to_ms}"
            )
        self._query("DROP TABLE IF EXISTS step")
        self._query("DROP TABLE IF EXISTS kept")
        self._query(f"{STEP} {ONE_THREAD}")
        self._query(f"CREATE TABLE kept ENGINE = Memory AS {question.KEPT} {ONE_THREAD}")
        return question.ask(
            lambda sql: self._rows(f"{sql} {ONE_THREAD}, join_use_nulls = 1"),
            day="intDiv(at_ms, 86400000)",
            day_of_start="intDiv(started_at_ms, 86400000)",
            is_missing="IS NULL",
        )

    def cpu_s(self) -> float:
        return time.process_time()

    def close(self) -> None:
        self._session.close()

    def _query(self, sql: str) -> Any:
        return self._session.query(sql, "JSONCompactEachRow")

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        text = self._query(sql).data()
        return [tuple(json.loads(line)) for line in text.splitlines()]


def _column(name: str, type_: str) -> str:
    if name in WORDS:
        return f"CAST(ifNull({name}, '') AS LowCardinality(String)) AS {name}"
    if name in IDS:
        return f"toUInt64(assumeNotNull({name})) AS {name}"
    return f"assumeNotNull({name}) AS {name}" if type_.startswith("Nullable") else name
