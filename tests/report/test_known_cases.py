"""What users of other analytics reported as wrong, as cases: an import's lines in, a report out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.engine.engine import open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports
from chalicelib.transfer.columns import read_parts

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


def view(at, url, **columns):
    """A pageview of a visitor of its own."""
    name = f"{at}{url}{columns}"[:100]
    moment = at.isoformat() if isinstance(at, datetime) else at
    ids = {"visitor_id": name, "session_id": name}
    return {"at": moment, "event_type": "pageview", "url": url, **ids, **columns}


def ask(engine, lines, name, *given, zone="UTC"):
    site = Site("demo", time_zone=zone)
    found = Snapshot([], list(read_parts(lines, site)))
    at_ms = int(NOW.timestamp() * 1000)
    return Reports(lambda *_: found, engine).answer(name, [("site", "demo"), *given], site, at_ms)


def test_an_accented_letter_is_one_whether_it_is_composed_or_not(engine):
    lines = [
        view("2026-11-13T10:00:00Z", f"https://x.test/{path}")
        for path in ("caf%C3%A9", "cafe%CC%81", "café", "cafe\u0301")
    ]
    [row] = ask(engine, lines, "list", ("dimension", "page"))["rows"]
    assert (row["id"], row["pageviews"]) == ("/café", 4)


@pytest.mark.parametrize("operator", ["is", "starts_with", "contains", "matches"])
@pytest.mark.parametrize("path", ["/k%C3%B6nnte", "/könnte", "/ko%CC%88nnte"])
def test_a_page_is_found_by_its_address_as_browsers_copy_it(engine, path, operator):
    lines = [
        view("2026-11-13T10:00:00Z", "https://x.test/k%C3%B6nnte"),
        view("2026-11-13T10:00:00Z", "https://x.test/other"),
    ]
    for dimension in ("page", "entry_page", "exit_page"):
        answer = ask(engine, lines, "stats", ("filter", f"{dimension}:{operator}:{path}"))
        assert answer["totals"]["pageviews"] == 1
    condition = ("filter", f"event:is:pageview&$page:{operator}:{path}")
    assert ask(engine, lines, "stats", condition)["totals"]["pageviews"] == 1


def test_an_escaped_star_in_an_address_is_a_star_and_no_wildcard(engine):
    lines = [
        view("2026-11-13T10:00:00Z", f"https://x.test/{path}") for path in ("a*b", "a%2Ab", "axb")
    ]
    answer = ask(engine, lines, "stats", ("filter", "page:matches:/a%2Ab"))
    assert answer["totals"]["pageviews"] == 2


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Europe/Berlin", "Pacific/Chatham"])
def test_a_week_like_every_week_is_compared_with_one_like_it(engine, zone):
    today = NOW.astimezone(ZoneInfo(zone)).date()
    days = [today - timedelta(days=n) for n in range(60)]
    lines = [
        view(
            datetime(day.year, day.month, day.day, 0, 30, n, tzinfo=ZoneInfo(zone)),
            "https://x.test/",
        )
        for day in days
        if day.weekday() < 5
        for n in range(3)
    ]
    for more in ([("range", "7d")], [("range", "7d"), ("match_weekday", "1")]):
        answer = ask(engine, lines, "stats", ("compare", "previous"), *more, zone=zone)
        assert answer["totals"] == {**answer["previous"]}
        assert answer["trend"]["pageviews"] == answer["trend"]["previous"]["pageviews"]


def test_two_hosts_of_one_site_are_told_apart(engine):
    lines = [view("2026-11-13T10:00:00Z", f"https://{host}/") for host in ("one.test", "two.test")]
    answer = ask(engine, lines, "stats", ("filter", "hostname:is:one.test"))
    assert answer["totals"]["sessions"] == 1


def test_what_makes_a_condition_is_literal_behind_a_backslash(engine):
    data = {"a:b": "x&y|z", "n": 1.0}
    lines = [view("2026-11-13T10:00:00Z", "https://x.test/", data=data)]
    for text, found in ((r"a\:b:is:x\&y\|z", 1), (r"a\:b:is:x&n:is:1", 0), ("n:is_number:1", 1)):
        answer = ask(engine, lines, "stats", ("filter", f"event:is:pageview&{text}"))
        assert answer["totals"]["sessions"] == found, text
