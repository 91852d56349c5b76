"""The load test can pass, and it can fail: a small one of each, and its ledger alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.ledger import Ledger
from tests.load.world import ROOT

SMALL = ("--beacons", "240", "--steps", "2", "--seed", "7")


def run(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code and what was said."""
    command = [sys.executable, "-m", "tests.load", *SMALL, *options]
    log = ("--log", str(folder / "log"))
    ran = subprocess.run([*command, *log], cwd=ROOT, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_small_load_under_faults_and_kills_loses_doubles_and_halves_nothing(
    tmp_path: Path,
) -> None:
    code, said = run(tmp_path, "--faults", "0.1")
    assert code == 0, said
    assert "0 lost, 0 doubled, 0 half stored" in said
    for figure in (r"\d+ requests/s .* p50 \d+ ms, p99 \d+ ms", r"RSS \d+ MB", r"throttled \d+"):
        assert re.search(figure, said), said


def test_writes_that_the_store_acknowledged_and_lost_are_found(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--faults", "0", "--forget", "5")
    assert code == 1, said
    assert "x acknowledged beacon is lost" in said


LEDGER = Ledger(
    sent={1: frozenset({10, 11}), 2: frozenset({20}), 3: frozenset({30, 31}), 4: frozenset({40})},
    acknowledged={1, 2, 4},
    erased={4},
)


@pytest.mark.parametrize("found", [[10, 11, 20], [10, 11, 20, 30, 31]])
def test_what_was_only_sent_may_be_there_whole_or_not_at_all(found: list[int]) -> None:
    assert LEDGER.violations("there", found) == []


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ([10, 11], "there: 1 x acknowledged beacon is lost: 2"),
        ([10, 11, 20, 20], "there: 1 x event is there more than once: 20"),
        ([10, 20], "there: 1 x beacon is half stored: 1"),
        ([10, 11, 20, 31], "there: 1 x beacon is half stored: 3"),
        ([10, 11, 20, 50], "there: 1 x event is there that was never sent: 50"),
        ([10, 11, 20, 40], "there: 1 x erased beacon is there: 4"),
    ],
)
def test_every_kind_of_violation_is_told(found: list[int], wrong: str) -> None:
    assert LEDGER.violations("there", found) == [wrong]
