"""What a flood into one hour of a site costs its reports and its sealing: 100 MB of beacons of each
expensive kind, or as many as are let in, with 1,000 ordinary sessions among them.

The flood comes from everywhere to INSTANCES (4) collectors for 55 minutes, each minute until it is
refused, and before the people of that minute, who send again a minute later as the tracker does.
`python -m tests.bench.flood PHASE FOLDER` measures in a process of its own: `seal` an hour that is
over and the reports after it, or `tail`, the reports before it.
"""

from __future__ import annotations

import json
import os
import random
import string
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any, TextIO

from chalicelib.model.refusal import Refusal, Request
from chalicelib.model.site import Site
from chalicelib.report.reports import Reports
from chalicelib.seal import change
from chalicelib.seal.sealer import Sealer
from tests.bench.cpu import child, once_s, peak_mb
from tests.bench.endpoint import NOW_MS, endpoint
from tests.bench.goals import Findings, Goal
from tests.collect.desk import CHROME, Desk

SENT_BYTES = 100_000_000
ORDINARY = 1_000
HOUR_MS = 3_600_000
HOUR = NOW_MS // HOUR_MS
INSTANCES = int(os.environ.get("INSTANCES", "4"))
SITE = Site("demo", hostnames=("example.com",))
MINUTES = 55
PHASES = {
    "tail": HOUR * HOUR_MS + 59 * 60_000,
    "seal": (HOUR + 1) * HOUR_MS + 35 * 60_000,
}
"""The clock of each; at the second, the half hour of `realtime` begins after the flood."""
RUNS = 3
"""CPU seconds are the least of so many processes: one reading of 0.07 s may be twice that."""
dice = random.Random(9)


def token(length: int) -> str:
    """Text that nothing has seen before."""
    return "".join(dice.choices(string.ascii_letters, k=length))


def uuid() -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def beacon(events: list[dict[str, Any]], **common: Any) -> bytes:
    said = {"event_type": "pageview", "url": "https://example.com/", "beacon_id": token(20)}
    who = {"visitor_id": uuid(), "session_id": uuid()}
    return json.dumps({**said, **who, **common, "events": events}, separators=(",", ":")).encode()


def of_data() -> bytes:
    """50 events of 20 keys, as much as a body takes."""
    keys = [token(30) for _ in range(20)]
    return beacon([{"data": {key: token(26) for key in keys}} for _ in range(50)], event_type="x")


def of_pages() -> bytes:
    """50 pages and titles that nobody has seen before."""
    events = [{"url": "https://example.com/" + token(480), "title": token(290)} for _ in range(50)]
    return beacon(events)


def of_types() -> bytes:
    """50 names of events and links."""
    link = "https://example.org/"
    events = [
        {"event_type": "click" if n % 2 else token(60), "data": {"link_url": link + token(400)}}
        for n in range(50)
    ]
    return beacon(events)


def of_small_events() -> bytes:
    """50 events that say nothing of their own."""
    return beacon([{}] * 50)


def of_one_event() -> bytes:
    """One event of a session that nobody has seen before, as small as they are."""
    return beacon([{}])


def of_one_page() -> bytes:
    """One event of a session and of a page that nobody has seen before."""
    return beacon([{"url": "https://example.com/" + token(480), "title": token(290)}])


def of_attributes() -> bytes:
    """50 events of which each says something else of its session."""
    tags = "&".join(f"utm_{name}={token(140)}" for name in ("source", "campaign", "term"))
    events = [{"screen": f"{n}x{n}", "entry": {"url": "https://example.com/?" + tags}}
              for n in range(1, 51)]  # fmt: skip
    return beacon(events)


def of_sessions() -> bytes:
    """As many sessions as a beacon may have, a copy of as much as may be stored of it in each."""
    events = [{"session_id": uuid()} for _ in range(50)]
    return beacon(events, url="https://example.com/" + token(440), title=token(280))


FLOODS: dict[str, Callable[[], bytes]] = {
    "data": of_data,
    "pages": of_pages,
    "types": of_types,
    "small events": of_small_events,
    "attributes": of_attributes,
    "sessions": of_sessions,
}
CROWDS: dict[str, Callable[[], bytes]] = {
    "visitors of one event": of_one_event,
    "visitors of one page": of_one_page,
}
"""Nothing tells them from people."""


def people() -> Iterator[bytes]:
    """1,000 sessions of a landing, a second page and its end, in three beacons each."""
    for number in range(ORDINARY):
        who = {"visitor_id": uuid(), "session_id": uuid()}
        entry = {"url": "https://example.com/?utm_source=people", "referrer": ""}
        for page in ("/", f"/page-{number % 40}"):
            seen = {"url": f"https://example.com{page}", "title": page}
            yield beacon([seen], entry=entry, **who)
        end = {"event_type": "user_engagement", "data": {"engagement_ms": 12_000}}
        scroll = {"event_type": "scroll", "data": {"percent": 90}}
        yield beacon([end, scroll], entry=entry, **who)


class Hour:
    """An hour of the site, as the collectors let it in: items by their stamp, one a line."""

    def __init__(self, file: TextIO) -> None:
        self.sent = self.events = self.refused = self.waiting_people = 0
        self._file = file
        self._desk = Desk(sites=(SITE,), has_limits=True)
        self._collectors = cycle([self._desk.started(self._put) for _ in range(INSTANCES)])

    def _put(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Keep what is put, in place of a table."""
        asked = json.loads(body)
        if "registry" in str(asked):
            return self._desk.table.send(body, headers)
        items = [entry["Put"]["Item"] for entry in asked.get("TransactItems", [])]
        for item in items or [asked["Item"]]:
            self._file.write(json.dumps(item, separators=(",", ":")) + "\n")
        return 200, b"{}"

    def is_let_in(self, body: bytes) -> bool:
        """Whether the next collector takes a beacon, from an address of its own."""
        self.sent += len(body)
        address = ".".join(str(dice.randrange(256)) for _ in range(4))
        try:
            request = Request(body, {"user-agent": CHROME}, address)
            answer = next(self._collectors).collect(request)
        except Refusal as refusal:
            if refusal.status != 429:
                raise
            self.refused += 1
            return False
        self.events += answer.body["accepted"]
        return True

    def fill(self, flood: Callable[[], bytes] | None) -> None:
        """Send the flood and the people."""
        left = list(people())
        dice.shuffle(left)
        a_minute, waiting = -(-len(left) // MINUTES), list[bytes]()
        for minute in range(MINUTES):
            self._desk.clock.now = HOUR * HOUR_MS + minute * 60_000
            waiting = [body for body in waiting if not self.is_let_in(body)]
            self._send_minute(flood, SENT_BYTES * (minute + 1) // MINUTES)
            now, left = left[:a_minute], left[a_minute:]
            waiting += [body for body in now if not self.is_let_in(body)]
        for minute in range(MINUTES, 59):
            self._desk.clock.now = HOUR * HOUR_MS + minute * 60_000
            waiting = [body for body in waiting if not self.is_let_in(body)]
        self.waiting_people = len(waiting)

    def _send_minute(self, flood: Callable[[], bytes] | None, most_sent: int) -> None:
        refused = 0
        while flood and self.sent < most_sent and refused < 3 * INSTANCES:
            refused += not self.is_let_in(flood())


def write_hour(path: Path, flood: Callable[[], bytes] | None) -> dict[str, int]:
    """How much was sent, let in and stored."""
    with path.open("w") as file:
        hour = Hour(file)
        hour.fill(flood)
    return {
        "sent": hour.sent,
        "events": hour.events,
        "refused": hour.refused,
        "waiting_people": hour.waiting_people,
        "stored": path.stat().st_size,
    }


def measure(phase: str, folder: Path) -> dict[str, Any]:
    """CPU seconds and the peak of memory, and what was counted."""
    from chalicelib.engine.engine import open_engine
    from chalicelib.report.reader import Reader
    from chalicelib.store.clock import stop_clock
    from chalicelib.store.dynamodb import DynamoDB
    from chalicelib.store.events import Events
    from chalicelib.store.tail import Tail
    from tests.harness.fake_aws import FakeAws
    from tests.harness.sealing import open_sealed

    now = PHASES[phase]
    aws = FakeAws(lambda: now)
    client = DynamoDB(os.environ["AWS_REGION"], os.environ["AWS_ENDPOINT_URL"])
    events = Events(client, "events", lambda: now)
    engine = open_engine(folder, memory_mb=1769 - 250)
    sealed = open_sealed(aws, folder, engine.segments.count_rows, lambda: now)
    sealed.manifests.begin("demo", HOUR * HOUR_MS)

    def budget_of(site: Site) -> int:
        return site.hour_budget

    def answer(name: str, *more: tuple[str, str]) -> dict[str, Any]:
        reader = Reader(sealed, Tail(events, budget_of), engine.segments)
        asked = [("site", "demo"), *([] if name == "realtime" else [("range", "24h")]), *more]
        return Reports(reader.snapshot, engine).answer(name, asked, SITE, now)

    said: dict[str, Any] = {}
    if phase == "seal":
        seal_stores = change.SealStores(sealed, events, engine.segments, budget_of)
        said["seal"] = once_s(lambda: Sealer(seal_stores, stop_clock(now)).run([SITE]))
        (tile,) = [
            tile
            for tile in sealed.manifests.read_or_begin("demo", now).tiles
            if tile.from_hour == HOUR
        ]
        said |= {"left_out": tile.left_out, "beacons": tile.beacons, "peak_of_seal": peak_mb()}
    said["stats"] = once_s(lambda: answer("stats"))
    said["realtime"] = once_s(lambda: answer("realtime"))
    said["stats_again"] = once_s(lambda: answer("stats"))
    counted = answer("stats", ("filter", "source:is:people"))["totals"]
    return {**said, "peak": peak_mb(), "people": counted["sessions"], "views": counted["pageviews"]}


def findings(kinds: tuple[str, ...] = tuple(FLOODS)) -> Findings:
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    with tempfile.TemporaryDirectory() as name:
        quiet = _measured(Path(name), None)
        found = {kind: _measured(Path(name), FLOODS[kind]) for kind in kinds}
        crowds = {kind: _measured(Path(name), CROWDS[kind]) for kind in CROWDS}
    notes = [f"without a flood: {_line(quiet)}"]
    notes += [f"{kind}: {_line(said)}" for kind, said in found.items()]
    notes += [
        f"{kind}, whom nothing tells from people: {_line(said)}; goals as above: "
        + ", ".join(f"{figure} {value:.2f}" for figure, value in _figures(said, quiet).items())
        for kind, said in crowds.items()
    ]
    worst: dict[str, tuple[float, str]] = {}
    for kind, said in found.items():
        for figure, value in _figures(said, quiet).items():
            worst[figure] = max(worst.get(figure, (0.0, "")), (value, kind))
    goals = [
        Goal("flood-seal-peak", worst["peak_of_seal"][0], 1400, "MB", worst["peak_of_seal"][1]),
        Goal("flood-sealed-stats", worst["stats"][0], 2, "x", worst["stats"][1]),
        Goal("flood-sealed-realtime", worst["realtime"][0], 2, "x", worst["realtime"][1]),
        Goal("flood-tail-cpu", worst["tail_cpu"][0], 3, "s", worst["tail_cpu"][1]),
        Goal("flood-tail-peak", worst["tail_peak"][0], 600, "MB", worst["tail_peak"][1]),
        Goal("flood-people-lost", worst["lost"][0], 0, "", worst["lost"][1]),
    ]
    return Findings("Flood: 100 MB into one hour of a site, 1,000 sessions among it", goals, notes)


def _measured(folder: Path, flood: Callable[[], bytes] | None) -> dict[str, Any]:
    items = folder / "items"
    said: dict[str, Any] = {"size": write_hour(items, flood)}
    with endpoint(items) as environment:
        for phase in PHASES:
            runs = [_run(folder, phase, environment) for _ in range(RUNS)]
            said[phase] = {figure: min(run[figure] for run in runs) for figure in runs[0]}
    return said


def _run(folder: Path, phase: str, environment: Mapping[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        return dict(child("tests.bench.flood", phase, cache, **environment))


def _figures(said: dict[str, Any], quiet: dict[str, Any]) -> dict[str, float]:
    sealed, tail = said["seal"], said["tail"]
    people = [ORDINARY - phase["people"] for phase in (sealed, tail)]
    waiting = said["size"]["waiting_people"]
    return {
        "peak_of_seal": sealed["peak_of_seal"],
        "stats": sealed["stats"] / quiet["seal"]["stats"],
        "realtime": sealed["realtime"] / quiet["seal"]["realtime"],
        "tail_cpu": max(tail["stats"], tail["realtime"]),
        "tail_peak": tail["peak"],
        "lost": max(people)
        + max(2 * ORDINARY - phase["views"] for phase in (sealed, tail))
        + waiting,
    }


def _line(said: dict[str, Any]) -> str:
    size, sealed, tail = said["size"], said["seal"], said["tail"]
    return (
        f"{size['sent'] / 1e6:.0f} MB sent, {size['refused']:,} beacons refused, "
        f"{size['events']:,} events let in, "
        f"{size['stored'] / 1e6:.0f} MB stored; sealed in {sealed['seal']:.1f} s and "
        f"{sealed['peak_of_seal']:.0f} MB, {sealed['left_out']:,} sessions left out of "
        f"{sealed['beacons']:,} beacons; then stats {sealed['stats']:.2f} s, realtime "
        f"{sealed['realtime']:.2f} s; before: stats {tail['stats']:.2f} s, realtime "
        f"{tail['realtime']:.2f} s, {tail['peak']:.0f} MB"
    )


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
