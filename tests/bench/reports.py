"""What `stats` and `sankey` cost over sealed history, cold and warm, without and with filters.

`python -m tests.bench.reports KIND RANGE FILE...` is a new instance that answers both, again and
again, and prints CPU seconds and its peak of memory.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.cpu import child, once_s, peak_mb
from tests.bench.goals import Findings, Goal
from tests.bench.sealed import NOW_MS, month_of_traffic, years_of_traffic

FILTERS = ("country:is:DE|US", "device:is:mobile", "page:contains:/docs")
TARGETS = {
    ("100k", "unfiltered"): 0.15,
    ("100k", "filtered"): 0.15,
    ("1m", "unfiltered"): 0.6,
    ("1m", "filtered"): 0.8,
    ("1m-3y", "unfiltered"): 0.6,
    ("1m-3y", "filtered"): 0.8,
}
MADE_OF = "The profile at the top of this page says what the time is."
WARM_ROUNDS, COLD_ROUNDS = 3, 2


def measure(kind: str, span: str, files: list[Path]) -> dict[str, Any]:
    """CPU seconds of the first answer, the median of later ones, and the peak in MB."""
    from chalicelib import report
    from chalicelib.model import Site
    from chalicelib.query.engine import Engine, Sources

    narrowed = [("filter", text) for text in FILTERS] if kind == "filtered" else []
    asked = [("site", "demo"), ("range", span), *narrowed]
    compared = asked if span == "all" else [*asked, ("compare", "previous")]

    def answers(engine: Engine) -> dict[str, Any]:
        def sources(*_: object) -> Sources:
            return Sources(files)

        site = Site("demo")
        return {
            "stats": report.answer("stats", compared, site, sources, engine, NOW_MS),
            "sankey": report.answer("sankey", asked, site, sources, engine, NOW_MS),
        }

    with tempfile.TemporaryDirectory(dir=files[0].parent) as folder:
        # The engine may read its own folder alone: the files are there by another name.
        files = [linked(path, Path(folder)) for path in files]
        engine = Engine(Path(folder))
        cold = once_s(lambda: answers(engine))
        warm = [once_s(lambda: answers(engine)) for _ in range(WARM_ROUNDS)]
        sessions = answers(engine)["stats"]["totals"]["sessions"]
    return {
        "cold": cold,
        "warm": statistics.median(warm),
        "peak": peak_mb(),
        "sessions": sessions,
    }


def linked(path: Path, folder: Path) -> Path:
    """The file by a name in an engine's folder, outside of which it reads nothing."""
    link = folder / path.name
    link.hardlink_to(path)
    return link


def findings() -> Findings:
    histories = {
        "10k": ("30d", month_of_traffic(10_000)),
        "100k": ("30d", month_of_traffic(100_000)),
        "1m": ("30d", month_of_traffic(1_000_000)),
        "1m-3y": ("all", years_of_traffic(1_000_000)),
    }
    found = {
        (name, kind): _median(kind, span, files)
        for name, (span, files) in histories.items()
        for kind in ("unfiltered", "filtered")
    }
    return told(found)


def told(found: Mapping[tuple[str, str], Mapping[str, float]]) -> Findings:
    """The goals by what was measured of each history, unfiltered and filtered."""
    goals = [
        Goal(f"report-{name}-{kind}-{state}", said[state], TARGETS[name, kind], "s", MADE_OF)
        for (name, kind), said in found.items()
        if (name, kind) in TARGETS
        for state in ("warm", "cold")
    ]
    peak = max(found["1m", kind]["peak"] for kind in ("unfiltered", "filtered"))
    growth = found["1m", "unfiltered"]["warm"] / found["100k", "unfiltered"]["warm"]
    goals += [
        Goal("report-1m-peak", peak, 400, "MB"),
        Goal("report-tenfold-sessions", growth, 5, "x"),
    ]
    notes = [
        f"{name}, {kind}: {said['sessions']:.0f} sessions, cold {said['cold']:.3f} s, "
        f"warm {said['warm']:.3f} s, peak {said['peak']:.0f} MB."
        for (name, kind), said in found.items()
    ]
    title = "Reports: stats with the previous period, and sankey, together; 1 thread"
    return Findings(title, goals, notes)


def _median(kind: str, span: str, files: list[Path]) -> dict[str, float]:
    runs = [
        child("tests.bench.reports", kind, span, *(str(path) for path in files))
        for _ in range(COLD_ROUNDS)
    ]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], [Path(path) for path in sys.argv[3:]])))
