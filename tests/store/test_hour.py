"""Of an hour over its budget the lighter visitors are left, whatever order it is read in."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.store.hour import Hour, read_hour
from chalicelib.store.items import Item, Record
from tests.store.test_tail import START, a_record

BUDGET = 400

visitors = st.sampled_from("abcdefgh")
weights = st.integers(1, 60)
received = st.lists(st.tuples(visitors, weights), max_size=30)


def records(found: list[tuple[str, int]]) -> list[Record]:
    """Each visitor has two sessions."""
    return [
        a_record(str(n), START + n, f"{who}{n % 2}", weight)._replace(visitor_id=who)
        for n, (who, weight) in enumerate(found)
    ]


def fitting(found: list[Record], budget: int) -> set[str]:
    """The rule, in the fewest words."""
    weights: dict[str, int] = {}
    for record in found:
        weights[record.visitor_id] = weights.get(record.visitor_id, 0) + record.weight
    if sum(weights.values()) <= budget:
        return set(weights)
    lightest = sorted(weights, key=lambda who: (weights[who], who))
    room = [sum(weights[s] for s in lightest[: n + 1]) for n in range(len(lightest))]
    return {session for session, sum_ in zip(lightest, room, strict=True) if sum_ <= budget // 8}


def names(hour: Hour) -> set[str]:
    return {beacon.beacon_id for beacon in hour.beacons()}


@given(received, st.randoms(use_true_random=False), st.integers(1, 30))
def test_who_is_left_out_depends_on_nothing_but_what_was_received(
    found: list[tuple[str, int]], dice: object, step: int
) -> None:
    all_ = records(found)
    fit = fitting(all_, BUDGET)
    expected = {record.beacon_id for record in all_ if record.visitor_id in fit}
    shuffled = list(all_)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    hour, known = Hour(BUDGET), list[Record]()
    for at in range(0, len(shuffled), step):
        known += shuffled[at : at + step]
        hour.add([*shuffled[at : at + step], *known[:3]], known.copy)
        seen = fitting(known, BUDGET)
        assert names(hour) == {r.beacon_id for r in known if r.visitor_id in seen}
    assert names(hour) == expected
    assert hour.left_out == len({r.session_id for r in all_ if r.visitor_id not in fit})
    assert (hour.beacons_read, hour.weight) == (len(all_), sum(r.weight for r in all_))
    assert hour.units == sum(r.units for r in all_)
    whole = read_hour(lambda: all_, BUDGET)
    assert {beacon.beacon_id for beacon in whole.take()} == expected


@given(received)
def test_what_is_held_is_never_more_than_the_budget_and_one_record(
    found: list[tuple[str, int]],
) -> None:
    hour = Hour(BUDGET)
    for record in records(found):
        hour.add([record], lambda: records(found))
        assert hour.held_weight <= BUDGET


def test_an_hour_within_its_budget_is_read_once_and_a_flooded_one_at_most_twice() -> None:
    def times(found: list[tuple[str, int]]) -> int:
        reads = 0

        def read() -> Iterator[Record | Item]:
            nonlocal reads
            reads += 1
            yield from records(found)

        read_hour(read, BUDGET)
        return reads

    assert times([("a", 240), ("b", 160)]) == 1
    assert times([("a", 240), ("b", 161)]) == 1
    # "a" is let go for others, which then outgrow it.
    lighter = [(session, 49) for session in "bcdefghi"]
    assert times([("a", 50), *lighter]) == 1
    assert times([("a", 50), *lighter, *lighter]) == 2


def test_the_events_of_a_session_that_is_left_out_are_not_looked_at() -> None:
    flood = [r._replace(parts="no JSON") for r in records([("a", 390), ("b", 390)])]
    hour = read_hour(lambda: [*flood, a_record("9", START, "c", 10)], BUDGET)
    assert names(hour) == {"9"}
    assert hour.unreadable == []
