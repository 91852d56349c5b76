"""The warm tail: what it asks for, and that it gives what a cold one would."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.manifest import SETTLED_MS
from chalicelib.model import Beacon, Site
from chalicelib.spans import HOUR_MS
from chalicelib.store.tail import KEPT_BEACONS, OVERLAP_MS, WHOLE_AGAIN_MS, Tail

SITE = Site(id="demo")
HOUR = 480_000
START = HOUR * HOUR_MS
MINUTE = 60_000


@dataclass
class Received:
    """An index of beacons that remembers what it was asked."""

    beacons: list[Beacon] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def add(self, at_ms: int) -> None:
        name = str(len(self.beacons))
        self.beacons.append(Beacon("demo", "session", name, at_ms, ()))

    def hour(
        self, site: str, hour_start_ms: int, shards: int, received_from_ms: int = 0
    ) -> list[Beacon]:
        assert (site, shards) == ("demo", 1)
        self.asked.append((hour_start_ms // HOUR_MS, received_from_ms))
        end_ms = hour_start_ms + HOUR_MS
        return [
            beacon
            for beacon in self.beacons
            if max(hour_start_ms, received_from_ms) <= beacon.received_at_ms < end_ms
        ]


def names(beacons: list[Beacon]) -> list[str]:
    return [beacon.beacon_id for beacon in beacons]


def test_a_warm_tail_asks_for_what_came_since_the_last_look_less_30_seconds() -> None:
    index, now_ms = Received(), START + 20 * MINUTE
    tail = Tail(index)
    index.add(now_ms - 1000)
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0"]
    index.add(now_ms + 1000)
    assert names(tail.beacons(SITE, [HOUR], now_ms + 10_000)) == ["0", "1"]
    assert index.asked == [(HOUR, 0), (HOUR, now_ms - 1000 - OVERLAP_MS)]


def test_a_filling_hour_is_read_whole_again_after_ten_minutes() -> None:
    index = Received()
    tail = Tail(index)
    index.add(START + 15 * MINUTE)
    for minute in (20, 25, 31):
        tail.beacons(SITE, [HOUR], START + minute * MINUTE)
    index.add(START + MINUTE)  # the index shows it half an hour late
    assert names(tail.beacons(SITE, [HOUR], START + 32 * MINUTE)) == ["0"]
    now_ms = START + 31 * MINUTE + WHOLE_AGAIN_MS
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0", "1"]


def test_an_hour_read_after_it_settled_is_not_asked_again() -> None:
    index = Received()
    tail = Tail(index)
    settled_ms = START + HOUR_MS + SETTLED_MS
    for now_ms in (START + MINUTE, settled_ms, settled_ms + MINUTE, settled_ms + HOUR_MS):
        tail.beacons(SITE, [HOUR], now_ms)
    assert index.asked == [(HOUR, 0), (HOUR, 0)]


def test_the_last_half_hour_is_not_read_from_the_start_of_its_hour() -> None:
    index, now_ms = Received(), START + 50 * MINUTE
    index.add(START + MINUTE)
    index.add(now_ms - MINUTE)
    tail = Tail(index)
    half_an_hour_ago = now_ms - 30 * MINUTE
    assert names(tail.beacons(SITE, [HOUR], now_ms, half_an_hour_ago)) == ["1"]
    assert index.asked == [(HOUR, half_an_hour_ago)]
    assert names(tail.beacons(SITE, [HOUR], now_ms)) == ["0", "1"]
    assert names(tail.beacons(SITE, [HOUR], now_ms, half_an_hour_ago)) == ["1"]


def test_hours_longest_unused_are_forgotten_when_too_much_is_kept() -> None:
    index = Received()
    for number in range(KEPT_BEACONS):
        index.add(START + number % HOUR_MS)
    index.add(START + HOUR_MS)
    tail, now_ms = Tail(index), START + 2 * HOUR_MS + SETTLED_MS
    tail.beacons(SITE, [HOUR], now_ms)
    tail.beacons(SITE, [HOUR + 1], now_ms)
    tail.beacons(SITE, [HOUR + 1], now_ms)
    assert index.asked == [(HOUR, 0), (HOUR + 1, 0)]
    tail.beacons(SITE, [HOUR], now_ms)
    assert index.asked[2:] == [(HOUR, 0)]


looks = st.tuples(st.integers(0, 300), st.integers(0, 40), st.booleans())


@settings(deadline=None)
@given(st.lists(looks, min_size=1, max_size=20), st.lists(st.integers(0, 20_000), max_size=20))
def test_a_warm_tail_gives_what_a_cold_one_gives(
    asked: list[tuple[int, int, bool]], received_s: list[int]
) -> None:
    index = Received()
    warm, now_ms = Tail(index), START
    waiting = sorted(START + second * 1000 for second in received_s)
    for seconds, minutes, is_recent in asked:
        now_ms += seconds * 1000 + minutes * MINUTE
        while waiting and waiting[0] <= now_ms:
            index.add(waiting.pop(0))
        hours = range(HOUR, now_ms // HOUR_MS + 2)
        from_ms = now_ms - 30 * MINUTE if is_recent else 0
        cold = Tail(index).beacons(SITE, hours, now_ms, from_ms)
        assert set(names(warm.beacons(SITE, hours, now_ms, from_ms))) == set(names(cold))
