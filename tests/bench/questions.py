"""What questions beyond the overview cost over a month of a million sessions, by an instance that
has read its files before.

`python -m tests.bench.questions FILE...` is such an instance and prints CPU seconds of each.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import count
from pathlib import Path

from tests.bench.cpu import alternating_s, child
from tests.bench.goals import Findings, Goal
from tests.bench.reports import linked
from tests.bench.sealed import NOW_MS, month_of_traffic

ROUNDS = 5
NEW = ("medium", "term", "city", "browser_version", "hostname", "attributed_by", "title")
OLD = ("country", "page")
ASKED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    **{f"list of {name}": ("list", [("dimension", name)]) for name in (*OLD, *NEW)},
    "list of country, then region": ("list", [("dimension", "country"), ("then", "region")]),
    "keys of purchase": ("properties", [("event", "purchase")]),
    "values of plan": ("properties", [("event", "purchase"), ("key", "plan")]),
    "values of value": ("properties", [("event", "purchase"), ("key", "value")]),
    "timings by page": ("timings", []),
    "timings by device": ("timings", [("by", "device")]),
}
CONDITIONS = ("event:is:purchase|{n}&plan:is:pro&value:gt:100", "page:matches:/docs/**|{n}")
"""Each time another one: what a filter chose is kept."""
TARGETS = {"list": 0.15, "properties": 0.8, "timings": 0.9, "filter": 0.8}


def measure(files: list[Path]) -> dict[str, float]:
    """Median CPU seconds of each question."""
    from chalicelib.engine.engine import open_engine
    from chalicelib.engine.snapshot import Snapshot
    from chalicelib.model.site import Site
    from chalicelib.report.reports import Reports

    with tempfile.TemporaryDirectory(dir=files[0].parent) as folder:
        # The engine may read its own folder alone: the files are there by another name.
        files = [linked(path, Path(folder)) for path in files]
        engine = open_engine(Path(folder))
        numbers = count()
        reports, site = Reports(lambda *_: Snapshot(files), engine), Site("demo")

        def ask(name: str, *given: tuple[str, str]) -> object:
            return reports.answer(name, [("site", "demo"), ("range", "30d"), *given], site, NOW_MS)

        def ask_filtered(condition: str) -> object:
            text = condition.format(n=next(numbers))
            return ask("list", ("dimension", "device"), ("filter", text))

        subjects = {
            name: (lambda report=report, given=given: ask(report, *given))
            for name, (report, given) in ASKED.items()
        }
        subjects |= {
            f"filter {condition}": (lambda condition=condition: ask_filtered(condition))
            for condition in CONDITIONS
        }
        for subject in subjects.values():
            subject()
        return alternating_s(subjects, ROUNDS)


def findings() -> Findings:
    spent = child("tests.bench.questions", *map(str, month_of_traffic(1_000_000)))
    goals = []
    for name, seconds in spent.items():
        kind = ASKED[name][0] if name in ASKED else "filter"
        goals.append(Goal(f"question-{name}", seconds, TARGETS[kind], "s"))
    old = min(spent[f"list of {name}"] for name in OLD)
    notes = [
        f"{name}: {seconds / old:.1f} times the cheaper of the old lists"
        for name, seconds in spent.items()
    ]
    title = (
        "Questions beyond the overview: a month of 1,000,000 sessions, 1 thread, files read before"
    )
    return Findings(title, goals, notes)


if __name__ == "__main__":
    print(json.dumps(measure([Path(path) for path in sys.argv[1:]])))
