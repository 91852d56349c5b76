"""`python -m tests.bench [NAME...]`: a line a goal; a run of all rewrites RESULTS.md."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.goals import RESULTS, Findings, page

BENCHMARKS = ("collect", "cold", "tail", "reports")


def run(name: str) -> Findings:
    found: Findings = import_module(f"tests.bench.{name}").findings()
    for goal in found.goals:
        print(goal.line(), flush=True)
    for note in found.notes:
        print(f"  {note}", flush=True)
    return found


if __name__ == "__main__":
    asked = sys.argv[1:] or BENCHMARKS
    results = [run(name) for name in asked]
    if tuple(asked) == BENCHMARKS:
        RESULTS.write_text(page(results), encoding="utf-8")
