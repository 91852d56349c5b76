"""What sealing an hour costs: DynamoDB's answers parsed, parts grouped, one Parquet file written.

`python -m tests.bench.seal FOLDER` seals it in a process of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.cpu import child, peak_mb
from tests.bench.endpoint import NOW_MS, endpoint
from tests.bench.goals import Findings, Goal
from tests.bench.tail import beacons, write_items

EVENTS = 1_100_000
"""Of which 988,000 come about: beacons hold up to two. A million takes that much more."""
REPEATS = 20
"""So many times over the same items, under other session and visitor ids."""
LAMBDA_MB = 1769
RUN_S = 600
"""A run of the sealer stops after ten minutes; one of these cores is about one vCPU."""


def measure(folder: Path) -> dict[str, float]:
    """CPU seconds and the peak of memory of one hour's seal, without S3 and manifest."""
    from chalicelib.engine.engine import open_engine
    from chalicelib.model.parts import Bags, drain_bags, gather_parts
    from chalicelib.settings import read_settings
    from chalicelib.store.dynamodb import DynamoDB
    from chalicelib.store.events import Events
    from chalicelib.store.hour import read_hour

    settings = read_settings()
    client = DynamoDB(settings.region, settings.dynamodb_endpoint)
    events = Events(client, settings.events_table, lambda: NOW_MS)
    engine = open_engine(folder, memory_mb=LAMBDA_MB - 250)
    empty = peak_mb()
    began = time.process_time()
    bags: Bags = {}
    hour = read_hour(lambda: events.hour("demo", NOW_MS - NOW_MS % 3_600_000), sys.maxsize)
    gather_parts((part for beacon in hour.take() for part in beacon.parts), bags)
    read, held = time.process_time(), peak_mb()
    count = sum(map(len, bags.values()))
    facts = engine.segments.write(drain_bags(bags), folder / "hour.parquet")
    return {
        "read": read - began,
        "write": time.process_time() - read,
        "empty": empty,
        "held": held,
        "peak": peak_mb(),
        "events": count,
        "rows": facts.rows,
        "bytes": facts.bytes,
    }


def findings(events: int = EVENTS) -> Findings:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "items"
        write_items(beacons(events // REPEATS), path)
        with endpoint(path, REPEATS) as environment:
            found: dict[str, float] = child("tests.bench.seal", name, **environment)
    million = 1e6 / found["events"]
    spent = (found["read"] + found["write"]) * million
    peak = found["empty"] + (found["peak"] - found["empty"]) * million
    made_of = (
        f"{found['events']:.0f} events, {found['rows']:.0f} rows: reading and parsing "
        f"{found['read']:.1f} s, grouping and writing {found['write']:.1f} s, "
        f"{found['bytes'] / found['rows']:.0f} bytes a row; peak {found['peak']:.0f} MB, "
        f"{found['held']:.0f} MB when all was read, {found['empty']:.0f} MB before."
    )
    return Findings(
        "Seal: one hour of a million events in one Lambda of 1,769 MB",
        [
            Goal("seal-1m-events", spent, RUN_S / 2, "s", made_of),
            Goal("seal-1m-events-peak", peak, LAMBDA_MB * 0.8, "MB", made_of),
        ],
        [made_of],
    )


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
