"""What closed days count, kept, answers as the sessions themselves do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.engine import rollup_cache
from chalicelib.engine.engine import Engine, open_engine
from chalicelib.engine.match_cache import MatchCache
from chalicelib.engine.rollup_cache import RollupCache
from chalicelib.engine.rows import Extent
from chalicelib.engine.snapshot import Snapshot
from chalicelib.engine.table_cache import ROWS_A_MB, TableCache
from chalicelib.model import ids, parts, spans
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.spans import Span
from chalicelib.query import compile, filters
from chalicelib.query.compile import Query
from chalicelib.query.dimensions import DIMENSIONS
from chalicelib.query.scope import Bots, Scope
from chalicelib.query.vocabulary import ROW_METRICS

HOUR, DAY = 3_600_000, 86_400_000
START = 1_790_035_200_000 // DAY * DAY
EDGES = [
    START + at for at in (0, 5 * HOUR, DAY, 2 * DAY + 7, 4 * DAY, 5 * DAY + 11 * HOUR, 6 * DAY)
]
SPANS = [Span(start, end) for start in EDGES for end in EDGES if start < end]


def history() -> list[Part]:
    """Six days: sessions of many hours, over midnights and over every edge of the spans."""
    choose = Random(5)
    return [session(choose, n) for n in range(250)]


def session(choose: Random, number: int) -> Part:
    at, events = START + choose.randrange(6 * DAY - HOUR), []
    for _ in range(choose.randint(1, 5)):
        kind = choose.choice(["pageview", "pageview", "user_engagement", "scroll", "click"])
        data = {"engagement_ms": choose.randrange(20_000)} if kind == "user_engagement" else {}
        data |= {"link_url": choose.choice(["https://x.org/", "https://y.org/"])}
        events.append(Event(kind, at, len(events), f"/{choose.randrange(5)}", data=data))
        at += choose.choice([0, 1_000, 20 * 60_000, 7 * HOUR])
    source = choose.choice(["google", "bing", ""])
    said = Attributes(source=source, bot=choose.choice(["", "", "", "crawler"]))
    return Part(f"v{choose.randrange(60)}", f"s{number}", said, tuple(events))


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    """One that copies small histories, and one to which none is small; and their snapshots: a file
    of four days, two of a day, with sessions in several of them and in the tail."""
    folders = [tmp_path_factory.mktemp(name) for name in ("small", "large")]
    found = [open_engine(folders[0]), open_engine(folders[1], small_bytes=0)]
    return [(engine, written(engine)) for engine in found]


def written(engine: Engine) -> Snapshot:
    groups: list[list[Part]] = [[], [], []]
    for part in history():
        groups[max(0, (part.events[0].at_ms - START) // DAY - 3)].append(part)
    groups[1] += [parts_again(part) for part in groups[0][::9]]
    files = [engine.segments.folder / f"{n}.parquet" for n in range(3)]
    for file, found in zip(files, groups, strict=True):
        engine.segments.write(parts.group_parts(found), file)
    return Snapshot(files, [parts_again(part) for part in groups[1][::9]])


def parts_again(part: Part) -> Part:
    """The same session an hour later, on another page."""
    later = Event("pageview", part.events[-1].at_ms + HOUR, 9, "/later")
    return Part(part.visitor_id, part.session_id, part.attributes, (later,))


def questions(scope: Scope) -> list[Query]:
    buckets = spans.cut_buckets(scope.span, spans.find_zone("Asia/Kathmandu"))
    tops = compile.query_tops([d for d in DIMENSIONS if d.kind == "value"], 1000, ROW_METRICS)
    lists = [
        compile.query_top(d, scope, 1000, ROW_METRICS) for d in DIMENSIONS if d.kind != "value"
    ]
    flow = compile.query_flow(3, 3, by_source=True)
    return [
        compile.query_totals(),
        compile.query_trend(buckets),
        tops,
        *lists,
        flow,
        compile.query_users(),
    ]


def answers(engine: Engine, snapshot: Snapshot, scope: Scope) -> list[object]:
    return answered(engine, snapshot, scope, questions(scope))


def answered(
    engine: Engine, snapshot: Snapshot, scope: Scope, queries: list[Query]
) -> list[object]:
    with engine.open_answers(snapshot) as reading:
        return [sorted(answer) for answer in reading.ask(scope, queries)]


@pytest.mark.parametrize(
    "span", SPANS, ids=lambda span: f"{span.from_ms - START}-{span.to_ms - START}"
)
@pytest.mark.parametrize("bots", ["exclude", "include", "only"])
def test_a_large_history_is_answered_as_a_small_one(engines, span, bots):
    (small, *its), (large, *others) = engines
    scope = Scope(span, bots=bots)
    first, from_kept = (answers(large, *others, scope) for _ in range(2))
    assert first == from_kept == answers(small, *its, scope)


def test_what_filters_kept_is_found_again_whatever_else_was_asked(tmp_path):
    warm = open_engine(tmp_path / "warm")
    snapshot = written(warm)
    for number, span in enumerate(SPANS):
        bots: Bots = ["exclude", "include", "only"][number % 3]
        texts = [["source:is:google", "page:is_not:/1"], ["source:is:google"]][number % 2]
        scope = Scope(span, tuple(map(filters.parse_filter, texts)), bots)
        cold = open_engine(tmp_path / f"cold-{number}")
        assert answers(warm, snapshot, scope) == answers(cold, written(cold), scope)


def test_of_a_file_that_is_no_more_nothing_is_kept(tmp_path):
    engine = open_engine(tmp_path, small_bytes=0)
    (gone, *files), tail = (snapshot := written(engine)).files, snapshot.tail
    scope = Scope(Span(START, START + 6 * DAY))
    narrowed = Scope(scope.span, (filters.parse_filter("source:is:google"),))
    for each in (scope, scope, narrowed):
        answers(engine, snapshot, each)
    assert visitors_kept(engine) > visitors_of(engine, files)
    gone.unlink()
    first, from_kept = (answers(engine, Snapshot(files, tail), scope) for _ in range(2))
    assert first == from_kept
    assert visitors_kept(engine) == visitors_of(engine, files)
    left = "SELECT count(*) FROM cached_matching_1"
    assert asked(engine, left) == asked(engine, f"{left} SEMI JOIN cached_session USING (session)")


class Failing:
    """A cursor whose database has no memory left."""

    def execute(self, *_: object) -> None:
        raise MemoryError


def test_what_could_not_be_dropped_is_not_taken_for_kept(tmp_path):
    engine = open_engine(tmp_path, small_bytes=0)
    snapshot, scope = written(engine), Scope(Span(START, START + 6 * DAY))
    narrowed = Scope(scope.span, (filters.parse_filter("source:is:google"),))
    said = [[answers(engine, snapshot, each) for each in (scope, narrowed)] for _ in range(2)]
    gone = snapshot.files[0]
    content = gone.read_bytes()
    gone.unlink()
    with pytest.raises(MemoryError):
        engine.warm.rollups._tables.forget_gone(Failing())
    gone.write_bytes(content)
    said += [[answers(engine, snapshot, each) for each in (scope, narrowed)] for _ in range(3)]
    assert said[1:] == said[:-1]


class Watched(list[Query]):
    """Queries that do something when they are gone through for the nth time."""

    def __init__(self, queries: list[Query], at: int = 0, act: Callable[[], object] = dict) -> None:
        super().__init__(queries)
        self.at, self.act, self.times = at, act, 0

    def __iter__(self) -> Iterator[Query]:
        self.times += 1
        if self.times == self.at:
            self.act()
        return super().__iter__()


def test_what_another_report_drops_meanwhile_is_not_missed(tmp_path):
    engine = open_engine(tmp_path, small_bytes=0)
    (gone, *files), tail = (snapshot := written(engine)).files, snapshot.tail
    scope = Scope(Span(START, START + 6 * DAY))
    said = [answers(engine, snapshot, scope) for _ in range(2)]
    calm = Watched(questions(scope))
    said += [answered(engine, snapshot, scope, calm)]

    def drop_and_fetch_again() -> None:
        content = gone.read_bytes()
        gone.unlink()
        answers(engine, Snapshot(files, tail), scope)
        gone.write_bytes(content)

    # The last time is when they are answered: what is kept was looked at before.
    disturbed = Watched(questions(scope), calm.times, drop_and_fetch_again)
    said += [answered(engine, snapshot, scope, disturbed)]
    assert said[1:] == said[:-1]
    assert disturbed.times > calm.times


def visitors_kept(engine: Engine) -> set[int]:
    return {visitor for (visitor,) in asked(engine, "SELECT visitor FROM cached_session")}


def asked(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine._database.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def visitors_of(engine: Engine, files: list[Path]) -> set[int]:
    return {ids.number_of(part.visitor_id) for part in engine.segments.read(files)}


def test_distinct_users_may_be_asked_alone(engines):
    scope = Scope(Span(START, START + 5 * DAY))
    said = []
    for engine, snapshot in engines:
        for _ in range(2):
            with engine.open_answers(snapshot) as reading:
                said += reading.ask(scope, [compile.query_users()])
    assert said[1:] == said[:-1]


def with_room(folder: Path, memory_mb: int) -> Engine:
    """An engine to which no history is small, and what it may keep."""
    engine = open_engine(folder, small_bytes=0)
    kept = TableCache(str(next(folder.glob("blank-*"))), engine.warm.index.extents, memory_mb)
    matches = MatchCache(kept)
    engine.warm = replace(engine.warm, matches=matches, rollups=RollupCache(kept, matches))
    return engine


def tables(engine: Engine) -> dict[str, int]:
    """Rows by name of what is kept."""
    names = [name for (name,) in asked(engine, "SELECT table_name FROM duckdb_tables()")]
    return {name: asked(engine, f"SELECT count(*) FROM {name}")[0][0] for name in names}


def test_without_room_it_is_answered_from_the_files(engines, tmp_path):
    engine = with_room(tmp_path, memory_mb=0)
    snapshot, scope = written(engine), Scope(Span(START, START + 5 * DAY))
    said = [answers(engine, snapshot, scope) for _ in range(2)]
    assert said == [answers(*engines[0], scope)] * 2
    narrowed = Scope(scope.span, (filters.parse_filter("source:is:google"),))
    assert answers(engine, snapshot, narrowed) == answers(*engines[0], narrowed)
    assert tables(engine) == {}


def test_what_filters_chose_makes_way_for_closed_days_and_later_filters(engines, tmp_path):
    engine = with_room(tmp_path, memory_mb=1)
    snapshot, scope = written(engine), Scope(Span(START, START + 6 * DAY))
    narrowed = [
        Scope(scope.span, (filters.parse_filter(f"page:is_not:/{n}-never"),)) for n in range(2, 32)
    ]
    for each in [*narrowed, scope, scope, *narrowed[:3]]:
        assert answers(engine, snapshot, each) == answers(*engines[0], each)
        rows = tables(engine).values()
        assert sum(rows) - max(rows) <= ROWS_A_MB  # a table of counts may take it over the limit
    assert {"cached_session", "cached_matching_33"} <= tables(engine).keys()
    assert "cached_matching_20" not in tables(engine)


def test_only_whole_days_with_events_in_them_are_kept():
    extents = {
        "a": Extent(START + 5, START + 4 * DAY, 1),
        "b": Extent(START + 5 * DAY, START + 6 * DAY - 1, 1),
    }
    files = list(extents)
    assert rollup_cache.cover_days(Span(START + 1, START + 2 * DAY - 1), files, extents) is None
    kept = rollup_cache.cover_days(Span(START, START + 5 * DAY + HOUR), files, extents)
    assert kept
    assert (kept.days, dict(kept.files)) == (
        Span(START, START + 5 * DAY),
        {"a": (rollup_cache.WHOLE, rollup_cache.WHOLE)},
    )
    first = START // DAY
    kept = rollup_cache.cover_days(Span(START + 1, START + 6 * DAY), files, extents)
    assert kept
    assert dict(kept.files) == dict.fromkeys(files, (first + 1, first + 5))
