"""The table of costs in infra/README.md is what the script computes from what was measured."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import pytest

from infra.cost import month

README = Path(__file__).parents[2] / "infra" / "README.md"
MEASURED = json.loads(month.MEASURED.read_text("utf-8"))


def test_the_readme_holds_the_table_that_the_script_prints() -> None:
    assert month.table(MEASURED) in README.read_text("utf-8")


def test_each_beacon_pays_for_its_item_and_its_copy_in_the_index() -> None:
    once = {**MEASURED, "pageviews": 1, "beacons": 1, "write_units_of_an_item": 1}
    assert month.month(1_000_000, once).write_units == 2_000_000


def test_a_month_without_visits_costs_cents() -> None:
    assert sum(month.dollars(month.month(0, MEASURED)).values()) < 0.50


@pytest.mark.parametrize("volume", month.VOLUMES)
def test_twice_the_visits_never_cost_more_than_twice_but_for_the_free_requests(
    volume: int,
) -> None:
    one, two = (month.dollars(month.month(n, MEASURED)) for n in (volume, 2 * volume))
    for part in one.keys() - {"CloudFront"}:
        assert one[part] <= two[part] <= 2 * one[part] + 1e-9


def test_every_count_of_a_month_is_a_number_above_zero() -> None:
    assert all(count > 0 for count in astuple(month.month(10_000, MEASURED)))
