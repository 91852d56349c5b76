"""Every figure of every report equals a recount in plain Python."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.engine.engine import open_engine
from chalicelib.model.principal import Locked
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports
from tests.report import histories, oracle
from tests.report.snapshots import split_up

HISTORIES = int(os.environ.get("HISTORIES", 60))
exact = settings(
    max_examples=HISTORIES,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
fewer = settings(exact, max_examples=HISTORIES // 3)
"""Where an example is asked of two engines, each with two histories."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An engine to which no history is small: it keeps what closed days count."""
    return open_engine(tmp_path_factory.mktemp("large"), small_bytes=0)


def ask(engine, found, question):
    site = Site("demo")
    return Reports(lambda *_: found, engine).answer(
        question["name"], histories.parameters(question), site, question["now"]
    )


def whole_list(engine, found, question):
    """All pages of a list."""
    rows, cursor = [], None
    while True:
        said = histories.parameters(question) + ([("cursor", cursor)] if cursor else [])
        page = Reports(lambda *_: found, engine).answer("list", said, Site("demo"), question["now"])
        assert len(page["rows"]) <= question["limit"]
        rows += page["rows"]
        cursor = page["cursor"]
        if cursor is None:
            return rows


@exact
@given(data=st.data())
@pytest.mark.parametrize("name", ["stats", "sankey", "realtime", "list", "properties", "timings"])
def test_every_figure_equals_the_recount(engine, name, data):
    now, events = data.draw(histories.histories())
    question = data.draw(histories.questions(now, name))
    with split_up(engine, events, data) as found:
        if name == "list":
            assert whole_list(engine, found, question) == oracle.listing(events, question)
        else:
            assert ask(engine, found, question) == getattr(oracle, name)(events, question)


@exact
@given(data=st.data())
@pytest.mark.parametrize("name", ["stats", "sankey"])
def test_every_figure_from_closed_days_that_were_kept_equals_the_recount(large, name, data):
    now, events = data.draw(
        histories.histories(histories.days, histories.long_gaps, least=5, most=15)
    )
    question = data.draw(histories.unfiltered(now, name))
    with split_up(large, events, data, 2) as found:
        first, from_kept = (ask(large, found, question) for _ in range(2))
        assert first == from_kept == getattr(oracle, name)(events, question)


@fewer
@given(data=st.data())
@pytest.mark.parametrize("kept", ["small", "large"])
@pytest.mark.parametrize("name", ["stats", "sankey", "list"])
def test_all_time_of_a_locked_reader_is_the_same_whatever_else_the_site_has(
    engine, large, name, kept, data
):
    now, events = data.draw(histories.histories())
    locked = data.draw(st.lists(histories.filters(), min_size=1, max_size=2))
    question = {**data.draw(histories.questions(now, name)), "filters": [], "range": "all"}
    for end in ("from", "to"):
        question.pop(end, None)
    visible = {**question, "filters": locked}
    seen = {
        (session[0]["visitor"], session[0]["session"])
        for session in oracle.sessions_of(events, visible, 0, now)
    }
    alone = [event for event in events if (event["visitor"], event["session"]) in seen]
    recounted = {**question, "filters": locked}
    by = large if kept == "large" else engine
    answers = []
    for some in (events, alone):
        with split_up(by, some, data) as found:
            answers.append(locked_answer(by, found, question, locked))
    assert json.dumps(answers[0]) == json.dumps(answers[1])
    if name == "list":
        assert answers[0]["rows"] == oracle.listing(alone, recounted)[: question["limit"]]
    else:
        assert answers[0] == getattr(oracle, name)(alone, recounted)


def locked_answer(engine, found, question, locked):
    asked = histories.parameters(question)
    narrowed = histories.parameters({**question, "filters": locked})
    own = Locked(tuple(text for key, text in narrowed if key == "filter"))
    now = question["now"]
    return Reports(lambda *_: found, engine).answer(question["name"], asked, Site("demo"), now, own)
