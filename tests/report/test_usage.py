"""This month's own traffic, counted from what was sealed and what was not yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.report.usage import month_start_ms, sum_up_usage
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.refusals import Refusals
from tests.harness.sealing import DAY, HOUR, MINUTE, SITE, START, Life

OCTOBER = 1_727_740_800_000  # 2024-10-01T00:00Z


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def counted(life: Life) -> int:
    return int(asked(life)["requests"])


def asked(life: Life) -> dict[str, Any]:
    refusals = Refusals(Documents(life.aws, "registry"), life.clock)
    return sum_up_usage(SITE, life.cold(), refusals, life.now)


@pytest.mark.parametrize(
    ("now_ms", "start_ms"),
    [(OCTOBER, OCTOBER), (OCTOBER - 1, OCTOBER - 30 * DAY), (OCTOBER + 31 * DAY - 1, OCTOBER)],
)
def test_a_month_begins_at_midnight_utc_of_its_first(now_ms: int, start_ms: int) -> None:
    assert month_start_ms(now_ms) == start_ms


def test_a_beacon_is_counted_once_whether_sealed_settled_or_neither(life: Life) -> None:
    for number in range(12):
        life.now = START + number * 37 * MINUTE
        life.put(str(number), session=str(number))
        assert counted(life) == number + 1
        life.seal()
        assert counted(life) == number + 1
    life.now += 2 * DAY  # hours are merged into a day
    life.seal()
    assert counted(life) == 12


def test_another_month_begins_with_nothing(life: Life) -> None:
    life.now = OCTOBER + 31 * DAY - HOUR
    life.put("last", session="last")
    assert counted(life) == 1
    life.now = OCTOBER + 31 * DAY + 1
    assert counted(life) == 0
    life.now += 2 * HOUR
    life.seal()
    assert counted(life) == 0
    life.put("first", session="first")
    assert counted(life) == 1


def test_a_beacon_is_two_writes_and_its_share_of_the_bill(life: Life) -> None:
    for number in range(200):
        life.put(str(number), session=str(number))
    found = asked(life)
    assert (found["requests"], found["write_units"]) == (200, 400)
    # 3.50 + 0.20 + 15 ms of 1.73 GB at 13.33 + 2 x 0.625, all for a million.
    assert found["estimate_usd"] == pytest.approx(200 * 5.296e-6, abs=1e-4)
    assert found["estimate_usd"] > 0
    assert found["from"] == month_start_ms(life.now)
