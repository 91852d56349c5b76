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

from chalicelib.model import Beacon, Event, Part
from chalicelib.store.events import Events
from tests.bench.collect import Wire
from tests.bench.cpu import alternating_s, child
from tests.bench.endpoint import NOW_MS, SITE, endpoint
from tests.bench.goals import Findings, Goal
from tests.bench.history import History

EVENTS, USUAL_EVENTS = 10_000, 1_000
EVENTS_A_BEACON = 2
PAGE_BYTES = 1_000_000
"""A Query answers with at most 1 MB."""
ROUNDS = 7


def beacons(events: int) -> Iterator[Beacon]:
    """What was received in the minutes before now, so many events of it."""
    history = History(seed=3, sessions=events // 2, days=1, end_ms=NOW_MS)
    parts = next(history.by_day())
    batches = ((part, batch) for part in parts for batch in _runs(part.events, EVENTS_A_BEACON))
    for n, (part, batch) in enumerate(islice(batches, events // EVENTS_A_BEACON)):
        session = f"{int(part.session_id, 16):08x}-0000-4000-8000-@@@@@@{n:06d}"
        yield Beacon("demo", session, f"{n:016x}", 0, (_aged(part, batch),))


def _aged(part: Part, batch: Iterable[Event]) -> Part:
    """Of a visitor's id there are a UUID's 36 characters; ages are as a tracker states them."""
    visitor = f"{int(part.visitor_id[1:]):08x}-0000-4000-8000-000000000000"
    events = tuple(replace(event, at_ms=-(event.at_ms % 5_000)) for event in batch)
    return replace(part, visitor_id=visitor, events=events)


def items(found: Iterable[Beacon]) -> list[dict[str, Any]]:
    """The items that the collector would have put for beacons, one each 100 ms."""
    put: list[dict[str, Any]] = []

    class Keeping:
        def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:
            put.append(Item)

    hour_ms = NOW_MS - NOW_MS % 3_600_000
    events = Events(Keeping(), "events", lambda: hour_ms + len(put) * 100 % 1_700_000)
    for beacon in found:
        events.put([beacon])
    return put


def pages(found: list[dict[str, Any]]) -> list[bytes]:
    """Query's answers, one a line, each but the last saying where the next begins."""
    size = len(json.dumps(found[0]))
    answers = [{"Items": list(page)} for page in _runs(found, PAGE_BYTES // size)]
    for number, answer in enumerate(answers[:-1], 1):
        answer["LastEvaluatedKey"] = {"sk": {"S": str(number)}}
    return [json.dumps(answer, separators=(",", ":")).encode() for answer in answers]


def _runs(things: Sequence[Any], length: int) -> Iterator[Sequence[Any]]:
    return (things[start : start + length] for start in range(0, len(things), length))


def measure(cache: Path) -> dict[str, float]:
    """CPU seconds of answers: by an instance that has seen nothing of the tail yet, and by one
    that keeps it parsed; and the AWS calls that the first of them makes."""
    from chalicelib import report
    from chalicelib.settings import read_settings
    from chalicelib.store.dynamodb import Connections, DynamoDB
    from chalicelib.wiring import Wired

    settings = read_settings()
    wire = Wire(Connections(settings.dynamodb_endpoint).send)

    def instance() -> Wired:
        wired = Wired(replace(settings, cache_dir=cache), lambda: NOW_MS)
        client = DynamoDB(settings.region, settings.dynamodb_endpoint, send=wire)
        wired.registry, wired.events = client, replace(wired.events, client=client)
        wired.engine = engine
        return wired

    def answer(wired: Wired, name: report.Name) -> dict[str, Any]:
        asked = [("site", "demo"), *([] if name == "realtime" else [("range", "24h")])]
        return report.answer(name, asked, SITE, wired.reader.sources, wired.engine, NOW_MS)

    engine = Wired(replace(settings, cache_dir=cache), lambda: NOW_MS).engine
    warm = instance()
    views = answer(warm, "stats")["totals"]["pageviews"]
    wire.calls = 0
    answer(instance(), "stats")
    calls = wire.calls
    new = [instance() for _ in range(2 * ROUNDS)]
    for each in new:
        assert each.reader  # made before the clock runs: boto3's client is a cold start's cost
    spent = alternating_s(
        {
            "stats": lambda: answer(new.pop(), "stats"),
            "stats_again": lambda: answer(warm, "stats"),
            "realtime": lambda: answer(new.pop(), "realtime"),
            "realtime_again": lambda: answer(warm, "realtime"),
        },
        ROUNDS,
    )
    return {**spent, "calls": calls, "views": views}


def findings() -> Findings:
    busy, usual = (_measured(events) for events in (EVENTS, USUAL_EVENTS))
    poll_ms = usual["realtime_again"] * 1000
    return Findings(
        "Tail: events not sealed yet, in one hour of receipt, DynamoDB's answers parsed from HTTP",
        [
            Goal("tail-10k-stats", busy["stats"], 0.3, "s"),
            Goal("tail-10k-stats-warm", busy["stats_again"], 0.3, "s"),
            Goal("report-aws-calls", usual["calls"], 4, "", "A manifest, and a page an hour."),
            Goal("realtime-poll", poll_ms, 30, "ms", f"{USUAL_EVENTS} events in the last minutes."),
        ],
        [
            f"{events} events, {said['views']} pageviews: stats {said['stats']:.3f} s "
            f"({said['stats_again']:.3f} by an instance that has them parsed) and "
            f"{said['calls']} AWS calls; realtime {said['realtime'] * 1000:.0f} ms "
            f"({said['realtime_again'] * 1000:.0f} polled)."
            for events, said in ((EVENTS, busy), (USUAL_EVENTS, usual))
        ],
    )


def _measured(events: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages"
        path.write_bytes(b"\n".join(pages(items(beacons(events)))))
        with endpoint(path) as environment:
            found: dict[str, float] = child("tests.bench.tail", folder, **environment)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]) / "cache")))
