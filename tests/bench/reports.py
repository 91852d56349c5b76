"""What `stats` and `sankey` cost over sealed history, cold and warm, without and with filters.

`python -m tests.bench.reports KIND RANGE FILE...` is a new instance that answers both, again and
again, and prints CPU seconds and its peak of memory.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
STATEMENTS = {
    "over_an_edge": "trend",
    "label_2": "flow",
    "flow_": "flow",
    "grouping": "lists of one value",
    "page_views": "pages",
    "counted.key": "events and outbound links",
}
"""What a statement answers, by a word of its text."""
WARM_ROUNDS, COLD_ROUNDS = 3, 2


def measure(kind: str, span: str, files: list[Path]) -> dict[str, Any]:
    """CPU seconds of the first answer, the median of later ones, and the peak in MB."""
    from chalicelib.engine.engine import Engine, open_engine
    from chalicelib.engine.snapshot import Snapshot
    from chalicelib.model.site import Site
    from chalicelib.report.reports import Reports

    narrowed = [("filter", text) for text in FILTERS] if kind == "filtered" else []
    asked = [("site", "demo"), ("range", span), *narrowed]
    compared = asked if span == "all" else [*asked, ("compare", "previous")]

    def answers(engine: Engine) -> dict[str, Any]:
        def snapshot(*_: object) -> Snapshot:
            return Snapshot(files)

        site = Site("demo")
        return {
            "stats": Reports(snapshot, engine).answer("stats", compared, site, NOW_MS),
            "sankey": Reports(snapshot, engine).answer("sankey", asked, site, NOW_MS),
        }

    spent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=files[0].parent) as folder, split(spent):
        # The engine may read its own folder alone: the files are there by another name.
        files = [linked(path, Path(folder)) for path in files]
        began = time.process_time()
        engine = open_engine(Path(folder))
        spent["start of the engine"] = time.process_time() - began
        cold = once_s(lambda: answers(engine))
        cold_of = told_split(spent, cold + spent["start of the engine"])
        second = once_s(lambda: answers(engine))  # counts what closed days hold, to keep it
        spent.clear()
        warm = [once_s(lambda: answers(engine)) for _ in range(WARM_ROUNDS)]
        warm_of = told_split(spent, sum(warm), WARM_ROUNDS)
        sessions = answers(engine)["stats"]["totals"]["sessions"]
    return {
        "cold": cold,
        "second": second,
        "warm": statistics.median(warm),
        "peak": peak_mb(),
        "sessions": sessions,
        "cold_of": cold_of,
        "warm_of": warm_of,
    }


@contextmanager
def split(spent: Counter[str]) -> Iterator[None]:
    """Adds up the CPU seconds of statements by what they are for."""
    from chalicelib.engine import answers, cursor, engine, match_cache, table_cache

    def timed(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        began = time.process_time()
        answer = call(*arguments)
        spent[name] += time.process_time() - began
        return answer

    def run(*arguments: Any) -> Any:
        sql = arguments[1].sql
        kind = next((kind for word, kind in STATEMENTS.items() if word in sql), "other")
        return timed(kind, cursor.run_statement, *arguments)

    def create(*arguments: Any) -> None:
        timed(f"table {arguments[1]}", cursor.create_table, *arguments)

    add = table_cache.TableCache.add

    def added(*arguments: Any) -> None:
        timed("counting closed days", add, *arguments)

    table_cache.TableCache.add = added  # type: ignore[method-assign]
    modules = (match_cache, answers, engine)
    for module in modules:
        module.run_statement, module.create_table = run, create  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in modules:
            module.run_statement, module.create_table = cursor.run_statement, cursor.create_table  # type: ignore[attr-defined]
        table_cache.TableCache.add = add  # type: ignore[method-assign]


def told_split(spent: Mapping[str, float], total: float, rounds: int = 1) -> str:
    """The largest parts of a time, and what is left of it, in ms a round."""
    parts = {**spent, "all else": total - sum(spent.values())}
    largest = sorted(parts.items(), key=lambda part: -part[1])[:7]
    return ", ".join(f"{name} {seconds / rounds * 1000:.0f}" for name, seconds in largest) + " ms."


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


def told(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> Findings:
    """The goals by what was measured of each history, unfiltered and filtered."""
    goals = [
        Goal(
            f"report-{name}-{kind}-{state}",
            said[state],
            TARGETS[name, kind],
            "s",
            said[f"{state}_of"],
        )
        for (name, kind), said in found.items()
        if (name, kind) in TARGETS
        for state in ("warm", "cold")
    ]
    growth = found["1m", "unfiltered"]["warm"] / found["100k", "unfiltered"]["warm"]
    for name in ("1m", "1m-3y"):
        peak = max(found[name, kind]["peak"] for kind in ("unfiltered", "filtered"))
        made_of = "The database's 40 MB, what closed days count, and the answer in work."
        goals.append(Goal(f"report-{name}-peak", peak, 400, "MB", made_of))
    goals.append(Goal("report-tenfold-sessions", growth, 5, "x"))
    notes = [
        f"{name}, {kind}: {said['sessions']:.0f} sessions, cold {said['cold']:.3f} s, "
        f"second {said['second']:.3f} s, warm {said['warm']:.3f} s, peak {said['peak']:.0f} MB."
        for (name, kind), said in found.items()
    ]
    title = "Reports: stats with the previous period, and sankey, together; 1 thread"
    return Findings(title, goals, notes)


def _median(kind: str, span: str, files: list[Path]) -> dict[str, Any]:
    runs = [
        child("tests.bench.reports", kind, span, *(str(path) for path in files))
        for _ in range(COLD_ROUNDS)
    ]
    figures = ("cold", "second", "warm", "peak", "sessions")
    return {**runs[-1], **{name: statistics.median(run[name] for run in runs) for name in figures}}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], [Path(path) for path in sys.argv[3:]])))
