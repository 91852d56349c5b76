"""Reports at the edges: of dates, of flow, of lists, and when a file could not be read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.engine.engine import open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.principal import Locked
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports
from tests.report import histories


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


NOW = ms("2026-10-26T11:30:00Z")
DAY = 86_400_000
MINUTE = 60_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def ask(engine):
    def answer(name, *said, tail=(), partial=(), now=NOW):
        found = Snapshot([], tail, partial)
        given_parameters = [("site", "demo"), *said]
        return Reports(lambda *_: found, engine).answer(name, given_parameters, Site("demo"), now)

    return answer


def visit(session: str, at: int, *pages: str, visitor: str = "v", **said: str) -> Part:
    """One pageview a minute."""
    views = [Event("pageview", at + n * MINUTE, n, page) for n, page in enumerate(pages)]
    return Part(visitor, session, Attributes(**said), tuple(views))


def test_without_any_event_all_time_is_today_and_everything_is_zero(ask):
    stats = ask("stats", ("range", "all"), ("compare", "previous"))
    assert stats["meta"]["from"] == ms("2026-10-26T00:00:00Z")
    assert stats["totals"] == {
        "users": 0,
        "sessions": 0,
        "pageviews": 0,
        "bounce_rate": 0,
        "engagement_ms_per_session": 0,
        "views_per_session": 0,
    }
    assert stats["trend"]["users"] == [0] * 12
    assert set(map(tuple, stats["top"].values())) == {()}
    assert stats["previous"] is None
    assert stats["trend"]["previous"] is None


def test_at_midnight_all_time_without_any_event_is_the_hour_that_begins(ask):
    midnight = ms("2026-10-26T00:00:00Z")
    stats = ask("stats", ("range", "all"), now=midnight)
    assert stats["trend"] == {
        "t": [midnight],
        "users": [0],
        "sessions": [0],
        "pageviews": [0],
        "previous": None,
    }
    assert stats["meta"]["unfinished"]
    assert set(map(tuple, stats["top"].values())) == {()}
    assert ask("sankey", ("range", "all"), now=midnight)["sessions"] == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [("2030-01-01", "2030-01-03"), ("1970-01-01", "1971-01-01"), ("1970-01-01", "2200-01-01")],
)
def test_spans_far_from_any_event_are_answered(ask, start, end):
    tail = [visit("s", NOW - 1000, "/")] if end == "2200-01-01" else []
    stats = ask("stats", ("from", start), ("to", end), ("compare", "previous"), tail=tail)
    assert stats["totals"]["sessions"] == len(tail)
    assert sum(stats["trend"]["sessions"]) == len(tail)
    assert stats["meta"]["unfinished"] == (ms(f"{end}T00:00:00Z") > NOW)


def test_a_span_that_lies_in_the_future_has_nothing_before_it_to_compare_with(ask):
    said = [("from", "2030-01-01"), ("to", "2030-01-03"), ("compare", "previous")]
    stats = ask("stats", *said, tail=[visit("s", NOW - 1000, "/")])
    assert stats["previous"]["sessions"] == 0
    assert stats["trend"]["previous"] == {"t": [], "users": [], "sessions": [], "pageviews": []}


def test_the_moment_a_span_ends_lies_outside_and_the_moment_it_starts_inside(ask):
    tail = [
        visit("s", ms("2026-10-20T00:00:00Z"), "/"),
        visit("t", ms("2026-10-21T00:00:00Z"), "/"),
    ]
    one = ask("stats", ("from", "2026-10-20"), ("to", "2026-10-21"), tail=tail)
    both = ask("stats", ("from", "2026-10-20"), ("to", "2026-10-21T00:00:00.001Z"), tail=tail)
    assert (one["totals"]["sessions"], both["totals"]["sessions"]) == (1, 2)


def test_the_previous_period_is_cut_at_the_same_elapsed_moment(ask):
    yesterday = ms("2026-10-25T00:00:00Z")
    tail = [
        visit("s", yesterday + 11 * 3_600_000, "/"),
        visit("t", yesterday + 12 * 3_600_000, "/"),
    ]
    said = [("from", "2026-10-26"), ("to", "2026-10-27"), ("compare", "previous")]
    assert ask("stats", *said, tail=tail)["previous"]["sessions"] == 1
    assert ask("stats", *said, tail=tail, now=NOW + DAY)["previous"]["sessions"] == 2


def test_days_that_could_not_be_read_are_named_in_every_answer(ask):
    for name in ("stats", "sankey"):
        assert ask(name, partial=["2026-10-01"])["meta"]["partial"] == ["2026-10-01"]
    listed = ask("list", ("dimension", "page"), partial=["2026-10-01"])
    assert listed["meta"]["partial"] == ["2026-10-01"]
    assert ask("realtime", partial=["2026-10-01"])["partial"] == ["2026-10-01"]


def test_days_before_all_time_of_a_locked_reader_are_not_named(engine):
    tail = [visit("s", NOW - DAY, "/", source="mine"), visit("t", NOW - 9 * DAY, "/")]
    missing = ["2026-10-17", "2026-10-24", "2026-10-25", "2026-10-26"]
    found = Snapshot([], tail, missing)
    asked = [("site", "demo"), ("range", "all"), ("tz", "Asia/Tokyo")]
    site = Site("demo", time_zone="Europe/Berlin")
    for own, named in ((("source:is:mine",), missing[1:]), ((), missing)):
        locked = Locked(own, people=("source:is_not:spam",))
        meta = Reports(lambda *_: found, engine).answer("stats", asked, site, NOW, locked)["meta"]
        assert meta["partial"] == named
        assert meta["from"] == ms("2026-10-24T15:00:00Z") - (8 * DAY if not own else 0)


@pytest.mark.parametrize("is_sealed", [False, True])
def test_all_time_of_a_locked_reader_cuts_no_session_into_one_that_fits(engine, is_sealed):
    """Its second day alone would begin on /b; found by the recount of generated histories."""
    midnight = ms("2026-10-26T00:00:00Z")
    straddling = [visit("s", midnight - MINUTE // 2, "/a", "/b")]
    path = engine.segments.folder / f"straddling-{is_sealed}.parquet"
    engine.segments.write(straddling, path)
    found = Snapshot([path]) if is_sealed else Snapshot([], straddling)
    own = Locked(("entry_page:is:/b",))
    said = [("site", "demo"), ("range", "all"), ("dimension", "page")]
    shown = Reports(lambda *_: found, engine).answer("list", said, Site("demo"), NOW, own)
    assert shown["rows"] == []


def test_the_sources_asked_for_hold_the_span_and_the_one_compared_with_and_nothing_between(engine):
    wanted = []

    def find(site, spans, now):
        wanted.append((site.id, [(span.from_ms, span.to_ms) for span in spans], now))
        return Snapshot([])

    said = [("site", "demo"), ("from", "2026-10-20"), ("to", "2026-10-21")]
    for more in ([], [("compare", "previous")]):
        Reports(find, engine).answer("stats", [*said, *more], Site("demo"), NOW)
    end = ms("2026-10-21T00:00:00Z")
    day, before = (end - DAY, end), (end - 2 * DAY, end - DAY)
    assert wanted == [("demo", [day], NOW), ("demo", [day, before], NOW)]


def test_live_users_are_those_of_the_last_five_minutes(ask):
    tail = [
        visit("s", NOW, "/now", visitor="a"),
        visit("t", NOW - 299_999, "/still", visitor="b"),
        visit("u", NOW - 300_000, "/gone", visitor="c"),
        visit("w", NOW - 40 * 60_000, "/long-ago", visitor="d"),
    ]
    live = ask("realtime", tail=tail)
    assert live["live_users"] == 2
    assert [row["id"] for row in live["pages"]] == ["/now", "/still"]
    assert live["minutes"] == [0] * 24 + [2, 0, 0, 0, 0, 1]


def test_a_long_list_is_read_page_by_page(ask):
    tail = [visit(f"s{n}", NOW - 600_000, *["/x"] * (n % 3 + 1), f"/{n:02}") for n in range(25)]
    said = [("dimension", "page"), ("limit", "10"), ("search", "0")]
    first = ask("list", *said, tail=tail)
    assert len(first["rows"]) == 10
    second = ask("list", *said, ("cursor", first["cursor"]), tail=tail)
    ids = [row["id"] for row in first["rows"] + second["rows"]]
    assert ids == sorted(f"/{n:02}" for n in range(25) if "0" in f"{n:02}")
    assert second["cursor"] is None


def test_a_refusal_comes_before_anything_is_read(engine):
    def unreachable(*_):
        raise AssertionError("a snapshot was asked for")

    with pytest.raises(Refusal) as refused:
        Reports(unreachable, engine).answer(
            "stats", [("site", "demo"), ("limit", "0")], Site("demo"), NOW
        )
    assert refused.value.field == "limit"


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_flows_into_a_node_flows_out_of_it(ask, data):
    now, events = data.draw(histories.histories())
    question = data.draw(histories.questions(now, "sankey"))
    said = histories.parameters(question)[1:]
    flow = ask("sankey", *said, tail=[histories.part(event) for event in events], now=now)
    into, out = Counter(), Counter()
    for link in flow["links"]:
        out[link["source"]] += link["value"]
        into[link["target"]] += link["value"]
    first = 0 if question["by"] == "source" else 1
    for node in flow["nodes"]:
        if first < node["step"] < question["steps"] and node["label"] != "(exit)":
            assert into[node["id"]] == out[node["id"]]
        if node["step"] == question["steps"] or node["label"] == "(exit)":
            assert out[node["id"]] == 0
    assert sum(out[n["id"]] for n in flow["nodes"] if n["step"] == first) == flow["sessions"]
    assert {node["id"] for node in flow["nodes"]} == set(into) | set(out)


def test_what_needs_more_memory_than_there_is_is_refused_and_the_next_question_answered(tmp_path):
    path = tmp_path / "wide.parquet"
    open_engine(tmp_path).segments.write(
        [visit(f"s{n}", NOW + n, f"/{n}", visitor=f"v{n}") for n in range(20_000)], path
    )
    engine, later = open_engine(tmp_path, memory_mb=40), NOW + 20_000
    said = [("site", "demo"), ("range", "24h"), ("users", "1")]

    def ask(files):
        return Reports(lambda *_: Snapshot(files), engine).answer(
            "stats", said, Site("demo"), later
        )

    with pytest.raises(Refusal) as refused:
        ask([path])
    assert (refused.value.status, refused.value.code) == (503, "out_of_memory")
    assert ask([])["totals"]["sessions"] == 0
