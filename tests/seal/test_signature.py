"""The signature test: seal none, some or all hours, in any order of runs, merged or not: every
answer is the same."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.engine.engine import SMALL_BYTES, Engine, open_engine
from chalicelib.model import sealing
from chalicelib.model.event import Beacon
from chalicelib.model.parts import EVENTS_A_SESSION
from chalicelib.report.reports import Reports
from tests.harness.sealing import DAY, FIRST_HOUR, HOUR, MINUTE, SITE, SLIGHT, START, WRONG, Life

EXAMPLES = int(os.environ.get("EXAMPLES", "200"))
STORIES = 1 + EXAMPLES // 1000
END = START + 28 * HOUR
QUESTIONS: list[tuple[str, str]] = [
    ("stats", "range=all&users=1&limit=50"),
    ("stats", "from=2024-10-04T05:30:00Z&to=2024-10-05T02:10:00Z&compare=previous"),
    ("stats", "range=24h&filter=page:is_not:/b&filter=source:is:google|bing&bots=include"),
    ("sankey", "range=all&steps=5&by=source"),
    ("list", "range=7d&dimension=page&limit=3"),
    ("realtime", ""),
    ("properties", "range=all&event=pageview&key=plan&filter=event:is:pageview%26plan:matches:/*"),
    ("timings", "range=all&by=page"),
]


def answers(life: Life) -> list[dict[str, Any]]:
    """As a small history's; as a large one's, and again: from what closed days count."""
    assert isinstance(life.engine, Engine)
    said = []
    for small_bytes in (SMALL_BYTES, 0, 0):
        life.engine.warm = replace(life.engine.warm, small_bytes=small_bytes)
        said += [
            Reports(life.reader.snapshot, life.engine).answer(name, pairs(text), SITE, END)
            for name, text in QUESTIONS
        ]
    return said


def pairs(text: str) -> list[tuple[str, str]]:
    return [("site", SITE.id), *parse_qsl(text)]


Story = list[tuple[int, dict[str, Any]]]


def story(seed: int) -> Story:
    """Moments and beacons of a day and some hours: late ones, retries, sessions over hours."""
    choose = random.Random(seed)
    moments = sorted(START + choose.randrange(28 * 60) * MINUTE + 7 for _ in range(160))
    sessions = [f"s{number}" for number in range(40)]
    return [
        (
            moment,
            {
                "beacon": str(choose.randrange(150)),
                "session": choose.choice(sessions),
                "age": choose.choice([0, 0, 0, 1, 5 * MINUTE, 3 * HOUR, 47 * HOUR]),
                "type": choose.choice(["pageview", "pageview", "scroll", "click", "sign_up"]),
                "path": choose.choice(["/", "/a", "/b", "/c?", "/한"]),
                "source": choose.choice(["google", "google", "bing", "(direct)"]),
                "seq": choose.randrange(4),
            },
        )
        for moment in moments
    ]


Plan = Callable[[Life, int], None]


def lived(folder: Path, beacons: Story, plan: Plan) -> Life:
    """The story told again, with a plan asked every 20 minutes what to run."""
    life = Life(folder, open_engine(folder / "a"))
    left = list(beacons)
    for moment in range(START, END + 1, 20 * MINUTE):
        while left and left[0][0] <= moment:
            life.now, beacon = left.pop(0)
            life.put(**beacon)
        life.now = moment
        plan(life, moment)
    return life


def nothing(_life: Life, _moment: int) -> None:
    """Seal no hour."""


def every_hour(life: Life, moment: int) -> None:
    """As in production; the day is merged on the way."""
    if moment % HOUR == 20 * MINUTE:
        life.seal()


def all_the_time(life: Life, _moment: int) -> None:
    """Three runs an hour, each with a report between them."""
    life.seal()
    life.seen()


def once_at_the_end(life: Life, moment: int) -> None:
    """A day of missed runs caught up at once."""
    if moment == END:
        life.seal()


def until_noon(life: Life, moment: int) -> None:
    """Half a day sealed, nothing merged."""
    if moment < START + DAY // 2:
        every_hour(life, moment)


def in_any_order(life: Life, moment: int) -> None:
    """Runs now and then in which some hours cannot be read: they are sealed long after others."""
    choose = random.Random(moment)
    if choose.random() < 0.2:
        readable = life.stores
        broken = {FIRST_HOUR + choose.randrange(28) for _ in range(8)}
        life.stores = replace(readable, buckets=Partly(life, broken))
        life.seal()
        life.stores = readable


def by_any_clock(life: Life, moment: int) -> None:
    """Runs by clocks of which most have gone wrong."""
    life.skew = random.Random(moment).choice([*WRONG, *SLIGHT])
    life.seal()
    life.skew = 0


class Partly:
    """Buckets of which some cannot be read."""

    def __init__(self, life: Life, broken: set[int]) -> None:
        self._life, self._broken = life, broken

    def hour(self, site: str, start_ms: int, shards: int, since_ms: int = 0) -> list[Beacon]:
        if start_ms // HOUR in self._broken:
            raise OSError("not today")
        return self._life.events.hour(site, start_ms, shards, since_ms)


PLANS = [every_hour, all_the_time, once_at_the_end, until_noon, in_any_order, by_any_clock]


@pytest.mark.parametrize("seed", range(STORIES))
def test_every_answer_is_the_same_whatever_was_sealed(tmp_path: Path, seed: int) -> None:
    beacons = story(seed)
    unsealed = lived(tmp_path / "none", beacons, nothing)
    assert unsealed.manifest().tiles == ()
    expected = answers(unsealed)
    assert expected[0]["totals"]["sessions"] == len({said["session"] for _, said in beacons})
    for plan in PLANS:
        life = lived(tmp_path / plan.__name__, beacons, plan)
        assert answers(life) == expected, plan.__name__
        assert life.manifest().tiles


@pytest.mark.parametrize(("cap", "counted"), [(None, 6_000), (EVENTS_A_SESSION, 5_000)])
def test_a_session_of_any_length_counts_the_same_when_sealed(
    tmp_path: Path, cap: int | None, counted: int
) -> None:
    life = Life(tmp_path, open_engine(tmp_path / "a", cap=cap))
    for number in range(6_000):
        life.now = START + number * 500
        life.put(str(number), path=f"/{number % 7}")
    unsealed = answers(life)
    assert unsealed[0]["totals"]["pageviews"] == counted
    life.now = END
    life.seal()
    assert life.manifest().files
    assert answers(life) == unsealed


def test_the_plans_leave_every_kind_of_manifest(tmp_path: Path) -> None:
    kinds = {
        plan.__name__: [
            len(tile.hours) for tile in lived(tmp_path / plan.__name__, [], plan).manifest().tiles
        ]
        for plan in PLANS
    }
    assert kinds["every_hour"] == kinds["all_the_time"] == kinds["once_at_the_end"]
    assert kinds["every_hour"][:2] == [1, 24]
    assert kinds["until_noon"] == [1] * 12


puts = st.tuples(
    st.just("put"),
    st.sampled_from("stu"),
    st.sampled_from([0, 0, 1, 40, 300, 2880]),
    st.sampled_from("abc"),
    st.integers(0, 3),
    st.sampled_from("vw"),
)
step = st.one_of(
    puts,
    puts,
    puts,
    st.tuples(st.just("again"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 14, 29, 31, 60, 61, 75, 300, 1440, 3000])),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 14, 29, 31, 60, 61, 75, 300, 1440, 3000])),
    st.tuples(st.just("seal"), st.sampled_from(SLIGHT)),
    st.tuples(st.just("seal"), st.sampled_from([*SLIGHT, *WRONG])),
    st.tuples(st.just("expire"), st.just(0)),
)


@settings(
    max_examples=EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(step, min_size=3, max_size=30))
def test_every_event_is_counted_once_at_every_moment_of_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[Any, ...]]
) -> None:
    life = Life(tmp_path_factory.mktemp("life"))
    count = 0
    for kind, *given_ in history:
        if kind == "put":
            session, age, path, seq, visitor = given_
            count += 1
            life.put(str(count), session, age=age * MINUTE, path=path, seq=seq, visitor=visitor)
        elif kind == "again":
            life.put(str(given_[0]), "s")
        elif kind == "wait":
            life.now += given_[0] * MINUTE
        elif kind == "seal":
            life.skew = given_[0]
            life.seal()
            life.skew = 0
        elif kind == "expire":
            expire_what_is_final(life)
        assert life.seen() == life.truth(), kind
        assert life.seen(reader=life.cold()) == life.truth(), kind
        middle = (life.now - 90 * MINUTE, life.now - 30 * MINUTE)
        assert life.seen(middle) == life.truth(middle), kind
        recent = (life.now - 29 * MINUTE, life.now + 1)
        assert life.seen(recent) == life.truth(recent), kind


def expire_what_is_final(life: Life) -> None:
    """TTL never outruns sealing: only what lies before the first hour that is not final goes, and
    an event is kept for two days at least."""
    first = sealing.first_open_hour(life.manifest(), life.now)
    life.expire(min(first * HOUR, life.now - 2 * DAY))
