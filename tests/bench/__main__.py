"""`python -m tests.bench [NAME...]`: a line a goal, and the sections of RESULTS.md."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.goals import Findings, keep

BENCHMARKS = ("collect", "cold", "tail", "seal", "flood", "sdk", "reports", "questions")


def run(name: str) -> None:
    found: Findings = import_module(f"tests.bench.{name}").findings()
    for goal in found.goals:
        print(goal.line(), flush=True)
    for note in found.notes:
        print(f"  {note}", flush=True)
    keep(found)


if __name__ == "__main__":
    for benchmark in sys.argv[1:] or BENCHMARKS:
        run(benchmark)
