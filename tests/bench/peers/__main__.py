"""`python -m tests.bench.peers [SESSIONS]`: the same questions of the same month of traffic, by
everybody in turn; whether the answers agree, and how many times our CPU the others need."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chalicelib.engine.engine import open_engine
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports
from tests.bench.goals import machine
from tests.bench.peers import question, traffic
from tests.bench.peers.clickhouse import ClickHouse
from tests.bench.peers.postgres import Postgres
from tests.bench.peers.sqlite import SQLite
from tests.bench.sealed import DAY_MS, END_MS, NOW_MS, month_of_traffic

ROUNDS = 3


class Footfall:
    name = "Footfall"

    def __init__(self, files: list[Path], folder: Path) -> None:
        self._engine = open_engine(folder)
        self._files = files

    def answer(self, _from_ms: int, _to_ms: int) -> question.Answer:
        asked = [("site", "demo"), ("range", "30d")]
        stats, sankey = (
            Reports(lambda *_: Snapshot(self._files), self._engine).answer(
                name, asked, Site("demo"), NOW_MS
            )
            for name in ("stats", "sankey")
        )
        return {**_figures(stats), "flow": _flow(sankey)}

    def cpu_s(self) -> float:
        return time.process_time()

    def close(self) -> None:
        pass


def _figures(stats: dict[str, Any]) -> question.Answer:
    totals, trend, visitors, top = (stats[n] for n in ("totals", "trend", "visitors", "top"))
    sessions = totals["sessions"]
    whole = (
        round((1 - totals["bounce_rate"]) * sessions),
        round(totals["engagement_ms_per_session"] * sessions),
    )
    return {
        "totals": (totals["users"], sessions, totals["pageviews"], *whole),
        "kinds": (visitors["new"], visitors["returning"]),
        "trend": list(zip(trend["users"], trend["sessions"], trend["pageviews"], strict=True)),
        **{
            name: [(row["id"], row["sessions"], row["pageviews"]) for row in top[name]]
            for name in traffic.DIMENSIONS
        },
        "page": [
            (row["id"], *(row[n] for n in ("pageviews", "sessions", "engagement_ms")),
             row["scrolled_90"])
            for row in top["page"]
        ],
        "outbound": [(row["id"], row["count"]) for row in top["outbound"]],
        "event": [(row["id"], row["count"], row["sessions"]) for row in top["event"]],
    }  # fmt: skip


def _flow(sankey: dict[str, Any]) -> list[tuple[int, str, str, int]]:
    split = ((link["source"].partition("|"), link) for link in sankey["links"])
    return sorted(
        (int(step), source, link["target"].partition("|")[2], link["value"])
        for (step, _, source), link in split
    )


def differences(ours: question.Answer, theirs: question.Answer) -> list[str]:
    return [
        f"{name}: {ours[name]!s:.200} / {theirs[name]!s:.200}"
        for name in ours
        if ours[name] != theirs[name]
    ]


def main(sessions: int) -> None:
    files = month_of_traffic(sessions)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = traffic.rows(files, folder)
        everybody: list[Any] = [Footfall(files, files[0].parent)]
        try:
            for peer in (SQLite, Postgres, ClickHouse):
                everybody.append(peer(folder))
                everybody[-1].fill(rows)
            _compare(everybody, sessions)
        finally:
            for each in everybody:
                each.close()


def _compare(everybody: list[Any], sessions: int) -> None:
    span = (END_MS - 30 * DAY_MS, NOW_MS)
    answers = [each.answer(*span) for each in everybody]
    for each, answer in zip(everybody[1:], answers[1:], strict=True):
        wrong = differences(answers[0], answer)
        print(f"ANSWERS {each.name} {'AGREE' if not wrong else 'DIFFER'}")
        print("".join(f"  {line}\n" for line in wrong), end="")
    spent: dict[str, list[float]] = {each.name: [] for each in everybody}
    for _ in range(ROUNDS):
        for each in everybody:
            began = each.cpu_s()
            each.answer(*span)
            spent[each.name].append(each.cpu_s() - began)
    medians = {name: statistics.median(times) for name, times in spent.items()}
    print(f"{machine()}; {sessions} sessions, 30 days, stats and sankey, unfiltered, warm")
    for name, seconds in medians.items():
        print(f"PEER {name} {seconds:.3f}s {seconds / medians['Footfall']:.1f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
