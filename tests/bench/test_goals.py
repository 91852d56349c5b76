"""Results are kept section by section, and a goal says itself whether it is met."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.goals import Findings, Goal, keep


@pytest.mark.parametrize(
    ("measured", "line"),
    [
        (0.5, "GOAL put 0.5ms 0.5ms MET"),
        (0.5001, "GOAL put 0.5ms 0.5ms UNMET"),
        (1234.4, "GOAL put 1234ms 0.5ms UNMET"),
    ],
)
def test_a_goal_is_met_up_to_its_target(measured: float, line: str) -> None:
    assert Goal("put", measured, 0.5, "ms").line() == line


def test_what_is_measured_again_takes_the_place_of_the_last_result(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("# Results\n\nHow to read them.\n")
    keep(Findings("Collect", [Goal("put", 9, 1, "ms", "Mostly waiting.")]), results)
    keep(Findings("Cold start", [Goal("import", 1, 2, "s")], ["A note."]), results)
    keep(Findings("Collect", [Goal("put", 1, 1, "ms", "Mostly waiting.")]), results)
    text = results.read_text()
    assert text.startswith("# Results\n\nHow to read them.\n\n## Collect\n")
    assert [line for line in text.splitlines() if line.startswith(("## ", "GOAL"))] == [
        *("## Collect", "GOAL put 1ms 1ms MET"),
        *("## Cold start", "GOAL import 1s 2s MET"),
    ]
    assert "- A note." in text
    assert "Mostly waiting." not in text
