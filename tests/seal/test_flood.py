"""An hour that weighs too much: reports go on without its heaviest sessions, the same ones
whatever was sealed, and have them again once the site may have more."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import pytest

from chalicelib.engine.engine import open_engine
from chalicelib.seal.sealer import Sealer
from tests.harness.sealing import ALWAYS, DAY, FIRST_HOUR, HOUR, MINUTE, SITE, START, Life, lines
from tests.seal.test_signature import END, PLANS, answers, nothing

BUDGET = 2_000_000
FLOODED = FIRST_HOUR + 3


def flooded(folder: Path, plan: object = nothing, budget: int = BUDGET) -> Life:
    """A day of 40 sessions; in its fourth hour 30 others, heavier than people are, send as well."""
    life = Life(folder, open_engine(folder / "a"))
    life.budget = budget
    choose = random.Random(5)
    beacons = [
        (START + choose.randrange(28 * 60) * MINUTE, f"s{choose.randrange(40)}") for _ in range(160)
    ]
    flood = [
        (FLOODED * HOUR + choose.randrange(60) * MINUTE, f"flood{choose.randrange(30)}")
        for _ in range(600)
    ]
    left = sorted((at, str(n), session) for n, (at, session) in enumerate(beacons + flood))
    for moment in range(START, END + 1, 20 * MINUTE):
        while left and left[0][0] <= moment:
            life.now, name, session = left.pop(0)
            life.put(name, session, path="/flood" * 80 if session[0] == "f" else "/people")
        life.now = moment
        plan(life, moment)  # type: ignore[operator]
    return life


def test_every_answer_leaves_out_the_same_sessions_whatever_was_sealed(tmp_path: Path) -> None:
    unsealed = flooded(tmp_path / "none")
    expected = answers(unsealed)
    sent = [part for beacon in unsealed.accepted.values() for part in beacon.parts]
    people = lines([part for part in sent if part.session_id[0] == "s"], ALWAYS)
    assert set(people) < set(unsealed.seen()) < set(unsealed.truth())
    for plan in PLANS:
        life = flooded(tmp_path / plan.__name__, plan)
        assert answers(life) == expected, plan.__name__
        assert life.seen(reader=life.cold()) == unsealed.seen()


def test_other_hours_are_whole_and_the_count_of_what_is_missing_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    life = flooded(tmp_path)
    life.seal()
    tiles = {tile.from_hour: tile for tile in life.manifest().tiles}
    assert [hour for hour, tile in tiles.items() if tile.left_out] == [FLOODED]
    assert 20 < tiles[FLOODED].left_out < 30
    stamps = [beacon.received_at_ms for beacon in life.accepted.values()]
    sealed_before = life.manifest().to_hour * HOUR
    assert sum(tile.beacons for tile in tiles.values()) == sum(at < sealed_before for at in stamps)
    (said,) = [r for r in caplog.records if r.getMessage().startswith("over_budget")]
    assert said.levelno == logging.ERROR
    assert f"hour={FLOODED} sessions={tiles[FLOODED].left_out}" in said.getMessage()
    outside = (0, FLOODED * HOUR), ((FLOODED + 1) * HOUR, 2**50)
    for period in outside:
        assert life.seen(period) == life.truth(period)
    recount = life.verifier()
    assert recount.beacons(SITE, 0) == recount.day(SITE, "2024-10-04") == []


def test_a_flooded_hour_stays_by_itself_until_its_events_are_gone(tmp_path: Path) -> None:
    life = flooded(tmp_path)
    life.now += DAY
    life.seal()
    spans = [(tile.from_hour, len(tile.hours)) for tile in life.manifest().tiles]
    assert (FLOODED, 1) in spans
    assert [length for hour, length in spans if hour > FLOODED + DAY // HOUR] != []
    missing = sum(tile.left_out for tile in life.manifest().tiles)
    life.now += 36 * DAY
    life.expire(life.now)
    life.seal()
    life.seal()
    assert [len(t.hours) for t in life.manifest().tiles if FLOODED in t.hours] != [1]
    assert sum(tile.left_out for tile in life.manifest().tiles) == missing


@pytest.mark.parametrize("days", [0, 3])
def test_a_larger_budget_brings_back_what_was_left_out(tmp_path: Path, days: int) -> None:
    life = flooded(tmp_path)
    life.seal()
    life.now += days * DAY
    life.seal()
    assert life.seen() != life.truth()
    life.budget = BUDGET + 500_000
    life.seal()
    life.seal()
    some = life.manifest().tiles
    assert sum(tile.left_out for tile in some) > 0
    life.budget = BUDGET * 100
    life.seal()
    assert life.seen() == life.truth()
    assert sum(tile.left_out for tile in life.manifest().tiles) == 0
    life.seal()
    assert [len(tile.hours) for tile in life.manifest().tiles][:2] == [1, 24]
    assert life.seen(reader=life.cold()) == life.truth()


def test_a_budget_that_brings_nothing_back_is_tried_once(tmp_path: Path) -> None:
    life = flooded(tmp_path)
    life.seal()
    life.budget += 1
    looked = [Sealer(life.stores, life.clock).run([SITE])["hours"] for _ in range(3)]
    assert looked[1:] == [0, 0]


def test_a_smaller_budget_takes_nothing_from_what_is_sealed(tmp_path: Path) -> None:
    life = flooded(tmp_path, budget=BUDGET * 100)
    life.now += DAY
    life.seal()
    life.budget = 1_000
    life.seal()
    assert life.seen((0, END)) == life.truth((0, END))


def test_write_units_count_what_is_left_out_too(tmp_path: Path) -> None:
    life = flooded(tmp_path)
    units = sum(int(item["units"]["N"]) for item in life.aws.tables["events"].values())
    reader = life.cold()
    before = reader.received_since(SITE, START, life.now)
    life.seal()
    after = life.cold().received_since(SITE, START, life.now)
    assert before == after
    assert (before.units, before.beacons) == (units, len(life.accepted))
