from __future__ import annotations

from tests.report import fuzz


def test_a_report_asked_anything_answers_or_names_the_parameter_it_refuses() -> None:
    outcomes = fuzz.run(values=5000, seed=8)
    assert outcomes["values"] >= 5000
    assert min(outcomes["answered"], outcomes["refused"]) > 50
