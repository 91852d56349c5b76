"""A sample of what `make fuzz` does at length, and the known ways to make a parser slow."""

from __future__ import annotations

import time

import pytest

from tests.collect.desk import hit
from tests.collect.fuzz import Findings, run, send_all


def test_no_input_raises_and_whatever_was_stored_reads_back() -> None:
    outcomes = run(3000).outcomes
    assert set(outcomes) == {"200", "400", "413"} or set(outcomes) == {"200", "400"}
    assert outcomes["200"] > 300


HOSTILE = {
    "brackets": b"[" * 65_000,
    "objects": b'{"a":' * 13_000,
    "open string": b'{"a":"' + b'\\"' * 32_000,
    "quotes": b'"\\' * 32_000,
    "digits": b"9" * 65_000,
    "long url": hit(url="https://example.com/" + "%41" * 21_000),
    "at signs": hit(url="https://example.com/" + "a@" * 32_000),
    "mail-like": hit(title="a." * 100 + ("x@" + "y-" * 60) * 500),
    "query": hit(url="https://example.com/?" + "utm_source=a&" * 4_900),
    "labels": hit(referrer="https://" + "a." * 32_000 + "com"),
    "keys": hit(data={f"k{n}": "v" for n in range(4_000)}),
    "escapes": hit(url="https://example.com/" + "%" * 65_000),
    "controls": hit(title="\\x00" * 10_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_cost_less_than_a_quarter_second(name: str) -> None:
    began = time.thread_time()
    send_all(HOSTILE[name], {}, 0, Findings())
    assert time.thread_time() - began < 0.25
