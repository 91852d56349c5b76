"""Whatever fails on the write path: what was acknowledged is stored, and everything once.

Every AWS call of a scenario is a place to fail; every single fault and every pair of faults is
tried, with a client that sends again until it has its 200, and once more after that.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest

from chalicelib.model.refusal import Refusal, Request
from tests.collect.desk import OTHER_SESSION, Desk, beacon, hit, request
from tests.harness.faults import FAULTS, Fault, Faulty, Killed

SCENARIO: tuple[Any, ...] = (
    hit(event_id="one"),
    beacon(hit(event_id="two"), hit(event_id="three", session_id=OTHER_SESSION), beacon_id="b2"),
    {
        "event_type": "pageview",
        "url": "https://free.example/",
        "event_id": "four",
        "beacon_id": "b3",
        "data": {"n": "four"},
    },
)
MOST_TRIES = 12


def play(plan: dict[int, Fault]) -> tuple[Desk, int, list[Request]]:
    """Deliver the scenario under faults; the desk, the calls made and what was acknowledged."""
    desk = Desk()
    wire = Faulty(desk.table.send, plan)
    process, acknowledged = desk.started(wire), []
    for body in SCENARIO:
        sent = request(body)
        for _ in range(MOST_TRIES):
            try:
                process.collect(sent)
                acknowledged.append(sent)
                break
            except Refusal:
                continue
            except Killed:
                process = desk.started(wire)
        assert desk.started(desk.table.send).collect(sent).body["accepted"] == 0
    return desk, wire.calls, acknowledged


def stored(desk: Desk) -> list[tuple[str, int]]:
    """Every stored item, by site and number of events."""
    found = desk.beacons("demo") + desk.beacons("free")
    return sorted((b.site, sum(len(part.events) for part in b.parts)) for b in found)


EVERYTHING = [("demo", 1), ("demo", 1), ("demo", 1), ("free", 1)]
CALLS = 5


def test_without_faults_the_scenario_makes_five_calls() -> None:
    desk, calls, acknowledged = play({})
    assert (calls, len(acknowledged)) == (CALLS, len(SCENARIO))
    assert stored(desk) == EVERYTHING


@pytest.mark.parametrize("fault", FAULTS)
def test_every_single_fault_is_survived(fault: Fault) -> None:
    for at in range(CALLS + 1):
        desk, _, acknowledged = play({at: fault})
        assert len(acknowledged) == len(SCENARIO), at
        assert stored(desk) == EVERYTHING, at


@pytest.mark.parametrize(("one", "other"), list(product(FAULTS, FAULTS)))
def test_every_pair_of_faults_is_survived(one: Fault, other: Fault) -> None:
    for first, second in combinations(range(CALLS + 4), 2):
        desk, _, acknowledged = play({first: one, second: other})
        assert len(acknowledged) == len(SCENARIO), (first, second)
        assert stored(desk) == EVERYTHING, (first, second)


def test_faults_without_end_acknowledge_nothing_and_half_store_nothing() -> None:
    plan: dict[int, Fault] = dict.fromkeys(range(10_000), "throttle")
    desk = Desk()
    process = desk.started(Faulty(desk.table.send, plan))
    for body in SCENARIO:
        with pytest.raises(Refusal) as raised:
            process.collect(request(body))
        assert (raised.value.status, raised.value.retry_after_s > 0) == (503, True)
    assert stored(desk) == []
