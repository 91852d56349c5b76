from __future__ import annotations

from tests.report import fuzz


def test_a_report_asked_anything_answers_or_names_the_parameter_it_refuses() -> None:
    outcomes = fuzz.run(1500, seed=8)
    assert outcomes.total() == 1500
    assert min(outcomes["answered"], outcomes["refused"]) > 50
