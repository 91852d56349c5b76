"""The events table gives back what it took, once, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.event import Attributes, Beacon, Event, Part
from chalicelib.model.refusal import Refusal
from chalicelib.model.spans import HOUR_MS
from chalicelib.settings import Settings, read_settings
from chalicelib.store.connections import Connections
from chalicelib.store.dynamodb import DynamoDB
from chalicelib.store.events import MAX_ATTEMPTS, PATIENCE_MS, Events
from chalicelib.store.hour import read_hour
from chalicelib.store.items import Record, receive_beacon, shard_of
from infra.local.dynamodb import MemoryDynamoDB
from infra.local.emulator import emulator
from tests.collect.desk import NOW, Clock, beacons_of
from tests.harness.faults import Faulty

HOUR = NOW // HOUR_MS * HOUR_MS
THROTTLED = 400, b'{"__type":"x#ThrottlingException","message":"slow down"}'

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.one_of(text, st.booleans(), st.integers(-(2**53), 2**53), st.floats(-1e9, 1e9))
parts = st.builds(
    Part,
    visitor_id=st.uuids().map(str),
    session_id=st.just("s"),
    attributes=st.builds(Attributes, source=text, device=text, city=text, bot=text),
    events=st.lists(
        st.builds(
            Event,
            type=text.filter(bool),
            at_ms=st.integers(-(48 * HOUR_MS), 0),
            seq=st.integers(0, 2**53),
            path=text,
            title=text,
            data=st.dictionaries(text, scalars, max_size=3),
        ),
        max_size=3,
    ).map(tuple),
)


def a_beacon(session: str = "s", name: str = "b", ago: int = 0) -> Beacon:
    event = Event("pageview", -ago, 1, "/p")
    part = Part("v", session, Attributes(source="google"), (event,))
    return Beacon("demo", session, name, 0, (part,))


def events_over(send: Any, clock: Clock, **more: Any) -> Events:
    def passes(seconds: float) -> None:
        clock.now += int(seconds * 1000)

    client = DynamoDB("eu-west-1", send=send, patience_s=0)
    return Events(client, "events", clock, sleep=passes, **more)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with emulator() as address:
        yield address


@pytest.fixture(params=["memory", "emulator"])
def send(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Both the table in memory and the emulator: they must agree."""
    if request.param == "memory":
        return MemoryDynamoDB(page_bytes=1).send
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    address = request.getfixturevalue("endpoint")
    client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=address)
    if client.list_tables()["TableNames"]:
        client.delete_table(TableName="events")
    client.create_table(**TABLE)
    return Connections(address).send


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")


TABLE: dict[str, Any] = {
    "TableName": "events",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "hour", "AttributeType": "S"},
        {"AttributeName": "received_at_ms", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_hour",
            "KeySchema": [
                {"AttributeName": "hour", "KeyType": "HASH"},
                {"AttributeName": "received_at_ms", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def test_a_beacon_put_twice_is_stored_once_with_its_first_receipt(send: Any) -> None:
    clock = Clock()
    events = events_over(send, clock)
    assert events.put([a_beacon(ago=1000)]) == [True]
    clock.now += 5
    assert events.put([a_beacon(ago=1000)]) == [False]
    assert beacons_of(events, "demo", HOUR) == [receive_beacon(a_beacon(ago=1000), NOW)]


def test_several_sessions_are_stored_together_and_known_ones_are_told(send: Any) -> None:
    events = events_over(send, Clock())
    assert events.put([a_beacon("s1")]) == [True]
    assert events.put([a_beacon("s1"), a_beacon("s2"), a_beacon("s3")]) == [False, True, True]
    assert events.put([a_beacon("s2"), a_beacon("s3")]) == [False, False]
    assert sorted(b.session_id for b in beacons_of(events, "demo", HOUR)) == ["s1", "s2", "s3"]


def test_an_hour_is_read_whole_in_order_of_receipt_and_from_a_moment(send: Any) -> None:
    clock = Clock(HOUR)
    events = events_over(send, clock)
    for number in range(5):
        clock.now = HOUR + number * 60_000
        events.put([a_beacon(name=str(9 - number))])
    clock.now = HOUR + HOUR_MS
    events.put([a_beacon(name="next hour")])
    names = [b.beacon_id for b in beacons_of(events, "demo", HOUR)]
    assert names == ["9", "8", "7", "6", "5"]
    later = events.hour("demo", HOUR, received_from_ms=HOUR + 180_000)
    assert [b.beacon_id for b in later if isinstance(b, Record)] == ["6", "5"]
    assert beacons_of(events, "another", HOUR) == []


@given(st.lists(parts, min_size=1, max_size=3), st.integers(0, 2**42))
def test_what_was_put_reads_back_the_same(given_parts: list[Part], now: int) -> None:
    beacon = Beacon("a#b", "s", "b", 0, tuple(given_parts))
    clock = Clock(now)
    events = events_over(MemoryDynamoDB().send, clock)
    events.put([beacon])
    assert beacons_of(events, "a#b", now // HOUR_MS * HOUR_MS) == [receive_beacon(beacon, now)]


def test_of_an_hour_a_page_at_a_time_is_in_memory() -> None:
    table, asked = MemoryDynamoDB(page_bytes=1), []

    def send(body: bytes, headers: Any) -> tuple[int, bytes]:
        asked.append(json.loads(body))
        return table.send(body, headers)

    events = events_over(send, Clock())
    for number in range(5):
        events.put([a_beacon(name=str(number))])
    asked.clear()
    found = events.hour("demo", HOUR)
    calls = [len(asked) for _ in found]
    assert calls == [1, 2, 3, 4, 5]


def test_sessions_spread_over_shards_and_are_all_found() -> None:
    table = MemoryDynamoDB()
    events = events_over(table.send, Clock())
    for number in range(40):
        events.put([a_beacon(f"s{number}")], {"demo": 4})
    partitions = {item["hour"]["S"].rpartition("#")[2] for item in table.items.values()}
    assert partitions == {"0", "1", "2", "3"}
    assert {b.session_id for b in beacons_of(events, "demo", HOUR, 4)} == {
        f"s{n}" for n in range(40)
    }
    assert {shard_of(f"s{n}", 1) for n in range(40)} == {0}


def test_every_attempt_is_stamped_anew() -> None:
    clock, table = Clock(), MemoryDynamoDB()

    def late(body: bytes, headers: Any) -> tuple[int, bytes]:
        clock.now += 50
        return THROTTLED if clock.now < NOW + 60 else table.send(body, headers)

    events = events_over(late, clock)
    assert events.put([a_beacon()]) == [True]
    (item,) = table.items.values()
    stamp = int(item["received_at_ms"]["N"])
    assert NOW + 50 <= stamp <= clock.now - 50
    assert int(item["expires_at"]["N"]) == stamp // 1000 + 35 * 86_400


def test_a_store_that_stays_throttled_is_a_503_in_time_and_nothing_is_stored() -> None:
    clock, calls = Clock(), []

    def throttled(*_: Any) -> tuple[int, bytes]:
        calls.append(clock.now)
        return THROTTLED

    with pytest.raises(Refusal) as raised:
        events_over(throttled, clock).put([a_beacon()])
    assert (raised.value.status, raised.value.retry_after_s > 0) == (503, True)
    assert 2 <= len(calls) <= MAX_ATTEMPTS
    assert max(calls) - NOW <= PATIENCE_MS


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_store_that_will_not_recover_is_a_503_at_once(code: str) -> None:
    calls = []

    def refusing(body: bytes, _: Any) -> tuple[int, bytes]:
        calls.append(body)
        return 400, json.dumps({"__type": f"x#{code}", "Message": "no"}).encode()

    for beacons in ([a_beacon()], [a_beacon("s1"), a_beacon("s2")]):
        with pytest.raises(Refusal) as raised:
            events_over(refusing, Clock()).put(beacons)
        assert raised.value.status == 503
    assert len(calls) == 2


def test_an_answer_that_was_lost_does_not_store_twice() -> None:
    table = MemoryDynamoDB()
    events = events_over(Faulty(table.send, {0: "time out after"}), Clock())
    assert events.put([a_beacon()]) == [False]
    assert len(table.items) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"parts": {"S": "no json"}},
        {"parts": {"S": "[]"}},
        {"parts": {"S": "[[]]"}},
        {"parts": {"S": "[[],1]"}},
        {"parts": {"S": '[[],{"v":1,"a":{},"e":[]}]'}},
        {"parts": {"S": '[["v"],{"v":2,"a":{},"e":[]}]'}},
        {"parts": {"S": '[[],{"v":"v","a":{"source":5},"e":[]}]'}},
        {"parts": {"S": '[[],{"v":"v","a":{},"e":[["x","y"]]}]'}},
        {"parts": {"S": '[[],{"v":"v","a":{},"e":[[null]]}]'}},
        {"parts": {"N": "5"}},
        {"weight": {"S": "heavy"}},
        {"units": {"S": "two"}},
        {"received_at_ms": {"N": f"{NOW}.5"}},
        {"expires_at": {"S": "x"}, "parts": {"S": "{}"}},
    ],
    ids=str,
)
def test_an_item_that_cannot_be_read_is_given_as_it_stands_beside_the_others(broken: Any) -> None:
    clock, table = Clock(), MemoryDynamoDB()
    events = events_over(table.send, clock)
    events.put([a_beacon(name="good")])
    good = next(iter(table.items.values()))
    bad = {**good, "sk": {"S": "y"}, **broken}
    table.put("events", bad)
    hour = read_hour(lambda: events.hour("demo", HOUR), 10**9)
    assert [b.beacon_id for b in hour.beacons()] == ["good"]
    assert hour.unreadable == [bad]
    assert [b.beacon_id for b in hour.take()] == ["good"]
    assert (len(hour.unreadable), hour.beacons_read) == (1, 1)


def test_expired_items_that_the_table_still_has_are_not_given() -> None:
    clock = Clock()
    events = events_over(MemoryDynamoDB().send, clock)
    events.put([a_beacon()])
    clock.now += 35 * 86_400_000
    assert beacons_of(events, "demo", HOUR) == []


def test_attributes_of_a_newer_version_are_ignored() -> None:
    table = MemoryDynamoDB()
    events = events_over(table.send, Clock())
    events.put([a_beacon()])
    (item,) = table.items.values()
    stored = json.loads(item["parts"]["S"])
    stored[1]["a"]["from_the_future"] = "x"
    stored[1]["e"][0] += ["", {}, "more"]
    table.put("events", {**item, "parts": {"S": json.dumps(stored)}})
    assert beacons_of(events, "demo", HOUR) == [receive_beacon(a_beacon(), NOW)]


def test_how_long_an_item_lives_is_no_setting_for_retention_and_erasure_count_on_it() -> None:
    assert read_settings({"HOT_DAYS": "60"}) == Settings()
