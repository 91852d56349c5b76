"""A query may name the events of a session: it sees them however they are stored, and no other
query pays for them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.engine.engine import Engine, open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model import ids
from chalicelib.model.columns import EVENT_COLUMNS, MOMENT_COLUMNS
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.site import Site
from chalicelib.model.spans import Span
from chalicelib.query.aggregates import Aggregate
from chalicelib.query.compile import AggregateQuery
from chalicelib.query.filters import parse_filter
from chalicelib.query.scope import Scope
from chalicelib.query.statement import bind
from chalicelib.report.reports import Reports
from tests.report import histories
from tests.report.snapshots import split_up

NAMES = ("ev_type", "ev_seq", "ev_path", "ev_title", "ev_data")
EVENTS = bind(
    f"SELECT session, started_at_ms, ev_after_ms, {', '.join(NAMES)} FROM session ORDER BY session",
    {},
)
TITLES = AggregateQuery(
    Aggregate(
        "titles",
        ("id",),
        ("count",),
        "SELECT {by} id, count(*) AS count FROM "
        "(SELECT {by} unnest(ev_title) AS id FROM session) GROUP BY ALL",
    ),
    bind("SELECT id, count FROM counted WHERE count > 0 ORDER BY id", {}),
)


@pytest.fixture(scope="module", params=[{}, {"small_bytes": 0}], ids=["small", "large"])
def engine(request, tmp_path_factory) -> Engine:
    """One that copies small histories, and one to which none is small."""
    return open_engine(tmp_path_factory.mktemp("engine"), **request.param)


def expected(history: list[dict[str, Any]], scope: Scope) -> list[tuple[Any, ...]]:
    """What `EVENTS` gives, counted in plain Python."""
    sessions = defaultdict(list)
    for event in history:
        is_bot = bool(event["attributes"]["bot"])
        is_inside = scope.span.from_ms <= event["at"] < scope.span.to_ms
        if is_inside and (scope.bots == "include" or is_bot == (scope.bots == "only")):
            data = json.dumps(
                event["data"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            place = (event["at"], event["seq"], event["type"], event["path"], event["title"])
            session = ids.session_number(histories.part(event))
            shown = data if event["data"] and event["type"] != "heat" else ""
            sessions[session].append((*place, shown))
    rows = []
    for session, events in sorted(sessions.items()):
        if scope.filters and not any((e[2], e[3]) == ("pageview", "/a") for e in events):
            continue
        at, seq, types, paths, titles, data = (
            list(column) for column in zip(*sorted(events), strict=True)
        )
        after = [moment - at[0] for moment in at]
        rows.append((session, at[0], after, types, seq, paths, titles, data))
    return rows


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_events_are_the_same_however_they_are_stored(engine, data):
    now, history = data.draw(
        histories.histories(histories.days, histories.long_gaps, least=3, most=12)
    )
    end = now + 1 - data.draw(st.sampled_from([0, histories.HOUR, 3 * histories.DAY]))
    span = Span(end - data.draw(st.integers(1, 14 * histories.DAY)), end)
    chosen = data.draw(st.sampled_from([(), (parse_filter("page:is:/a"),)]))
    scope = Scope(span, chosen, data.draw(st.sampled_from(["exclude", "include", "only"])))
    rows = expected(history, scope)
    titles: dict[str, int] = defaultdict(int)
    for row in rows:
        for title in row[6]:
            titles[title] += 1
    with split_up(engine, history, data, 2) as found, engine.open_answers(found) as reading:
        # Asked twice: closed days are kept when they are asked for again.
        for _ in range(2):
            assert reading.ask(scope, [EVENTS, TITLES]) == [rows, sorted(titles.items())]


def damage_columns(path, names) -> None:
    """Overwrites what a Parquet file has of these columns; its footer stays."""
    text = (
        "SELECT path_in_schema, coalesce(dictionary_page_offset, data_page_offset), "
        "total_compressed_size FROM parquet_metadata(?)"
    )
    content = bytearray(path.read_bytes())
    for column, start, length in duckdb.execute(text, [str(path)]).fetchall():
        if column.partition(",")[0] in names:
            content[start : start + length] = b"\xff" * length
    path.write_bytes(content)


ASKED = {
    "stats": [("range", "24h"), ("users", "1")],
    "sankey": [("range", "24h")],
    "realtime": [],
    "list": [("range", "24h"), ("dimension", "page")],
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("filter", [[], [("filter", "page:is:/a")]], ids=["all", "filtered"])
def test_a_report_that_names_no_event_reads_none(engine, name, filter):
    path = engine.segments.folder / f"damaged-{name}-{len(filter)}.parquet"
    now = 1_790_000_000_000
    view = Event("pageview", now - 9, path="/a", title="T", data={"load_time_ms": 5})
    engine.segments.write([Part("v", "s", Attributes(), (view,))], path)
    damage_columns(path, {*EVENT_COLUMNS} - {*MOMENT_COLUMNS})
    unwritable = Event("pageview", now - 5, path="/a", data={"x": object()})  # type: ignore[dict-item]
    tail = [Part("w", "t", Attributes(), (unwritable,))]
    # A question about both would look for the tail's sessions in the file.
    for found, pageviews in ((Snapshot([path]), 1), (Snapshot([], tail), 1)):
        asked = [("site", "demo"), *ASKED[name], *filter]
        answer = Reports(lambda *_, found=found: found, engine).answer(
            name, asked, Site("demo"), now
        )
        assert str(pageviews) in json.dumps(answer)
        with engine.open_answers(found) as reading, pytest.raises((duckdb.Error, TypeError)):
            reading.ask(Scope(Span(now - 100, now)), [EVENTS])
