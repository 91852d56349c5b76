"""Spans and buckets follow the wall clock of their zone."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from chalicelib.model import spans
from chalicelib.model.spans import HOUR_MS, Span


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def cut(zone: str, start: str, end: str) -> spans.Buckets:
    tz = spans.find_zone(zone)
    return spans.cut_buckets(Span(spans.read_instant(start, tz), spans.read_instant(end, tz)), tz)


@pytest.mark.parametrize(
    ("zone", "day", "after", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-30", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-26", 25),
        ("Europe/Berlin", "2026-06-01", "2026-06-02", 24),
        ("America/Santiago", "2026-09-06", "2026-09-07", 23),
        ("Asia/Kathmandu", "2026-06-01", "2026-06-02", 24),
    ],
)
def test_a_day_has_as_many_hours_as_the_clock_shows(zone, day, after, hours):
    buckets = cut(zone, day, after)
    assert buckets.size == "hour"
    assert len(buckets.starts) == hours
    edges = [*buckets.starts, buckets.end_ms]
    assert {end - start for start, end in pairwise(edges)} == {HOUR_MS}


def test_where_the_clock_moves_by_half_an_hour_the_hours_still_tile_the_day():
    buckets = cut("Australia/Lord_Howe", "2026-04-05", "2026-04-06")
    edges = [*buckets.starts, buckets.end_ms]
    assert sorted({end - start for start, end in pairwise(edges)}) == [HOUR_MS, HOUR_MS * 3 // 2]
    assert buckets.end_ms - buckets.starts[0] == HOUR_MS * 49 // 2


def test_an_hour_of_which_the_clock_skips_the_first_half_is_an_hour_of_its_own():
    buckets = cut("Australia/Lord_Howe", "2026-10-04", "2026-10-05")
    edges = [*buckets.starts, buckets.end_ms]
    lengths = [end - start for start, end in pairwise(edges)]
    assert lengths == [HOUR_MS] * 2 + [HOUR_MS // 2] + [HOUR_MS] * 21


def test_a_day_whose_midnight_is_skipped_starts_when_the_clock_has_jumped():
    tz = spans.find_zone("America/Santiago")
    assert spans.read_instant("2026-09-06", tz) == ms("2026-09-06T04:00:00Z")


def test_a_day_that_the_calendar_skipped_is_no_bucket():
    buckets = cut("Pacific/Apia", "2011-12-28", "2012-01-03")
    assert len(buckets.starts) == 5
    assert all(end > start for start, end in pairwise(buckets.starts))


@pytest.mark.parametrize(
    ("start", "end", "size", "count"),
    [
        ("2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", "hour", 48),
        ("2026-10-24T00:00:00Z", "2026-10-26T00:00:00.001Z", "day", 3),
        ("2026-10-01", "2027-01-01", "day", 92),
        ("2026-10-01", "2027-01-02", "week", 14),
        ("2024-01-01", "2026-01-01", "week", 105),
        ("2024-01-01", "2026-01-02", "month", 25),
    ],
)
def test_the_length_of_a_span_decides_its_buckets(start, end, size, count):
    buckets = cut("Europe/Berlin", start, end)
    assert (buckets.size, len(buckets.starts)) == (size, count)


def test_weeks_start_on_monday_and_the_first_may_lie_before_the_span():
    tz = spans.find_zone("Asia/Tokyo")
    starts = cut("Asia/Tokyo", "2026-01-01", "2026-06-01").starts
    assert starts[0] == spans.read_instant("2025-12-29", tz)
    assert {spans.local_time(start, tz).weekday() for start in starts} == {0}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("24h", "2026-10-25T12:00:00+01:00"),
        ("7d", "2026-10-20T00:00:00+02:00"),
        ("30d", "2026-09-27T00:00:00+02:00"),
        ("all", "2026-10-01T00:00:00+02:00"),
    ],
)
def test_a_named_range_ends_now(name, start):
    now = ms("2026-10-26T11:30:00+01:00")
    first = ms("2026-10-01T17:00:00+02:00")
    span = spans.span_of_range(name, spans.find_zone("Europe/Berlin"), now, first)
    assert span == Span(ms(start), now)


def test_the_span_before_is_as_long_and_ends_where_this_one_starts():
    assert Span(100, 150).previous(now_ms=150) == Span(50, 100)


def test_the_span_before_is_cut_at_the_same_elapsed_moment():
    assert Span(100, 200).previous(now_ms=130) == Span(0, 30)
    assert Span(100, 200).previous(now_ms=90) == Span(0, 0)


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "", "../UTC", "Europe", "localtime", "posixrules", "right/UTC", "Ü", "a\0b"],
)
def test_a_zone_of_another_planet_is_refused(name):
    with pytest.raises(ValueError, match="not an IANA time zone"):
        spans.find_zone(name)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "1790000000000", "2026-13-01", "2026-02-30", "2026-01-01T00:00:00",
     "2026-01-01T25:00:00Z", "0001-01-01", "9999-12-31", "2026-01-01T00:00:00 02:00",
     "２０２６-01-01", "20260101"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError, match="must"):
        spans.read_instant(text, spans.find_zone("UTC"))
