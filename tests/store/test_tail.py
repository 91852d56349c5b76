"""The warm tail: what it asks for, and that it gives what a cold one would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import SETTLED_MS
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.items import Record, hour_key, item_of, make_record
from chalicelib.store.tail import KEPT_WEIGHT, MOST_WEIGHT, OVERLAP_MS, WHOLE_AGAIN_MS, Tail
from chalicelib.store.weights import Item

SITE = Site(id="demo")
HOUR = 480_000
START = HOUR * HOUR_MS
MINUTE = 60_000


def a_record(name: str, at_ms: int, session: str = "session", weight: int = 0) -> Record:
    """A pageview as it is stored, of its own weight unless one is given."""
    part = Part("v", session, Attributes(), (Event("pageview", 0),))
    beacon = Beacon("demo", session, name, 0, (part,))
    found = make_record(item_of(beacon, at_ms, shards=1, together=1))
    return found._replace(weight=weight) if weight else found


@dataclass
class Received:
    """An index of beacons that remembers what it was asked."""

    records: list[Record] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def add(self, at_ms: int, session: str = "session", weight: int = 0) -> None:
        self.records.append(a_record(str(len(self.records)), at_ms, session, weight))

    def hour(
        self, site: str, hour_start_ms: int, shards: int, received_from_ms: int = 0
    ) -> Iterator[Record | Item]:
        assert (site, shards) == ("demo", 1)
        self.asked.append((hour_start_ms // HOUR_MS, received_from_ms))
        key = hour_key(site, hour_start_ms, 0)
        return (
            found
            for found in self.records
            if found.hour == key and found.received_at_ms >= received_from_ms
        )


def tail_of(index: Received, budget: int = 10**9) -> Tail:
    return Tail(index, lambda _site: budget)


def names(beacons: list[Beacon]) -> list[str]:
    return [beacon.beacon_id for beacon in beacons]


def test_a_warm_tail_asks_for_what_came_since_the_last_look_less_30_seconds() -> None:
    index, now_ms = Received(), START + 20 * MINUTE
    tail = tail_of(index)
    index.add(now_ms - 1000)
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0"]
    index.add(now_ms + 1000)
    assert names(tail.beacons(SITE, [HOUR], now_ms + 10_000)) == ["0", "1"]
    assert index.asked == [(HOUR, 0), (HOUR, now_ms - 1000 - OVERLAP_MS)]


def test_a_filling_hour_is_read_whole_again_after_ten_minutes() -> None:
    index = Received()
    tail = tail_of(index)
    index.add(START + 15 * MINUTE)
    for minute in (20, 25, 31):
        tail.beacons(SITE, [HOUR], START + minute * MINUTE)
    index.add(START + MINUTE)  # the index shows it half an hour late
    assert names(tail.beacons(SITE, [HOUR], START + 32 * MINUTE)) == ["0"]
    now_ms = START + 31 * MINUTE + WHOLE_AGAIN_MS
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0", "1"]


def test_an_hour_read_after_it_settled_is_not_asked_again() -> None:
    index = Received()
    tail = tail_of(index)
    settled_ms = START + HOUR_MS + SETTLED_MS
    for now_ms in (START + MINUTE, settled_ms, settled_ms + MINUTE, settled_ms + HOUR_MS):
        tail.beacons(SITE, [HOUR], now_ms)
    assert index.asked == [(HOUR, 0), (HOUR, 0)]


def test_the_last_half_hour_is_not_read_from_the_start_of_its_hour() -> None:
    index, now_ms = Received(), START + 50 * MINUTE
    index.add(START + MINUTE)
    index.add(now_ms - MINUTE)
    tail = tail_of(index)
    half_an_hour_ago = now_ms - 30 * MINUTE
    assert names(tail.beacons(SITE, [HOUR], now_ms, half_an_hour_ago)) == ["1"]
    assert index.asked == [(HOUR, half_an_hour_ago)]
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0", "1"]
    assert names(tail.beacons(SITE, [HOUR], now_ms, half_an_hour_ago)) == ["1"]


def test_hours_longest_unused_are_forgotten_when_too_much_is_kept() -> None:
    index = Received()
    index.add(START, weight=KEPT_WEIGHT)
    index.add(START + HOUR_MS)
    tail, now_ms = tail_of(index), START + 2 * HOUR_MS + SETTLED_MS
    tail.beacons(SITE, [HOUR], now_ms)
    tail.beacons(SITE, [HOUR + 1], now_ms)
    tail.beacons(SITE, [HOUR + 1], now_ms)
    assert index.asked == [(HOUR, 0), (HOUR + 1, 0)]
    tail.beacons(SITE, [HOUR], now_ms)
    assert index.asked[2:] == [(HOUR, 0)]


def test_more_than_a_report_can_hold_is_refused_before_it_is_held() -> None:
    index = Received()
    for hour in range(4):
        index.add(START + hour * HOUR_MS, weight=MOST_WEIGHT // 3)
    tail, now_ms = tail_of(index, MOST_WEIGHT), START + 4 * HOUR_MS
    assert len(tail.beacons(SITE, range(HOUR, HOUR + 3), now_ms)) == 3
    index.asked.clear()
    with pytest.raises(Refusal) as refused:
        tail.beacons(SITE, range(HOUR, HOUR + 6), now_ms)
    assert (refused.value.status, refused.value.field) == (503, "range")
    assert max(hour for hour, _ in index.asked) == HOUR + 3


looks = st.tuples(st.integers(0, 300), st.integers(0, 40), st.booleans())


@given(st.lists(looks, min_size=1, max_size=20), st.lists(st.integers(0, 20_000), max_size=20))
def test_a_warm_tail_gives_what_a_cold_one_gives(
    asked: list[tuple[int, int, bool]], received_s: list[int]
) -> None:
    index = Received()
    warm, now_ms = tail_of(index), START
    waiting = sorted(START + second * 1000 for second in received_s)
    for seconds, minutes, is_recent in asked:
        now_ms += seconds * 1000 + minutes * MINUTE
        while waiting and waiting[0] <= now_ms:
            index.add(waiting.pop(0))
        hours = range(HOUR, now_ms // HOUR_MS + 2)
        from_ms = now_ms - 30 * MINUTE if is_recent else 0
        cold = tail_of(index).beacons(SITE, hours, now_ms, from_ms)
        assert set(names(warm.beacons(SITE, hours, now_ms, from_ms))) == set(names(cold))
