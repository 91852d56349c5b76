from __future__ import annotations

from tests.report import fuzz


def test_a_right_question_is_answered_a_wrong_one_refused_by_name_and_sql_stays_the_same() -> None:
    outcomes = fuzz.run(values=6000, seed=8)
    assert outcomes["values"] >= 6000
    assert min(outcomes["answered"], outcomes["refused"]) > 50
