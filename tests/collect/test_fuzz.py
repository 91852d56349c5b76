"""A sample of what `make fuzz` does at length, where the times are held too."""

from __future__ import annotations

import pytest

from tests.collect.fuzz import HOSTILE, Findings, run, send_all


def test_no_input_raises_and_whatever_was_stored_reads_back() -> None:
    outcomes = run(3000).outcomes
    assert set(outcomes) == {"200", "400", "413"} or set(outcomes) == {"200", "400"}
    assert outcomes["200"] > 300


@pytest.mark.parametrize("name", HOSTILE)
def test_bodies_made_to_be_slow_are_answered(name: str) -> None:
    findings = Findings()
    send_all(HOSTILE[name], {}, 0, findings)
    assert sum(findings.outcomes.values()) == 1
