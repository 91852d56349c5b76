"""What a request stores weighs at most twice what was sent, whatever it says once for many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model.limits import MAX_ITEM_BYTES
from chalicelib.model.refusal import Refusal, Request
from chalicelib.store.items import decode_record, make_record
from infra.local.sizes import item_size
from tests.collect.desk import CHROME, OTHER_SESSION, SESSION, VISITOR, Desk, hit
from tests.collect.fuzz import sent_bytes

FIELDS = {"url", "title", "data", "entry"}

# Short to send and long to store, or said once and used in every event.
paths = st.sampled_from(
    ["", "a" * 480, "%" * 160, "\ue000" * 160, "\U0001f9ff" * 100, "%F0%9F" * 80, "\x80" * 200]
)
urls = st.builds("https://example.com/{}{}?{}".format, paths, st.integers(0, 50), st.sampled_from(
    ["", "utm_source=" + "s" * 150 + "&utm_campaign=" + "%41" * 150 + "&utm_term=" + "é" * 150]
))  # fmt: skip
common = st.fixed_dictionaries(
    {"event_type": st.just("pageview"), "url": urls, "visitor_id": st.just(VISITOR),
     "session_id": st.just(SESSION)},
    optional={
        "title": st.sampled_from(["中" * 300, "\ud800" * 300, '"' * 300, "\\" * 300]),
        "referrer": urls.map(lambda url: url.replace("example.com", "other.example")),
        "entry": st.builds(lambda url, sender: {"url": url, "referrer": sender}, urls, urls),
        "data": st.just({f"k{n}": "x" * 500 for n in range(20)}),
        "language": st.just("zh-Hans-CN"),
        "age_ms": st.just(172_800_000),
    },
)  # fmt: skip
own = st.fixed_dictionaries(
    {},
    optional={
        "screen": st.integers(1, 99999).map(lambda n: f"{n}x{n}"),
        "url": urls,
        "title": st.text(max_size=3),
        "session_id": st.integers(0, 9).map(lambda n: SESSION[:-1] + str(n)),
        "seq": st.integers(0, 2**53),
        "event_type": st.sampled_from(["scroll", "click", "sign_up"]),
        "data": st.dictionaries(
            st.sampled_from(["a", "b", "outbound", "percent", "link_url"]),
            st.sampled_from([9e15, 1e-300, True, "https://example.org/" + "%" * 400, "x" * 500, 7]),
            max_size=5,
        ),
    },
)


def stored(desk: Desk) -> list[dict[str, Any]]:
    return [item for key, item in desk.table.items.items() if key[0] == "events"]


def compact(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).replace("9000000000000000.0", "9e15").encode()


def outcome(request: Request, desk: Desk) -> Refusal | None:
    try:
        desk.collector.collect(request)
    except Refusal as refused:
        return refused
    return None


@settings(max_examples=300)
@given(common, st.lists(own, min_size=1, max_size=50), st.booleans())
def test_nothing_stored_weighs_more_than_twice_what_was_sent(
    shared: dict[str, Any], events: list[dict[str, Any]], is_spoiled: bool
) -> None:
    body = json.dumps({**shared, "events": events}, ensure_ascii=False).encode("utf-8", "replace")
    if is_spoiled:
        body = body.replace("中".encode(), b"\xff")
    request, desk = Request(body, {"user-agent": CHROME}, "203.0.113.9"), Desk()
    refusal = outcome(request, desk)
    if refusal:
        assert (refusal.status, refusal.field in FIELDS, stored(desk)) == (413, True, [])
        return
    sizes = [item_size(item) for item in stored(desk)]
    assert sum(sizes) <= 2 * sent_bytes(request) + 1024 * len(sizes)
    assert max(sizes) <= MAX_ITEM_BYTES
    for item in stored(desk):
        assert decode_record(make_record(item)).parts


def test_texts_said_once_are_stored_once_and_read_back_in_every_event() -> None:
    desk = Desk()
    title, page = "t" * 300, "https://example.com/" + "p" * 480
    events = [{"screen": f"{n + 1}x1", "seq": n} for n in range(50)]
    assert desk.send(hit(title=title, url=page, events=events)).body["accepted"] == 50
    (item,) = stored(desk)
    assert item_size(item) < 4_000
    (beacon,) = desk.beacons()
    said = [(p.attributes.screen, e.seq, e.title, e.path) for p in beacon.parts for e in p.events]
    assert said == [(f"{n + 1}x1", n, title, "/" + "p" * 480) for n in range(50)]
    assert {part.attributes.source for part in beacon.parts} == {"google"}


def test_data_at_the_top_of_a_beacon_is_no_events() -> None:
    desk = Desk()
    events = [{"data": {"a": 1}}, {}]
    desk.send(hit(data={"b": 2}, events=events))
    (beacon,) = desk.beacons()
    assert [dict(e.data) for part in beacon.parts for e in part.events] == [{"a": 1}, {}]


@pytest.mark.parametrize(
    ("field", "events"),
    [
        ("data", [{"data": {f"k{k}": "\ufffd" * 150 for k in range(20)}} for _ in range(7)]),
        ("url", [{"url": "https://example.com/" + "%" * 166 + str(n)} for n in range(50)]),
        ("title", [{"title": str(n) + "\ufffd" * 298} for n in range(50)]),
    ],
)
def test_more_than_that_is_a_413_that_names_what_it_is(
    field: str, events: list[dict[str, Any]]
) -> None:
    desk = Desk()
    body = json.dumps(hit(events=events), ensure_ascii=False).encode()
    with pytest.raises(Refusal) as refused:
        desk.send(body.replace("\ufffd".encode(), b"\xff"))
    assert (refused.value.status, refused.value.field) == (413, field)
    assert stored(desk) == []


def test_one_session_of_a_beacon_has_at_most_64_kilobytes() -> None:
    desk = Desk()
    data = {f"{k:046}": 9e15 for k in range(20)}
    events = [{"event_type": "sign_up", "data": data, "session_id": SESSION} for _ in range(50)]
    with pytest.raises(Refusal) as refused:
        desk.send(compact(hit(events=events)))
    assert (refused.value.status, refused.value.field) == (413, "data")
    for event in events[:25]:
        event["session_id"] = OTHER_SESSION
    assert desk.send(compact(hit(events=events))).body["accepted"] == 50


def test_a_beacon_of_a_browser_is_one_kilobyte_or_less() -> None:
    desk = Desk()
    entry = {"url": "https://example.com/?utm_source=news", "referrer": "https://www.google.com/"}
    seen = {"title": "Pricing - Example", "screen": "1440x900", "language": "en-GB"}
    data = {"load_time_ms": 1234}
    desk.send(hit(beacon_id=f"1763811000000-{SESSION}", entry=entry, data=data, **seen))
    (item,) = stored(desk)
    assert item_size(item) < 1024
    assert item["units"] == {"N": "2"}
