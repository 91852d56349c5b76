"""What a site takes in of an hour, whichever collectors it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.collect.budgets import Exceeded
from chalicelib.collect.intake import AHEAD_MINUTES, STEPS, Intake, share_of_hour
from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.registry.documents import Documents
from infra.local.dynamodb import MemoryDynamoDB
from tests.collect.desk import NOW, SITES, Desk, hit, request

MINUTE = 60_000
START = NOW - NOW % HOUR_MS
SMALL = replace(SITES[0], hour_megabytes=1)
"""Its hour takes in a megabyte."""


def instance(table: MemoryDynamoDB) -> Intake:
    return Intake(Documents(DynamoDB("eu-west-1", send=table.send, patience_s=0), "registry"))


def is_taken(intake: Intake, weight: int, at_ms: int) -> bool:
    try:
        intake.take(SMALL, weight, at_ms)
    except Exceeded:
        return False
    return True


sent = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 60_000), st.integers(0, 4 * MINUTE)), max_size=120
)


@given(sent, st.integers(1, 4))
def test_all_instances_together_take_in_an_hour_and_a_step_each(
    beacons: list[tuple[int, int, int]], instances: int
) -> None:
    table = MemoryDynamoDB()
    intakes = [instance(table) for _ in range(instances)]
    taken, now = dict[int, int](), START
    for which, weight, later in beacons:
        now += later
        hour = now // HOUR_MS
        if is_taken(intakes[which % instances], weight, now):
            taken[hour] = taken.get(hour, 0) + weight
        elif instances == 1:
            assert taken.get(hour, 0) + weight > share_of_hour(SMALL, now)
        ahead = (instances - 1) * (SMALL.hour_budget // STEPS + 60_000)
        assert taken.get(hour, 0) <= share_of_hour(SMALL, now) + ahead


def test_a_share_grows_by_the_minute_up_to_the_whole() -> None:
    shares = [share_of_hour(SMALL, START + minute * MINUTE) for minute in range(60)]
    steps = {later - earlier for earlier, later in pairwise(shares)}
    assert max(steps) - min(steps) <= 1
    assert shares[0] == pytest.approx((AHEAD_MINUTES + 1) * min(steps), rel=0.001)
    assert shares[-1] == SMALL.hour_budget


def test_a_small_site_costs_no_call_and_a_large_one_two_for_each_step() -> None:
    calls = 0

    def send(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        nonlocal calls
        calls += 1
        return table.send(body, headers)

    table = MemoryDynamoDB()
    intake = Intake(Documents(DynamoDB("eu-west-1", send=send, patience_s=0), "registry"))
    for _ in range(9):
        intake.take(SMALL, 1_000, START)
    assert calls == 0
    for _ in range(92):
        intake.take(SMALL, 1_000, START)
    assert calls == 2 * 10
    assert len(table.items) == 1


def test_what_cannot_be_told_is_told_with_the_next_step_and_refuses_nothing() -> None:
    table, is_broken = MemoryDynamoDB(), True

    def send(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        return (500, b"{}") if is_broken else table.send(body, headers)

    intake = Intake(Documents(DynamoDB("eu-west-1", send=send, patience_s=0), "registry"))
    other = instance(table)
    assert is_taken(intake, 90_000, START)
    is_broken = False
    assert is_taken(intake, 10_000, START)
    assert is_taken(intake, 10_000, START)
    assert is_taken(other, 20_000, START)
    assert not is_taken(other, share_of_hour(SMALL, START) - 130_000 + 1, START)
    assert is_taken(other, share_of_hour(SMALL, START) - 130_000, START)


def test_a_beacon_counts_as_much_as_its_items_weigh_and_is_refused_whole() -> None:
    desk = Desk(has_limits=True, sites=(SMALL, SITES[1]))
    desk.clock.now = START
    beacons = [hit(events=[{}] * 20, beacon_id=str(number)) for number in range(20)]
    accepted = sum(is_let_in(desk, beacon) for beacon in beacons)
    items = [item for (table, *_), item in desk.table.items.items() if table == "events"]
    weight = sum(int(i["weight"]["N"]) for i in items)
    assert len(desk.beacons()) == accepted
    assert weight <= share_of_hour(SMALL, START) < weight * (accepted + 1) / accepted
    other = hit(url="https://free.example/", beacon_id="other")
    assert desk.send(other).body["accepted"] == 1
    with pytest.raises(Refusal, match="bytes") as raised:
        desk.started(desk.table.send).collect(request(hit(events=[{}] * 20, beacon_id="new")))
    assert (raised.value.status, raised.value.retry_after_s) == (429, 60)
    desk.clock.now += 2 * MINUTE
    assert desk.send(hit(beacon_id="later")).body["accepted"] == 1


def is_let_in(desk: Desk, beacon: Any) -> bool:
    try:
        return bool(desk.send(beacon).body["accepted"])
    except Refusal:
        return False
