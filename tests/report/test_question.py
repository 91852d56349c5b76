"""Parameters become a question, or a refusal that names the one at fault."""

from __future__ import annotations

import pytest

from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.model.spans import Span
from chalicelib.query import filters
from chalicelib.query.dimensions import DIMENSION
from chalicelib.query.operators import OPERATOR
from chalicelib.report.parameters import CURSOR, write_cursor
from chalicelib.report.question import read_question
from chalicelib.report.reports import REPORT

NOW = 1_790_000_000_000
SITE = Site("demo", time_zone="Europe/Berlin")


def read(name, *parameters):
    given = [("site", "demo"), *parameters]
    return read_question(name, REPORT[name].parameters, given, SITE, NOW)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("stats", "range", "1y"),
        ("stats", "range", ""),
        ("stats", "from", "yesterday"),
        ("stats", "to", "2026-01-01"),
        ("stats", "tz", "Mars/Olympus"),
        ("stats", "tz", ""),
        ("stats", "compare", "next"),
        ("stats", "limit", "0"),
        ("stats", "limit", "1001"),
        ("stats", "limit", "-1"),
        ("stats", "limit", "1e2"),
        ("stats", "limit", "²"),
        ("stats", "limit", "9" * 5000),
        ("stats", "users", "yes"),
        ("stats", "compare", ""),
        ("stats", "bots", "robots"),
        ("stats", "filter", "source"),
        ("stats", "filter", "source:is"),
        ("stats", "filter", "source:is:"),
        ("stats", "filter", "source:is:a|"),
        ("stats", "filter", "planet:is:x"),
        ("stats", "filter", "source:like:x"),
        ("stats", "steps", "4"),
        ("stats", "colour", "red"),
        ("stats", "Range", "7d"),
        ("sankey", "steps", "1"),
        ("sankey", "steps", "9"),
        ("sankey", "limit", "21"),
        ("sankey", "by", "campaign"),
        ("realtime", "range", "24h"),
        ("realtime", "from", "2026-01-01"),
        ("realtime", "compare", "previous"),
        ("list", "dimension", "planet"),
        ("list", "cursor", "!"),
        ("list", "cursor", "W10"),
        ("list", "cursor", "WyJhIiwgImIiXQ"),
        ("list", "cursor", "WzEsICJcdWQ4MDAiXQ"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(name, key, value):
    given = [("dimension", "page")] if name == "list" and key != "dimension" else []
    with pytest.raises(Refusal) as refused:
        read(name, *given, (key, value))
    at_fault = "from" if (key, value) == ("to", "2026-01-01") else key
    assert (refused.value.status, refused.value.code) == (400, "bad_request")
    assert refused.value.field == at_fault
    assert refused.value.message.startswith(at_fault + " ")


@pytest.mark.parametrize(
    "key", ["site", "range", "tz", "limit", "users", "bots", "compare", "from"]
)
def test_what_may_be_said_once_is_refused_when_repeated(key):
    good = {"range": "7d", "tz": "UTC", "limit": "5", "users": "1", "bots": "only"}
    good |= {"compare": "previous", "from": "2026-01-01", "site": "demo"}
    with pytest.raises(Refusal) as refused:
        read("stats", (key, good[key]), (key, good[key]))
    assert refused.value.field == key


def test_a_list_needs_its_dimension_and_every_report_its_site():
    with pytest.raises(Refusal, match="must be one of channel, source") as refused:
        read("list")
    assert refused.value.field == "dimension"
    with pytest.raises(Refusal, match="is required") as refused:
        read_question("stats", REPORT["stats"].parameters, [], SITE, NOW)
    assert refused.value.field == "site"


def test_a_range_and_instants_exclude_each_other():
    with pytest.raises(Refusal) as refused:
        read("stats", ("range", "7d"), ("from", "2026-01-01"))
    assert refused.value.field == "range"


@pytest.mark.parametrize("end", ["2026-01-01", "2025-12-31T23:59:59Z"])
def test_a_span_that_ends_before_or_when_it_begins_is_refused(end):
    with pytest.raises(Refusal, match="empty") as refused:
        read("stats", ("from", "2026-01-01"), ("to", end), ("tz", "UTC"))
    assert refused.value.field == "to"


def test_a_start_in_the_future_needs_an_end():
    with pytest.raises(Refusal) as refused:
        read("stats", ("from", "2100-01-01"))
    assert refused.value.field == "from"


def test_dates_are_midnights_of_the_sites_zone():
    asked = read("stats", ("from", "2026-01-01"), ("to", "2026-01-02T00:00:00.5Z"))
    assert asked.span == Span(1_767_222_000_000, 1_767_312_000_500)


def test_without_a_range_thirty_days_are_meant():
    assert read("stats").span == read("stats", ("range", "30d")).span


def test_a_filter_keeps_colons_and_literal_bars_in_its_values():
    asked = read("stats", ("filter", r"page:is_not:/a:b\|c|/d"))
    [narrowed] = asked.filters
    assert narrowed.test.values == ("/a:b|c", "/d")
    assert (narrowed.dimension.id, narrowed.test.operator.id) == ("page", "is_not")


def test_a_cursor_is_read_back():
    asked = read("list", ("dimension", "page"), ("cursor", write_cursor(7, "/ü|🦊")))
    assert asked[CURSOR] == (7, "/ü|🦊")


def test_every_operator_and_dimension_makes_a_filter():
    for dimension in DIMENSION:
        for operator in OPERATOR:
            assert filters.parse_filter(f"{dimension}:{operator}:x").test.values == ("x",)
