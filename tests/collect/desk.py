"""A collector over a table in memory, with DynamoDB's refusals, and the beacons to send it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.collect.collector import Collector
from chalicelib.collect.intake import Intake
from chalicelib.collect.limits import Limits, Unlimited
from chalicelib.model.event import Beacon
from chalicelib.model.refusal import Answer, Request
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.store.dynamodb import DynamoDB, Send
from chalicelib.store.events import Events
from chalicelib.store.items import Record, decode_record
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.refusals import Refusals
from chalicelib.store.registry.salts import Salts
from chalicelib.store.registry.sites import Sites
from infra.local.dynamodb import MemoryDynamoDB

NOW = 1_795_000_000_000
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)
VISITOR = "0b9d2c6a-6a53-4a9e-9c44-0d4e5a1f7b10"
SESSION = "3f1c8a52-9d0e-4b7a-8f55-2c6f0a9e4d21"
OTHER_SESSION = "77777777-9d0e-4b7a-8f55-2c6f0a9e4d21"
SITES = (
    Site("demo", hostnames=("example.com",)),
    Site("free", hostnames=("free.example",), identity="storage-free"),
)


@dataclass
class Clock:
    """Time that a test moves."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Desk:
    """One collector and its world."""

    table: MemoryDynamoDB = field(default_factory=MemoryDynamoDB)
    clock: Clock = field(default_factory=Clock)
    sites: Iterable[Site] = SITES
    has_limits: bool = False
    edge_secret: str = ""

    def __post_init__(self) -> None:
        self.collector = self.started(self.table.send)
        for site in self.sites:
            self.collector.sites.add(site)

    def started(self, send: Send) -> Collector:
        """A collector as a new process has it, its calls going through `send`."""
        client = DynamoDB("eu-west-1", send=send, patience_s=0)
        return Collector(
            Sites(Documents(client, "registry"), self.clock),
            Salts(client, "salts"),
            Events(client, "events", self.clock, sleep=self.passes),
            self.clock,
            self._limits(Documents(client, "registry")) if self.has_limits else Unlimited(),
            hashlib.sha256(self.edge_secret.encode()).hexdigest() if self.edge_secret else "",
        )

    def _limits(self, documents: Documents) -> Limits:
        return Limits(Refusals(documents, self.clock), Intake(documents))

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.now += int(seconds * 1000)

    def send(self, body: Any, **headers: str) -> Answer:
        """Send a JSON value, or bytes as they are; header names with `_` for `-`."""
        return self.collector.collect(request(body, **headers))

    def beacons(self, site: str = "demo") -> list[Beacon]:
        """All that is stored of a site, as the index gives it back."""
        hours = sorted(
            {
                int(item["received_at_ms"]["N"]) // HOUR_MS
                for key, item in self.table.items.items()
                if key[0] == "events"
            }
        )
        return [b for h in hours for b in beacons_of(self.collector.events, site, h * HOUR_MS)]


def beacons_of(events: Events, site: str, hour_ms: int, *more: int) -> list[Beacon]:
    """The beacons of an hour in order of receipt; what is none is an error."""
    found = list(events.hour(site, hour_ms, *more))
    assert all(isinstance(one, Record) for one in found), found
    return [decode_record(one) for one in found if isinstance(one, Record)]


def request(body: Any, **headers: str) -> Request:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(octets, {"user-agent": CHROME, **named}, "203.0.113.9")


def hit(**fields: Any) -> dict[str, Any]:
    """A pageview as the SDK sends it; None takes a field out."""
    return {
        "event_type": "pageview",
        "url": "https://example.com/pricing",
        "referrer": "https://www.google.com/",
        "visitor_id": VISITOR,
        "session_id": SESSION,
        **fields,
    }


def beacon(*events: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A beacon of several events of one session."""
    common = {"beacon_id": "b1", "visitor_id": VISITOR, "session_id": SESSION, **fields}
    return {**common, "events": list(events)}
