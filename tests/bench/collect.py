"""What collecting a beacon costs, from API Gateway's event to the answer, and of what it is made.

`python -m tests.bench.collect` measures in a process of its own beside the endpoint.
"""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.store.weights import item_bytes
from tests.bench.cpu import alternating_s, child
from tests.bench.endpoint import endpoint
from tests.bench.goals import Findings, Goal

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
]
WRITE_UNIT_BYTES = 1024
ROUNDS, CALLS = 15, 200


def beacon(seed: random.Random) -> dict[str, Any]:
    """What the tracker sends of a page: a pageview with its session's entry context."""
    visitor, session, event = (str(uuid.UUID(int=seed.getrandbits(128), version=4)) for _ in "123")
    page = f"https://example.com/docs/{seed.randrange(200)}?utm_source=newsletter"
    return {
        "beacon_id": event,
        "visitor_id": visitor,
        "session_id": session,
        "screen": "1440x900",
        "language": "en-US",
        "entry": {"url": page, "referrer": "https://www.google.com/"},
        "events": [
            {
                "event_type": "pageview",
                "url": page,
                "title": "How to brew coffee at home",
                "seq": 1,
                "age_ms": 12,
                "data": {"load_time_ms": 431},
            }
        ],
    }


def gateway_event(method: str, path: str, body: str, **headers: str) -> dict[str, Any]:
    """An API Gateway REST proxy event, as Lambda hands it over."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": path,
            "identity": {"sourceIp": "198.51.100.7"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def collect_event(seed: random.Random) -> dict[str, Any]:
    headers = {
        "Content-Type": "text/plain;charset=UTF-8",
        "User-Agent": seed.choice(AGENTS),
        "Accept-Language": "en-US,en;q=0.9",
        "Origin": "https://example.com",
        "Referer": "https://example.com/",
        "Host": "example.com",
        "X-Forwarded-For": "198.51.100.7",
    }
    return gateway_event("POST", "/api/e", json.dumps(beacon(seed)), **headers)


@dataclass
class Wire:
    """A `send` of the client that counts puts and their size on its way to the real one."""

    send: Any
    puts: int = 0
    calls: int = 0
    largest_item: int = 0

    def __call__(self, body: bytes, headers: Any) -> Any:
        self.calls += 1
        if headers["X-Amz-Target"].endswith(".PutItem"):
            self.puts += 1
            self.largest_item = max(self.largest_item, item_bytes(json.loads(body)["Item"]))
        return self.send(body, headers)


def measure() -> dict[str, float]:
    """CPU milliseconds of each stage, and what went over the wire."""
    import app
    from chalicelib.enrich import parse
    from chalicelib.store.connections import Connections
    from chalicelib.store.dynamodb import DynamoDB
    from chalicelib.store.events import Events

    seed = random.Random(1)
    events = [collect_event(seed) for _ in range(CALLS)]
    for event in events:
        answer = app.app(event, None)
        assert json.loads(answer["body"])["accepted"] == 1, answer
    stages = _stages(app, events, parse)
    spent = alternating_s(stages, ROUNDS, CALLS)
    settings = app.settings
    wire = Wire(Connections(settings.dynamodb_endpoint).send)
    client = DynamoDB(settings.region, settings.dynamodb_endpoint, patience_s=0, send=wire)
    counting = Events(client, settings.events_table, app.clock)
    app.wired.collector = replace(app.wired.collector, events=counting)
    for event in events:
        app.app(event, None)
    return {
        **{name: seconds * 1000 for name, seconds in spent.items()},
        "puts": wire.puts / CALLS,
        "calls": wire.calls / CALLS,
        "largest_item": wire.largest_item,
    }


def _stages(app: Any, events: list[dict[str, Any]], parse: Any) -> dict[str, Any]:
    turn = iter(range(10**9))
    bodies = [event["body"].encode() for event in events]
    kept = _put_by(app, events)
    health = gateway_event("GET", "/api/health", "")
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "parts": {"S": "x" * 500}}
    put = app.wired.events.client.put_item

    def of(things: list[Any]) -> Any:
        return things[next(turn) % len(things)]

    return {
        "beacon": lambda: app.app(of(events), None),
        "dispatch": lambda: app.app(health, None),
        "parse": lambda: parse.read_body(of(bodies)),
        "write": lambda: app.wired.events.put(of(kept)),
        "put": lambda: put(
            TableName="t", Item=item, ConditionExpression="attribute_not_exists(pk)"
        ),
    }


def _put_by(app: Any, events: list[dict[str, Any]]) -> list[Any]:
    """The beacons that the handler hands to the store for each event."""
    given: list[Any] = []

    class Keeping:
        def put(self, beacons: Any, *_limits: Any, **_more: Any) -> list[bool]:
            given.append(beacons)
            return [True] * len(beacons)

    collector = app.wired.collector
    app.wired.collector = replace(collector, events=Keeping())
    for event in events:
        app.app(event, None)
    app.wired.collector = collector
    return given


def findings() -> Findings:
    with endpoint() as environment:
        found = child("tests.bench.collect", **environment)
    enrich = found["beacon"] - found["dispatch"] - found["parse"] - found["write"]
    split = (
        f"dispatch {found['dispatch']:.3f}, parse {found['parse']:.3f}, enrich {enrich:.3f}, "
        f"write {found['write']:.3f} ms (of which the client's put {found['put']:.3f})"
    )
    units = -(-found["largest_item"] // WRITE_UNIT_BYTES) * found["puts"]
    return Findings(
        "Collect: one pageview, API Gateway event in, answer out",
        [
            Goal("collect-cpu", found["beacon"], 0.5, "ms", f"It is {split}."),
            Goal("collect-put-cpu", found["put"], 0.3, "ms", "Mostly http.client and SigV4."),
            Goal("collect-aws-calls", found["calls"], 1, ""),
            Goal("collect-write-units", units, 1, "", f"Item: {found['largest_item']} bytes."),
        ],
        [f"A beacon: {split}.", f"Largest item: {found['largest_item']:.0f} bytes."],
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
