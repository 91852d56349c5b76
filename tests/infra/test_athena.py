"""What Athena is given: the table follows the row, the list of files follows the manifest, and the
questions, parsed as Trino and run by DuckDB over real segments, count what a recount counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.optimizer.eliminate_ctes import eliminate_ctes

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.model import parts
from chalicelib.model.columns import COLUMNS
from chalicelib.model.manifest import Erasure, Manifest, Segment, Tile
from chalicelib.model.spans import Span
from infra import athena
from infra.athena import Asked, NotReady
from tests.report import histories, oracle

HOUR = 3_600_000
AGES = st.one_of(st.integers(0, 3 * HOUR), st.integers(0, 5 * histories.DAY))
TABLE = athena.table("my-site", "bucket")


def declared() -> dict[str, exp.DataType]:
    """Name and type of every column of the table."""
    columns = sqlglot.parse_one(TABLE, read="athena").find_all(exp.ColumnDef)
    return {column.name: column.kind for column in columns}


# --- the table and its files


def test_the_table_has_the_columns_and_types_of_the_row() -> None:
    signed = {name: type_.replace("UBIGINT", "BIGINT") for name, type_ in COLUMNS.items()}
    expected = {name: exp.DataType.build(type_, "duckdb") for name, type_ in signed.items()}
    assert [(n, t.sql("hive")) for n, t in declared().items()] == [
        (n, t.sql("hive")) for n, t in expected.items()
    ]


def test_the_table_is_named_as_athena_allows_and_reads_a_list_of_files() -> None:
    (created,) = sqlglot.parse_one(TABLE, read="athena").find_all(exp.Table)
    assert created.name == "footfall_my_site"
    assert TABLE.endswith("LOCATION 's3://bucket/athena/my-site/'")
    assert "'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'" in TABLE


def stored(key: str, erasures: int = 0) -> Segment:
    return Segment(key, "", 1, 1, 0, 0, erasures)


SETTLED = Tile(0, 1, read_at=2 * HOUR, file=stored("sealed/s/a"))
TOO_EARLY = Tile(1, 2, read_at=2 * HOUR, file=stored("sealed/s/b"))
MANIFEST = Manifest(1, 0, (SETTLED, TOO_EARLY))


def test_the_list_names_the_files_that_reports_read() -> None:
    assert athena.file_list(MANIFEST, "bucket", 3 * HOUR) == "s3://bucket/sealed/s/a\n"


@pytest.mark.parametrize(
    "manifest",
    [Manifest(1, 0), replace(MANIFEST, erased=(Erasure("e", 9 * HOUR),))],
    ids=["no file", "a file that still holds what was erased"],
)
def test_there_is_no_list_of_what_would_answer_wrongly(manifest: Manifest) -> None:
    with pytest.raises(NotReady):
        athena.file_list(manifest, "bucket", 3 * HOUR)


# --- the questions


@pytest.mark.parametrize("name", athena.QUESTIONS)
def test_a_question_reads_the_table_once(name: str) -> None:
    """Athena bills by bytes read, and Trino works a relation out as often as it is named."""
    tree = sqlglot.parse_one(athena.question(name, Asked("demo", Span(0, 1))), read="trino")
    named = Counter(table.name for table in eliminate_ctes(tree).find_all(exp.Table))
    assert named["footfall_demo"] == 1
    assert set(named.values()) == {1}


class Athena:
    """Athena's part played by DuckDB: the table with its declared types, Trino's text."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._database = duckdb.connect()
        columns = ", ".join(f"{_read(n, t)} AS {n}" for n, t in declared().items())
        files = ", ".join(f"'{path}'" for path in paths)
        self._database.execute(
            f"CREATE TABLE footfall_demo AS SELECT {columns} FROM read_parquet([{files}])"
        )

    def ask(self, name: str, asked: Asked) -> list[dict[str, Any]]:
        text = athena.question(name, asked)
        [sql] = sqlglot.transpile(
            text, read="trino", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
        answer = self._database.execute(sql)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _read(name: str, type_: exp.DataType) -> str:
    if COLUMNS[name] == "UBIGINT":  # the same 64 bits with a sign
        return f"({name}::HUGEINT - CASE WHEN {name} > {2**63 - 1} THEN {2**64} ELSE 0 END)::BIGINT"
    return f"{name}::{type_.sql('duckdb')}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_engine(tmp_path_factory.mktemp("engine"))


def segments(engine: Engine, events: Sequence[Any], places: Sequence[int]) -> list[Path]:
    groups = defaultdict(list)
    for event, place in zip(events, places, strict=True):
        groups[place].append(histories.part(event))
    paths = [engine.segments.folder / f"{place}.parquet" for place in range(3)]
    for place, path in enumerate(paths):
        engine.segments.write(parts.group_parts(groups[place]), path)
    return paths


def recounted_days(sessions: Any, span: Span, tz: str) -> list[dict[str, Any]]:
    """The recount's trend as rows of those days on which something happened."""
    starts, _ = oracle.axis(span.from_ms, span.to_ms, tz, "day")
    trend = oracle.trend(sessions, starts, tz, "day")
    kinds = oracle.visitors(sessions, starts, tz, "day")
    rows = zip(
        (oracle.clock(at, tz).date() for at in starts),
        trend["users"], trend["sessions"], trend["pageviews"],
        kinds["new_pageviews"], kinds["returning_pageviews"],
        strict=True,
    )  # fmt: skip
    names = ("day", "users", "sessions", "pageviews", "new_pageviews", "returning_pageviews")
    return [dict(zip(names, row, strict=True)) for row in rows if row[1]]


def recounted_flow(events: Any, question: Any) -> list[dict[str, Any]]:
    found = []
    for link in oracle.sankey(events, question)["links"]:
        step, source = link["source"].split("|", 1)
        target = link["target"].split("|", 1)[1]
        found.append(
            {"step": int(step), "source": source, "target": target, "sessions": link["value"]}
        )
    return found


def question_of(asked: Asked, now: int) -> dict[str, Any]:
    return {
        "site": "demo", "now": now, "tz": asked.zone, "from": asked.span.from_ms,
        "to": asked.span.to_ms, "steps": asked.steps, "limit": asked.limit,
        "dimension": asked.dimension,
    }  # fmt: skip


@st.composite
def asked(draw: st.DrawFn, now: int) -> Asked:
    end = now - draw(st.sampled_from([-1, -1, 0, histories.MINUTE, HOUR]))
    length = draw(st.one_of(st.integers(1, 3 * HOUR), st.integers(HOUR, 6 * histories.DAY)))
    return Asked(
        "demo",
        Span(end - length, end),
        draw(st.sampled_from(histories.ZONES)),
        draw(st.sampled_from(athena.ONE_VALUED)),
        draw(st.sampled_from([2, 2, 3, 8])),
        draw(st.sampled_from([1, 2, 7])),
    )


@settings(max_examples=40, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_every_figure_equals_the_recount(engine: Engine, data: st.DataObject) -> None:
    now, events = data.draw(histories.histories(AGES, least=4, most=15))
    places = [data.draw(st.integers(0, 2)) for _ in events]
    ask = data.draw(asked(now))
    question = question_of(ask, now)
    sessions = oracle.sessions_of(events, question, ask.span.from_ms, ask.span.to_ms)
    totals = oracle.totals(sessions)
    kinds = oracle.visitors(sessions, [], ask.zone, "day")
    table = Athena(segments(engine, events, places))
    answers = {name: table.ask(name, ask) for name in athena.QUESTIONS}
    assert answers == {
        "totals": [{**totals, "new": kinds["new"], "returning": kinds["returning"]}],
        "trend": recounted_days(sessions, ask.span, ask.zone),
        "values": oracle.rows(sessions, ask.dimension, question, users=True),
        "pages": oracle.rows(sessions, "page", question, users=True),
        "flow": recounted_flow(events, question),
    }
