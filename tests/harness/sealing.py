"""A site's life in miniature: beacons come, jobs run, and everything readable is counted out.

`Life.seen()` reads as a report does and `Life.truth()` is what was acknowledged; both are plain
lists of events, so one comparison covers every answer that could be given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from chalicelib.engine.engine import Engine
from chalicelib.engine.segments import FileFacts
from chalicelib.engine.snapshot import Snapshot
from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.model.ids import number_of, session_number
from chalicelib.model.manifest import Manifest
from chalicelib.model.parts import EVENTS_A_SESSION, group_parts
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS, Span
from chalicelib.report.reader import Reader
from chalicelib.report.verifier import Verifier
from chalicelib.seal import change
from chalicelib.seal.sealer import Sealer
from chalicelib.store.clock import Clock
from chalicelib.store.events import Events
from chalicelib.store.items import item_of
from chalicelib.store.manifests import Manifests
from chalicelib.store.registry.documents import Documents
from chalicelib.store.sealed import Sealed
from chalicelib.store.segment_cache import SegmentCache
from chalicelib.store.segments import SegmentStore
from chalicelib.store.tail import Tail
from tests.harness.fake_aws import FakeAws

SITE = Site(id="demo")
FIRST_HOUR = 480_000  # 2024-10-04T00 UTC
START = FIRST_HOUR * HOUR_MS
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ALWAYS = (0, 2**50)
AHEAD = [2 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR, 90 * MINUTE, 2 * HOUR, DAY, 40 * DAY]
WRONG = [*AHEAD, *(-skew for skew in AHEAD)]
"""How far a clock may have gone wrong, in ms."""
SLIGHT = [-55_000, -1_000, 0, 1_000, 55_000]
"""How far one may be off that counts as right."""


Line = tuple[int, int, str, int, int, str, str]


class LineSegments:
    """Parts in files of JSON lines: a hundred times faster than Parquet where a schedule of
    faults, and not the format, is the matter."""

    cap: int | None = EVENTS_A_SESSION

    def write(self, parts: Iterable[Part], path: Path) -> FileFacts:
        whole = [part for part in parts if part.events]
        text = "\n".join(json.dumps(asdict(part)) for part in whole)
        path.write_text(text)
        times = [event.at_ms for part in whole for event in part.events]
        digest = hashlib.sha256(text.encode()).hexdigest()
        return FileFacts(
            len(whole), min(times, default=0), max(times, default=0), len(text), digest
        )

    def merge(self, paths: Sequence[Path], path: Path) -> FileFacts:
        return self.write(group_parts(self.read(paths), self.cap), path)

    def read(self, paths: Sequence[Path]) -> Iterator[Part]:
        for path in paths:
            for line in path.read_text().splitlines():
                value = json.loads(line)
                events = tuple(Event(**event) for event in value["events"])
                attributes = Attributes(**value["attributes"])
                yield Part(value["visitor_id"], value["session_id"], attributes, events)

    def without(
        self,
        path: Path,
        reach: Sequence[tuple[int, int, int]],
        keep: Callable[[Iterable[Part]], Iterable[Part]],
        target: Path,
    ) -> FileFacts | None:
        parts = list(self.read([path]))
        whose = {visitor for visitor, _, _ in reach}
        if 0 not in whose and not any(number_of(part.visitor_id) in whose for part in parts):
            return None
        return self.write(list(keep(parts)), target)

    def count_rows(self, path: Path) -> int:
        return sum(1 for _ in self.read([path]))


def open_sealed(
    aws: FakeAws, folder: Path, count_rows: Callable[[Path], int], now_ms: Callable[[], int]
) -> Sealed:
    """Sealed history on a store in memory, with a cache of its own."""
    segments = SegmentStore(aws, "data")
    cache = SegmentCache(segments, folder, 10**9, count_rows, now_ms)
    return Sealed(Manifests(Documents(aws, "registry")), segments, cache)


class Life:
    """One site on two dicts for stores, with clocks that tests turn: `now` is the stores' time and
    `skew` how far a function's own clock is ahead of it."""

    def __init__(
        self, folder: Path, engine: Engine | None = None, segments: LineSegments | None = None
    ) -> None:
        self.now = START
        self.skew = 0
        self.aws = FakeAws(lambda: self.now)
        self.clock = Clock(lambda: self.now + self.skew, lambda: self.aws.date_ms)
        self.engine = engine
        self.segments = engine.segments if engine else segments or LineSegments()
        self.accepted: dict[tuple[str, str], Beacon] = {}
        self.sealed = self.instance(folder / "a")
        self.budget = SITE.hour_budget
        self.events = Events(self.aws, "events", self.clock)
        self.stores = change.SealStores(self.sealed, self.events, self.segments, self.hour_budget)
        self.reader = self.cold()
        assert self.sealed.manifests.begin(SITE.id, self.now)

    def hour_budget(self, _site: Site) -> int:
        """What an hour may weigh."""
        return self.budget

    def instance(self, folder: Path) -> Sealed:
        """The store as another instance of the function has it, with a cache of its own."""
        return open_sealed(self.aws, folder, self.segments.count_rows, lambda: self.now)

    def put(
        self,
        beacon: str,
        session: str = "s",
        *,
        at: int | None = None,
        age: int = 0,
        type: str = "pageview",
        path: str = "/",
        source: str = "",
        visitor: str = "",
        seq: int = 0,
    ) -> None:
        """A beacon of one event, acknowledged now with the stamp `at`; a second one is a retry."""
        if (session, beacon) in self.accepted:
            return
        data = {"plan": path[:4], "load_time_ms": age % 5_000}
        event = Event(type, -age, seq, path, path[:4], data)
        part = Part(visitor or f"v-{session}", session, Attributes(source=source), (event,))
        stamp = self.now if at is None else at
        sent = Beacon(SITE.id, session, beacon, 0, (part,))
        item = item_of(sent, stamp, shards=1, together=1)
        self.aws.tables.setdefault("events", {})[item["pk"]["S"], item["sk"]["S"]] = dict(item)
        happened = replace(part, events=(replace(event, at_ms=stamp - age),))
        self.accepted[session, beacon] = replace(sent, received_at_ms=stamp, parts=(happened,))

    def seal(self) -> dict[str, int]:
        """One run of the scheduled function."""
        return Sealer(self.stores, self.clock).run([SITE])

    def manifest(self) -> Manifest:
        found = self.sealed.manifests.read(SITE.id)
        assert found
        return found

    def expire(self, before_ms: int) -> None:
        """TTL: items received before that moment go."""
        table = self.aws.tables.get("events", {})
        for key in [k for k, i in table.items() if int(i["received_at_ms"]["N"]) < before_ms]:
            del table[key]

    def snapshot(self, period: tuple[int, int] = ALWAYS, reader: Reader | None = None) -> Snapshot:
        return (reader or self.reader).snapshot(SITE, [Span(*period)], self.clock.own_ms())

    def seen(self, period: tuple[int, int] = ALWAYS, reader: Reader | None = None) -> list[Line]:
        """Every event of the period that a report would count, by a warm reader or a given one."""
        snapshot = self.snapshot(period, reader)
        assert list(snapshot.partial) == []
        return lines([*self.segments.read(snapshot.files), *snapshot.tail], period)

    def truth(self, period: tuple[int, int] = ALWAYS) -> list[Line]:
        """Every event of the period that was acknowledged."""
        parts = [part for beacon in self.accepted.values() for part in beacon.parts]
        return lines(parts, period)

    def verifier(self) -> Verifier:
        """Who counts days a second time."""
        assert self.engine
        places = self.sealed, self.events, self.hour_budget
        return Verifier(*places, self.reader, self.engine, self.now)

    def cold(self) -> Reader:
        """A reader that has looked at nothing yet."""
        return Reader(self.sealed, Tail(self.events, self.hour_budget), self.segments)


def lines(parts: Iterable[Part], period: tuple[int, int]) -> list[Line]:
    """The events of parts inside a period, one line each, in order."""
    return sorted(
        (
            session_number(part),
            number_of(part.visitor_id),
            part.attributes.source,
            event.at_ms,
            event.seq,
            event.type,
            event.path,
        )
        for part in parts
        for event in part.events
        if period[0] <= event.at_ms < period[1]
    )
