"""Parts of sessions add up, in any order and however they were put together before."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model import ids, parts
from chalicelib.model.event import Attributes, Event, Part
from chalicelib.model.row import make_row, read_part
from chalicelib.model.sums import outbound_link, page_sum

events = st.builds(
    Event,
    type=st.sampled_from(["pageview", "user_engagement", "scroll", "click"]),
    at_ms=st.integers(0, 3),
    seq=st.integers(0, 1),
    path=st.sampled_from(["", "/", "/a"]),
    title=st.sampled_from(["", "A"]),
    data=st.sampled_from([{}, {"engagement_ms": 4}, {"link_url": "https://x.org/?q", "n": 1.5}]),
)
pieces = st.lists(
    st.builds(
        Part,
        visitor_id=st.sampled_from(["v", "w"]),
        session_id=st.sampled_from(["s", "t"]),
        attributes=st.sampled_from([Attributes(), Attributes(source="google")]),
        events=st.lists(events, min_size=1, max_size=4).map(tuple),
    ),
    max_size=8,
)
caps = st.sampled_from([None, 1, 3])


def rows(grouped):
    return sorted(map(make_row, grouped), key=str)


@given(pieces, st.randoms(use_true_random=False), caps)
def test_the_order_of_parts_and_events_does_not_matter(given_parts, random, cap):
    shuffled = [
        replace(p, events=tuple(random.sample(p.events, len(p.events)))) for p in given_parts
    ]
    random.shuffle(shuffled)
    assert rows(parts.group_parts(shuffled, cap)) == rows(parts.group_parts(given_parts, cap))


@given(pieces, st.integers(0, 8), caps)
def test_what_was_grouped_before_groups_the_same(given_parts, at, cap):
    some, others = (
        parts.group_parts(given_parts[:at], cap),
        parts.group_parts(given_parts[at:], cap),
    )
    assert rows(parts.group_parts(some + others, cap)) == rows(parts.group_parts(given_parts, cap))


def test_bags_are_emptied_while_their_parts_are_taken():
    views = [Part("v", f"s{n}", Attributes(), (Event("pageview", n),)) for n in range(3)]
    bags: parts.Bags = {}
    parts.gather_parts(views, bags)
    left = [(part in views, len(bags)) for part in parts.drain_bags(bags)]
    assert left == [(True, 2), (True, 1), (True, 0)]


@given(pieces)
def test_a_row_can_be_made_a_part_again_and_stays_the_same_row(given_parts):
    for one in parts.group_parts(given_parts):
        assert make_row(read_part(make_row(one))) == make_row(one)


@given(pieces, st.integers(0, 3), st.integers(1, 4), caps)
def test_a_session_inside_a_span_keeps_its_events_inside_and_their_first_attributes(
    given_parts, from_ms, to_ms, cap
):
    of_one = [part for part in given_parts if (part.visitor_id, part.session_id) == ("v", "s")]
    whole = parts.cut_to_span(of_one, from_ms, to_ms, None)
    inside = [e for part in of_one for e in part.events if from_ms <= e.at_ms < to_ms]
    assert sorted(map(parts.order, whole.events if whole else ())) == sorted(
        map(parts.order, inside)
    )
    if whole:
        first = [p for p in of_one if whole.events[0] in p.events]
        assert whole.attributes in [part.attributes for part in first]
    capped = parts.cut_to_span(of_one, 0, 4, cap)
    assert capped is None or cap is None or len(capped.events) <= cap


@given(pieces, st.integers(0, 3), st.integers(1, 4), caps)
def test_a_session_inside_a_span_is_the_same_however_its_parts_were_cut(
    given_parts, from_ms, to_ms, cap
):
    of_one = [part for part in given_parts if (part.visitor_id, part.session_id) == ("v", "s")]
    cut = [replace(part, events=(event,)) for part in reversed(of_one) for event in part.events]
    whole, again = (parts.cut_to_span(found, from_ms, to_ms, cap) for found in (of_one, cut))
    assert (whole and make_row(whole)) == (again and make_row(again))


def test_what_is_not_known_decides_no_order_however_it_is_written():
    """Found by a generated history: a file says a campaign called "(none)" as no campaign."""
    event = Event("pageview", 5, path="/")
    said = [Attributes(campaign="(none)", language="de"), Attributes(language="zh")]
    pieces = [Part("v", "s", attributes, (event,)) for attributes in said]
    for found in (pieces, pieces[::-1], [read_part(make_row(piece)) for piece in pieces]):
        whole = parts.cut_to_span(found, 0, 9)
        assert whole
        assert whole.attributes.language == "de"


def test_sessions_of_two_visitors_are_two_even_under_one_id():
    one = Part("v", "s", Attributes(), (Event("pageview", 1),))
    assert ids.session_number(one) != ids.session_number(replace(one, visitor_id="w"))


def test_of_a_robots_session_the_first_events_count():
    robot = Part("v", "s", Attributes(), tuple(Event("pageview", 9 - n) for n in range(9)))
    [kept] = parts.group_parts([robot], cap=4)
    assert [event.at_ms for event in kept.events] == [1, 2, 3, 4]


def test_a_link_leads_out_without_its_query_and_only_by_a_click():
    link = {"link_url": "https://x.org/a?b=c#d", "outbound": True}
    assert outbound_link(Event("click", 0, data=link)) == "https://x.org/a"
    assert outbound_link(Event("click", 0, data={**link, "outbound": False})) == ""
    assert outbound_link(Event("download", 0, data=link)) == ""


def test_only_engagement_events_engage():
    data = {"engagement_ms": 7}
    assert page_sum(Event("user_engagement", 0, data=data)) == (1, 7)
    assert page_sum(Event("signup", 0, data=data)) is None
