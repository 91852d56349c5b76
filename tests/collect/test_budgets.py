"""What one sender may send in a minute, and what is more than a person sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.collect.budgets import OF_AN_ADDRESS, Budgets, Exceeded, Load, network_of
from chalicelib.model.limits import MAX_VISITORS
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.store.registry.refusals import UNKNOWN_SITE
from tests.collect.desk import NOW, SITES, VISITOR, Desk, hit

MINUTE = 60_000


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def beacon(events: int, **fields: Any) -> dict[str, Any]:
    return hit(events=[{"seq": n} for n in range(events)], **fields)


def refused(send: Callable[[], Any]) -> tuple[int, str, bool]:
    with pytest.raises(Refusal) as raised:
        send()
    refusal = raised.value
    return refusal.status, refusal.message.split()[1], 1 <= refusal.retry_after_s <= 60


def test_an_address_may_send_so_many_events_a_minute() -> None:
    desk, whole = Desk(has_limits=True), OF_AN_ADDRESS.events // 50
    for number in range(whole):
        who = {"visitor_id": uuid(number), "session_id": uuid(number)}
        desk.send(beacon(50, beacon_id=str(number), **who))
    assert refused(lambda: desk.send(hit())) == (429, "events", True)
    assert len(desk.beacons()) == whole
    desk.clock.now += MINUTE
    assert desk.send(hit()).body["accepted"] == 1


def test_an_address_may_send_so_many_bytes_a_minute_read_or_not() -> None:
    desk, junk = Desk(has_limits=True), b"x" * 60_000
    while True:
        with pytest.raises(Refusal) as raised:
            desk.send(junk)
        if raised.value.status != 400:
            break
    assert (raised.value.status, raised.value.message.split()[1]) == (429, "bytes")
    assert refused(lambda: desk.send(hit(title="t" * 60_000))) == (429, "bytes", True)


@given(st.integers(1, 8))
def test_a_beacon_speaks_of_five_visitors_at_most(visitors: int) -> None:
    desk = Desk(has_limits=True)
    events = [{"visitor_id": uuid(n), "session_id": uuid(n)} for n in range(visitors)] * 2
    if visitors <= MAX_VISITORS:
        assert desk.send(hit(events=events)).body["accepted"] == len(events)
    else:
        assert refused(lambda: desk.send(hit(events=events))) == (429, "visitors", True)
        assert desk.beacons() == []


def test_without_limits_there_are_no_budgets() -> None:
    desk = Desk()
    events = [{"visitor_id": uuid(n), "session_id": uuid(n)} for n in range(50)]
    for number in range(700):
        desk.send(hit(events=events, beacon_id=str(number)))
    dropped = desk.send(hit(beacon_id="last")).body["dropped"]
    assert dropped == []


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 90)), max_size=60)
)
def test_a_minute_takes_no_more_than_its_budget_and_refuses_nothing_that_fits(
    sent: list[tuple[str, int, int]],
) -> None:
    budgets, taken = Budgets(address=Load(5, 20, 100)), {"a": Load(0, 0, 0), "b": Load(0, 0, 0)}
    for address, events, size in sent:
        load = Load(1, events, size)
        after = Load(*map(sum, zip(taken[address], load, strict=True)))
        budget = zip(after, (5, 20, 100), load, strict=True)
        fits = all(sum_ <= most or not amount for sum_, most, amount in budget)
        try:
            budgets.take_of_address(address, load, NOW)
        except Exceeded:
            assert not fits
        else:
            assert fits
            taken[address] = after


def test_counting_senders_takes_bounded_memory() -> None:
    budgets = Budgets(keys=100)
    for number in range(1000):
        budgets.take_of_address(str(number), Load(1, 1, 1), NOW)
    assert all(len(window._counts) <= 100 for window in budgets._windows)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "[2001:0db8:0001:0002::9]", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.8", False),
        ("no:address", "no:other", False),
    ],
)
def test_an_address_of_ipv6_is_its_network(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_what_is_over_a_budget_is_counted_by_its_unit_and_told_to_the_operator() -> None:
    desk = Desk(has_limits=True)
    assert desk.collector.limits
    refusals = desk.collector.limits.refusals
    events = [{"visitor_id": uuid(n), "session_id": uuid(n)} for n in range(9)]
    for _ in range(3):
        refused(lambda: desk.send(hit(events=events)))
    for _ in range(650):
        with pytest.raises(Refusal):
            desk.send(b"junk")
    desk.clock.now += MINUTE
    desk.send(hit())
    assert refusals.of_month("demo", NOW) == {"visitors": 3}
    assert refusals.of_month(UNKNOWN_SITE, NOW) == {"requests": 53}
    assert refusals.of_month("demo", NOW + 40 * 86_400_000) == {}


def test_counts_of_several_instances_add_up_and_cost_a_write_a_minute() -> None:
    desk, events = Desk(has_limits=True), [{"visitor_id": uuid(n)} for n in range(9)]
    other = desk.started(desk.table.send)
    assert other.limits
    for _ in range(100):
        refused(lambda: desk.send(hit(events=events)))
        other.limits.refusals.note("demo", "visitors")
        other.limits.refusals.write()
    written = [key for key in desk.table.items if key[1].startswith("refused#demo#")]
    assert len(written) == 2
    desk.clock.now += MINUTE
    other.limits.refusals.write()
    desk.send(hit())
    assert other.limits.refusals.of_month("demo", NOW) == {"visitors": 200}


def test_a_registry_that_fails_keeps_no_beacon_out() -> None:
    desk = Desk(has_limits=True)
    desk.send(hit())
    assert desk.collector.limits

    def refuses(body: bytes, headers: Any) -> tuple[int, bytes]:
        return (500, b"{}") if b'"registry"' in body else desk.table.send(body, headers)

    broken = desk.started(refuses)
    broken.sites._by_id, broken.sites._by_host = {}, {}
    desk.collector.limits.refusals.documents = broken.limits.refusals.documents  # type: ignore[union-attr]
    desk.collector.limits.refusals.note("demo", "events")
    assert desk.send(hit(beacon_id="b2")).body["accepted"] == 1


def test_more_events_than_a_person_sends_in_an_hour_are_stored_and_do_not_count() -> None:
    site = replace(SITES[0], excess_an_hour=100)
    desk = Desk(has_limits=True, sites=(site,))
    for number in range(3):
        answer = desk.send(beacon(50, beacon_id=str(number), session_id=uuid(number)))
        assert answer.body["accepted"] == (50 if number < 2 else 0)
    assert {drop["reason"] for drop in answer.body["dropped"]} == {"excess"}
    assert answer.headers["X-Dropped"] == "excess"
    assert [p.attributes.bot for b in desk.beacons() for p in b.parts] == ["", "", "excess"]
    someone = desk.send(hit(visitor_id=uuid(99), session_id=uuid(99)))
    assert someone.body["accepted"] == 1
    desk.clock.now += 60 * MINUTE
    assert desk.send(hit(beacon_id="later")).body["accepted"] == 1


def test_more_events_than_a_session_has_are_excess_however_slow_they_come() -> None:
    site = replace(SITES[0], excess_a_session=120)
    desk = Desk(has_limits=True, sites=(site,))
    for number in range(4):
        desk.clock.now += 61 * MINUTE
        answer = desk.send(beacon(50, beacon_id=str(number)))
    assert answer.body["accepted"] == 0
    assert desk.send(beacon(50, beacon_id="n", session_id=uuid(1))).body["accepted"] == 50


def test_retries_of_a_beacon_are_nobodys_excess() -> None:
    site = replace(SITES[0], excess_an_hour=100)
    desk = Desk(has_limits=True, sites=(site,))
    for _ in range(9):
        desk.send(beacon(50, beacon_id="same", visitor_id=VISITOR))
    assert desk.send(hit(beacon_id="b2")).body["accepted"] == 1


def test_a_bot_stays_the_bot_it_is() -> None:
    desk = Desk(has_limits=True, sites=(replace(SITES[0], excess_an_hour=1),))
    for number in range(3):
        answer = desk.send(hit(beacon_id=str(number)), user_agent="Googlebot/2.1")
    assert answer.headers["X-Dropped"] == "bot"
    assert Site("x").excess_an_hour == 2_000
