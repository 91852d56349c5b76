"""SQL text is ours alone: whatever a request says is bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.engine import rows
from chalicelib.model import spans
from chalicelib.model.columns import FIGURE_COLUMNS
from chalicelib.model.spans import Span
from chalicelib.query import compile, filters
from chalicelib.query.dimensions import DIMENSION, DIMENSIONS
from chalicelib.query.operators import OPERATORS
from chalicelib.query.properties import query_property_keys, query_property_values
from chalicelib.query.scope import Scope, Slice
from chalicelib.query.statement import bind
from chalicelib.query.timings import query_timings
from chalicelib.query.vocabulary import USER_METRICS
from tests.report import histories

PLAIN = "plain"
PLAIN_SIGNS = "|&:\\"


def texts(value: str, number: int, dimension, operator) -> list[str]:
    """The text of every statement that one request makes, `value` and `number` being what it
    may choose freely."""
    literal = histories.escape(value, PLAIN_SIGNS)
    glob = histories.escape(value) if operator.takes == "globs" else literal
    narrowed = filters.parse_filter(f"{dimension.id}:{operator.id}:{glob}")
    by_data = filters.parse_filter(f"event:is:signup&{literal}:is:{literal}&$page:matches:/*")
    span = Span(number, number + 86_400_000)
    scope = Scope(span, (narrowed, by_data))
    wanted = Slice(number % 1000 + 1, (number, value), value)
    asked = [
        compile.query_trend(spans.cut_buckets(span, spans.find_zone("UTC"), "hour")),
        compile.query_tops(
            [d for d in DIMENSIONS if d.kind == "value"], number % 9 + 1, USER_METRICS
        ),
        *(compile.query_list(d, scope, wanted, USER_METRICS) for d in DIMENSIONS),
        compile.query_flow(4, number % 20 + 1, by_source=True),
        query_property_keys(value, number % 9 + 1),
        query_property_values("signup", value, number % 9 + 1),
        query_timings(DIMENSION["page"], number % 9 + 1),
    ]
    sessions = compile.select_sessions(scope, [value], FIGURE_COLUMNS, outside=span)
    kept = filters.sessions_kept(scope.filters)
    made = [
        sessions,
        *(compile.ask_sessions(sessions, question) for question in asked),
        rows.select_cut(span, "exclude", [value]),
        rows.first_start("exclude", [value]),
        bind(rows.select_matching(kept), filters.bind_filters(scope.filters)),
    ]
    return [statement.sql for statement in made]


@given(
    st.text(min_size=1, max_size=30)
    | st.sampled_from(["'; DROP TABLE x --", "$limit", "{x}", "\\"]),
    st.integers(0, 2**40),
    st.sampled_from(DIMENSIONS),
    st.sampled_from(OPERATORS),
)
def test_the_text_is_the_same_whatever_a_request_says(value, number, dimension, operator):
    assert texts(value, number, dimension, operator) == texts(PLAIN, 0, dimension, operator)


def test_a_statement_carries_exactly_the_values_it_names():
    made = bind("SELECT $a, $b_2", {"a": 1, "b_2": 2, "unused": 3})
    assert dict(made.values) == {"a": 1, "b_2": 2}
    with pytest.raises(KeyError):
        bind("SELECT $missing", {})
