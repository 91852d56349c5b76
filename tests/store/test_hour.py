"""Of an hour over its budget the lighter visitors are left, whatever order it is read in."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.store.hour import PERSON_WEIGHT, Hour, read_hour
from chalicelib.store.items import Record
from chalicelib.store.weights import Item
from tests.store.test_tail import START, a_record

KB = 1024
BUDGET = 800 * KB
MOST = BUDGET // 2

visitors = st.sampled_from("abcdefgh")
weights = st.integers(1, 60).map(lambda kilobytes: kilobytes * KB)
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
    heavy = sorted((weight, who) for who, weight in weights.items() if weight > PERSON_WEIGHT)
    fit = weights.keys() - {who for _, who in heavy}
    if sum(weight for weight, _ in heavy) <= budget // 2:
        return set(weights)
    room = [sum(weight for weight, _ in heavy[: n + 1]) for n in range(len(heavy))]
    return fit | {who for (_, who), sum_ in zip(heavy, room, strict=True) if sum_ <= budget // 16}


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
def test_no_more_of_heavy_visitors_is_held_than_they_may_weigh(
    found: list[tuple[str, int]],
) -> None:
    hour, weights = Hour(BUDGET), dict[str, int]()
    for (who, weight), record in zip(found, records(found), strict=True):
        hour.add([record], lambda: records(found))
        weights[who] = weights.get(who, 0) + weight
        light = sum(weight for weight in weights.values() if weight <= PERSON_WEIGHT)
        assert hour.held_weight <= MOST + light


def test_an_hour_within_its_budget_is_read_once_and_a_flooded_one_at_most_twice() -> None:
    def times(found: list[tuple[str, int]]) -> int:
        reads = 0

        def read() -> Iterator[Record | Item]:
            nonlocal reads
            reads += 1
            yield from records([(who, kilobytes * KB) for who, kilobytes in found])

        read_hour(read, BUDGET)
        return reads

    assert times([("a", 240), ("b", 160)]) == 1
    assert times([("a", 240), ("b", 161)]) == 1
    # "a" is let go for others, which then outgrow it.
    lighter = [(session, 49) for session in "bcdefghi"]
    assert times([("a", 50), *lighter]) == 1
    assert times([("a", 50), *lighter, *lighter]) == 2


def test_a_flood_of_people_leaves_nobody_out() -> None:
    found = records([(f"visitor {n}", 32 * KB) for n in range(100)])
    assert read_hour(lambda: found, BUDGET).left_out == 0
    heavier = records([(f"visitor {n}", 32 * KB + 1) for n in range(100)])
    assert read_hour(lambda: heavier, BUDGET).left_out == 99


def test_the_events_of_a_session_that_is_left_out_are_not_looked_at() -> None:
    flood = [r._replace(parts="no JSON") for r in records([("a", 390 * KB), ("b", 390 * KB)])]
    hour = read_hour(lambda: [*flood, a_record("9", START, "c", 10)], BUDGET)
    assert names(hour) == {"9"}
    assert hour.unreadable == []
