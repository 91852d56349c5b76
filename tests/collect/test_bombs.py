"""What an input costs the collector grows no faster than the input, whatever it is made of."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from chalicelib.enrich.parse import MAX_BODY_BYTES
from chalicelib.model.refusal import Refusal, Request
from tests.collect.bombs import PUMPS, SHAPES, bomb
from tests.collect.desk import CHROME, Desk, hit

FIELDS = ("url", "referrer", "title", "language", "screen", "event_type", "site", "beacon_id")
HEADERS = ("user-agent", "accept-language", "sec-ch-ua", "sec-ch-ua-platform")
MOST_TIMES = 20
"""An input may cost so many times what an ordinary beacon of its size does."""
TOO_MUCH = 4.5
SMALL, LARGE = 8_000, 32_000
"""Characters of a bomb and of one four times its size."""
MEASURABLE_S = 0.002

Bomb = Callable[[str], tuple[Any, dict[str, str]]]


def in_field(name: str) -> Bomb:
    return lambda text: (hit(**{name: text}), {})


def for_all_events(name: str) -> Bomb:
    return lambda text: ({**hit(**{name: text}), "events": [{"seq": n} for n in range(50)]}, {})


def in_entry(name: str) -> Bomb:
    page = {"url": "https://example.com/", "referrer": ""}
    return lambda text: (hit(entry={**page, name: text}), {})


def in_data(key: str) -> Bomb:
    return lambda text: (hit(event_type="x", data={key: text}), {})


def as_key(text: str) -> tuple[Any, dict[str, str]]:
    return hit(data={text: 1}, **{text[:5_000]: 1}), {}


def in_header(name: str) -> Bomb:
    return lambda text: (hit(), {name: text})


def kinds() -> Iterator[tuple[str, Bomb]]:
    for name in FIELDS:
        yield name, in_field(name)
    for name in ("url", "referrer", "title"):
        yield f"{name} of 50 events", for_all_events(name)
    for name in ("url", "referrer"):
        yield f"entry {name}", in_entry(name)
    for key in ("link_url", "link_domain", "source", "free"):
        yield f"data {key}", in_data(key)
    yield "keys", as_key
    for name in HEADERS:
        yield name, in_header(name)


KINDS = dict(kinds())


def cost_s(body: Any, headers: dict[str, str]) -> float:
    """CPU of one request by a collector that has seen no other like it."""
    octets = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=True).encode()
    desk = Desk()
    clear_caches()
    gc.disable()
    began = time.thread_time()
    try:
        sent = {"user-agent": CHROME, **headers}
        desk.collector.collect(Request(octets[:MAX_BODY_BYTES], sent, "203.0.113.9"))
    except Refusal:
        pass
    finally:
        took = time.thread_time() - began
        gc.enable()
    return took


def clear_caches() -> None:
    from chalicelib.enrich import attribution, device, page
    from chalicelib.model import text

    for cached in (
        page.read_page,
        text.clean_text,
        attribution.attribute_session,
        device._read_user_agent,
    ):
        cached.cache_clear()


def ordinary_s(size: int) -> float:
    """CPU of a beacon of as many bytes, made of what browsers send."""
    events = [
        {
            "url": f"https://example.com/blog/{n}?utm_source=news&utm_campaign=c{n}",
            "title": f"A title of some words, number {n}",
            "referrer": "https://www.google.com/",
            "data": {f"key_{k}": "some words " * 3 for k in range(15)},
        }
        for n in range(50)
    ]
    while len(json.dumps(hit(events=events))) > size and len(events) > 1:
        events.pop()
    return cost_s(hit(events=events), {})


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """What is loaded once is a cold start's cost."""
    desk = Desk()
    desk.send(hit(referrer="https://news.example/"), user_agent="Mozilla/5.0 (unheard of)")


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_costs_little_more_than_an_ordinary_beacon_and_grows_with_its_size(
    kind: str,
) -> None:
    ordinary = ordinary_s(LARGE)
    for before, after in SHAPES:
        for pump in PUMPS:
            large = cost_of(kind, before, pump, after, LARGE)
            if large > MOST_TIMES * ordinary:
                large, ordinary = fastest(
                    partial(cost_of, kind, before, pump, after, LARGE),
                    partial(ordinary_s, LARGE),
                )
            assert large <= MOST_TIMES * ordinary, (before, pump, after, large)
            if large > MEASURABLE_S:
                growth = large / cost_of(kind, before, pump, after, SMALL)
                if growth > TOO_MUCH:
                    large, small = fastest(
                        partial(cost_of, kind, before, pump, after, LARGE),
                        partial(cost_of, kind, before, pump, after, SMALL),
                    )
                    growth = large / small
                assert growth <= TOO_MUCH, (before, pump, after, growth)


def fastest(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """The least of each, taken in turn: what slows the machine down slows both."""
    taken = [(one(), other()) for _ in range(10)]
    return min(first for first, _ in taken), min(second for _, second in taken)


def cost_of(kind: str, before: str, pump: str, after: str, size: int) -> float:
    return cost_s(*KINDS[kind](bomb((before, after), pump, size)))


@pytest.mark.parametrize(
    "octets",
    [b"[", b'{"a":', b'{"a":"\\"', b'"\\', b"9", b'{"a":1,', b"[1,", b"\xff", b"{}", b'"\\u0000'],
)
def test_json_of_any_structure_costs_little(octets: bytes) -> None:
    body = octets * (MAX_BODY_BYTES // len(octets))
    assert cost_s(body, {}) <= MOST_TIMES * ordinary_s(MAX_BODY_BYTES)
