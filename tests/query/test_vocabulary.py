"""Every metric, dimension and operator is defined, and has a case that proves it."""

from __future__ import annotations

import pytest

from chalicelib.http.openapi import make_document
from chalicelib.query.dimensions import DIMENSIONS, FLAGS, ON_OVERVIEW
from chalicelib.query.operators import DATA_OPERATORS, OPERATORS
from chalicelib.query.timings import TIMINGS
from chalicelib.query.vocabulary import METRICS
from tests.report import histories, oracle

TABLES = (METRICS, (*DIMENSIONS, *FLAGS), (*OPERATORS, *DATA_OPERATORS))
EVERYTHING = [entry for table in TABLES for entry in table]
QUESTION = {"tz": "UTC", "now": 10_000_000, "from": 0, "to": 10_000_000, "site": "demo"}
EVENT = {
    "visitor": "v",
    "session": "s",
    "at": 5,
    "seq": 0,
    "type": "click",
    "path": "/",
    "title": "",
    "data": {"link_url": "https://x.org/"},
    "attributes": {},
}


def keys(answer) -> set[str]:
    if isinstance(answer, dict):
        return set(answer) | {key for value in answer.values() for key in keys(value)}
    if isinstance(answer, list):
        return {key for value in answer for key in keys(value)}
    return set()


@pytest.mark.parametrize("entry", EVERYTHING, ids=lambda entry: entry.id)
def test_everything_is_defined_in_a_sentence(entry):
    assert entry.definition.endswith(".")
    assert len(entry.definition.split()) > 3


def test_ids_are_unique():
    for table in TABLES:
        assert len({entry.id for entry in table}) == len(table)


def test_every_metric_is_recounted():
    events = [EVENT, {**EVENT, "type": "pageview", "data": {}}]
    stats = oracle.stats(events, {**QUESTION, "users": True})
    counted = keys(stats) | keys(oracle.realtime(events, QUESTION))
    parts_of_others = {"engaged_sessions"}  # seen as the complement of bounce_rate
    assert {metric.id for metric in METRICS} - parts_of_others <= counted


def test_every_dimension_is_recounted_and_filtered_by_the_generated_histories():
    assert [dimension.id for dimension in ON_OVERVIEW] == list(oracle.LISTS)
    assert set(histories.DIMENSIONS) == {dimension.id for dimension in DIMENSIONS}
    assert set(histories.ONE_VALUED) == {d.id for d in DIMENSIONS if d.kind == "value"}


def test_every_operator_is_in_the_generated_filters():
    assert set(histories.OPERATORS) == {operator.id for operator in OPERATORS}
    assert set(histories.DATA_OPERATORS) == {o.id for o in (*OPERATORS, *DATA_OPERATORS)}


def test_every_timing_is_recounted_by_its_bounds():
    assert {one.id: (one.good, one.poor) for one in TIMINGS} == oracle.BOUNDS


def test_the_api_document_defines_every_metric_dimension_and_operator():
    shown = str(make_document())
    within = {"engaged_sessions"}  # the complement of bounce_rate
    missing = [entry.id for entry in EVERYTHING if entry.definition not in shown]
    assert set(missing) == within
