"""What a match means: globs letter by letter, conditions on the data of one event."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.engine.engine import open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.spans import Span
from chalicelib.query import compile
from chalicelib.query.filters import parse_filter
from chalicelib.query.match import parse_test
from chalicelib.query.operators import OPERATOR
from chalicelib.query.scope import Scope
from tests.report import histories, oracle

many = settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
texts = st.text(alphabet="ab/*\\.|é\n", max_size=8)
globs = st.lists(
    st.sampled_from(["a", "b", "/", "*", "**", "\\*", "\\\\", ".", "é", "\n"]),
    min_size=1,
    max_size=6,
).map("".join)


@pytest.fixture(scope="module")
def database():
    return duckdb.connect(":memory:")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("engine"))


@many
@given(texts, st.lists(globs, min_size=1, max_size=3))
def test_a_glob_matches_whole_texts_letter_by_letter(database, text, wanted):
    test = parse_test("matches", "|".join(wanted))
    sql = OPERATOR["matches"].sql.format(x="$x", values="$values", type="")
    [[found]] = database.execute(f"SELECT {sql}", {"x": text, "values": test.bound}).fetchall()
    assert found == any(oracle.glob_matches(text, glob) for glob in wanted)


@many
@given(st.data())
def test_a_condition_holds_of_the_data_of_one_event(engine, data):
    now, events = histories.DAY, []
    for place in range(data.draw(st.integers(1, 3))):
        kind = data.draw(st.sampled_from(["signup", "signup", "heat", "click"]))
        said = data.draw(st.dictionaries(histories.keys, histories.scalars, max_size=4))
        path = data.draw(histories.paths)
        content = {"type": kind, "path": path, "title": "", "data": said}
        who = {"visitor": "v", "session": "s", "attributes": {}}
        events.append({**who, **content, "at": now - 9 + place, "seq": 0})
    wanted = data.draw(st.lists(histories.conditions(), min_size=1, max_size=3))
    names = data.draw(st.sampled_from([["signup"], ["heat"], ["signup", "heat"]]))
    asked = ("event", data.draw(st.sampled_from(["is", "is_not"])), names, wanted)
    scope = Scope(Span(0, now), (parse_filter(histories.write_filter(asked)),))
    found = Snapshot([], [histories.part(event) for event in events])
    with engine.open_answers(found) as answers:
        [[(sessions, *_)]] = answers.ask(scope, [compile.query_totals()])
    assert sessions == oracle.passes(sorted(events, key=oracle.standing), asked)


@pytest.mark.parametrize(
    "text",
    [
        r"page:is:a\b", r"page:is:a\*", "page:is:a\\", "page:is:", "page:is:a|", "page:is",
        "event:contains:a&b:is:c", "event:is:a&b", "event:is:a&b:is", "event:is:a&:is:c",
        "event:is:a&b:gt:x", "event:is:a&b:gt:1|2", "event:is:a&b:gt:1e999", "event:is:a&b:near:1",
        "event:is:" + "&".join(["a", *["b:is:c"] * 11]), "event:is:a\x00b&c:is:d",
        "engaged:contains:true", "engaged:is:yes", "page:gt:1",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(ValueError, match=r"must|needs"):
        parse_filter(text)
