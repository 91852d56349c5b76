"""What a report costs over events that are not sealed yet, DynamoDB's answers and their parsing
included, and how many calls it makes.

`python -m tests.bench.tail` answers in a process of its own beside the endpoint.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib.model.event import Beacon, Event, Part
from chalicelib.model.spans import Span
from chalicelib.report.reports import Reports
from chalicelib.store.events import Events
from tests.bench.cpu import alternating_s, child
from tests.bench.endpoint import NOW_MS, SITE, endpoint
from tests.bench.goals import Findings, Goal
from tests.bench.history import History

EVENTS, USUAL_EVENTS = 10_000, 1_000
EVENTS_A_BEACON = 2
DAY = Span(NOW_MS - 24 * 3_600_000, NOW_MS)
SPREAD_MS = 29 * 60_000
"""They came evenly in the minutes before now, all in one hour and all shown by realtime."""
ROUNDS = 7


def beacons(events: int) -> Iterator[Beacon]:
    """What sessions of about four events sent, so many events of it."""
    history = History(seed=3, sessions=events // 2, days=1, end_ms=NOW_MS)
    parts = next(history.by_day())
    batches = ((part, batch) for part in parts for batch in _runs(part.events, EVENTS_A_BEACON))
    for n, (part, batch) in enumerate(islice(batches, events // EVENTS_A_BEACON)):
        said = _aged(part, batch)
        yield Beacon("demo", said.session_id, f"{n:016x}", 0, (said,))


def _aged(part: Part, batch: Iterable[Event]) -> Part:
    """Ids are UUIDs of 36 characters, others wherever `@@@@@@` is; ages are as a tracker says."""
    visitor, session = (
        f"{n >> 16:08x}-{n & 65535:04x}-4000-8000-@@@@@@000000"
        for n in (int(part.visitor_id[1:]), int(part.session_id, 16) >> 16)
    )
    events = tuple(replace(event, at_ms=-(event.at_ms % 5_000)) for event in batch)
    return replace(part, visitor_id=visitor, session_id=session, events=events)


def write_items(found: Iterable[Beacon], path: Path) -> None:
    """One a line, the items that the collector would have put for beacons."""
    sent, put = list(found), []

    class Keeping:
        def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:
            put.append(Item)

    began = NOW_MS - SPREAD_MS
    events = Events(Keeping(), "events", lambda: began + len(put) * SPREAD_MS // len(sent))
    for beacon in sent:
        events.put([beacon])
    path.write_text("\n".join(json.dumps(item, separators=(",", ":")) for item in put))


def _runs(things: Sequence[Any], length: int) -> Iterator[Sequence[Any]]:
    return (things[start : start + length] for start in range(0, len(things), length))


def measure(cache: Path) -> dict[str, float]:
    """CPU seconds of answers: by an instance that has seen nothing of the tail yet, and by one
    that keeps it parsed (`_again`); of what `stats` does before it asks its first question: read
    the buckets, make sessions whole and sum them up, load them; and the AWS calls of the first."""
    from chalicelib.engine.snapshot import Snapshot
    from chalicelib.model.columns import SUM_COLUMNS
    from chalicelib.model.parts import group_parts
    from chalicelib.model.row import make_row
    from chalicelib.query.compile import select_all
    from chalicelib.query.scope import Scope
    from chalicelib.query.statement import Statement
    from chalicelib.settings import read_settings
    from chalicelib.store.dynamodb import DynamoDB
    from chalicelib.wiring import Wired

    class AggregateQuery(DynamoDB):
        calls = 0

        def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
            self.calls += 1
            return super().call(operation, **parameters)

    settings = read_settings()

    def instance() -> Wired:
        wired = Wired(replace(settings, cache_dir=cache), lambda: NOW_MS)
        wired.registry = AggregateQuery(settings.region, settings.dynamodb_endpoint)
        wired.engine = engine
        return wired

    def answer(wired: Wired, name: str) -> dict[str, Any]:
        asked = [("site", "demo"), *([] if name == "realtime" else [("range", "24h")])]
        return Reports(wired.reader.snapshot, wired.engine).answer(name, asked, SITE, NOW_MS)

    def read(wired: Wired) -> Snapshot:
        return wired.reader.snapshot(SITE, [DAY], NOW_MS)

    def load(snapshot: Snapshot) -> None:
        with engine.open_answers(snapshot) as reading:
            all_figures = select_all("session", SUM_COLUMNS).sql
            reading.ask(Scope(DAY), [Statement(f"{all_figures} LIMIT 0", {})])

    engine = Wired(replace(settings, cache_dir=cache), lambda: NOW_MS).engine
    warm = instance()
    views = answer(warm, "stats")["totals"]["pageviews"]
    cold = instance()
    answer(cold, "stats")
    new = [instance() for _ in range(3 * ROUNDS)]
    for each in new:
        assert each.reader  # made before the clock runs: boto3's client is a cold start's cost
    held = read(warm)
    spent = alternating_s(
        {
            "stats": lambda: answer(new.pop(), "stats"),
            "stats_again": lambda: answer(warm, "stats"),
            "realtime": lambda: answer(new.pop(), "realtime"),
            "realtime_again": lambda: answer(warm, "realtime"),
            "read": lambda: read(new.pop()),
            "read_again": lambda: read(warm),
            "summed": lambda: [make_row(part, SUM_COLUMNS) for part in group_parts(held.tail)],
            "loaded": lambda: load(held),
        },
        ROUNDS,
    )
    return {**spent, "calls": cold.registry.calls, "views": views}


def findings() -> Findings:
    busy, usual = (_measured(events) for events in (EVENTS, USUAL_EVENTS))
    poll_ms = usual["realtime_again"] * 1000
    return Findings(
        "Tail: events not sealed yet, in one hour of receipt, DynamoDB's answers parsed from HTTP",
        [
            Goal("tail-10k-stats", busy["stats"], 0.3, "s", _made_of(busy, "")),
            Goal("tail-10k-stats-warm", busy["stats_again"], 0.3, "s", _made_of(busy, "_again")),
            Goal("report-aws-calls", usual["calls"], 4, "", "A manifest, and a page an hour."),
            Goal("realtime-poll", poll_ms, 30, "ms", _made_of(usual, "_again")),
        ],
        [
            f"{events} events, {said['views']} pageviews: stats {said['stats']:.3f} s "
            f"({said['stats_again']:.3f} by an instance that has them parsed) and "
            f"{said['calls']} AWS calls; realtime {said['realtime'] * 1000:.0f} ms "
            f"({said['realtime_again'] * 1000:.0f} polled). {_made_of(said, '')}"
            for events, said in ((EVENTS, busy), (USUAL_EVENTS, usual))
        ],
    )


def _made_of(said: dict[str, float], again: str) -> str:
    """Of one `stats`, by medians of the same rounds; a poll does the same with fewer questions."""
    ms = {name: 1000 * value for name, value in said.items()}
    total, read = ms["stats" + again], ms["read" + again]
    return (
        f"Of stats, {total:.0f} ms: buckets read and parsed {read:.0f}, sessions put together and "
        f"summed {ms['summed']:.0f}, written and loaded {ms['loaded'] - ms['summed']:.0f}, "
        f"statements and the rest {total - read - ms['loaded']:.0f}."
    )


def _measured(events: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items"
        write_items(beacons(events), path)
        with endpoint(path) as environment:
            found: dict[str, float] = child("tests.bench.tail", folder, **environment)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]) / "cache")))
