"""The engine writes, merges and reads files of parts, and can touch nothing else."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import ids, parts
from chalicelib.model.columns import COLUMNS
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.spans import Span
from chalicelib.query import compile
from chalicelib.query.scope import Scope

EVER = Scope(Span(0, 2**50))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


def view(session: str, at: int, path: str = "/", visitor: str = "v", **said: str) -> Part:
    return Part(visitor, session, Attributes(**said), (Event("pageview", at, path=path),))


def content(path: Path) -> list[tuple]:
    columns = ", ".join(COLUMNS)
    found = duckdb.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [str(path)])
    return found.fetchall()


def sessions(engine: Engine, *files: Path, tail=()) -> tuple[int, int]:
    """Sessions and pageviews of all time."""
    with engine.open_answers(Snapshot(files, tail)) as reading:
        [[(count, pageviews, *_)]] = reading.ask(EVER, [compile.query_totals()])
        return count, pageviews


def test_the_facts_of_a_file_are_those_of_its_content(engine):
    path = engine.segments.folder / "facts.parquet"
    facts = engine.segments.write([view("s", 5), view("t", 9, path="/\x00'\"🦊")], path)
    assert (facts.rows, facts.min_ts, facts.max_ts) == (2, 5, 9)
    assert (facts.bytes, facts.sha256) == (
        path.stat().st_size,
        sha256(path.read_bytes()).hexdigest(),
    )


def test_a_file_has_the_columns_of_the_row_in_order(engine):
    path = engine.segments.folder / "columns.parquet"
    engine.segments.write([view("s", 5)], path)
    described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    assert [(name, type_) for name, type_, *_ in described] == list(COLUMNS.items())


def test_merging_files_gives_what_writing_all_at_once_gives(engine):
    pieces = [
        view(f"s{n % 7}", n * 100_000, path=f"/{n % 3}", source="ab"[n % 2]) for n in range(40)
    ]
    apart = [engine.segments.folder / f"apart-{n}.parquet" for n in range(4)]
    for n, path in enumerate(apart):
        engine.segments.write(parts.group_parts(pieces[n::4]), path)
    engine.segments.merge(apart, engine.segments.folder / "merged.parquet")
    engine.segments.write(parts.group_parts(pieces), engine.segments.folder / "at-once.parquet")
    assert content(engine.segments.folder / "merged.parquet") == content(
        engine.segments.folder / "at-once.parquet"
    )


def test_rows_stand_in_one_order_whether_written_or_merged(engine):
    views = [view(f"s{n % 11}", 7 * n % 40 * 100_000) for n in range(40)]
    whole, *halves = [engine.segments.folder / f"{name}.parquet" for name in ("whole", "a", "b")]
    engine.segments.write(parts.group_parts(views), whole)
    for n, path in enumerate(halves):
        engine.segments.write(parts.group_parts(views[n::2]), path)
    engine.segments.merge(halves, engine.segments.folder / "merged.parquet")
    for path in [whole, engine.segments.folder / "merged.parquet"]:
        columns = "SELECT is_over_quarter, started_at_ms, session FROM read_parquet(?)"
        found = duckdb.execute(columns, [str(path)]).fetchall()
        assert found == sorted(map(parts.sort_key, parts.group_parts(views)))


def test_what_was_written_is_read_back(engine):
    path = engine.segments.folder / "back.parquet"
    data = {"plan": "pro ü", "n": 1.5, "ok": True}
    part = Part("v", "s", Attributes(source="x"), (Event("signup", 5, 2, "/ü", "T", data),))
    engine.segments.write([part], path)
    [back] = engine.segments.read([path])
    assert (back.events, back.attributes) == (part.events, part.attributes)
    assert back.visitor_id == f"#{ids.number_of('v'):016x}"


def test_without_any_file_or_part_there_is_nothing(engine):
    assert sessions(engine) == (0, 0)
    with engine.open_answers(Snapshot([])) as reading:
        assert reading.first_event_ms("include") is None


def test_a_session_in_two_files_and_the_tail_is_one(engine):
    files = [engine.segments.folder / f"one-{n}.parquet" for n in range(2)]
    for n, path in enumerate(files):
        engine.segments.write([view("s", n * 10, source=f"{n}")], path)
    assert sessions(engine, *files) == (1, 2)
    assert sessions(engine, *files, tail=[view("s", 99)]) == (1, 3)
    assert sessions(engine, files[0], tail=[view("s", 99), view("s", 50, visitor="w")]) == (2, 3)


def test_the_first_event_is_found_in_files_and_tail_as_far_as_they_count(engine):
    path = engine.segments.folder / "first.parquet"
    engine.segments.write([view("s", 50), view("t", 40, bot="crawler")], path)
    with engine.open_answers(
        Snapshot([path], [view("u", 60), view("r", 30, bot="crawler")])
    ) as reading:
        assert [reading.first_event_ms(b) for b in ("exclude", "include", "only")] == [50, 30, 30]


def test_of_a_robots_session_its_first_events_count_wherever_they_lie(tmp_path):
    engine = open_engine(tmp_path, cap=10)
    burst = [view("s", n) for n in range(30)]
    path = tmp_path / "burst.parquet"
    engine.segments.write(parts.group_parts(burst[10:], 10), path)
    with engine.open_answers(Snapshot([path], burst[:10])) as reading:
        [[(_, pageviews, *_)]] = reading.ask(EVER, [compile.query_totals()])
        assert pageviews == 10
        [[(_, pageviews, *_)]] = reading.ask(Scope(Span(8, 40)), [compile.query_totals()])
        assert pageviews == 2


def test_questions_leave_nothing_behind(engine):
    before = set(engine.segments.folder.iterdir())
    sessions(engine, tail=[view("s", 5)])
    assert set(engine.segments.folder.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/../tmp/*.parquet')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/escaped.csv'",
        "ATTACH '/tmp/escaped.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_text('https://127.0.0.1/')",
    ],
)
def test_the_engine_reaches_nothing_outside_its_folder(engine, sql):
    with engine._database.cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(sql).fetchall()


@pytest.mark.parametrize("name", ["enable_external_access", "allowed_directories", "threads"])
def test_the_engines_lock_cannot_be_opened(engine, name):
    with engine._database.cursor() as cursor, pytest.raises(duckdb.Error, match="locked"):
        cursor.execute(f"RESET {name}")


def test_questions_asked_at_once_do_not_see_each_others_sessions(engine):
    with (
        engine.open_answers(Snapshot([], [view("s", 5)])) as one,
        engine.open_answers(Snapshot([], [view("s", 5), view("t", 5)])) as other,
    ):
        answers = [
            reading.ask(EVER, [compile.query_totals()])[0][0][0] for reading in (one, other, one)
        ]
    assert answers == [1, 2, 1]
